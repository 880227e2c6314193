"""The names under which a server is asked, from the header `Host`: those that are its own.

A page of another site can give its own name the address of this machine (DNS rebinding); the browser then takes the
server for that site's. Only the name tells.
"""

import re
import socket
from ipaddress import ip_address

from werkzeug.exceptions import HTTPException

HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\[\]:]+))(?::[0-9]*)?")


class MisdirectedRequest(HTTPException):
    """The request is for another host (RFC 9110)."""

    code = 421


def check_host(header, allowed):
    """Raise an error if a request is for a host that is not this one.

    Parameters
    ----------
    header : str
        Header `Host` of the request, "" if it has none.
    allowed : collection of str
        Names and addresses beside those of this machine.

    Raises
    ------
    MisdirectedRequest
        If it is neither of those, nor localhost, nor an address or the name of this machine.
    """
    match = HOST.fullmatch(header.lower())
    host = (match[1] or match[2]).removesuffix(".") if match else ""
    if not host or not (host in allowed or host in _own_names() or _is_own_address(host)):
        raise MisdirectedRequest(
            f"this server does not answer for the host {header[:100]!r}; "
            "if it is its own, start it with --allow-host NAME"
        )


def _own_names():
    name = socket.gethostname().lower()
    return "localhost", name, f"{name}.local"


def _is_own_address(host):
    """Return whether a text is an address of this machine, which nobody else can listen on."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if address.is_loopback or address.is_unspecified or address.is_multicast:
        return address.is_loopback
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))
    except OSError:
        return False
    return True
