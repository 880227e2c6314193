"""Images that are read as they are needed, by whoever has their file: this process, or a worker of a cluster."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from operator import getitem
from pathlib import Path

import numpy as np

from recognition.errors import DataError

ALL = slice(None)
CHUNK = 2**13  # images to have at a time


@dataclass(frozen=True)
class Chunk:
    """Neighbouring rows of an array that one function reads.

    Attributes
    ----------
    count : int
        Number of rows.
    reader : callable
        Function from the indices of some of the rows, a slice or an ndarray, to these; it can be pickled.
    file : pathlib.Path, optional
        Absolute path of the file that they are in.
    size : int, optional
        Number of bytes of this file when it was looked at first.
    """

    count: int
    reader: Callable
    file: Path | None = None
    size: int | None = None

    def read(self, rows=ALL):
        """Return some of the rows: ndarray; raise a DataError if they are not there."""
        if self.file is not None and self.file.exists() and self.file.stat().st_size != self.size:
            found = f"{self.file.stat().st_size:,} bytes here, and had {self.size:,}"
            raise DataError(f"{self.file} has {found} where it was looked at first; put the same there")
        return self.reader(rows)


@dataclass(frozen=True, eq=False)
class LazyArray:
    """An array that is read, row by row, as it is indexed, and that is sent without its rows.

    Attributes
    ----------
    chunks : tuple of Chunk
        Readers of the rows.
    places : ndarray of int, shape (n_rows,)
        Place of each row among all rows of the chunks.
    size : tuple of int, optional
        Shape of a row; without it, rows have the shape in which they are read.
    """

    chunks: tuple[Chunk, ...]
    places: np.ndarray
    size: tuple[int, ...] | None = None

    @classmethod
    def of(cls, chunks, size=None):
        """Return the array of all rows of some chunks: LazyArray."""
        chunks = tuple(chunks)
        return cls(chunks, np.arange(sum(chunk.count for chunk in chunks)), size)

    def __len__(self):
        """Return the number of rows."""
        return len(self.places)

    @property
    def shape(self):
        """Shape of the array of all rows, whose size is given: tuple of int."""
        return (len(self), *self.size)

    def __getitem__(self, rows):
        """Return some rows, by a slice or an array of indices or of bool, or one row by its index: ndarray."""
        if isinstance(rows, int | np.integer):
            return self[[rows]][0]
        places = self.places[rows]
        _, begins, owners = self._owners(places)
        parts = [self.chunks[n].read(places[owners == n] - begins[n]) for n in np.unique(owners)]
        parts = np.concatenate(parts or [self.chunks[0].read(slice(0))])
        ordered = np.empty_like(parts)
        ordered[np.argsort(owners, kind="stable")] = parts
        return ordered if self.size is None else ordered.reshape(-1, *self.size)

    def __array__(self, dtype=None, copy=None):
        """Return all rows, which numpy asks for where it wants an array."""
        return np.asarray(self[ALL], dtype)

    def __add__(self, other):
        """Return the array of the rows of both: LazyArray."""
        begin = sum(chunk.count for chunk in self.chunks)
        return LazyArray(self.chunks + other.chunks, np.concatenate([self.places, begin + other.places]), self.size)

    def take(self, rows):
        """Return the array of some rows, without chunks that it does not need: LazyArray."""
        places = self.places[rows]
        counts, begins, owners = self._owners(places)
        needed, new_owners = np.unique(owners, return_inverse=True)
        new_begins = np.cumsum(counts[needed]) - counts[needed]
        places = (places - begins[owners] + new_begins[new_owners]).astype(np.int32)
        return LazyArray(tuple(self.chunks[n] for n in needed) or self.chunks[:1], places, self.size)

    def _owners(self, places):
        """Return the counts and the first places of the chunks, and the index of the chunk of each of some places."""
        counts = np.array([chunk.count for chunk in self.chunks], dtype=int)
        ends = np.cumsum(counts)
        return counts, ends - counts, np.searchsorted(ends, places, side="right")


def take(array, rows):
    """Return some rows, lazily read as before or in memory as before: LazyArray or ndarray."""
    return array.take(rows) if isinstance(array, LazyArray) else array[rows]


def joined(arrays):
    """Return the array of the rows of several arrays, read as it is indexed: LazyArray."""
    return LazyArray.of(Chunk(len(array), partial(getitem, array)) for array in arrays)


def mapped(function, array):
    """Return the array of what a function, of many rows, makes of each row as it is indexed: LazyArray."""
    return LazyArray.of([Chunk(len(array), partial(_applied, function, array))])


def _applied(function, array, rows):
    return function(array[rows])


def chunks(images):
    """Yield images a few thousand at a time, as ndarrays."""
    return (images[start : start + CHUNK] for start in range(0, len(images), CHUNK))
