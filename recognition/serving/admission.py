"""What is let in, whichever server runs: the limits of a request, who may ask, and what the others are told.

A server reads a request within the limits here and refuses what breaks them; then `admit` looks at where it comes
from and at its token. Every refusal is an `HTTPException`, which `problems.problem` turns into an answer.
"""

import hmac
import re
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from flask import request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, HTTPException, RequestHeaderFieldsTooLarge, RequestTimeout, Unauthorized

from recognition.serving.problems import MAX_BODY, coded, overloaded, problem

IDLE = 30  # seconds that a connection may wait for its next request
TRANSFER = 30.0  # seconds for a request to come in
LINGER = 2.0  # seconds in which what else a refused client sends is dropped; some look for an answer only after it
MAX_HEAD = 64 * 2**10  # bytes of a request line and its headers
MAX_HEADERS = 100
MAX_CONNECTIONS = 500  # of the built-in server, a thread each
MAX_REQUESTS = 1000  # in flight in a worker
MAX_HELD = 8 * MAX_BODY  # bytes of all bodies that a worker has at a time
HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\[\]:]+))(?::[0-9]*)?")
HARMLESS = {"GET", "HEAD", "OPTIONS"}  # methods that change nothing and cost little
PUBLIC = {"page", "static", "live", "ready"}  # endpoints without a token; the page asks for the token
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class MisdirectedRequest(HTTPException):
    """The request is for another host (RFC 9110)."""

    code = 421


@dataclass(frozen=True)
class Settings:
    """The choices of whoever starts a server.

    Attributes
    ----------
    collection : pathlib.Path, optional
        Folder for the pictures that people correct; without it none are kept.
    token : str, optional
        Token that `Authorization: Bearer` must have.
    cors : str, optional
        Origin of another site whose pages may ask, too.
    allow_hosts : tuple of str, optional
        Names and addresses, beside this machine's own, under which the server is asked; without it, whoever runs the
        application must see to that.
    export : bool
        Whether the page can be taken along, as one file with the model in it.
    """

    collection: Path | None = None
    token: str | None = None
    cors: str | None = None
    allow_hosts: tuple[str, ...] | None = None
    export: bool = True


DEFAULT = Settings()


def head_too_large():
    """Return the error of a head that is not read to its end."""
    return RequestHeaderFieldsTooLarge(
        f"the head is larger than {MAX_HEAD:,} bytes or {MAX_HEADERS} headers; send a smaller one"
    )


def too_late():
    """Return the error of a body that did not come in time."""
    return RequestTimeout(f"the body did not come within {TRANSFER:g} s; send it faster, or less of it")


def too_many_connections():
    """Return the error of a connection that the built-in server has no thread for."""
    return overloaded(f"{MAX_CONNECTIONS} connections are open")


def too_many_requests():
    """Return the error of a request that a worker has no place for."""
    return overloaded(f"{MAX_REQUESTS:,} requests are under way")


def too_much_held():
    """Return the error of a body that a worker has no memory for."""
    return overloaded(f"{MAX_HELD // 2**20} MiB of other requests are held")


def refusal(error):
    """Return the `werkzeug.Response` of a server that does not ask the application, and closes the connection."""
    answer = problem(error)
    answer.headers.update({**HEADERS, "Connection": "close"})
    return answer


def on_the_wire(answer):
    """Return an answer as the bytes that HTTP/1.1 sends."""
    return f"HTTP/1.1 {answer.status}\r\n{answer.headers}".encode("latin-1") + answer.data


def admit(method, endpoint, headers, settings):
    """Admit a request, or raise the error that refuses it.

    A browser lets any page on the internet post a form to a server on this machine; it only says where the form came
    from. Programs say nothing of the kind.

    Parameters
    ----------
    method : str
        Method of the request.
    endpoint : str or None
        Name of the view that would answer it, if there is one.
    headers : mapping of str to str
        Headers of the request, found by names in small letters.
    settings : Settings
        Settings of the server.

    Raises
    ------
    MisdirectedRequest
        If it is for another host.
    werkzeug.exceptions.Forbidden
        If it comes from a page of another site.
    werkzeug.exceptions.Unauthorized
        If it lacks the token.
    """
    if settings.allow_hosts is not None:
        _check_host(headers.get("host", ""), settings.allow_hosts)
    origin = headers.get("origin", "unknown")
    if method not in HARMLESS and not _of_this_site(headers) and origin != settings.cors:
        raise coded(
            "foreign_site",
            Forbidden(
                f"a page of another site ({origin[:100]}) may not post here; "
                "start the server with --cors ORIGIN to let one in"
            ),
        )
    if endpoint in PUBLIC or method == "OPTIONS":
        return
    if settings.token is not None and not _has_token(headers.get("authorization", ""), settings.token):
        raise Unauthorized(
            "this server wants its token; send it as Authorization: Bearer TOKEN (client.py --token-file FILE)",
            www_authenticate=WWWAuthenticate("bearer"),
        )


def _check_host(header, allowed):
    """Raise a MisdirectedRequest if a host is neither allowed nor localhost nor an address or the name of this machine.

    A page of another site can give its own name the address of this machine (DNS rebinding); the browser then takes the
    server for that site's. Only the name tells.
    """
    match = HOST.fullmatch(header.lower())
    host = (match[1] or match[2]).removesuffix(".") if match else ""
    name = socket.gethostname().lower()
    if not host or not (host in {*allowed, "localhost", name, f"{name}.local"} or _is_own_address(host)):
        raise MisdirectedRequest(
            f"this server does not answer for the host {header[:100]!r}; "
            "if it is its own, start it with --allow-host NAME"
        )


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


def _has_token(authorization, token):
    scheme, _, credentials = authorization.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(credentials.strip().encode(), token.encode())


def _of_this_site(headers):
    """Return whether a request comes from a page of this server, or from no page at all."""
    if site := headers.get("sec-fetch-site"):
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")


def headers_for(method, origin, settings):
    """Return the headers that keep an answer from being misused, and let the pages of the other site read it.

    Parameters
    ----------
    method : str
        Method of the request.
    origin : str or None
        Its header `Origin`.
    settings : Settings
        Settings of the server.

    Returns
    -------
    headers : dict of str to str
        Headers of the answer.
    """
    if not settings.cors:
        return HEADERS
    if origin != settings.cors:
        return {**HEADERS, "Vary": "Origin"}
    granted = {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "X-Request-ID, Retry-After",
    }
    if method == "OPTIONS":
        granted["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
        granted["Access-Control-Allow-Headers"] = "Authorization, Content-Type, X-Request-ID"
    return HEADERS | granted


def guard(app, settings):
    """Admit each request of a Flask application, and add the headers to each answer."""

    @app.before_request
    def admit_request():
        admit(request.method, request.endpoint, request.headers, settings)

    @app.after_request
    def add_headers(answer):
        answer.headers.extend(headers_for(request.method, request.headers.get("Origin"), settings))
        return answer
