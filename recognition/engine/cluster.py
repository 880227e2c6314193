"""A Dask cluster as an engine: its workers call functions; no scheduler, queue or worker of our own."""

import hashlib
import logging
import os
import platform
import signal
import time
import warnings
from collections import deque
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

import distributed
import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from recognition.engine.threads import AHEAD, Threads
from recognition.errors import EngineError, RecognitionError
from recognition.progress import Progress

LOCAL = "local"
PATIENCE = 30  # seconds for a scheduler to answer, and for a worker to be there
LOOK = 2.0  # seconds after which whoever waits looks whether the cluster is still there
ATTEMPTS = 5  # at work that gets lost
# How many parts of a version must agree for work to mean the same.
BINDING = {"python": 2, "scikit-learn": 2, "numpy": 1, "this toolkit": 1}
_alone = Lock()


class Cluster(Threads):
    """The workers of a Dask cluster; what was lost with one of them is done again by another.

    Parameters
    ----------
    client : distributed.Client
        Connected to a scheduler.
    """

    remote = True

    def __init__(self, client):
        self.client = client
        self.threads = max([1, *(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")])
        self.ran = {}  # stage: (pieces, addresses)

    def stream(self, stage, function, items, common=(), *, alike=False):
        """Apply a function to items on the workers; see `Threads.stream`."""
        with self._translated(stage):
            common = self._shared(common)
            makers = (partial(self._submit, stage, function, item, *common, alike=alike) for item in items)
            yield from self._taken(stage, makers)

    def keep(self, stage, function, items, common=(), *, alike=False):
        """Leave the results on the workers; see `Threads.keep`."""
        with self._translated(stage), Progress(stage, len(items)) as progress:
            common = self._shared(common)
            kept = [self._submit(stage, function, item, *common, alike=alike) for item in items]
            for future in kept:
                self._wait(future)
                if future.status == "error":
                    future.result()
                progress.step()
            for addresses in self.client.who_has(kept).values():
                self._count(stage, *addresses[:1])
        return kept

    def joined(self, kept):
        """Put arrays that were kept one below the other: what stands for that as an argument of other work."""
        with self._translated("joining"):
            return self._submit("joining", np.concatenate, kept)

    def call(self, stage, function, *arguments, alike=False):
        """Call a function on a worker; see `Threads.call`."""
        with self._translated(stage):
            maker = partial(self._submit, stage, function, *self._shared(arguments), alike=alike)
            (result,) = self._taken(stage, [maker])
        return result

    def total(self, stage, function, items, common=()):
        """Add up what a function, as for `stream`, gives for the items: tuple of arrays, as for each."""
        sums = None
        with Progress(stage, len(items)) as progress:
            for result in self.stream(stage, function, items, common):
                if sums is None:
                    sums = tuple(map(np.array, result))
                else:
                    for one, other in zip(sums, result, strict=True):
                        one += other
                progress.step()
        return sums

    def account(self):
        """Tell what the workers did; see `Threads.account`."""
        told = [(stage, pieces, len(addresses)) for stage, (pieces, addresses) in self.ran.items()]
        self.ran = {}
        return told

    def _submit(self, stage, function, *arguments, alike=False):
        """Have a function called on a worker: distributed.Future of a `Result`. Dask's pages show it by its stage."""
        threads = self.threads if alike else None
        key = f"{stage}-{uuid4().hex}"
        future = self.client.submit(_run, versions(), threads, function, *arguments, key=key)
        future.made_of = arguments  # so that they are not forgotten as long as it may get lost and be made again
        return future

    def _shared(self, arguments):
        """Have arguments of many pieces of work sent once: list. As work of its own, so that it outlives a worker."""
        return [
            argument if isinstance(argument, distributed.Future) else self._submit("sharing", _same, argument)
            for argument in arguments
        ]

    def _taken(self, stage, makers):
        """Take the results of work that makers begin, in their order, with a few more under way: generator."""
        waiting = deque()
        try:
            for maker in makers:
                waiting.append((maker, maker()))
                if len(waiting) > AHEAD * sum(self.client.nthreads().values()):
                    yield self._result(stage, *waiting.popleft())
            while waiting:
                yield self._result(stage, *waiting.popleft())
        finally:
            if self.client.status == "running":
                self.client.cancel([future for _, future in waiting])

    def _result(self, stage, maker, future):
        """Wait for a result, fetch it and count who made it; if it got lost, begin again."""
        for left in reversed(range(ATTEMPTS)):
            try:
                result = self._fetched(future)
                break
            except CancelledError:
                if self.client.status != "running" or not left:
                    raise
                future = maker()
        future.release()  # or the worker holds the result until Python finds the cycles that the future is in
        self._count(stage, result.worker)
        return result.value

    def _fetched(self, future):
        """Wait for a result and fetch it; if it got lost on the way, it is made and waited for again: Result."""
        while True:
            self._wait(future)
            with suppress(TimeoutError):
                return future.result(timeout=PATIENCE)

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
        pieces, workers = self.ran.get(stage, (0, set()))
        self.ran[stage] = pieces + 1, workers.union(worker)

    def _name(self):
        """Name the scheduler."""
        return f"the scheduler at {self.client.scheduler.address}"

    @contextmanager
    def _translated(self, stage):
        """Say what goes wrong with the cluster in a sentence."""
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
class Result:
    """What a piece of work gave, and the address of the worker that did it."""

    value: Any
    worker: str


def _run(expected, threads, function, *arguments):
    """Call a function on a worker, with what results among its arguments hold: Result."""
    worker = distributed.get_worker().address
    check_versions(expected, versions(), worker)
    try:
        with _blas_threads(threads):
            return Result(function(*map(_held, arguments)), worker)
    except (RecognitionError, OSError) as error:
        raise EngineError(f"on the worker {worker}: {error}") from error


@contextmanager
def _blas_threads(threads):
    """Let matrices be multiplied by so many threads, unless that is None; one piece of work at a time, then."""
    if threads is None:
        yield
        return
    with _alone, threadpool_limits(threads, user_api="blas"):
        yield


def _held(argument):
    """Give what a result holds, also in a list, or the argument itself."""
    if isinstance(argument, list):
        return [_held(each) for each in argument]
    value = argument.value if isinstance(argument, Result) else argument
    # What came over the network may begin at any byte; BLAS would not be used, and rounding be another.
    return np.require(value, requirements="A") if isinstance(value, np.ndarray) else value


def _same(argument):
    """Give the argument."""
    return argument


@cache
def versions():
    """Tell what work depends on, here: dict of str to str."""
    code = hashlib.sha256()
    for file in sorted(Path(__file__).parents[1].glob("**/*.py")):
        code.update(file.read_bytes())
    return {
        "python": platform.python_version(),
        **{package: version(package) for package in ("scikit-learn", "numpy")},
        "this toolkit": code.hexdigest()[:12],
    }


def check_versions(expected, found, worker):
    """Refuse a worker on which the same work may give another result.

    Raises
    ------
    EngineError
        If it has other versions.
    """
    for package, parts in BINDING.items():
        if expected[package].split(".")[:parts] != found[package].split(".")[:parts]:
            raise EngineError(
                f"the worker {worker} has {package} {found[package]}, and here is {expected[package]}; "
                "install the same there, and start it again"
            )


@contextmanager
def connect(url, jobs):
    """Connect to a scheduler, or start a cluster here; see `engine.connect`.

    Yields
    ------
    engine : Cluster
        All its workers have the versions of this process.
    """
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
            found = client.run(versions, on_error="return")
        except (OSError, TimeoutError, ValueError) as error:
            raise EngineError(
                f"no cluster at {url} ({error}); start one in the toolkit's folder: python -m dask scheduler, "
                "and: python -m dask worker URL --nworkers 4 --nthreads 1"
            ) from error
        try:
            client.run_on_scheduler(versions)  # it looks into what it passes on
        except Exception as error:  # whatever Dask makes of an ImportError
            raise _not_here("scheduler", error) from error
        for worker, those in found.items():
            if isinstance(those, OSError):  # it has just gone
                continue
            if isinstance(those, Exception):
                raise _not_here(f"worker {worker}", those) from those
            check_versions(versions(), those, worker)
        yield Cluster(client)


def _not_here(who, error):
    """Say that this toolkit is not where a process of the cluster was started: EngineError."""
    return EngineError(f"the {who} cannot import this toolkit ({error}); start it in the toolkit's folder")


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
