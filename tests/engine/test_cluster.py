import csv
import gc
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import distributed
import numpy as np
import pytest
import sklearn
from idx_files import encode, write
from PIL import Image
from project import ROOT, run
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from recognition.data import sources
from recognition.data.dataset import repeated, split
from recognition.data.images import LazyArray
from recognition.engine import cluster as dask_engine
from recognition.engine import connect, versions
from recognition.engine.threads import HERE, Threads
from recognition.errors import DataError, EngineError
from recognition.evaluation import curves
from recognition.evaluation.validation import validate
from recognition.imaging.normalization import Normalizer
from recognition.inference import artifact
from recognition.learning import pipelines, recipes
from recognition.learning.ensemble import decide
from recognition.learning.fitting import fit
from recognition.learning.recipes import Recipe

DIGITS = sources.digits()
DIGITS = DIGITS.take(np.flatnonzero(np.isin(DIGITS.labels, list("0123")))[:300])  # few pairs of classes
OPTIONS = ("--nthreads", 1, "--no-dashboard", "--host", "127.0.0.1", "--death-timeout", 60)
SMALL = {"zoom": 2, "cells": 4}
RECIPES = {
    "together": Recipe("", "small", (SMALL,), "svc", {"C": 10, "gamma": 0.35}),
    "pairs": Recipe("", "small", (SMALL,), "svc", {"C": 10, "gamma": 0.35}, components=20),
    "ensemble": Recipe("", "small", (SMALL, {**SMALL, "deskew": True}), "svc", {"C": 3, "gamma": 0.5}, 20, copies=2),
    "linear": Recipe("", "small", (SMALL,), "nystroem", {"n_components": 200, "gamma": 0.35, "alpha": 0.03}),
    "linear, of components": Recipe("", "small", (SMALL,), "nystroem", {"n_components": 200, "gamma": 0.35}, 20),
}


def start(*command, cwd=ROOT):
    """Start a process of a cluster as README says."""
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *map(str, command)],
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def end(process):
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def a_scheduler(cwd=ROOT):
    """A scheduler: its process and its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ("--host", "127.0.0.1", "--port", port, "--no-dashboard", "--idle-timeout", "5 minutes")
    process = start("scheduler", *options, cwd=cwd)
    yield process, f"tcp://127.0.0.1:{port}"
    end(process)


@pytest.fixture(scope="module")
def url():
    """The address of a cluster of two workers, which are processes of their own."""
    with a_scheduler() as (_, url):
        workers = start("worker", url, "--nworkers", 2, *OPTIONS)
        with distributed.Client(url, timeout=30) as client:
            client.wait_for_workers(2, timeout=30)
        yield url
        end(workers)


@pytest.fixture
def cluster(url):
    with threadpool_limits(2, user_api="blas"), connect(url, 1) as engine:  # not as many threads as a worker has
        engine.client.wait_for_workers(2, timeout=30)
        yield engine


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


def test_work_is_done_in_order_and_counted(cluster):
    assert cluster.map("roots", np.sqrt, [9.0, 4.0, 1.0, 0.0] * 5) == [3, 2, 1, 0] * 5
    assert cluster.call("sum", np.sum, cluster.gather("ones", cluster.keep("ones", np.ones, [(2, 3), (1, 3)]))) == 9
    found = cluster.total("powers", np.power, [(n,) for n in range(20)], (2,))
    assert found == (sum(n**2 for n in range(20)),)
    work_done = cluster.pop_work_done()
    counts = {stage: pieces for stage, pieces, _ in work_done}
    assert counts == {"roots": 20, "ones": 4, "sum": 1, "powers": 20}
    assert all(1 <= workers <= 2 for _, _, workers in work_done)
    assert cluster.pop_work_done() == []


@pytest.mark.parametrize("name", RECIPES)
def test_what_a_cluster_fits_answers_the_same(cluster, name, monkeypatch):
    monkeypatch.setattr("recognition.learning.svm.FEW_ROWS", 5000 if name == "together" else 100)
    monkeypatch.setattr(pipelines, "WHOLE", 32)
    estimator = RECIPES[name].estimator(DIGITS.shape, DIGITS.full, len(DIGITS), seed=1)
    here = fit(clone(estimator), DIGITS)
    there = fit(clone(estimator), replace(DIGITS, images=DIGITS.images[:0]), cluster)
    for mine, its in zip(decide(here, DIGITS.rows), decide(there, DIGITS.rows), strict=True):
        np.testing.assert_allclose(its, mine, atol=1e-6)
    assert any(pieces > 1 for _, pieces, _ in cluster.pop_work_done())


@pytest.mark.parametrize("name", ["linear", "pairs", "together"])
def test_weights_count_there_too(cluster, name):
    weighted = replace(DIGITS, weights=np.arange(len(DIGITS), dtype=np.float32) % 3)
    estimator = RECIPES[name].estimator(DIGITS.shape, DIGITS.full, len(DIGITS))
    here, there = (fit(clone(estimator), weighted, engine) for engine in (HERE, cluster))
    np.testing.assert_allclose(decide(there, DIGITS.rows)[0], decide(here, DIGITS.rows)[0], atol=1e-6)


def test_colour_pictures_and_their_mirrored_copies_have_the_same_features_there(cluster, tmp_path):
    rng = np.random.default_rng(0)
    for label, colour in (("red", 0), ("blue", 2)):
        (tmp_path / label).mkdir()
        for number in range(5):
            light = rng.integers(0, 100, (64, 64, 3), dtype=np.uint8)
            light[..., colour] += 100
            Image.fromarray(light).save(tmp_path / label / f"{number}.png")
    pictures = sources.load([str(tmp_path)], engine=cluster).training
    recipe = Recipe("", "colour", ({"gaussians": 2, "pictures": 4},), "svc", {"C": 5, "gamma": 1.0}, 5, copies=1)
    estimator = recipe.estimator(pictures.shape, pictures.full, len(pictures))
    here, there = (fit(clone(estimator), pictures, engine) for engine in (HERE, cluster))
    for mine, its in zip(decide(here, pictures.rows), decide(there, pictures.rows), strict=True):
        np.testing.assert_allclose(its, mine, atol=1e-6)
    counts = {stage: pieces for stage, pieces, _ in cluster.pop_work_done()}
    assert counts["extracting features"] > 1


def test_a_chunk_may_have_no_component(cluster, monkeypatch):
    monkeypatch.setattr(pipelines, "WHOLE", 16)
    estimator = RECIPES["linear"].estimator(DIGITS.shape, DIGITS.full, len(DIGITS))
    estimator.set_params(classifier__n_components=5)
    here, there = (fit(clone(estimator), DIGITS, engine) for engine in (HERE, cluster))
    np.testing.assert_allclose(decide(there, DIGITS.rows)[0], decide(here, DIGITS.rows)[0], atol=1e-6)


@pytest.mark.parametrize("quick", [True, False])
def test_validation_curve_and_search_say_the_same(cluster, quick):
    recipe = recipes.choose(DIGITS.shape, len(DIGITS), 4)
    estimator = recipe.estimator(DIGITS.shape, DIGITS.full, len(DIGITS))
    here, there = (validate(estimator, DIGITS, quick, 0, engine)[0] for engine in (HERE, cluster))
    np.testing.assert_allclose(there.decisions, here.decisions, atol=1e-5)  # products in single precision
    np.testing.assert_array_equal(there.truth, here.truth)
    if not quick:
        here, there = (curves.learning_curve(estimator, DIGITS, 0, engine) for engine in (HERE, cluster))
        assert there.as_dict() == here.as_dict()
        here, there = (curves.search(recipe, DIGITS.take(np.arange(100)), 0, engine) for engine in (HERE, cluster))
        np.testing.assert_array_equal(there.accuracies, here.accuracies)


def test_training_there_makes_the_same_model_and_says_where_it_ran(trained, url, tmp_path):
    told, folder = trained
    shutil.copytree(folder, tmp_path / "project", ignore=shutil.ignore_patterns("model"))
    done = run(tmp_path / "project" / "training.py", "--engine", url)
    assert (done.returncode, done.stderr) == (0, "")
    there, here = (
        [line for line in text.splitlines() if not line.startswith(("            on the cluster", "Model", "Report"))]
        for text in (done.stdout, told)
    )
    assert there == here
    assert re.search(r"on the cluster, [12] workers?: validation: folds \(20\)", done.stdout)
    mine, its = (
        artifact.load("digits", place / "model").recognizer.probabilities(DIGITS.rows)[0]
        for place in (folder, tmp_path / "project")
    )
    np.testing.assert_allclose(its, mine, atol=1e-6)


def test_workers_read_what_they_work_on_from_its_place(cluster, tmp_path):
    for place in data(tmp_path):
        source = sources.load([str(place)], engine=cluster)
        np.testing.assert_array_equal(source.training.origin, source.training.images)
        (there,) = cluster.map("read", np.asarray, [source.training.origin])
        np.testing.assert_array_equal(there, source.training.images)


def data(folder):
    """Write data of every form."""
    images = DIGITS.images[:40] * np.uint8(15)
    write(folder / "emnist-a-train-images-idx3-ubyte.gz", encode(images))
    write(folder / "emnist-a-train-labels-idx1-ubyte.gz", encode(DIGITS.labels[:40].astype(np.uint8)))
    pairs = zip(DIGITS.labels, DIGITS.rows / 16, strict=True)
    rows = [["label", *range(64)], *([label, *row] for label, row in pairs)]
    with (folder / "half.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    for number, (label, image) in enumerate(zip(DIGITS.labels[:40], images, strict=True)):
        (folder / "pictures" / label).mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - image).save(folder / "pictures" / label / f"{number}.png")
    (folder / "pictures" / "0" / "broken.png").write_bytes(b"")
    return folder / "emnist-a", folder / "half.csv", folder / "pictures"


def test_data_of_several_places_are_found_again_whatever_their_range(tmp_path):
    _, table, pictures = data(tmp_path)
    joined = sources.load([str(pictures), str(table), "digits"], engine=Elsewhere()).training
    assert joined.full == 16
    np.testing.assert_array_equal(joined.origin[:], joined.images)


class Elsewhere(Threads):
    """An engine that wants to know where data come from."""

    remote = True


def test_for_a_cluster_images_stay_in_their_files_and_mean_the_same(tmp_path):
    place, *_ = data(tmp_path)
    for places in ([str(place)], [str(place)] * 2):
        here, there = (sources.load(places, engine=engine).training for engine in (HERE, Elsewhere()))
        assert isinstance(there.images, LazyArray)
        assert (there.digest, there.range, there.counts, there.shape) == (
            here.digest,
            here.range,
            here.counts,
            here.shape,
        )
        for mine, its in zip(split(here, 0.25, 0), split(there, 0.25, 0), strict=True):
            assert isinstance(its.images, LazyArray)
            np.testing.assert_array_equal(its.images[::3], mine.images[::3])
            np.testing.assert_array_equal(its.rows, mine.rows)
        assert Normalizer.measure(there.images, 255) == Normalizer.measure(here.images, 255)
        assert repeated(there) == repeated(here) == 40 * (len(places) - 1)


def test_images_for_a_cluster_are_refused_before_any_work_if_their_file_is_cut(tmp_path):
    place, *_ = data(tmp_path)
    write(tmp_path / "emnist-a-train-images-idx3-ubyte.gz", encode(DIGITS.images[:40])[:-1])
    with pytest.raises(DataError, match="should hold 2,560 values and holds only 2,559"):
        sources.load([str(place)], engine=Elsewhere())


def test_no_worker_holds_what_was_fetched(cluster, monkeypatch):
    monkeypatch.setattr(dask_engine, "LOOK", 0.02)
    gc.disable()
    try:
        cluster.map("naps", time.sleep, [0.1] * 4)
        end = time.monotonic() + 5
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
    with a_scheduler() as (process, url):
        worker = start("worker", url, *OPTIONS)
        training = subprocess.Popen(
            [sys.executable, tmp_path / "project" / "training.py", "--engine", url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        assert training.stdout.readline().startswith("Data")
        end(process)
        _, remarks = training.communicate(timeout=60)
        end(worker)
    assert training.returncode == 1
    assert remarks == f"training.py: the scheduler at {url} does not answer any more\n"
    assert {path.name: path.read_bytes() for path in (tmp_path / "project" / "model").iterdir()} == before


def test_a_worker_of_other_versions_is_refused_before_any_work(url, monkeypatch):
    monkeypatch.setattr(versions, "version", lambda _package: "0.1.2")
    versions.of_work.cache_clear()
    words = rf"the worker tcp://\S+ has scikit-learn {re.escape(sklearn.__version__)}, and here is 0.1.2; install"
    with pytest.raises(EngineError, match=words), connect(url, 1):
        pass
    versions.of_work.cache_clear()


def test_a_cluster_without_workers_or_without_the_toolkit_is_refused(tmp_path, monkeypatch):
    with a_scheduler() as (_, url):
        monkeypatch.setattr(dask_engine, "PATIENCE", 1)
        with pytest.raises(EngineError, match=f"no cluster at {url}"), connect(url, 1):
            pass
        monkeypatch.undo()
        worker = start("worker", url, *OPTIONS, cwd=tmp_path)
        words = r"cannot import this toolkit .*; start it in the toolkit's folder"
        with pytest.raises(EngineError, match=words), connect(url, 1):
            pass
        end(worker)


def test_a_scheduler_without_the_toolkit_is_refused(tmp_path):
    with a_scheduler(tmp_path) as (_, url):
        worker = start("worker", url, *OPTIONS)
        words = r"the scheduler cannot import this toolkit .*; start it in the toolkit's folder"
        with pytest.raises(EngineError, match=words), connect(url, 1):
            pass
        end(worker)


def test_a_file_that_a_worker_lacks_is_named_with_the_worker(cluster, tmp_path):
    place, table, pictures = data(tmp_path)
    for one in (place, table, pictures):
        source = sources.load([str(one)], engine=cluster)
        for file in tmp_path.rglob("*"):
            if file.is_file():
                file.rename(file.with_suffix(".away"))
        for reading in (cluster.map, cluster.keep):
            with pytest.raises(EngineError, match=rf"on the worker tcp://\S+: .*{tmp_path}.*"):
                reading("reading", np.asarray, pipelines.in_chunks(source.training.origin))
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


def test_without_dask_one_line_says_how_to_install_it(project):
    code = "import sys; sys.modules['distributed'] = None; sys.argv[1:] = ['--engine', 'local']; "
    done = subprocess.run(
        [sys.executable, "-c", f"{code}import runpy; runpy.run_path('training.py', run_name='__main__')"],
        cwd=project,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "training.py: --engine needs Dask; install it with: pip install 'dask[distributed]'\n"


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
    training = subprocess.Popen(
        [sys.executable, project / "training.py", "--engine", "local", "--jobs", "2", "--name", "other"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    assert training.stdout.readline().startswith("Data")
    os.killpg(training.pid, signal.SIGINT)  # as a terminal does, to all of them
    _, remarks = training.communicate(timeout=60)
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
