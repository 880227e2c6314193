import socket

import pytest
import requests
from conftest import copy_project, run

import server
from recognition.errors import ServiceError


def test_serves_what_was_trained_from_any_folder(start_server):
    url = start_server()
    answer = requests.post(f"{url}/prediction", json={"instances": [[0] * 64]}, timeout=5)
    assert answer.status_code == 200
    assert answer.json()["predictions"][0]["recognized"] is False


def test_an_oversized_body_is_answered_over_a_real_connection(start_server):
    url = start_server()
    headers = {"Content-Type": "application/json"}
    answer = requests.post(f"{url}/prediction", data=b" " * (33 * 2**20), headers=headers, timeout=20)
    assert answer.status_code == 413
    assert requests.get(f"{url}/health/live", timeout=5).ok


def test_the_factory_builds_an_application_for_any_wsgi_server(model, monkeypatch):
    asked = []
    monkeypatch.setattr("recognition.live.load", lambda name, folder: asked.append(name) or model)
    for app in (server.create_app(), server.create_app(name="mine")):
        assert app.test_client().get("/health/ready").status_code == 200
    assert asked == ["digits", "mine"]


def test_a_port_that_is_taken_is_one_line_and_exit_1(project):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(project / "server.py", "-p", port)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "-p" in done.stderr


def test_a_host_of_another_machine_is_one_line_and_exit_1(project):
    done = run(project / "server.py", "-p", "0", "--host", "192.0.2.1")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_an_unknown_host_is_one_line():
    with pytest.raises(ServiceError, match="choose another --host"):
        server.listen("no host of this name", 0)


def test_without_a_model_one_line_says_how_to_make_one(tmp_path):
    done = run(copy_project(tmp_path) / "server.py", "-p", "0")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "python training.py" in done.stderr


@pytest.mark.parametrize("arguments", [["-p", "70000"], ["-p", "x"], ["--nonsense"]])
def test_wrong_usage_exits_2(arguments):
    with pytest.raises(SystemExit) as exit_:
        server.main(arguments)
    assert exit_.value.code == 2


def test_the_address_for_a_phone_is_told_where_the_server_listens_to_the_network(monkeypatch):
    monkeypatch.setattr(server, "address_in_network", lambda: "192.168.1.5")
    assert server.remarks("0.0.0.0", 5000, None) == ["A phone in the same network opens http://192.168.1.5:5000"]
    assert server.remarks("127.0.0.1", 5000, None) == []


def test_a_machine_without_a_network_tells_no_address(monkeypatch):
    class Unreachable(socket.socket):
        def connect(self, address):
            raise OSError

    monkeypatch.setattr(server.socket, "socket", Unreachable)
    assert server.address_in_network() is None


def test_a_folder_that_cannot_be_written_is_one_line_and_exit_1(project, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = run(project / "server.py", "-p", "0", "--collect", tmp_path / "file")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "--collect" in done.stderr
