"""Threads of this process as an engine."""

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from recognition.engine.interface import Engine

AHEAD = 2  # pieces of work for each thread that are under way, or done and not yet taken


class Threads(Engine):
    """Threads of this process.

    Parameters
    ----------
    jobs : int
        Number of threads, one a core if -1; no result depends on it.
    """

    remote = False

    def __init__(self, jobs=1):
        self.jobs = os.cpu_count() if jobs == -1 else jobs

    def stream(self, stage, function, items, common=(), *, same_rounding=False):
        """Apply a function to items in threads; see `Engine.stream`."""
        del stage, same_rounding
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

    def keep(self, stage, function, items, common=(), *, same_rounding=False):
        """Return the results themselves; see `Engine.keep`."""
        return self.map(stage, function, items, common, same_rounding=same_rounding)

    def gather(self, stage, chunks, *, same_rounding=False):
        """Return the array itself; see `Engine.gather`."""
        del same_rounding
        return chunks[0] if len(chunks) == 1 else np.concatenate(self.map(stage, np.asarray, chunks))

    def total(self, stage, function, items, common=()):
        """Add up one result after the other, since each may be large; see `Engine.total`."""
        one_by_one = super() if self.jobs == 1 else HERE
        return one_by_one.total(stage, function, items, common)

    def pop_work_done(self):
        """Return nothing: all was done here."""
        return []


HERE = Threads()
