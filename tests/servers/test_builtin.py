import json
import socket
import threading

import pytest
from project import serving
from wire import BODY, HEAD, HEALTH, LENGTH, QUESTION, read_answer

from recognition.servers import builtin
from recognition.serving.application import build_application
from recognition.serving.problems import MAX_BODY


@pytest.fixture
def server(model):
    with serving(build_application(lambda: model)) as running:
        yield running


@pytest.fixture
def connect(server):
    """A function that opens a connection to the server."""
    connections = []

    def open_connection():
        connections.append(socket.create_connection(server.server_address, timeout=10))
        return connections[-1]

    yield open_connection
    for connection in connections:
        connection.close()


def test_no_answer_waits_until_its_beginning_is_acknowledged():
    options = []

    def look(environ, start_response):
        options.append(environ["werkzeug.socket"].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        start_response("204 No Content", [])
        return []

    with serving(look) as server, socket.create_connection(server.server_address, timeout=10) as connection:
        connection.sendall(HEALTH + b"\r\n")
        assert read_answer(connection, "GET")[0] == 204
    assert all(options)
    assert options


def test_does_not_ask_for_a_body_that_may_not_come(connect):
    connection = connect()
    connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1))
    status, headers, _ = read_answer(connection)
    assert (status, headers["Connection"]) == (413, "close")


def test_a_client_that_stops_sending_is_told_so(connect, monkeypatch):
    monkeypatch.setattr(builtin.Handler, "timeout", 0.1)
    connection = connect()
    connection.sendall(HEAD + LENGTH + BODY[:5])
    status, headers, body = read_answer(connection)
    assert (status, headers["Connection"]) == (408, "close")
    assert "did not come" in json.loads(body)["detail"]


@pytest.mark.parametrize("beginning", [b"", b"POST /pre", HEAD])
def test_a_connection_on_which_no_request_comes_is_closed(connect, monkeypatch, beginning):
    monkeypatch.setattr(builtin.Handler, "timeout", 0.1)
    connection = connect()
    connection.sendall(beginning)
    assert connection.recv(1) == b""


def test_a_client_that_leaves_within_its_body_leaves_no_trace(connect, server, capfd):
    connection = connect()
    connection.sendall(HEAD + LENGTH + BODY[:5])
    connection.shutdown(socket.SHUT_WR)
    assert connection.recv(1) == b""
    assert server.finish()
    assert capfd.readouterr().err == ""


def test_too_many_connections_are_turned_away(connect, server):
    server.connections = threading.BoundedSemaphore(1)
    first = connect()
    first.sendall(QUESTION)
    assert read_answer(first)[0] == 200
    status, headers, body = read_answer(connect())
    assert (status, headers["Retry-After"], headers["Connection"]) == (503, "2", "close")
    assert "connections are open" in json.loads(body)["detail"]


def test_finishes_what_is_in_flight():
    entered, leave = threading.Event(), threading.Event()

    def slow(environ, start_response):
        entered.set()
        leave.wait(10)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"done"]

    with serving(slow) as server, socket.create_connection(server.server_address, timeout=10) as connection:
        connection.sendall(HEALTH + b"\r\n")
        assert entered.wait(10)
        server.stop()
        threading.Timer(0.1, leave.set).start()
        assert server.finish()
        assert read_answer(connection)[2] == b"done"


def test_does_not_wait_for_ever_for_what_is_in_flight(server, monkeypatch):
    monkeypatch.setattr(builtin, "FINISH", 0.01)
    with server.in_flight:
        assert not server.finish()


def test_names_no_versions(connect):
    connection = connect()
    connection.sendall(HEALTH + b"\r\n")
    assert read_answer(connection)[1]["Server"] == "recognition"
