"""HTTP errors -> `application/problem+json` (RFC 9457), with a `detail` that says what to do."""

import json

from flask import request
from werkzeug.exceptions import ServiceUnavailable

MAX_BODY = 32 * 2**20  # bytes
RETRY_AFTER = 2  # seconds, for those that were turned away
CODES = {413: "body_too_large", 503: "busy", 507: "collection_full"}  # of errors that `coded` gives none


def coded(code, error):
    """Return an HTTP error with the code that programs know it by.

    Parameters
    ----------
    code : str
        Code of the problem, such as "unknown_label".
    error : werkzeug.exceptions.HTTPException
        Error.

    Returns
    -------
    error : werkzeug.exceptions.HTTPException
        The same.
    """
    error.problem_code = code
    return error


def overloaded(reason):
    """Return the `ServiceUnavailable` that says why the server is too busy."""
    return ServiceUnavailable(f"the server is busy: {reason}; ask again in {RETRY_AFTER} s", retry_after=RETRY_AFTER)


def problem(error):
    """Return the answer to an HTTP error, with the error's own headers (`Allow`, say).

    Parameters
    ----------
    error : werkzeug.exceptions.HTTPException
        One with a description of its own needs no request.

    Returns
    -------
    answer : werkzeug.Response
        Answer of the type problem+json.
    """
    answer = error.get_response()
    content = {
        "type": "about:blank",
        "title": error.name,
        "status": error.code,
        "code": _code(error),
        "detail": _detail(error),
    }
    answer.data = json.dumps(content)
    answer.content_type = "application/problem+json"
    return answer


def _code(error):
    """Return the code of an error, by its status if it has none of its own."""
    by_status = CODES.get(error.code) or error.name.lower().replace(" ", "_")
    return getattr(error, "problem_code", by_status)


def _detail(error):
    """Return an error's own sentence, or for those that werkzeug raises itself one that says what to do."""
    if error.description != type(error).description:
        return error.description
    if error.code == 404:
        return f"there is nothing at {request.path}; GET /openapi.json tells what there is"
    if error.code == 405:
        return f"{request.path} does not take {request.method}; use {' or '.join(sorted(error.valid_methods))}"
    if error.code == 413:
        return f"the body is larger than {MAX_BODY:,} bytes; send fewer instances at once"
    return error.description
