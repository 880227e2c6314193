"""The head of a request, or the trailers of a body, as raw lines: bounded, and refused where they are in any doubt.

What two programs on the way understand differently lets one request pass for two.
"""

import re

from werkzeug.exceptions import BadRequest

from recognition.serving.admission import MAX_HEAD, MAX_HEADERS, head_too_large

LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*)?\r\n")  # the last one is empty
REQUEST_LINE = re.compile(rb"[\x20-\x7e\x80-\xff]*\r\n")
ONCE = {b"host", b"content-length", b"transfer-encoding"}  # two of these mean two things


def read_fields(stream, size=0):
    """Read header lines up to the empty one that ends them.

    Parameters
    ----------
    stream : binary file
        Stream of the connection.
    size : int
        Bytes of the head that were read before.

    Returns
    -------
    lines : bytes
        The lines with the last one; none if the client has gone before it.

    Raises
    ------
    werkzeug.exceptions.RequestHeaderFieldsTooLarge
        If they are too many, or too long.
    werkzeug.exceptions.BadRequest
        If one is no header line, or doubles one that must not be.
    """
    lines = []
    while lines[-1:] != [b"\r\n"]:
        lines.append(line := stream.readline(MAX_HEAD - size + 1))
        size += len(line)
        if size > MAX_HEAD or len(lines) > MAX_HEADERS + 1:
            raise head_too_large()
        if not line.endswith(b"\n"):
            return b""
        if not LINE.fullmatch(line):
            raise BadRequest(f"the head is no HTTP: {line[:40]!r} is no header line; send lines of name: value")
    refuse_doubles([line.partition(b":")[0].lower() for line in lines])
    return b"".join(lines)


def refuse_doubles(names):
    """Raise werkzeug.exceptions.BadRequest if a header stands twice that must not.

    Parameters
    ----------
    names : list of bytes
        Names of all headers, in small letters.
    """
    if doubled := [name.decode() for name in sorted(ONCE) if names.count(name) > 1]:
        raise BadRequest(f"the head has more than one {doubled[0]}; send one")
