"""Threads of this process as an engine."""

import os
from concurrent.futures import ThreadPoolExecutor

from threadpoolctl import threadpool_limits

from recognition.engine.interface import Engine, few_ahead


class Threads(Engine):
    """Threads of this process.

    Parameters
    ----------
    jobs : int
        Number of threads, one a core if -1.
    """

    def __init__(self, jobs=1):
        self.jobs = os.cpu_count() if jobs == -1 else jobs

    def stream(self, stage, function, items, common=()):
        """Apply a function to items in threads; see `Engine.stream`."""
        if self.jobs == 1:
            yield from (function(item, *common) for item in items)
            return
        with ThreadPoolExecutor(self.jobs) as pool:
            try:
                for future in few_ahead(lambda item: pool.submit(function, item, *common), items, lambda: self.jobs):
                    yield future.result()
            finally:
                pool.shutdown(cancel_futures=True)

    keep = Engine.map  # the results themselves

    def total(self, stage, function, items, common=()):
        """Add up one result after the other, since each may be large, all threads at each; see `Engine.total`."""
        if self.jobs == 1:
            return super().total(stage, function, items, common)
        with threadpool_limits(self.jobs, user_api="blas"):
            return HERE.total(stage, function, items, common)

    def pop_work_done(self):
        """Return nothing: all was done here."""
        return []


HERE = Threads()
