"""HTTP/1.1 as bytes on a socket: requests to a model of load_digits, right and wrong, and their answers."""

import http.client
import json

from bad_input import TOKEN
from questions import FLAT_TWO

BODY = json.dumps({"instances": [FLAT_TWO]}).encode()
HEAD = b"POST /prediction HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
HEAD += f"Authorization: Bearer {TOKEN}\r\n".encode()
LENGTH = f"Content-Length: {len(BODY)}\r\n\r\n".encode()
QUESTION = HEAD + LENGTH + BODY
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
HEALTH = b"GET /health/live HTTP/1.1\r\nHost: here\r\n"
NO_REQUESTS = {
    "a chunk without a size": CHUNKED + b"x\r\n",
    "a negative chunk": CHUNKED + b"-1\r\n",
    "a chunk longer than its size": CHUNKED + b"2\r\nabcd\r\n",
    "two lengths": HEAD + b"Transfer-Encoding: chunked\r\n" + LENGTH + BODY,
    "another coding": HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
    "a length that is none": HEAD + b"Content-Length: 1e3\r\n\r\n",
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "no HTTP": b"hello\r\n\r\n",
    "a later HTTP": b"GET / HTTP/3.0\r\n\r\n",
}


def chunks(*contents):
    """Return chunks of a body as they are sent."""
    return b"".join(b"%x\r\n%b\r\n" % (len(content), content) for content in contents)


def read_answer(connection, method="POST"):
    """Read an answer: status, headers, body."""
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    with response:
        return response.status, response.headers, response.read()


def label(body):
    """Return the label of the first prediction of an answer."""
    return json.loads(body)["predictions"][0]["label"]
