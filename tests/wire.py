"""HTTP/1.1 as bytes on a socket: requests to a model of load_digits, right and wrong, and their answers."""

import http.client
import json

from bad_input import TOKEN
from questions import FLAT_TWO

BODY = json.dumps({"instances": [FLAT_TWO]}).encode()
HEAD = b"POST /prediction HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
HEAD += f"Authorization: Bearer {TOKEN}\r\n".encode()
LENGTH = f"Content-Length: {len(BODY)}\r\n\r\n".encode()
QUESTION = HEAD + LENGTH + BODY
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
HEALTH = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
NO_REQUESTS = {
    "a chunk without a size": CHUNKED + b"x\r\n",
    "a negative chunk": CHUNKED + b"-1\r\n",
    "a chunk longer than its size": CHUNKED + b"2\r\nabcd\r\n",
    "two lengths": HEAD + b"Transfer-Encoding: chunked\r\n" + LENGTH + BODY,
    "another coding": HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
    "a length that is none": HEAD + b"Content-Length: 1e3\r\n\r\n",
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "half an address": HEALTH.replace(b"/health", b"http://[::1/health") + b"\r\n",
    "a line without a colon": HEAD + b"junk\r\n" + LENGTH + BODY,
    "a space before the colon": HEAD + b"Transfer-Encoding : chunked\r\n" + LENGTH + BODY,
    "a space in a name": HEAD + b"Content Length: 1\r\n" + LENGTH + BODY,
    "a control sign in a name": HEAD + b"a\x01b: 1\r\n" + LENGTH + BODY,
    "a control sign in a value": HEAD + b"a: \x01\r\n" + LENGTH + BODY,
    "no name": HEAD + b": 1\r\n" + LENGTH + BODY,
    "a line that goes on in the next": HEAD + b"a: 1\r\n 2\r\n" + LENGTH + BODY,
    "a space before the first header": HEAD.replace(b"Host", b" Host") + LENGTH + BODY,
    "a bare line feed": HEAD + b"a: 1\nb: 2\r\n" + LENGTH + BODY,
    "a bare carriage return": HEAD + b"a: 1\rb: 2\r\n" + LENGTH + BODY,
    "a bare carriage return in the first line": HEAD.replace(b" HTTP", b"\r HTTP") + LENGTH + BODY,
    "NUL": HEAD + b"a: \0\r\n" + LENGTH + BODY,
    "a length twice": HEAD + b"Content-Length: 9\r\n" + LENGTH + BODY,
    "the same length twice": HEAD + LENGTH[:-2] + LENGTH + BODY,
    "a host twice": HEAD + b"Host: here\r\n" + LENGTH + BODY,
    "a coding twice": HEAD + 2 * b"Transfer-Encoding: chunked\r\n" + b"\r\n0\r\n\r\n",
    "an empty length": HEAD + b"Content-Length:\r\n\r\n",
    "a bare line feed after a chunk's size": CHUNKED + b"1\n \r\n0\r\n\r\n",
    "a trailer without a colon": CHUNKED + b"0\r\njunk\r\n\r\n",
    "no HTTP": b"hello\r\n\r\n",
    "a later HTTP": b"GET / HTTP/3.0\r\n\r\n",
}
TOO_LARGE_HEADS = {
    "200 headers": HEAD + b"a: b\r\n" * 200 + LENGTH + BODY,
    "a long value": HEAD + b"a: " + b"x" * 70_000 + b"\r\n" + LENGTH + BODY,
    "a value without an end": HEAD + b"a: " + b"x" * 1_000_000,
    "a name without an end": HEAD + b"x" * 1_000_000,
    "a long address": b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
    "200 trailers": CHUNKED + b"0\r\n" + b"a: b\r\n" * 200 + b"\r\n",
    "a trailer without an end": CHUNKED + b"0\r\na: " + b"x" * 1_000_000,
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
