"""HTTP errors -> `application/problem+json` (RFC 9457), with a `detail` that says what to do."""

import json
from http import HTTPStatus

from flask import request

MAX_BODY = 32 * 2**20  # bytes
MOST_HELD = 8 * MAX_BODY  # bytes of all bodies that a process has at a time
HELD = f"the server holds {MOST_HELD // 2**20} MiB of other requests already; ask again in 2 s"


def problem(error):
    """Answer an HTTP error as problem+json, keeping its headers (`Allow`, say)."""
    response = error.get_response()
    response.data = problem_json(error.code, _detail(error), error.name)
    response.content_type = "application/problem+json"
    return response


def problem_json(status, detail, title=None):
    """Write a problem: bytes."""
    title = title or HTTPStatus(status).phrase
    return json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()


def _detail(error):
    """Give an error's own sentence, or for those that werkzeug raises itself one that says what to do."""
    if error.description != type(error).description:
        return error.description
    if error.code == 404:
        return f"there is nothing at {request.path}; GET /openapi.json tells what there is"
    if error.code == 405:
        return f"{request.path} does not take {request.method}; use {' or '.join(sorted(error.valid_methods))}"
    if error.code == 413:
        return f"the body is larger than {MAX_BODY:,} bytes; send fewer instances at once"
    return error.description
