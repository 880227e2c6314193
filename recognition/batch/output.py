"""The CSV that is written, `OUT.csv.*.part` until it is whole, and how a run goes on where the one before was cut."""

import csv
import hashlib
import os
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain

from recognition.data import idx
from recognition.errors import RecognitionError, writing

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

COLUMNS = ["file", "row", "label", "confidence", "recognized", "error"]


def identity(path, model, pattern=None):
    """Return a word that tells one piece of work from another, so that only the same is gone on with.

    It is the same if the model, the path, the pattern, and age and size of the files that hold many rows are.
    """
    files = [path] if path.is_file() else idx.find_images(path)
    states = [(file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files]
    return hashlib.sha256(repr((model.card["sha256"], str(path.absolute()), pattern, states)).encode()).hexdigest()[:12]


@contextmanager
def open_unfinished(path):
    """Open the file that is to become the output, which no other run may write at the same time.

    Parameters
    ----------
    path : pathlib.Path
        Path of the file; what is in it stays.

    Yields
    ------
    file : text file
        To read and to append to.

    Raises
    ------
    RecognitionError
        If it cannot be written, or another run is writing it.
    """
    with writing(path):
        file = path.open("a+", newline="", encoding="utf-8", errors="surrogateescape")
    with file:
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RecognitionError("another run is writing this output; wait for its end, or choose another") from error
        except OSError:  # a shared folder that knows no locks
            pass
        yield file


def resume(file, make_chunks):
    """Find out how far the run before came, and cut off what it did not finish.

    Parameters
    ----------
    file : text file
        File that it wrote; all of it is cut off if it is about something else.
    make_chunks : callable
        Function that returns an iterator of all `WorkChunk`.

    Returns
    -------
    chunks : iterator of WorkChunk
        Chunks that are left.
    tally : Counter
        Rows that were answered, as `count_row` counts them.
    """
    tally, last, end = _answered(file)
    chunks = _rest(make_chunks(), tally["rows"], last)
    if chunks is None:
        tally, end, chunks = Counter(), 0, make_chunks()
    file.truncate(end)
    file.seek(0, os.SEEK_END)
    return chunks, tally


def _answered(file):
    """Return the tally of the rows that were written to their end, the last of them, and the byte at which it ends."""
    tally, last, end = Counter(), None, 0
    for row, ended in _whole_rows(file):
        end = ended
        if row != COLUMNS:
            last = row
            count_row(row, tally)
    return tally, last, end


def _whole_rows(file):
    """Yield the rows of a CSV that were written to their end, and the byte at which each ends."""
    end, line = 0, ""

    def lines():
        nonlocal end, line
        for line in file:
            end += len(line.encode("utf-8", "surrogateescape"))
            yield line

    file.seek(0)
    for row in csv.reader(lines()):
        if len(row) == len(COLUMNS) and line.endswith("\n"):
            yield row, end


def _rest(chunks, answered, last):
    """Return the chunks after so many rows, or None if the last of these is not the one that was written last."""
    for chunk in chunks:
        if answered <= len(chunk.names):
            if answered and [*map(str, chunk.names[answered - 1])] != last[:2]:
                return None
            cut = [replace(chunk, skip=answered)] if answered < len(chunk.names) else []
            return chain(cut, chunks)
        answered -= len(chunk.names)
    return None


def append_rows(file, rows):
    """Append rows to the output, below its header, and leave none of them in memory."""
    with writing(file.name):
        table = csv.writer(file)
        if not file.tell():
            table.writerow(COLUMNS)
        table.writerows(rows)
        file.flush()


def count_row(row, tally):
    """Count a row of the output as one of all "rows", and perhaps of those "unread" or "unsure"."""
    *_, recognized, error = row
    tally.update({"rows": 1, "unread": bool(error), "unsure": str(recognized) == "False"})
