"""Where work runs: in threads of this process, or on a cluster."""

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from recognition.progress import Progress

AHEAD = 2  # pieces of work for each thread that are under way, or done and not yet taken


class Threads:
    """Threads of this process.

    Parameters
    ----------
    jobs : int
        How many, one a core if -1; no result depends on it.
    """

    remote = False

    def __init__(self, jobs=1):
        self.jobs = os.cpu_count() if jobs == -1 else jobs

    def stream(self, stage, function, items, common=(), *, alike=False):
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
        alike : bool
            Whether the least rounding matters, since a fit that stops at a tolerance would go another way: then
            matrices are multiplied by as many threads as here.

        Yields
        ------
        result : object
            Of each item, in their order.
        """
        del stage, alike
        if self.jobs == 1:
            yield from (function(item, *common) for item in items)
            return
        waiting = deque()
        with ThreadPoolExecutor(self.jobs) as pool:
            try:
                for item in items:
                    waiting.append(pool.submit(function, item, *common))
                    if len(waiting) > AHEAD * self.jobs:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def map(self, stage, function, items, common=(), *, alike=False):
        """Apply a function to a list of items as `stream` does, showing progress: list."""
        results = []
        with Progress(stage, len(items)) as progress:
            for result in self.stream(stage, function, items, common, alike=alike):
                results.append(result)
                progress.step()
        return results

    def keep(self, stage, function, items, common=(), *, alike=False):
        """Do so, and leave the results where they are: list of what stands for them as an argument of other work."""
        return self.map(stage, function, items, common, alike=alike)

    def call(self, stage, function, *arguments, alike=False):
        """Call a function: its result; see `stream`."""
        del stage, alike
        return function(*arguments)

    def account(self):
        """Tell what ran elsewhere since the last account: list of (stage, pieces of work, workers that did them)."""
        return []


HERE = Threads()
