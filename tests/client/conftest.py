"""The client as it is called in a test."""

import pytest

import client


@pytest.fixture
def ask_at(capsys):
    """Return a function that runs the client at an address: exit code, lines on stdout, lines on stderr."""

    def run(url, *arguments):
        code = client.main([*map(str, arguments), "--url", url])
        out, err = capsys.readouterr()
        return code, out.splitlines(), err.splitlines()

    return run
