"""The client as it is called in a test."""

import threading

import pytest
from drawing import draw
from werkzeug.serving import make_server

import client
from recognition.serving.application import build_application


@pytest.fixture
def ask_at(capsys):
    """Return a function that runs the client at an address: exit code, lines on stdout, lines on stderr."""

    def run(url, *arguments):
        code = client.main([*map(str, arguments), "--url", url])
        out, err = capsys.readouterr()
        return code, out.splitlines(), err.splitlines()

    return run


@pytest.fixture(scope="module")
def url(model):
    """Yield the address of a server in a thread of this process."""
    server = make_server("127.0.0.1", 0, build_application(lambda: model), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ask(url, ask_at):
    """Return a function that asks the server, or another one, as `ask_at` does."""
    return lambda *arguments, url=url: ask_at(url, *arguments)


@pytest.fixture
def photo(tmp_path):
    """Make a photo of a number."""
    path = tmp_path / "42_by_me.jpg"
    draw("42", height=150, pen=15, at=(40, 150)).save(path)
    return path
