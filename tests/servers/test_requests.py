"""What both servers promise, tried on each."""

import json
import socket
from urllib.parse import urlsplit

import pytest
import requests
from bad_input import BAD_PICTURES, FOREIGN, MISFITS, NOT_JSON, STRANGE_HEADERS, TOKEN, WRONG_TOKENS
from project import launched, serving
from questions import BLANK, FLAT_TWO
from wire import BODY, CHUNKED, HEAD, HEALTH, LENGTH, NO_REQUESTS, QUESTION, TOO_LARGE_HEADS, chunks, label, read_answer

from recognition.serving.admission import HEADERS, Settings
from recognition.serving.application import build_application
from recognition.serving.problems import MAX_BODY


@pytest.fixture(scope="module", params=["built-in", "worker"])
def url(request, project, model, tmp_path_factory):
    """The address of a server that wants a token and lets another site in: of each of the two, in turn."""
    if request.param == "built-in":
        with serving(build_application(lambda: model, Settings(token=TOKEN, cors="https://friend.example"))) as server:
            yield "http://{}:{}".format(*server.server_address)
        return
    pytest.importorskip("uvicorn", reason="workers are an extra: pip install 'uvicorn[standard]'")
    token = tmp_path_factory.mktemp("token") / "token"
    token.write_text(TOKEN, encoding="ascii")
    options = ["--workers", "1", "--token-file", str(token), "--cors", "https://friend.example"]
    with launched(project, *options) as address:
        yield address


@pytest.fixture(scope="module")
def session(url):
    """A session that sends the token."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {TOKEN}"
        yield session


@pytest.fixture
def connection(url):
    """A connection to the server."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        yield connection


def post(session, url, content, kind="application/json", **headers):
    return session.post(f"{url}/prediction", data=content, headers={"Content-Type": kind, **headers}, timeout=30)


def assert_refused(answer, status, words):
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert words in answer.json()["detail"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("case", NOT_JSON)
def test_what_is_no_json_gets_400(session, url, case):
    body, words = NOT_JSON[case]
    assert_refused(post(session, url, body), 400, words)


@pytest.mark.parametrize("case", MISFITS)
def test_json_that_does_not_fit_gets_422(session, url, case):
    value, words = MISFITS[case]
    assert_refused(post(session, url, value if isinstance(value, bytes) else json.dumps(value)), 422, words)


@pytest.mark.parametrize("case", BAD_PICTURES)
def test_a_bad_picture_is_refused_with_a_reason(session, url, case):
    body, status, words = BAD_PICTURES[case]
    assert_refused(post(session, url, body, "image/png"), status, words)


@pytest.mark.parametrize("case", FOREIGN)
def test_a_page_of_another_site_cannot_post(session, url, case):
    assert_refused(post(session, url, BODY, **FOREIGN[case]), 403, "--cors")


@pytest.mark.parametrize("path", ["/static/page.js", "/report", "/prediction"])
@pytest.mark.parametrize("headers", STRANGE_HEADERS, ids=str)
def test_no_header_is_an_error_of_the_server(session, url, path, headers):
    method = "POST" if path == "/prediction" else "GET"
    headers = {"Content-Type": "application/json"} | {name: value.encode("latin-1") for name, value in headers.items()}
    assert session.request(method, url + path, data=BODY, headers=headers, timeout=30).status_code < 500


@pytest.mark.parametrize("host", [b"[", b"a b", b"\xff", b"x:y", b"", b"http://["])
def test_no_host_is_an_error_of_the_server(connection, host):
    connection.sendall(QUESTION.replace(b"Host: localhost", b"Host: " + host))
    assert read_answer(connection)[0] < 500


def test_the_token_twice_is_one_token_too_many(connection):
    doubled = f"Authorization: Bearer {TOKEN}\r\n".encode()
    connection.sendall(HEAD + doubled + LENGTH + BODY)
    assert read_answer(connection)[0] == 401


@pytest.mark.parametrize("authorization", WRONG_TOKENS)
def test_a_wrong_token_is_refused(url, authorization):
    answer = post(requests, url, BODY, Authorization=authorization)
    assert_refused(answer, 401, "token")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_origin_of_the_other_site_may_read_the_answer(session, url):
    answer = post(session, url, BODY, Origin="https://friend.example")
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://friend.example"
    assert answer.headers["Vary"] == "Origin"


def test_answers_to_programs_depend_on_the_origin_too(session, url):
    answer = post(session, url, BODY)
    assert answer.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "kind", "status", "words"),
    [
        ("POST", "/nothing", "application/json", 404, "there is nothing at /nothing"),
        ("PUT", "/prediction", "application/json", 405, "/prediction does not take PUT"),
        ("POST", "/prediction", "text/plain", 415, "the content type is text/plain; send application/json"),
        ("POST", "/prediction", "image/heic", 415, "the content type is image/heic; save the picture as JPEG or PNG"),
        ("POST", "/correction", "multipart/form-data; boundary=x", 403, "--collect FOLDER"),
    ],
)
def test_what_is_not_in_the_contract_is_refused(session, url, method, path, kind, status, words):
    answer = session.request(method, url + path, data=BODY, headers={"Content-Type": kind}, timeout=30)
    assert_refused(answer, status, words)


@pytest.mark.parametrize("case", NO_REQUESTS)
def test_what_is_no_request_gets_a_problem_and_the_connection_is_closed(connection, case):
    connection.sendall(NO_REQUESTS[case])
    status, headers, body = read_answer(connection)
    assert 400 <= status < 600
    assert status != 500
    assert headers["Content-Type"] == "application/problem+json"
    assert json.loads(body)["status"] == status
    assert headers["Connection"] == "close"


@pytest.mark.parametrize("case", TOO_LARGE_HEADS)
def test_a_head_that_is_too_large_gets_a_problem_and_the_connection_is_closed(connection, case):
    connection.sendall(TOO_LARGE_HEADS[case])
    status, headers, body = read_answer(connection)
    assert (status, json.loads(body)["status"], headers["Connection"]) == (431, 431, "close")
    assert "100 headers" in json.loads(body)["detail"]


def test_a_head_may_be_large(connection):
    connection.sendall(HEAD + b"a: b\r\n" * 90 + b"c: " + b"x" * 60_000 + b"\r\n" + LENGTH + BODY)
    assert read_answer(connection)[0] == 200


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
def test_a_wish_for_another_protocol_is_ignored(connection, protocol):
    head = HEAD + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: %b\r\nHTTP2-Settings: AAMAAABk\r\n" % protocol
    connection.sendall(head + LENGTH + BODY[:9])
    connection.sendall(BODY[9:])
    assert label(read_answer(connection)[2]) == "2"
    connection.sendall(head + LENGTH + BODY)
    assert label(read_answer(connection)[2]) == "2"
    connection.sendall(HEALTH + b"\r\n")
    assert read_answer(connection, "GET")[0] == 200


def test_answers_one_request_after_the_other_on_a_connection(connection):
    for _ in range(3):
        connection.sendall(QUESTION)
        status, headers, body = read_answer(connection)
        assert (status, label(body)) == (200, "2")
        assert headers["Connection"] is None


def test_closes_where_the_client_asks_for_it(connection):
    connection.sendall(HEALTH + b"Connection: close\r\n\r\n")
    status, headers, _ = read_answer(connection)
    assert (status, headers["Connection"]) == (200, "close")
    assert connection.recv(1) == b""


def test_two_requests_sent_at_once_get_two_answers(connection):
    connection.sendall(2 * QUESTION)
    with connection.makefile("rb") as stream:
        received = b""
        while received.count(b'"label"') < 12:
            received += stream.read1(2**16)
    assert received.count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.parametrize("requests", [1, 2])
def test_who_says_that_no_more_will_be_asked_is_answered_and_the_connection_closed(connection, requests):
    connection.sendall(requests * QUESTION)
    connection.shutdown(socket.SHUT_WR)
    with connection.makefile("rb") as stream:
        assert stream.read().count(b"HTTP/1.1 200 OK") == requests


@pytest.mark.parametrize("sent", [b"POST /pre", HEAD, HEAD + LENGTH + BODY[:9], CHUNKED + b"99\r\nx"])
def test_who_stops_within_a_request_gets_no_answer(connection, sent):
    connection.sendall(sent)
    connection.shutdown(socket.SHUT_WR)
    assert connection.recv(1) == b""


def test_head_has_no_body(connection):
    connection.sendall(HEALTH.replace(b"GET", b"HEAD") + b"\r\n")
    status, headers, body = read_answer(connection, "HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", "16")
    connection.sendall(HEALTH + b"\r\n")
    assert read_answer(connection, "GET")[2] == b'{"status":"ok"}\n'


def test_a_body_in_chunks_is_put_together(connection):
    for _ in range(2):
        connection.sendall(CHUNKED + chunks(BODY[:10], BODY[10:]) + b"0\r\nTrailer: x\r\n\r\n")
        status, _, body = read_answer(connection)
        assert (status, label(body)) == (200, "2")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_long_is_refused(connection, chunked):
    head = CHUNKED + b"%x\r\n" % (MAX_BODY + 1) if chunked else HEAD + b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1)
    connection.sendall(head)
    connection.sendall(b" " * (MAX_BODY + 1))
    status, _, body = read_answer(connection)
    assert status == 413
    assert "larger than" in json.loads(body)["detail"]


def test_asks_for_a_body_that_may_come(connection):
    connection.sendall(HEAD + b"Expect: 100-continue\r\n" + LENGTH)
    assert connection.recv(100).startswith(b"HTTP/1.1 100")
    connection.sendall(BODY)
    assert read_answer(connection)[0] == 200


def test_slow_clients_do_not_keep_others_waiting(session, url):
    place = urlsplit(url)
    slow = [socket.create_connection((place.hostname, place.port)) for _ in range(50)]
    for connection in slow:
        connection.sendall(HEAD + LENGTH + BODY[:3])
    assert post(session, url, BODY).status_code == 200
    for connection in slow:
        connection.close()


def test_the_answers_are_those_of_the_application(session, url, http):
    question = {"instances": [FLAT_TWO, BLANK]}
    expected = http.post("/prediction", json=question)
    answer = post(session, url, json.dumps(question), **{"X-Request-ID": "order-7"})
    assert answer.json() == expected.get_json()
    assert answer.headers["X-Request-ID"] == "order-7"
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
