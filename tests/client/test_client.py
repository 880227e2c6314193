import pytest
from project import ROOT
from strangers import answer, stranger

import client
from recognition.client.service import base_url

TWO, THREE = (ROOT / "my_test_images" / f"digit{digit}.png" for digit in (2, 3))


def test_prints_the_answer(ask):
    code, (line,), err = ask("-f", TWO)
    assert code == 0
    assert line.startswith(f"{TWO}: 2 (")
    assert line.endswith(" %)")
    assert err == []


@pytest.mark.parametrize("arguments", [[TWO, "-f", THREE], ["-f", THREE, "--json", TWO], ["-f", THREE, "-f", TWO]])
def test_paths_without_f_and_each_f_are_asked_about_together(ask, arguments):
    code, lines, _ = ask(*arguments)
    assert code == 0
    assert [name for line in lines for name in ("digit2", "digit3") if name in line] in (
        ["digit2", "digit3"],
        ["digit3", "digit2"],
    )


def test_nothing_to_ask_about_is_wrong_usage(ask, capsys):
    with pytest.raises(SystemExit) as exit_:
        ask("--score")
    assert exit_.value.code == 2
    assert "nothing to ask about; name pictures" in capsys.readouterr().err


@pytest.mark.parametrize(
    "form", ["{}", "http://{}/", "{}/prediction", "http://{}/prediction", "http://{}/prediction/?seen=1"]
)
def test_a_url_may_lack_its_scheme_and_have_the_path_to_post_to(ask, url, form):
    code, (line,), _ = ask(TWO, url=form.format(url.removeprefix("http://")))
    assert (code, line.startswith(f"{TWO}: 2 (")) == (0, True)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("localhost:5000", "http://localhost:5000"),
        ("https://example.org/read/prediction", "https://example.org/read"),
        ("[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_an_address_keeps_its_scheme_and_folder(text, url):
    assert base_url(text) == url


def test_no_server_is_one_line(ask):
    code, lines, (complaint,) = ask("-f", TWO, url="http://127.0.0.1:9")
    assert (code, lines) == (1, [])
    assert "python server.py" in complaint


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (answer(b"", "403 Forbidden", "Server: AirTunes/595.13.1"), "AirPlay"),
        (answer(b"oops", "500 Oops"), "answered 500: Oops (is http"),
        (answer({"detail": "too busy; try again"}, "503 Busy"), "answered 503: too busy; try again"),
    ],
)
def test_a_server_that_refuses_is_one_line(ask_at, refusal, words):
    with stranger(b"", get=refusal) as (url, _):
        code, lines, (complaint,) = ask_at(url, TWO)
    assert (code, lines) == (1, [])
    assert words in complaint


@pytest.mark.parametrize("url", ["ftp://localhost", "http://[::1", "", ":5000", "localhost:0", "localhost:x"])
def test_a_url_that_is_none_is_one_line(ask, url):
    code, _, (complaint,) = ask("-f", TWO, url=url)
    assert code == 1
    assert "is no address; give one such as http://localhost:5000" in complaint


def test_a_proxy_is_not_asked_for_this_machine(ask, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    code, _, err = ask("-f", TWO)
    assert (code, err) == (0, [])


@pytest.mark.parametrize(
    "arguments", [[], ["-f"], *(["-f", "x", "--timeout", time] for time in ("soon", "0", "-1", "nan"))]
)
def test_wrong_usage_exits_2(arguments):
    with pytest.raises(SystemExit) as exit_:
        client.main(arguments)
    assert exit_.value.code == 2
