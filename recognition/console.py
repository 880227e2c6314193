"""The scripts at a terminal: Ctrl-C, a reader that has gone and a full disk end in one line and the exit code 1."""

import io
import os
import signal
import sys
import threading
from contextlib import contextmanager, redirect_stdout

from recognition.errors import OutputError, RecognitionError


@contextmanager
def importing(script):
    """End the process in one line if Ctrl-C comes while modules are imported.

    A `KeyboardInterrupt` would not do: compiled modules turn one into an `ImportError`, or lose it.

    Parameters
    ----------
    script : str
        Name that the line begins with.
    """

    def stop(*_):
        os.write(2, f"{script}: stopped\n".encode())
        os._exit(1)

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield  # somebody else decides what Ctrl-C does
        return
    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def run(script, main):
    """Run the `main` of a script, and print what a person can mend or has stopped in one line on stderr.

    Parameters
    ----------
    script : str
        Name that the line begins with.
    main : callable
        Without arguments, to an exit code. Whatever it prints on stdout and cannot be written, since the reader has
        gone or the disk is full, is an `OutputError` there.

    Returns
    -------
    code : int
        That of `main`, or 1.
    """
    try:
        with _checked_stdout():
            return main()
    except RecognitionError as error:
        complaint = error
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a second one does not wait for threads
        complaint = "stopped"
    print(f"{script}: {complaint}", file=sys.stderr)
    return 1


@contextmanager
def _checked_stdout():
    stdout = sys.stdout
    if not hasattr(stdout, "buffer"):  # none at all, or text that is collected
        yield
        return
    raw = getattr(stdout.buffer, "raw", stdout.buffer)
    buffered = io.BufferedWriter(_CheckedOutput(raw))
    checked = io.TextIOWrapper(buffered, stdout.encoding, stdout.errors, line_buffering=stdout.line_buffering)
    with redirect_stdout(checked):
        try:
            yield
        finally:
            checked.flush()


class _CheckedOutput(io.RawIOBase):
    """A stream whose first failure is an `OutputError`, and which swallows what is left in buffers after it."""

    def __init__(self, raw):
        self._raw = raw
        self._failed = False

    def writable(self):
        return True

    def fileno(self):
        return self._raw.fileno()

    def isatty(self):
        return self._raw.isatty()

    def write(self, content):
        if self._failed:
            return len(content)
        try:
            return self._raw.write(content)
        except OSError as error:
            self._failed = True
            raise OutputError(f"the output cannot be written: {error.strerror or error}") from error
