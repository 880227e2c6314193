import gc
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress

import numpy as np
import pytest
import sklearn
from clusters import a_scheduler, end, workers
from project import ROOT

import training
from recognition.data import sources
from recognition.engine import cluster as dask_engine
from recognition.engine import connect, versions
from recognition.errors import EngineError
from recognition.learning import pipelines


@contextmanager
def killing(engine, after):
    """Kill one of the workers some seconds later."""
    pids = list(engine.client.run(os.getpid).values())
    timer = threading.Timer(after, kill, (pids[0],))
    timer.start()
    yield
    timer.join()


def kill(pid):
    """Kill a process, if it still lives."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def piped(command):
    """Start a process in a group of its own, and read what it writes."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    return subprocess.Popen(command, start_new_session=True, **pipes)


def test_no_worker_holds_what_was_fetched(cluster, monkeypatch):
    monkeypatch.setattr(dask_engine, "LOOK", 0.02)
    gc.disable()
    try:
        cluster.map("naps", time.sleep, [0.1] * 4)
        end = time.monotonic() + 30
        while any(key.startswith("naps") for keys in cluster.client.has_what().values() for key in keys):
            assert time.monotonic() < end
            time.sleep(0.1)
    finally:
        gc.enable()


def test_a_killed_worker_is_done_without(cluster):
    with killing(cluster, after=0.5):
        assert cluster.map("naps", time.sleep, [0.2] * 12) == [None] * 12
    with killing(cluster, after=0.5):
        assert len(cluster.keep("naps", time.sleep, [0.2] * 12)) == 12
    kept = cluster.keep("ones", np.ones, [(1000, 3)] * 8)
    with killing(cluster, after=0):
        time.sleep(1)
        assert cluster.call("sum", np.sum, cluster.gather("ones", kept)) == 24_000


def test_work_that_kills_every_worker_is_given_up(cluster):
    with pytest.raises(EngineError, match="harm: 4 workers died of one piece of work; they need more memory, or"):
        cluster.map("harm", os._exit, [1])


def test_a_scheduler_that_is_gone_is_one_line_and_the_model_of_before_stays(trained, tmp_path):
    shutil.copytree(trained[1], tmp_path / "project")
    before = {path.name: path.read_bytes() for path in (tmp_path / "project" / "model").iterdir()}
    with a_scheduler() as (process, url), workers(url):
        command = [sys.executable, tmp_path / "project" / "training.py", "--engine", url]
        with piped(command) as training:
            first = training.stdout.readline()
            end(process)
            _, remarks = training.communicate(timeout=60)
    assert (first[:5], training.returncode) == ("Data ", 1), remarks
    assert remarks == f"training.py: the scheduler at {url} does not answer any more\n"
    assert {path.name: path.read_bytes() for path in (tmp_path / "project" / "model").iterdir()} == before


def test_a_worker_of_other_versions_is_refused_before_any_work(url, monkeypatch):
    monkeypatch.setattr(versions, "version", lambda _package: "0.1.2")
    versions.of_work.cache_clear()
    words = rf"the worker tcp://\S+ has scikit-learn {re.escape(sklearn.__version__)}, and here is 0.1.2; install"
    with pytest.raises(EngineError, match=words), connect(url, 1):
        pass
    versions.of_work.cache_clear()


def test_a_cluster_without_workers_is_refused(monkeypatch):
    monkeypatch.setattr(dask_engine, "PATIENCE", 1)
    with a_scheduler() as (_, url), pytest.raises(EngineError, match=f"no cluster at {url}"), connect(url, 1):
        pass


@pytest.mark.parametrize("lacking", ["worker", "scheduler"])
def test_a_cluster_without_the_toolkit_is_refused(lacking, tmp_path):
    folders = {"worker": ROOT, "scheduler": ROOT, lacking: tmp_path}
    with a_scheduler(folders["scheduler"]) as (_, url), workers(url, cwd=folders["worker"]):
        words = rf"the {lacking}.* cannot import this toolkit .*; start it in the toolkit's folder"
        with pytest.raises(EngineError, match=words), connect(url, 1):
            pass


def test_a_file_that_a_worker_lacks_is_named_with_the_worker(cluster, places, tmp_path):
    for one in places:
        source = sources.load([str(one)], engine=cluster)
        for file in tmp_path.rglob("*"):
            if file.is_file():
                file.rename(file.with_suffix(".away"))
        for reading in (cluster.map, cluster.keep):
            with pytest.raises(EngineError, match=rf"on the worker tcp://\S+: .*{tmp_path}.*"):
                reading("reading", np.asarray, pipelines.in_chunks(source.training.images))
        for file in tmp_path.rglob("*.away"):
            file.rename(file.with_suffix(".csv" if file.stem == "half" else ".png"))


def test_no_scheduler_is_one_line(monkeypatch):
    monkeypatch.setattr(dask_engine, "PATIENCE", 1)
    words = r"no cluster at tcp://127.0.0.1:9 .*start one in .*: python -m dask scheduler"
    with pytest.raises(EngineError, match=words), connect("tcp://127.0.0.1:9", 1):
        pass


@pytest.mark.parametrize("url", ["nonsense", "ftp://here", "tcp://"])
def test_a_url_that_is_none_is_refused(url):
    with pytest.raises(EngineError, match=f"no cluster at {url} "), connect(url, 1):
        pass


def test_without_dask_one_line_says_how_to_install_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, dask_engine.__name__)
    monkeypatch.delattr("recognition.engine.cluster")
    assert training.main(["--engine", "local"]) == 1
    complaint = capsys.readouterr().err
    assert complaint == "training.py: --engine needs Dask; install it with: pip install 'dask[distributed]'\n"


LOCAL = """
import os, signal
from recognition.engine import connect, versions

if __name__ == "__main__":
    environment, handler = dict(os.environ), signal.getsignal(signal.SIGINT)
    with connect("local", 1) as engine:
        assert engine.map("powers", pow, [2, 3], (2,)) == [4, 9]
        assert dict(os.environ) == environment
    assert signal.getsignal(signal.SIGINT) is handler
"""


def test_a_local_cluster_leaves_this_process_as_it_was(tmp_path):
    (tmp_path / "local.py").write_text(LOCAL)
    done = subprocess.run(
        [sys.executable, tmp_path / "local.py"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_ctrl_c_leaves_nothing_running(project):
    command = [sys.executable, project / "training.py", "--engine", "local", "--jobs", "1", "--name", "other"]
    with piped(command) as training:
        first = training.stdout.readline()
        os.killpg(training.pid, signal.SIGINT)  # as a terminal does, to all of them
        _, remarks = training.communicate(timeout=60)
    assert first.startswith("Data"), remarks
    assert (training.returncode, remarks) == (1, "training.py: stopped; the earlier model is untouched\n")
    assert not alive_in_group(training.pid)


def alive_in_group(group, seconds=10):
    """What still runs of a group of processes after some seconds: list of str."""
    end = time.monotonic() + seconds
    while True:
        told = subprocess.run(["pgrep", "-a", "-g", str(group)], capture_output=True, encoding="utf-8", check=False)
        left = [line for line in told.stdout.splitlines() if "defunct" not in line]
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.2)
