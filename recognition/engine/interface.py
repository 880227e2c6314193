"""The interface of what does work: threads of this process, or a cluster."""

from abc import ABC, abstractmethod
from collections import deque

import numpy as np

from recognition.progress import Progress

AHEAD = 2  # pieces of work for each thread that are under way, or done and not yet taken


class Engine(ABC):
    """Calls functions, some at a time; only the rounding of a sum may depend on where."""

    @abstractmethod
    def stream(self, stage, function, items, common=()):
        """Apply a function to items, a few of them ahead of what was taken.

        Parameters
        ----------
        stage : str
            Name of this work.
        function : callable
            Function from an item, and what is common to all, to a result; of a module, so that it can be sent.
        items : iterable
            Arguments, each of a piece of work.
        common : tuple
            Further arguments.

        Yields
        ------
        result : object
            Result of each item, in their order.
        """

    @abstractmethod
    def keep(self, stage, function, items, common=()):
        """Apply a function as `stream` does, and leave its results where they are.

        Returns
        -------
        kept : list
            What stands for each result as an argument of other work.
        """

    @abstractmethod
    def pop_work_done(self):
        """Return a list of what other processes did since the last call, as stage, pieces of work and workers."""

    def gather(self, stage, chunks):
        """Have the chunks of an array joined, and return what stands for it; a single chunk stands for itself."""
        if len(chunks) > 1:
            chunks = self.keep(stage, np.concatenate, [self.keep(stage, np.asarray, chunks)])
        return chunks[0]

    def map(self, stage, function, items, common=()):
        """Apply a function to a list of items as `stream` does, showing progress, and return the list of results."""
        with Progress(stage, len(items)) as progress:
            results = []
            for result in self.stream(stage, function, items, common):
                results.append(result)
                progress.step()
        return results

    def call(self, stage, function, *arguments):
        """Call a function as `stream` does, and return its result."""
        (result,) = self.stream(stage, function, arguments[:1], arguments[1:])
        return result

    def total(self, stage, function, items, common=()):
        """Apply a function that returns a tuple of arrays as `stream` does, and return their sums over the items."""
        sums = None
        with Progress(stage, len(items)) as progress:
            for result in self.stream(stage, function, items, common):
                if sums is None:
                    sums = tuple(np.require(array, requirements="W") for array in result)
                else:
                    sums = tuple(np.add(array, addend, out=array) for array, addend in zip(sums, result, strict=True))
                del result  # or it would stay in memory while the next one is made
                progress.step()
        return sums


def few_ahead(submit, items, threads):
    """Yield what `submit` returns for each item; it is called `AHEAD` items a thread before its result is taken."""
    waiting = deque()
    for item in items:
        waiting.append(submit(item))
        if len(waiting) > AHEAD * threads():
            yield waiting.popleft()
    while waiting:
        yield waiting.popleft()
