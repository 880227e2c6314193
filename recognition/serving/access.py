"""Who may ask: this page and programs, one other site if that is wanted, and with a token only who has it."""

import hmac
from urllib.parse import urlsplit

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

SAFE = {"GET", "HEAD", "OPTIONS"}  # methods that change nothing and cost little
NEEDS_NO_TOKEN = {"page", "static", "live", "ready"}  # endpoints; the page asks for the token
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def admit(request, token=None, cors=None):
    """Let a request in, or refuse it.

    A browser lets any page on the internet post a form to a server on this machine; it only says where the form came
    from. Programs say nothing of the kind.

    Parameters
    ----------
    request : flask.Request
        Before it is dispatched.
    token : str, optional
        What `Authorization: Bearer` must give.
    cors : str, optional
        Origin of the other site that may ask.

    Raises
    ------
    werkzeug.exceptions.Forbidden
        If it comes from a page of another site.
    werkzeug.exceptions.Unauthorized
        If it lacks the token.
    """
    origin = request.headers.get("Origin", "unknown")
    if request.method not in SAFE and not _of_this_site(request) and origin != cors:
        raise Forbidden(
            f"a page of another site ({origin[:100]}) may not post here; "
            "start the server with --cors ORIGIN to let one in"
        )
    if request.endpoint in NEEDS_NO_TOKEN or request.method == "OPTIONS":
        return
    if not has_token(request.headers.get("Authorization", ""), token):
        raise Unauthorized(
            "this server wants its token; send it as Authorization: Bearer TOKEN (client.py --token-file FILE)",
            www_authenticate=WWWAuthenticate("bearer"),
        )


def has_token(authorization, token):
    """Tell whether a header `Authorization` gives the token, if one is wanted."""
    if token is None:
        return True
    scheme, _, given = authorization.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def _of_this_site(request):
    """Tell whether a request comes from a page of this server, or from no page at all."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def guard(answer, request, cors=None):
    """Add the headers that keep an answer from being misused, and let the other site read it: the answer.

    Parameters
    ----------
    answer : flask.Response
        Any.
    request : flask.Request
        What it answers.
    cors : str, optional
        Origin of the other site.
    """
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if cors:
        answer.vary.add("Origin")
        if request.headers.get("Origin") == cors:
            answer.headers["Access-Control-Allow-Origin"] = cors
            answer.headers["Access-Control-Expose-Headers"] = "X-Request-ID, Retry-After"
            if request.method == "OPTIONS":
                answer.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
                answer.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, X-Request-ID"
    return answer
