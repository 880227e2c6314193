"""Images that are read as they are needed, by whoever has their file: this process, or a worker of a cluster."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
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
    held : ndarray, optional
        The rows, if this process has read them already; they are not sent.
    """

    count: int
    reader: Callable
    file: Path | None = None
    size: int | None = None
    held: np.ndarray | None = None

    def __getstate__(self):
        """Return what is sent: how to read the rows."""
        return {**self.__dict__, "held": None}

    def read(self, rows=ALL):
        """Return an ndarray of some of the rows, or raise a DataError if they are not there."""
        if self.held is not None:
            return self.held[rows]
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
        """Return a `LazyArray` of all rows of some chunks."""
        chunks = tuple(chunks)
        return cls(chunks, np.arange(sum(chunk.count for chunk in chunks)), size)

    def __len__(self):
        """Return the number of rows."""
        return len(self.places)

    @property
    def shape(self):
        """The shape of the array of all rows, a tuple of int; their size must have been given."""
        return (len(self), *self.size)

    def __getitem__(self, rows):
        """Return an ndarray of some rows, by a slice or an array of indices or of bool, or of one row by its index."""
        if isinstance(rows, int | np.integer):
            return self[[rows]][0]
        places = self.places[rows]
        _, begins, owners = self._owners(places)
        parts = [self.chunks[n].read(places[owners == n] - begins[n]) for n in np.unique(owners)]
        parts = parts or [self.chunks[0].read(slice(0))]
        if self.size is not None:
            parts = [part.reshape(-1, *self.size) for part in parts]
        parts = np.concatenate(parts)
        ordered = np.empty_like(parts)
        ordered[np.argsort(owners, kind="stable")] = parts
        return ordered

    def __array__(self, dtype=None, copy=None):
        """Return all rows, which numpy asks for where it wants an array."""
        return np.asarray(self[ALL], dtype)

    def __getstate__(self):
        """Return what is sent: the chunks that are needed."""
        counts, begins, owners = self._owners(self.places)
        needed, new_owners = np.unique(owners, return_inverse=True)
        new_begins = np.cumsum(counts[needed]) - counts[needed]
        places = (self.places - begins[owners] + new_begins[new_owners]).astype(np.int32)
        return {"chunks": tuple(self.chunks[n] for n in needed), "places": places, "size": self.size}

    def _owners(self, places):
        """Return the counts and the first places of the chunks, and the index of the chunk of each of some places."""
        counts = np.array([chunk.count for chunk in self.chunks], dtype=int)
        ends = np.cumsum(counts)
        return counts, ends - counts, np.searchsorted(ends, places, side="right")


def take(array, rows):
    """Return some rows of an array, lazily read if it is a `LazyArray`, or else in memory."""
    return replace(array, places=array.places[rows]) if isinstance(array, LazyArray) else array[rows]


def joined(arrays, size=None):
    """Return a `LazyArray` of the rows of several arrays, of this size or that of the first."""
    arrays = [array if isinstance(array, LazyArray) else mapped(np.asarray, array) for array in arrays]
    counts = [sum(chunk.count for chunk in array.chunks) for array in arrays]
    places = [begin + array.places for begin, array in zip(np.cumsum([0, *counts]), arrays, strict=False)]
    chunks = tuple(chunk for array in arrays for chunk in array.chunks)
    return LazyArray(chunks, np.concatenate(places), size or arrays[0].size)


def mapped(function, array, size=None):
    """Return a `LazyArray` of what a function, from rows to rows, makes of those of an array as they are indexed."""
    return LazyArray.of([Chunk(len(array), partial(_applied, function, array))], size)


def _applied(function, array, rows):
    return function(array[rows])


def chunks(images):
    """Yield images a few thousand at a time, as ndarrays."""
    return (images[start : start + CHUNK] for start in range(0, len(images), CHUNK))
