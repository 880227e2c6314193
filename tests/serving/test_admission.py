import socket
from argparse import ArgumentTypeError

import pytest
from bad_input import FOREIGN, SITE, TOKEN, WRONG_TOKENS
from questions import FLAT_TWO, assert_problem

from recognition.options import origin, token_in
from recognition.serving.admission import Settings
from recognition.serving.application import build_application

INSTANCES = {"instances": [FLAT_TWO]}


@pytest.fixture
def locked(model):
    return build_application(lambda: model, Settings(token=TOKEN)).test_client()


@pytest.fixture
def shared(model):
    return build_application(lambda: model, Settings(cors=SITE)).test_client()


@pytest.mark.parametrize("path", ["/prediction", "/correction"])
@pytest.mark.parametrize("case", FOREIGN)
def test_a_page_of_another_site_cannot_post(http, path, case):
    assert_problem(http.post(path, json=INSTANCES, headers=FOREIGN[case]), 403, "--cors", "foreign_site")


OWN = {
    "a program": {},
    "the page": {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
    "the page in an old browser": {"Origin": "http://localhost"},
    "a person": {"Sec-Fetch-Site": "none"},
}


@pytest.mark.parametrize("case", OWN)
def test_the_page_and_programs_can_post(http, case):
    assert http.post("/prediction", json=INSTANCES, headers=OWN[case]).status_code == 200


def test_one_other_site_is_let_in_and_may_read_the_answer(shared):
    preflight = shared.options("/prediction", headers={"Origin": SITE, "Access-Control-Request-Method": "POST"})
    assert preflight.headers["Access-Control-Allow-Origin"] == SITE
    assert "Content-Type" in preflight.headers["Access-Control-Allow-Headers"]
    answer = shared.post("/prediction", json=INSTANCES, headers={"Origin": SITE, "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    assert "Origin" in answer.headers["Vary"]


def test_no_other_site_is(shared):
    answer = shared.post("/prediction", json=INSTANCES, headers={"Origin": "https://evil.example"})
    assert_problem(answer, 403, "--cors")
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/static/page.js", "/health/live", "/health/ready"])
def test_page_and_health_need_no_token(locked, path):
    with locked.get(path) as answer:
        assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/model", "/report", "/metrics", "/openapi.json"])
def test_everything_else_needs_the_token(locked, path):
    answer = locked.get(path)
    assert_problem(answer, 401, "Authorization: Bearer")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert locked.get(path, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


@pytest.mark.parametrize("authorization", WRONG_TOKENS)
def test_a_wrong_token_is_refused(locked, authorization):
    answer = locked.post("/prediction", json=INSTANCES, headers={"Authorization": authorization})
    assert_problem(answer, 401, "token")


def test_the_right_token_is_let_in(locked):
    answer = locked.post("/prediction", json=INSTANCES, headers={"Authorization": f"bearer {TOKEN}"})
    assert answer.status_code == 200


def test_what_is_not_there_needs_the_token_too(locked):
    assert_problem(locked.get("/nothing"), 401, "Authorization: Bearer")


@pytest.fixture
def hosted(model):
    return build_application(lambda: model, Settings(cors=SITE, allow_hosts=("digits.example", "::2"))).test_client()


OTHER_HOSTS = ["evil.example", "digits.example.evil", "localhost.evil.example", "203.0.113.5", "0.0.0.0:5000"]
OTHER_HOSTS += ["", "[", "[::3]", "::1", "localhost:x", "a@localhost", "224.0.0.1", "127.0.0.1.evil.example"]


@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_another_host_is_refused_whatever_is_asked_for(hosted, host):
    headers = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    for path in ("/", "/model", "/nothing", "/health/live"):
        assert_problem(hosted.get(path, headers=headers), 421, "--allow-host NAME", "misdirected_request")
    assert_problem(hosted.post("/prediction", json=INSTANCES, headers=headers), 421, "--allow-host NAME")


OWN_HOSTS = ["localhost", "LOCALHOST:5000", "localhost.", "127.0.0.1:80", "127.1.2.3", "[::1]:5000", "[::2]"]
OWN_HOSTS += ["digits.example", "Digits.Example:443", socket.gethostname()]


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_its_own_hosts_are_answered(hosted, host):
    assert hosted.get("/health/live", headers={"Host": host}).status_code == 200


def test_under_another_server_hosts_are_for_that_to_check(http):
    assert http.get("/health/live", headers={"Host": "digits.example"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/model", "/prediction", "/nothing", "/static/page.css"])
def test_every_answer_says_how_it_may_be_used(http, path):
    with http.get(path) as answer:
        headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_token_is_the_first_line_of_a_file(tmp_path):
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\nand more\n", encoding="ascii")
    assert token_in(str(file)) == TOKEN


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"short", "5 characters"),
        (b"", "0 characters"),
        (b"two words are no token", "no space"),
        (b"\xff" * 20, "ASCII"),
    ],
)
def test_a_file_without_a_token_is_refused(tmp_path, content, words):
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(ArgumentTypeError, match=words):
        token_in(str(file))


@pytest.mark.parametrize("text", ["example.org", "https://example.org/", "ftp://example.org", "https://", "*"])
def test_what_is_no_origin_is_refused(text):
    with pytest.raises(ArgumentTypeError, match="no origin"):
        origin(text)


def test_an_origin_has_scheme_host_and_port():
    assert origin("http://localhost:8000") == "http://localhost:8000"
