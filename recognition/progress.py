"""A line that tells how far long work has come and how long it will take, on a terminal only."""

import sys
import threading
import time


class Progress:
    """Count steps of a stage on the last line of stderr; silent where stderr is no terminal, and for the first second.

    Use it as a context manager; leaving it wipes the line. It is silent in all threads but the main one, too: what they
    do is a step of some stage there.

    Parameters
    ----------
    stage : str
        Name of what is counted.
    total : int
        Number of its steps.
    """

    SOON = 1.0  # seconds

    def __init__(self, stage, total):
        self.stage = stage
        self.total = total
        self.done = 0
        self.shown = sys.stderr.isatty() and threading.current_thread() is threading.main_thread()

    def __enter__(self):
        """Start the clock."""
        self.start = time.monotonic()
        return self

    def __exit__(self, *_):
        """Wipe the line."""
        self.wipe()

    def step(self, count=1):
        """Count further steps as done."""
        self.done += count
        self._show()

    def wipe(self):
        """Remove the line, so that something else can be printed there."""
        if self.shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def _show(self):
        passed = time.monotonic() - self.start
        if not self.shown or passed < self.SOON:
            return
        seconds = passed * (self.total - self.done) / self.done
        line = f"{self.stage}: {self.done:,} of {self.total:,}, {seconds // 60:.0f}:{seconds % 60:02.0f} left"
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
