"""A Dask cluster as an engine: its workers call functions; no scheduler, queue or worker of our own."""

import logging
import os
import signal
import sys
import warnings
from collections import Counter
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from uuid import uuid4

import distributed
import numpy as np
from threadpoolctl import threadpool_limits

from recognition.engine import versions
from recognition.engine.interface import Engine, few_ahead
from recognition.errors import EngineError, RecognitionError
from recognition.progress import Progress

LOCAL = "local"
PATIENCE = 30  # seconds for a scheduler to answer, and for a worker to be there
LOOK = 2  # seconds after which whoever waits looks whether the cluster is still there


class Cluster(Engine):
    """The workers of a Dask cluster; what was lost with one of them is done again by another.

    Parameters
    ----------
    client : distributed.Client
        Connection to a scheduler.
    """

    def __init__(self, client):
        self.client = client
        self.pieces = Counter()  # of work done, by stage

    def stream(self, stage, function, items, common=()):
        """Apply a function to items on the workers; see `Engine.stream`."""
        with self._translated(stage):
            submit = self._submitter(stage, function, common)
            for future in few_ahead(submit, items, lambda: sum(self.client.nthreads().values())):
                yield self._result(future)
                self.pieces[stage] += 1

    def keep(self, stage, function, items, common=()):
        """Leave the results on the workers; see `Engine.keep`."""
        with self._translated(stage), Progress(stage, len(items)) as progress:
            kept = list(map(self._submitter(stage, function, common), items))
            for future in kept:
                self._wait(future)
                if error := future.exception():
                    raise error
                self.pieces[stage] += 1
                progress.step()
        return kept

    def pop_work_done(self):
        """Return what the workers did; see `Engine.pop_work_done`."""
        pieces, self.pieces = self.pieces, Counter()
        with self._translated("counting"):
            return [(stage, count, len(self.client.nthreads())) for stage, count in pieces.items()]

    def _submitter(self, stage, function, common):
        """Return a function that has an item worked on, and sends what is common to all once.

        What Dask's `scatter` sends would be lost with its worker.
        """
        shared = [
            argument if isinstance(argument, distributed.Future) else self._submit("sharing", _same, argument)
            for argument in common
        ]
        return lambda item: self._submit(stage, function, item, *shared)

    def _submit(self, stage, function, *arguments):
        """Return the `distributed.Future` of a function called on a worker; Dask's pages show it by its stage."""
        return self.client.submit(_run, versions.of_work(), function, *arguments, key=f"{stage}-{uuid4().hex}")

    def _result(self, future):
        """Wait for a result and fetch it; if it got lost on the way, it is made and waited for again."""
        while True:
            self._wait(future)
            with suppress(TimeoutError):
                result = future.result(timeout=PATIENCE)
                future.release()  # or its worker holds the result until Python finds the cycles that the future is in
                return result

    def _wait(self, future):
        """Wait until work is done, unless who is to do it is gone."""
        while not future.done():
            with suppress(TimeoutError):
                distributed.wait(future, timeout=LOOK)
            if self.client.status != "running":
                raise ConnectionError
            try:
                self.client.wait_for_workers(1, timeout=PATIENCE)
            except TimeoutError as error:
                raise EngineError(f"{self._name()} has had no worker for {PATIENCE} seconds") from error

    def _name(self):
        return f"the scheduler at {self.client.scheduler.address}"

    @contextmanager
    def _translated(self, stage):
        try:
            yield
        except distributed.KilledWorker as error:
            raise EngineError(
                f"{stage}: {error.allowed_failures + 1} workers died of one piece of work; "
                "they need more memory, or were not started in the toolkit's folder"
            ) from error
        except (CancelledError, distributed.client.ClosedClientError, OSError) as error:
            raise EngineError(f"{self._name()} does not answer any more") from error


def _run(expected, function, *arguments):
    """Call a function on a worker: its result."""
    worker = distributed.get_worker()
    _check_versions(expected, worker)
    threadpool_limits(1, user_api="blas")
    # What came over the network may begin at any byte; BLAS would not be used, and rounding be another.
    aligned = (np.require(value, requirements="A") if isinstance(value, np.ndarray) else value for value in arguments)
    try:
        return function(*aligned)
    except (RecognitionError, OSError) as error:
        raise EngineError(f"on the worker {worker.address}: {error}") from error


def _same(argument):
    return argument


def _check_versions(expected, dask_worker):
    """Raise an EngineError if the same work may have another result on a worker, which Dask fills in: other versions.

    Dask's `get_versions(check=True)` knows neither scikit-learn nor the toolkit, and minds every last digit.
    """
    installed = versions.of_work()
    if package := versions.mismatch(expected, installed):
        raise EngineError(
            f"the worker {dask_worker.address} has {package} {installed[package]}, and here is "
            f"{expected[package]}; install the same there, and start it again"
        )


@contextmanager
def connect(url, jobs):
    """Connect to a scheduler, or start a cluster here, and yield a `Cluster`; see `engine.connect`."""
    for name in ("distributed", "tornado", *logging.root.manager.loggerDict):
        if name.startswith(("distributed", "tornado")):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", message="Sending large graph")  # that is a model, once for each stage
    with ExitStack() as stack:
        if url == LOCAL:
            url = stack.enter_context(_local_cluster(jobs))
        try:
            client = stack.enter_context(distributed.Client(url, timeout=PATIENCE, direct_to_workers=True))
            client.wait_for_workers(1, timeout=PATIENCE)
        except (OSError, TimeoutError, ValueError) as error:
            raise EngineError(
                f"no cluster at {url} ({error}); start one in the toolkit's folder: python -m dask scheduler, "
                "and: python -m dask worker URL --nworkers 4 --nthreads 1"
            ) from error
        _check_toolkit("scheduler", client.run_on_scheduler)  # which looks into what it passes on
        _check_toolkit("worker", client.run)
        client.run(_check_versions, versions.of_work())
        try:
            yield Cluster(client)
        except KeyboardInterrupt:
            sys.unraisablehook = lambda _: None  # futures that outlive their client complain as they go
            raise


def _check_toolkit(process, run):
    """Raise an EngineError if a process of the cluster, which runs functions, cannot import the toolkit.

    Of a function of the toolkit Dask would make whatever error it likes.
    """
    try:
        run(import_module, __name__)
    except ImportError as error:
        raise EngineError(
            f"the {process} cannot import this toolkit ({error}); start it in the toolkit's folder"
        ) from error


def _local_cluster(workers):
    """Return a `distributed.LocalCluster` that was started on this machine."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for this process, which then ends the others
    environment = dict(os.environ)
    try:
        return distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
        )
    finally:
        signal.signal(signal.SIGINT, before)
        for name in os.environ.keys() - environment.keys():  # the number of threads, which is meant for the workers
            del os.environ[name]
