import socket

import pytest
import requests
from project import ROOT, launch, run, stop

import server
from recognition.errors import ServiceError
from recognition.serving.application import build_application


def test_serves_what_was_trained_refuses_an_oversized_body_and_stops_at_sigterm_with_exit_0(project):
    process, url = launch(project)
    answer = requests.post(f"{url}/prediction", json={"instances": [[0] * 64]}, timeout=30)
    assert answer.status_code == 200
    assert answer.json()["predictions"][0]["recognized"] is False
    headers = {"Content-Type": "application/json"}
    answer = requests.post(f"{url}/prediction", data=b" " * (33 * 2**20), headers=headers, timeout=30)
    assert answer.status_code == 413
    assert requests.get(f"{url}/health/live", timeout=30).ok
    stop(process)
    assert process.returncode == 0


def test_the_factory_builds_an_application_for_any_wsgi_server(model, monkeypatch):
    asked = []
    monkeypatch.setattr("recognition.inference.live.load", lambda name, folder: asked.append(name) or model)
    for app in (server.create_app(), server.create_app(name="mine")):
        assert app.test_client().get("/health/ready").status_code == 200
    assert asked == ["digits", "mine"]


@pytest.fixture
def refused(model, monkeypatch, capsys):
    """A function that starts the server in this process, where it must stop with one line on stderr, and returns it."""
    monkeypatch.setattr("recognition.inference.live.load", lambda name, folder: model)
    monkeypatch.setattr(server.signal, "signal", lambda *_: None)

    def start(*arguments):
        assert server.main([*map(str, arguments)]) == 1
        line = capsys.readouterr().err
        assert line.count("\n") == 1
        return line

    return start


def test_a_port_that_is_taken_is_one_line_and_exit_1(refused):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refused("-p", port)
    assert line.startswith(f"server.py: cannot listen on 127.0.0.1:{port} (Address already in use); choose another")
    assert "-p" in line


def test_a_host_of_another_machine_is_one_line_and_exit_1(refused):
    assert "192.0.2.1" in refused("-p", "0", "--host", "192.0.2.1")


def test_an_unknown_host_is_one_line():
    with pytest.raises(ServiceError, match="choose another --host"):
        server.listen("no host of this name", 0)


def test_without_a_model_one_line_says_how_to_make_one(monkeypatch, capsys):
    monkeypatch.setattr(server.signal, "signal", lambda *_: None)
    assert server.main(["-p", "0", "-m", "nothing"]) == 1
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert "python training.py" in complaint


@pytest.mark.parametrize("arguments", [["-p", "70000"], ["-p", "x"], ["--nonsense"]])
def test_wrong_usage_exits_2(arguments):
    with pytest.raises(SystemExit) as exit_:
        server.main(arguments)
    assert exit_.value.code == 2


def test_the_address_for_a_phone_is_told_where_the_server_listens_to_the_network(monkeypatch):
    monkeypatch.setattr(server, "address_in_network", lambda: "192.168.1.5")
    assert "A phone in the same network opens http://192.168.1.5:5000" in server.remarks(
        "0.0.0.0", 5000, server.parse([])
    )
    assert "phone" not in " ".join(server.remarks("127.0.0.1", 5000, server.parse([])))


def test_says_what_the_built_in_server_is_for_and_who_may_ask(tmp_path):
    token = tmp_path / "token"
    token.write_text("a-token-of-some-length", encoding="ascii")
    alone = " ".join(server.remarks("0.0.0.0", 5000, server.parse([])))
    assert "--workers" in alone
    assert "Everybody who reaches this address may ask" in alone
    locked = " ".join(server.remarks("0.0.0.0", 5000, server.parse(["--workers", "2", "--token-file", str(token)])))
    assert "Everybody" not in locked
    assert "built-in" not in locked


def test_an_ipv6_address_is_told_as_browsers_take_it():
    assert server.url_of("::1", 5000) == "http://[::1]:5000"


def test_without_a_token_only_hosts_of_this_machine_are_answered(model):
    options = ["--allow-host", "Digits.Example", "--allow-host", "other.example"]
    client = build_application(lambda: model, server.settings_of(server.parse(options))).test_client()
    answers = {
        host: client.get("/model", headers={"Host": host}).status_code
        for host in ("localhost", "digits.example:80", "other.example", "evil.example")
    }
    assert answers == {"localhost": 200, "digits.example:80": 200, "other.example": 200, "evil.example": 421}


def test_with_a_token_the_host_is_free(tmp_path):
    token = tmp_path / "token"
    token.write_text("a-token-of-some-length", encoding="ascii")
    assert server.settings_of(server.parse(["--host", "Here"])).allow_hosts == ("here",)
    assert server.settings_of(server.parse(["--token-file", str(token)])).allow_hosts is None


def test_a_token_goes_from_file_to_server_and_client(start_server, project, tmp_path):
    token = tmp_path / "token"
    token.write_text("a-token-of-some-length\n", encoding="ascii")
    url = start_server("--token-file", str(token))
    picture = ROOT / "my_test_images" / "digit2.png"
    refused = run(project / "client.py", "-f", picture, "--url", url)
    assert refused.returncode == 1
    assert "--token-file" in refused.stderr
    answered = run(project / "client.py", "-f", picture, "--url", url, "--token-file", token)
    assert (answered.returncode, "digit2.png: 2 (" in answered.stdout) == (0, True)


def test_a_token_file_that_is_not_there_is_wrong_usage():
    with pytest.raises(SystemExit) as exit_:
        server.main(["--token-file", "nowhere"])
    assert exit_.value.code == 2


def test_a_machine_without_a_network_tells_no_address(monkeypatch):
    class Unreachable(socket.socket):
        def connect(self, address):
            raise OSError

    monkeypatch.setattr(server.socket, "socket", Unreachable)
    assert server.address_in_network() is None


def test_a_folder_that_cannot_be_written_is_one_line_and_exit_1(refused, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "--collect" in refused("-p", "0", "--collect", tmp_path / "file")
