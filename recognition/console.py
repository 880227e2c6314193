"""What scripts print: text without control signs, one line at the end. Light: it is imported before all else."""

import errno
import os
import re
import signal
import sys
from contextlib import suppress
from functools import wraps

from recognition.errors import RecognitionError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # C0, C1, line ends, lone surrogates


def printable(text):
    """Return a text as it may go to a terminal, on one line.

    Parameters
    ----------
    text : object
        Text from a stranger: a label, the name of a file, the sentence of a server.

    Returns
    -------
    text : str
        The same with U+FFFD for every control sign and for what is no character.
    """
    return CONTROLS.sub("\ufffd", str(text))


def stop_at_once(script):
    """End this process in one line at Ctrl-C, until the `main` of `as_exit_code` begins.

    While modules are imported, an exception would come out of them, where some make another of it.

    Parameters
    ----------
    script : str
        Name that the line begins with.
    """

    def stop(*_):
        os.write(sys.stderr.fileno(), f"{script}: stopped\n".encode())
        os._exit(1)

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else Ctrl-C is to be ignored
        signal.signal(signal.SIGINT, stop)


def as_exit_code(script, stopped="stopped"):
    """Return a decorator for the `main` of a script, by which all that can cut it short is one line and exit code 1.

    Parameters
    ----------
    script : str
        Name that the line begins with.
    stopped : str
        Rest of the line after Ctrl-C.

    Returns
    -------
    decorator : callable
        A `RecognitionError`, Ctrl-C, a reader of the output that has gone and a full disk below it become the line;
        any other exception is a bug, and stays one.
    """

    def decorator(main):
        @wraps(main)
        def guarded(argv=None):
            try:
                _raise_at_ctrl_c()
                try:
                    return main(argv)
                finally:
                    sys.stdout.flush()
            except RecognitionError as error:
                reason = str(error)
            except KeyboardInterrupt:
                signal.signal(signal.SIGINT, signal.SIG_DFL)  # a second one does not wait for threads
                reason = stopped
            except BrokenPipeError:
                reason = "stopped, because nothing reads its output any more"
            except OSError as error:
                if error.errno not in FULL:
                    raise
                reason = f"the output cannot be written: {error.strerror}; make room, or send it elsewhere"
            _print_last(f"{script}: {printable(reason)}")
            return 1

        return guarded

    return decorator


def _raise_at_ctrl_c():
    """Undo `stop_at_once`."""
    if signal.getsignal(signal.SIGINT) not in (signal.SIG_IGN, signal.default_int_handler):
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _print_last(line):
    """Print the last line, and drop what cannot be printed, which the interpreter would try again at its end."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
