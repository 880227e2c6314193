import importlib.util
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import pytest
import requests
from project import children, launch, stop, workers_of
from questions import BLANK, FLAT_TWO
from wire import BODY, HEAD, LENGTH, read_answer

import server
from recognition.servers import workers
from recognition.serving.admission import Settings

pytest.importorskip("uvicorn", reason="workers are an extra: pip install 'uvicorn[standard]'")
QUESTION = {"instances": [FLAT_TWO, BLANK]}


@pytest.fixture(scope="module")
def served(project):
    """A server of two workers: its process and its address, once it answers."""
    process, url = launch(project, "--workers", "2")
    assert requests.get(f"{url}/health/ready", timeout=90).ok  # waits for a worker
    yield process, url
    stop(process)


def until(holds, seconds=90):
    """Wait until something holds that takes a while to look at."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end


@pytest.fixture
def worked(model, monkeypatch):
    """What a worker is when it would begin: its application, and whether TCP_NODELAY is set."""
    found = []

    def look(server, sockets):
        found.extend((server.config.app, sockets[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))

    monkeypatch.setattr(workers.uvicorn.Server, "run", look)
    monkeypatch.setattr("recognition.inference.live.load", lambda name, folder: model)
    monkeypatch.setattr(workers, "log_requests", lambda: None)
    monkeypatch.setattr(workers, "threadpool_limits", lambda _: None)
    return found


def test_a_worker_has_the_settings_and_delays_no_end_of_an_answer(worked, tmp_path):
    settings = Settings(tmp_path, "a-token-of-some-length", "https://example.org", ("here",))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        workers.serve("digits", settings, listener, 1)
    app, no_delay = worked
    assert app.settings == settings
    assert no_delay == 1


def test_workers_answer_as_one_process_does(served, http):
    _, url = served
    answer = requests.post(f"{url}/prediction", json=QUESTION, timeout=10)
    assert answer.json() == http.post("/prediction", json=QUESTION).get_json()
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-ID"])


def test_each_gets_its_own_answer_however_many_ask_at_once(served, http):
    _, url = served
    rows = [[(i * j) % 17 for j in range(64)] for i in range(40)]
    expected = http.post("/prediction", json={"instances": rows}).get_json()["predictions"]
    with requests.Session() as session, ThreadPoolExecutor(16) as pool:
        ask = lambda row: session.post(f"{url}/prediction", json={"instances": [row]}, timeout=20).json()  # noqa: E731
        answers = [answer["predictions"][0] for answer in pool.map(ask, rows)]
    for answer, right in zip(answers, expected, strict=True):
        assert answer["label"] == right["label"]
        assert answer["confidence"] == pytest.approx(right["confidence"], abs=1e-5)


def test_metrics_are_those_of_all_workers(served):
    pytest.importorskip("prometheus_client", reason="metrics are an extra: pip install prometheus-client")
    _, url = served

    def count():
        text = requests.get(f"{url}/metrics", timeout=10).text
        found = re.search(r'^recognition_requests_total{method="GET",path="/model",status="200"} (\S+)', text, re.M)
        return float(found[1]) if found else 0

    before = count()
    for _ in range(20):  # over connections of their own, so that both workers get some
        requests.get(f"{url}/model", timeout=10)
    assert {count() for _ in range(6)} == {before + 20}


def test_a_worker_that_is_killed_is_replaced(served):
    process, url = served
    until(lambda: len(workers_of(process)) == 2)
    before = workers_of(process)
    os.kill(min(before), signal.SIGKILL)
    answers = [requests.get(f"{url}/health/live", timeout=10).status_code for _ in range(20)]
    assert set(answers) == {200}
    until(lambda: len(workers_of(process)) == 2 and workers_of(process) != before)


def test_a_worker_that_is_killed_while_another_starts_is_replaced(served):
    process, url = served
    until(lambda: len(workers_of(process)) == 2)
    before = workers_of(process)
    first, second = before
    os.kill(first, signal.SIGKILL)
    until(lambda: workers_of(process) - before)  # it begins to start
    os.kill(second, signal.SIGKILL)
    until(lambda: len(workers_of(process) - before) == 2, seconds=workers.HUNG - 5)
    assert requests.get(f"{url}/health/live", timeout=30).ok


def test_sigterm_finishes_what_is_in_flight_and_exits_0(served):  # the last that asks this server
    process, url = served
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\n" + LENGTH)
        assert connection.recv(100).startswith(b"HTTP/1.1 100")  # so it is in flight
        process.terminate()
        connection.sendall(BODY)
        assert read_answer(connection)[0] == 200
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_one_worker_is_the_process_itself(project):
    process, url = launch(project, "--workers", "1")
    assert requests.post(f"{url}/prediction", json=QUESTION, timeout=90).ok
    assert not workers_of(process)
    stop(process)
    assert process.returncode == 0


def test_without_the_extra_one_line_names_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    code = importlib.util.find_spec(workers.__name__).loader.get_code(workers.__name__)
    lacking = ModuleType(workers.__name__)
    exec(code, vars(lacking))
    monkeypatch.setattr(server, "workers", lacking)
    monkeypatch.setattr(server.signal, "signal", lambda *_: None)
    assert server.main(["-p", "0", "--workers", "2"]) == 1
    complaint = capsys.readouterr().err
    assert complaint == "server.py: --workers needs uvicorn; install it with: pip install 'uvicorn[standard]'\n"


def test_workers_do_not_outlive_who_started_them(project):
    process, url = launch(project, "--workers", "2")
    assert requests.get(f"{url}/health/ready", timeout=90).ok
    left = workers_of(process)
    process.kill()
    process.communicate(timeout=10)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))


# A supervisor of processes that only wait


def worker(started, plan, pulse):
    """Tell that it is there, then do as planned: die, hang after a beat, or beat on, with SIGTERM or against it."""
    with started.get_lock():
        number = started.value
        started.value += 1
    if plan[number] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if plan[number] == "end all":
        os.kill(os.getppid(), signal.SIGTERM)
    if plan[number] == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pulse.send_bytes(b"")
    while plan[number] != "hang":
        pulse.send_bytes(b"")
        time.sleep(0.02)
    threading.Event().wait()


@pytest.mark.parametrize("plan", [("die", "beat", "end all"), ("hang", "deaf", "end all")], ids=str)
def test_a_supervisor_replaces_workers_that_die_or_hang_and_ends_all_even_those_that_do_not_hear(monkeypatch, plan):
    for name, seconds in {"LAST": 0.2, "BEAT": 0.1, "HUNG": 15}.items():
        monkeypatch.setattr(workers, name, seconds)
    context = get_context("fork")
    started = context.Value("i", 0)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        workers.supervise(lambda: context, (worker, started, plan), 2)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert started.value == len(plan)
    assert not multiprocessing.active_children()


def ignores_ctrl_c(pid):
    """Return whether SIGINT is ignored by a process, or blocked."""
    masks = re.findall(r"^Sig(?:Ign|Blk):\s*(\w+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return any(int(mask, 16) >> (signal.SIGINT - 1) & 1 for mask in masks)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells which signals are ignored")
def test_ctrl_c_while_the_workers_load_stops_all_of_them_without_a_traceback(project):
    process = subprocess.Popen(
        [sys.executable, str(project / "server.py"), "-p", "0", "--workers", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout.readline().startswith("Serving")
    until(lambda: len(loading := children(process.pid)) == 2 and all(map(ignores_ctrl_c, loading)))
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all of them
    _, err = process.communicate(timeout=90)
    assert (process.returncode, "Traceback" in err) == (0, False), err
