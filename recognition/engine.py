"""Where work runs: in threads of this process, or on the workers of a Dask cluster, which is an extra."""

import hashlib
import logging
import platform
import time
import warnings
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache, reduce
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from recognition.errors import EngineError, RecognitionError
from recognition.progress import Progress

try:
    import distributed
except ImportError:  # an extra: without it there are threads
    distributed = None

LOCAL = "local"
PATIENCE = 30  # seconds for a scheduler to answer, and for a worker to be there
LOOK = 2.0  # seconds after which whoever waits looks whether the cluster is still there
AHEAD = 3  # pieces of work for each thread of the cluster that are under way
TOGETHER = 8  # pieces that workers add up before this process does: what is lost with a worker is no more
# How many parts of a version must agree for work to mean the same.
BINDING = {"python": 2, "scikit-learn": 2, "numpy": 1, "this toolkit": 1}


class Threads:
    """Threads of this process.

    Parameters
    ----------
    jobs : int
        How many; no result depends on it.
    """

    remote = False

    def __init__(self, jobs=1):
        self.jobs = jobs

    def stream(self, stage, function, items, common=()):
        """Apply a function to items, a few of them ahead of what was taken.

        Parameters
        ----------
        stage : str
            What it is called.
        function : callable
            Of an item and of what is common to all, to a result. A function of a module, so that it can be sent.
        items : iterable
            One is a piece of work.
        common : tuple
            Further arguments.

        Yields
        ------
        result : object
            Of each item, in their order.
        """
        del stage
        parallel = Parallel(n_jobs=self.jobs, prefer="threads", return_as="generator", pre_dispatch="2*n_jobs")
        return parallel(delayed(function)(item, *common) for item in items)

    def map(self, stage, function, items, common=()):
        """Apply a function to a list of items as `stream` does, showing progress: list."""
        results = []
        with Progress(stage, len(items)) as progress:
            for result in self.stream(stage, function, items, common):
                results.append(result)
                progress.step()
        return results

    def keep(self, stage, function, items, common=()):
        """Do so, and leave the results where they are: list of what stands for them as an argument of other work."""
        return self.map(stage, function, items, common)

    def joined(self, kept):
        """Put arrays that were kept one below the other: what stands for that as an argument of other work."""
        return kept[0] if len(kept) == 1 else np.concatenate(kept)

    def call(self, stage, function, *arguments):
        """Call a function: its result."""
        del stage
        return function(*arguments)

    def total(self, stage, function, items, common=()):
        """Add up what a function, as for `stream`, gives for the items: tuple of arrays, as for each."""
        sums = None
        with Progress(stage, len(items)) as progress:
            for result in self.stream(stage, function, items, common):
                sums = added(sums, result)
                progress.step()
        return sums

    def account(self):
        """Tell what ran elsewhere since the last account: list of (stage, pieces of work, workers that did them)."""
        return []


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
        self.ran = {}  # stage: (pieces, addresses)

    def stream(self, stage, function, items, common=()):
        """Apply a function to items on the workers; see `Threads.stream`."""
        with self._translated(stage):
            common = self._shared(common)
            futures = (self._submit(function, item, *common) for item in items)
            yield from self._taken(stage, futures, ahead=AHEAD)

    def keep(self, stage, function, items, common=()):
        """Leave the results on the workers; see `Threads.keep`."""
        with self._translated(stage), Progress(stage, len(items)) as progress:
            common = self._shared(common)
            kept = [self._submit(function, item, *common) for item in items]
            for future in kept:
                self._wait(future)
                progress.step()
            for addresses in self.client.who_has(kept).values():
                self._count(stage, 1, addresses[:1])
        return kept

    def joined(self, kept):
        """Put arrays together on a worker; see `Threads.joined`."""
        return self._submit(np.concatenate, kept)

    def call(self, stage, function, *arguments):
        """Call a function on a worker; see `Threads.call`."""
        with self._translated(stage):
            (result,) = self._taken(stage, [self._submit(function, *self._shared(arguments))])
        return result

    def total(self, stage, function, items, common=()):
        """Add up on the workers, then here what they added up; see `Threads.total`."""
        sums = None
        with self._translated(stage), Progress(stage, len(items)) as progress:
            common = self._shared(common)
            groups = [items[start : start + TOGETHER] for start in range(0, len(items), TOGETHER)]
            futures = (
                reduce(self._both, [self._submit(function, item, *common) for item in group]) for group in groups
            )
            for group, result in zip(groups, self._taken(stage, futures), strict=True):
                sums = added(sums, result)
                progress.step(len(group))
        return sums

    def account(self):
        """Tell what the workers did; see `Threads.account`."""
        told = [(stage, pieces, len(addresses)) for stage, (pieces, addresses) in self.ran.items()]
        self.ran = {}
        return told

    def _submit(self, function, *arguments):
        """Have a function called on a worker: distributed.Future of a `Result`."""
        return self.client.submit(_run, versions(), function, *arguments, pure=False)

    def _both(self, first, second):
        """Have two results added up: distributed.Future of a `Result`."""
        return self.client.submit(_both, first, second, pure=False)

    def _shared(self, arguments):
        """Have arguments of many pieces of work sent once: list. As work of its own, so that it outlives a worker."""
        return [
            argument if isinstance(argument, distributed.Future) else self._submit(_same, argument)
            for argument in arguments
        ]

    def _taken(self, stage, futures, ahead=1):
        """Take results in their order, with so many of them for each thread under way: generator."""
        waiting = []
        try:
            for future in futures:
                waiting.append(future)
                if len(waiting) > ahead * sum(self.client.nthreads().values()):
                    yield self._result(stage, waiting.pop(0))
            while waiting:
                yield self._result(stage, waiting.pop(0))
        finally:
            if self.client.status == "running":
                self.client.cancel(waiting)

    def _result(self, stage, future):
        """Wait for a result, fetch it and count who made it."""
        self._wait(future)
        result = future.result()
        self._count(stage, result.pieces, result.workers)
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

    def _count(self, stage, pieces, workers):
        """Remember who did what."""
        before, known = self.ran.get(stage, (0, set()))
        self.ran[stage] = before + pieces, known | set(workers)

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
                f"{stage}: {error.allowed_failures + 1} workers died of one piece of work; they may need more memory"
            ) from error
        except (CancelledError, distributed.comm.CommClosedError, TimeoutError) as error:
            raise EngineError(f"{self._name()} does not answer any more") from error


@dataclass(frozen=True)
class Result:
    """What pieces of work gave, and the addresses of the workers that did them."""

    value: Any
    workers: frozenset
    pieces: int = 1


def _run(expected, function, *arguments):
    """Call a function on a worker, with what results among its arguments hold: Result."""
    worker = distributed.get_worker().address
    check_versions(expected, versions(), worker)
    try:
        return Result(function(*map(_held, arguments)), frozenset([worker]))
    except RecognitionError as error:
        raise EngineError(f"on the worker {worker}: {error}") from error


def _held(argument):
    """Give what a result holds, also in a list, or the argument itself."""
    if isinstance(argument, list):
        return [_held(each) for each in argument]
    return argument.value if isinstance(argument, Result) else argument


def _both(first, second):
    """Add up two results."""
    return Result(added(first.value, second.value), first.workers | second.workers, first.pieces + second.pieces)


def _same(argument):
    """Give the argument."""
    return argument


def added(first, second):
    """Add up two tuples of arrays, of which the first may be None: tuple of ndarray, none of them of those."""
    return second if first is None else tuple(one + other for one, other in zip(first, second, strict=True))


@cache
def versions():
    """Tell what work depends on, here: dict of str to str."""
    code = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("**/*.py")):
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
    """Give the engine that the command line asks for.

    Parameters
    ----------
    url : str or None
        Of a Dask scheduler; "local" for a cluster on this machine; threads if there is none.
    jobs : int
        Threads, or workers of the local cluster.

    Yields
    ------
    engine : Threads or Cluster
        Ready to work.

    Raises
    ------
    EngineError
        If Dask is not installed, the scheduler does not answer or has no workers, or they are not like this process.
    """
    if url is None:
        yield Threads(jobs)
        return
    if distributed is None:
        raise EngineError("--engine needs Dask; install it with: pip install 'dask[distributed]'")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", message="Sending large graph")  # that is a model, once for each stage
    with ExitStack() as stack:
        if url == LOCAL:
            url = stack.enter_context(
                distributed.LocalCluster(
                    n_workers=jobs, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL
                )
            )
        try:
            client = stack.enter_context(distributed.Client(url, timeout=PATIENCE, direct_to_workers=True))
            client.wait_for_workers(1, timeout=PATIENCE)
        except (OSError, TimeoutError, ValueError) as error:
            raise EngineError(
                f"no cluster at {url} ({error}); start one: python -m dask scheduler, and: python -m dask worker URL"
            ) from error
        for worker, found in client.run(versions, on_error="return").items():
            if isinstance(found, Exception):
                raise EngineError(
                    f"the worker {worker} cannot import this toolkit ({found}); start it in the toolkit's folder"
                ) from found
            check_versions(versions(), found, worker)
        yield Cluster(client)
