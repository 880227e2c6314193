"""A Dask cluster as an engine: its workers call functions; no scheduler, queue or worker of our own."""

import logging
import os
import signal
import time
import warnings
from collections import deque
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import uuid4

import distributed
import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from recognition.engine import versions
from recognition.engine.interface import Engine
from recognition.engine.threads import AHEAD
from recognition.errors import EngineError, RecognitionError
from recognition.progress import Progress

LOCAL = "local"
PATIENCE = 30  # seconds for a scheduler to answer, and for a worker to be there
LOOK = 2.0  # seconds after which whoever waits looks whether the cluster is still there
_alone = Lock()


class Cluster(Engine):
    """The workers of a Dask cluster; what was lost with one of them is done again by another.

    Parameters
    ----------
    client : distributed.Client
        Connection to a scheduler.
    """

    remote = True

    def __init__(self, client):
        self.client = client
        self.threads = max([1, *(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")])
        self.work_done = {}  # stage: (pieces, addresses)

    def stream(self, stage, function, items, common=(), *, same_rounding=False):
        """Apply a function to items on the workers; see `Engine.stream`."""
        waiting = deque()
        with self._translated(stage):
            common = self._shared(common)
            try:
                for item in items:
                    waiting.append(self._submit(stage, function, item, *common, same_rounding=same_rounding))
                    if len(waiting) > AHEAD * sum(self.client.nthreads().values()):
                        yield self._result(stage, waiting.popleft())
                while waiting:
                    yield self._result(stage, waiting.popleft())
            finally:
                if self.client.status == "running":
                    self.client.cancel(list(waiting))

    def keep(self, stage, function, items, common=(), *, same_rounding=False):
        """Leave the results on the workers; see `Engine.keep`."""
        with self._translated(stage), Progress(stage, len(items)) as progress:
            common = self._shared(common)
            kept = [self._submit(stage, function, item, *common, same_rounding=same_rounding) for item in items]
            for future in kept:
                self._wait(future)
                if future.status == "error":
                    future.result()
                progress.step()
            for addresses in self.client.who_has(kept).values():
                self._count(stage, *addresses[:1])
        return kept

    def gather(self, stage, chunks, *, same_rounding=False):
        """Have the array on a worker; see `Engine.gather`."""
        if len(chunks) == 1:
            return chunks[0]
        kept = self.keep(stage, np.asarray, chunks, same_rounding=same_rounding)
        with self._translated("joining"):
            return self._submit("joining", np.concatenate, kept)

    def pop_work_done(self):
        """Return what the workers did; see `Engine.pop_work_done`."""
        work_done, self.work_done = self.work_done, {}
        return [(stage, pieces, len(addresses)) for stage, (pieces, addresses) in work_done.items()]

    def _submit(self, stage, function, *arguments, same_rounding=False):
        """Have a function called on a worker: distributed.Future of a `_Result`. Dask's pages show it by its stage."""
        threads = self.threads if same_rounding else None
        key = f"{stage}-{uuid4().hex}"
        return self.client.submit(_run, versions.of_work(), threads, function, *arguments, key=key)

    def _shared(self, arguments):
        """Have arguments of many pieces of work sent once: list. What `scatter` sends would be lost with its worker."""
        return [
            argument if isinstance(argument, distributed.Future) else self._submit("sharing", _same, argument)
            for argument in arguments
        ]

    def _result(self, stage, future):
        """Wait for a result and fetch it; if it got lost on the way, it is made and waited for again."""
        result = None
        while result is None:
            self._wait(future)
            with suppress(TimeoutError):
                result = future.result(timeout=PATIENCE)
        future.release()  # or the worker holds the result until Python finds the cycles that the future is in
        self._count(stage, result.worker)
        return result.value

    def _wait(self, future):
        """Wait until work is done, unless who is to do it is gone."""
        seen = time.monotonic()
        while not future.done():
            with suppress(TimeoutError):
                distributed.wait(future, timeout=LOOK)
            if self.client.status != "running":
                raise EngineError(f"{self._name()} does not answer any more")
            if self.client.nthreads():
                seen = time.monotonic()
            elif time.monotonic() - seen > PATIENCE:
                raise EngineError(f"{self._name()} has had no worker for {PATIENCE} seconds")

    def _count(self, stage, *worker):
        """Remember who did what, unless that got lost."""
        pieces, workers = self.work_done.get(stage, (0, set()))
        self.work_done[stage] = pieces + 1, workers.union(worker)

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


@dataclass(frozen=True)
class _Result:
    """The result of a piece of work, and the address of the worker that did it."""

    value: Any
    worker: str


def _run(expected, threads, function, *arguments):
    """Call a function on a worker, with the values of results among its arguments: _Result."""
    worker = distributed.get_worker().address
    _check_versions(expected, versions.of_work(), worker)
    try:
        with nullcontext() if threads is None else _blas_threads(threads):
            return _Result(function(*map(_value, arguments)), worker)
    except (RecognitionError, OSError) as error:
        raise EngineError(f"on the worker {worker}: {error}") from error


@contextmanager
def _blas_threads(threads):
    """Let so many threads multiply matrices, and one piece of work at a time."""
    with _alone, threadpool_limits(threads, user_api="blas"):
        yield


def _value(argument):
    """Return the value of a result, also of those in a list or a tuple, or the argument itself."""
    if type(argument) in (list, tuple):
        return type(argument)(map(_value, argument))
    value = argument.value if isinstance(argument, _Result) else argument
    # What came over the network may begin at any byte; BLAS would not be used, and rounding be another.
    return np.require(value, requirements="A") if isinstance(value, np.ndarray) else value


def _same(argument):
    return argument


def _check_versions(expected, installed, worker):
    """Raise an EngineError if the same work may have another result on a worker, since its versions are others."""
    if package := versions.mismatch(expected, installed):
        raise EngineError(
            f"the worker {worker} has {package} {installed[package]}, and here is {expected[package]}; "
            "install the same there, and start it again"
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
            answers = client.run(versions.of_work, on_error="return")
        except (OSError, TimeoutError, ValueError) as error:
            raise EngineError(
                f"no cluster at {url} ({error}); start one in the toolkit's folder: python -m dask scheduler, "
                "and: python -m dask worker URL --nworkers 4 --nthreads 1"
            ) from error
        try:
            client.run_on_scheduler(versions.of_work)  # it looks into what it passes on
        except Exception as error:  # whatever Dask makes of an ImportError
            raise _lacks_toolkit("scheduler", error) from error
        for worker, answer in answers.items():
            if isinstance(answer, OSError):  # it has just gone
                continue
            if isinstance(answer, Exception):
                raise _lacks_toolkit(f"worker {worker}", answer) from answer
            # `get_versions(check=True)` knows neither scikit-learn nor the toolkit, and minds every last digit.
            _check_versions(versions.of_work(), answer, worker)
        yield Cluster(client)


def _lacks_toolkit(process, error):
    return EngineError(f"the {process} cannot import this toolkit ({error}); start it in the toolkit's folder")


def _local_cluster(workers):
    """Start a cluster on this machine: distributed.LocalCluster."""
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
