"""A few requests of a kind at a time; the next ones wait for their turn, and too many -> 503."""

import threading
from contextlib import contextmanager

from werkzeug.exceptions import ServiceUnavailable

PATIENCE = 10.0  # seconds a request waits for its turn
RETRY_AFTER = 2  # seconds, for those that were turned away


class ConcurrencyLimit:
    """A limit on the threads that do something at a time; a few more may wait.

    Threads that predict side by side take Python's one lock from each other at every step, and are slower than one
    after the other; and what they read takes memory.

    Parameters
    ----------
    at_once : int
        Threads inside.
    waiting : int
        Threads that may wait.
    """

    def __init__(self, at_once, waiting):
        self._inside = threading.BoundedSemaphore(at_once)
        self._near = threading.BoundedSemaphore(at_once + waiting)

    @contextmanager
    def turn(self):
        """Wait for a turn, and keep it for the block.

        Raises
        ------
        werkzeug.exceptions.ServiceUnavailable
            If too many wait, or the turn did not come in time.
        """
        if not self._near.acquire(blocking=False):
            raise overloaded("too many requests are waiting")
        try:
            if not self._inside.acquire(timeout=PATIENCE):
                raise overloaded(f"it was not this request's turn within {PATIENCE:g} s")
            try:
                yield
            finally:
                self._inside.release()
        finally:
            self._near.release()


def overloaded(reason):
    """Return the error that says why the server is too busy: werkzeug.exceptions.ServiceUnavailable."""
    return ServiceUnavailable(f"the server is busy: {reason}; ask again in {RETRY_AFTER} s", retry_after=RETRY_AFTER)
