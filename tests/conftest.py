"""A trained model, made once: tests share it and write only into temporary folders."""

import os

# Two files of tests run at a time; each with a thread a core for its matrices would make both wait for the other.
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

import signal
from contextlib import ExitStack

import pytest
from browser import CHROMIUM, chromium, sync_playwright
from filelock import FileLock
from project import copy_project, launched, run

from recognition.inference import artifact
from recognition.serving.application import build_application

# Started in the background of a script, tests have Ctrl-C ignored, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    """Keep the proxies of the machine out."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def trained(tmp_path_factory, worker_id):
    """What `python training.py` printed, run from another folder, and the copy of the project in which it was."""
    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":  # one of several processes: the first that gets here trains for all
        shared = shared.parent
    folder, printed = shared / "trained", shared / "printed.txt"
    with FileLock(shared / "training.lock"):
        if not printed.exists():
            folder.mkdir()
            done = run(copy_project(folder) / "training.py", "--jobs", "1", cwd="/")
            assert done.returncode == 0, done.stderr
            printed.write_text(done.stdout, encoding="utf-8")
    return printed.read_text(encoding="utf-8"), folder


@pytest.fixture(scope="session")
def project(trained):
    """A copy of the project with a model of load_digits."""
    return trained[1]


@pytest.fixture(scope="session")
def model(project):
    """The model of load_digits, loaded."""
    return artifact.load("digits", project / "model")


@pytest.fixture(scope="session")
def browser():
    """Yield a headless Chromium; skip the test if there is none."""
    if sync_playwright is None:
        pytest.skip("the page is tested in a browser: pip install -r tests/requirements.txt")
    if CHROMIUM is None:
        pytest.skip("the page is tested in Chromium, which is not installed")
    with chromium() as running:
        yield running


@pytest.fixture
def http(model):
    """A client of the application that serves the model."""
    return build_application(lambda: model).test_client()


@pytest.fixture
def start_server(project):
    """A function that starts the real server on a free port and returns its address."""
    with ExitStack() as servers:
        yield lambda *arguments: servers.enter_context(launched(project, *arguments))
