import http.client
import json
import socket
import threading
import time
from contextlib import suppress

import pytest
from project import serving
from questions import FLAT_TWO

from recognition.servers import builtin
from recognition.serving.application import build_application
from recognition.serving.problems import MAX_BODY

BODY = json.dumps({"instances": [FLAT_TWO]}).encode()
HEAD = b"POST /prediction HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
LENGTH = f"Content-Length: {len(BODY)}\r\n\r\n".encode()


@pytest.fixture
def server(model):
    with serving(build_application(lambda: model)) as running:
        yield running


@pytest.fixture
def connect(server):
    """Give a function that opens a connection to the server."""
    opened = []

    def connection():
        opened.append(socket.create_connection(server.server_address, timeout=10))
        return opened[-1]

    yield connection
    for one in opened:
        one.close()


def answer(connection, method="POST"):
    """Read an answer: status, headers, body."""
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    with response:
        return response.status, response.headers, response.read()


def label(body):
    return json.loads(body)["predictions"][0]["label"]


def test_answers_one_request_after_the_other_on_a_connection(connect):
    connection = connect()
    for _ in range(3):
        connection.sendall(HEAD + LENGTH + BODY)
        status, headers, body = answer(connection)
        assert (status, label(body)) == (200, "2")
        assert headers["Connection"] is None


def test_answers_in_a_few_milliseconds(connect):
    # Nagle's algorithm would make each answer wait 40 ms for the client's acknowledgement.
    connection = connect()
    seconds = []
    for _ in range(9):
        begin = time.perf_counter()
        connection.sendall(HEAD + LENGTH + BODY)
        answer(connection)
        seconds.append(time.perf_counter() - begin)
    assert sorted(seconds)[4] < 0.03


def test_closes_where_the_client_asks_for_it(connect):
    connection = connect()
    connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    status, headers, _ = answer(connection)
    assert (status, headers["Connection"]) == (200, "close")
    assert connection.recv(1) == b""


def test_two_requests_sent_at_once_get_two_answers(connect):
    connection = connect()
    connection.sendall(2 * (HEAD + LENGTH + BODY))
    with connection.makefile("rb") as stream:
        received = b""
        while received.count(b'"label"') < 12:
            received += stream.read1(2**16)
    assert received.count(b"HTTP/1.1 200 OK") == 2


def test_head_has_no_body(connect):
    connection = connect()
    connection.sendall(b"HEAD /model HTTP/1.1\r\nHost: here\r\n\r\nGET /health/live HTTP/1.1\r\nHost: here\r\n\r\n")
    status, headers, body = answer(connection, "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 100


def chunks(*parts):
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def test_a_body_in_chunks_is_put_together(connect):
    connection = connect()
    for _ in range(2):
        connection.sendall(CHUNKED + chunks(BODY[:10], BODY[10:]) + b"0\r\nTrailer: x\r\n\r\n")
        status, _, body = answer(connection)
        assert (status, label(body)) == (200, "2")


LIES = {
    "a chunk without a size": CHUNKED + b"x\r\n",
    "a negative chunk": CHUNKED + b"-1\r\n",
    "a chunk longer than its size": CHUNKED + b"2\r\nabcd\r\n",
    "two lengths": HEAD + b"Transfer-Encoding: chunked\r\n" + LENGTH + BODY,
    "another coding": HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
    "a length that is none": HEAD + b"Content-Length: 1e3\r\n\r\n",
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "no HTTP": b"hello\r\n\r\n",
    "a later HTTP": b"GET / HTTP/3.0\r\n\r\n",
    "too many headers": b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n",
    "a long line": b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("case", LIES)
def test_what_is_no_request_gets_a_problem_and_the_connection_is_closed(connect, case):
    connection = connect()
    connection.sendall(LIES[case])
    status, headers, body = answer(connection)
    assert 400 <= status < 600
    assert status != 500
    assert headers["Content-Type"] == "application/problem+json"
    assert json.loads(body)["status"] == status
    assert headers["Connection"] == "close"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_long_is_refused_before_it_is_read(connect, chunked):
    connection = connect()
    if chunked:
        connection.sendall(CHUNKED + b"%x\r\n" % (MAX_BODY + 1))
        connection.sendall(b" " * (MAX_BODY + 1))
    else:
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1))
    status, headers, body = answer(connection)
    assert (status, headers["Connection"]) == (413, "close")
    assert "larger than" in json.loads(body)["detail"]


def test_asks_for_a_body_only_if_it_may_come(connect):
    expecting = HEAD + b"Expect: 100-continue\r\n"
    connection = connect()
    connection.sendall(expecting + LENGTH)
    assert connection.recv(100).startswith(b"HTTP/1.1 100")
    connection.sendall(BODY)
    assert answer(connection)[0] == 200
    other = connect()
    other.sendall(expecting + b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1))
    assert answer(other)[0] == 413


def test_a_client_that_stops_sending_is_told_so(connect, monkeypatch):
    monkeypatch.setattr(builtin, "TRANSFER", 0.1)
    connection = connect()
    connection.sendall(HEAD + LENGTH + BODY[:5])
    status, _, body = answer(connection)
    assert status == 408
    assert "did not come" in json.loads(body)["detail"]


def test_a_client_that_drips_is_told_so(connect, monkeypatch):
    monkeypatch.setattr(builtin, "TRANSFER", 0.2)
    connection = connect()
    connection.sendall(HEAD + LENGTH)
    begin = time.monotonic()
    with suppress(ConnectionError):
        for byte in BODY:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)
    assert time.monotonic() - begin < 2  # of the 4 that it would take


def test_an_idle_connection_is_closed(connect, monkeypatch):
    monkeypatch.setattr(builtin, "IDLE", 0.1)
    assert connect().recv(1) == b""


def test_too_many_connections_are_turned_away(connect, server):
    server._free = threading.BoundedSemaphore(1)
    first = connect()
    first.sendall(HEAD + LENGTH + BODY)
    assert answer(first)[0] == 200
    status, headers, _ = answer(connect())
    assert (status, headers["Retry-After"]) == (503, "2")


def test_slow_clients_do_not_keep_others_waiting(connect):
    for _ in range(50):
        connect().sendall(HEAD + LENGTH + BODY[:3])
    other = connect()
    other.sendall(HEAD + LENGTH + BODY)
    assert answer(other)[0] == 200


def test_finishes_what_is_in_flight():
    entered, leave = threading.Event(), threading.Event()

    def slow(environ, start_response):
        entered.set()
        leave.wait(10)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"done"]

    with serving(slow) as server, socket.create_connection(server.server_address, timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        assert entered.wait(10)
        server.stop()
        threading.Timer(0.1, leave.set).start()
        assert server.finish()
        assert answer(connection)[2] == b"done"


def test_names_no_versions(connect):
    connection = connect()
    connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: here\r\n\r\n")
    assert answer(connection)[1]["Server"] == "recognition"


def test_not_more_is_held_than_there_is_room_for(server, connect, monkeypatch):
    monkeypatch.setattr(builtin, "MOST_HELD", 2 * len(BODY))
    slow = [connect() for _ in range(2)]
    for connection in slow:
        connection.sendall(HEAD + LENGTH + BODY[:5])
    time.sleep(0.5)
    other = connect()
    other.sendall(HEAD + LENGTH + BODY)
    status, headers, _ = answer(other)
    assert (status, headers["Retry-After"]) == (503, "2")
    for connection in slow:
        connection.sendall(BODY[5:])
        assert answer(connection)[0] == 200
    assert server.finish()  # an answer leaves a moment before its room is free
    again = connect()
    again.sendall(HEAD + LENGTH + BODY)
    assert answer(again)[0] == 200
