"""Images by reference: which file they are in, where they begin in it, and how many they are.

Whoever has the file reads them: this process, or a worker of a cluster, which is sent blocks and no pixels.
"""

import gzip
import mmap
import tempfile
import zlib
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from shutil import copyfileobj
from threading import Lock

import numpy as np

from recognition.errors import DataError

ALL = slice(None)
CHUNK = 2**13  # images to have at a time
UNPACKED = 4  # files that stay open
_unpacking = Lock()


@dataclass(frozen=True)
class Block:
    """Images of a file that come one after the other.

    Attributes
    ----------
    file : pathlib.Path
        Absolute; a folder if each image is a file.
    offset : int
        Where they begin: an index of images, or a byte.
    count : int
        Images.
    how : callable
        From file, offset, count and which of these rows are wanted to flat images; can be pickled.
    size : int, optional
        Bytes of the file as it was looked at first.
    """

    file: Path
    offset: int
    count: int
    how: Callable
    size: int | None = None

    def read(self, rows=ALL):
        """Read the images, or some of them: ndarray, shape (n_rows, n_values); a DataError if they are not there."""
        if self.size is not None and self.file.exists() and self.file.stat().st_size != self.size:
            found = f"{self.file.stat().st_size:,} bytes here, and had {self.size:,}"
            raise DataError(f"{self.file} has {found} where it was looked at first; put the same there")
        return self.how(self.file, self.offset, self.count, rows)


@dataclass(frozen=True)
class Origin:
    """Where the images of a data set come from.

    Attributes
    ----------
    blocks : tuple of Block
        All that were read.
    places : ndarray of int, shape (n_images,)
        Of each image, among all images of the blocks.
    """

    blocks: tuple[Block, ...]
    places: np.ndarray

    @classmethod
    def of(cls, blocks):
        """Mean all images of some blocks: Origin."""
        blocks = tuple(blocks)
        return cls(blocks, np.arange(sum(block.count for block in blocks)))

    def take(self, indices):
        """Mean some of the images: Origin."""
        return Origin(self.blocks, self.places[indices])

    def __add__(self, other):
        """Mean the images of both: Origin."""
        begin = sum(block.count for block in self.blocks)
        return Origin(self.blocks + other.blocks, np.concatenate([self.places, begin + other.places]))

    def part(self, rows=ALL):
        """Give what reads some of the images, with no more blocks than it needs: Part."""
        places = self.places[rows]
        ends = np.cumsum([block.count for block in self.blocks])
        used, owners = np.unique(np.searchsorted(ends, places, side="right"), return_inverse=True)
        blocks = tuple(self.blocks[number] for number in used)
        begins = ends[used] - [block.count for block in blocks]
        return Part(blocks, owners.astype(np.int32), (places - begins[owners]).astype(np.int32))


@dataclass(frozen=True)
class Part:
    """Some images of some blocks, in any order.

    Attributes
    ----------
    blocks : tuple of Block
        Those that are needed.
    owners, places : ndarray of int32, shape (n_images,)
        Of each image, its block, and its place in that.
    """

    blocks: tuple[Block, ...]
    owners: np.ndarray
    places: np.ndarray

    def __len__(self):
        """Count the images."""
        return len(self.places)

    def read(self, rows=ALL):
        """Read the images, or some of them: ndarray, shape (n_rows, n_values)."""
        owners, places = self.owners[rows], self.places[rows]
        used = np.unique(owners)
        read = np.concatenate([self.blocks[owner].read(places[owners == owner]) for owner in used])
        images = np.empty_like(read)
        images[np.argsort(owners, kind="stable")] = read
        return images


@dataclass(frozen=True)
class Stored:
    """Images that stay in their files until they are asked for: what a data set has instead of an array of all.

    Attributes
    ----------
    origin : Origin
        Which images.
    size : tuple of int
        Height and width of an image, and 3 if it has colours.
    """

    origin: Origin
    size: tuple[int, ...]

    def __len__(self):
        """Count the images."""
        return len(self.origin.places)

    @property
    def shape(self):
        """As of the array of all: tuple of int."""
        return (len(self), *self.size)

    def __getitem__(self, rows):
        """Read some images, by a slice or an array of their places or of bool: ndarray, shape (n_rows, *size)."""
        return self.origin.part(rows).read().reshape(-1, *self.size)

    def __array__(self, dtype=None, copy=None):
        """Read all of them, which numpy asks for where it wants an array."""
        return np.asarray(self[ALL], dtype)


def chunks(images):
    """Go through images a few thousand at a time, whether they are an array or `Stored`: generator of ndarray."""
    return (images[start : start + CHUNK] for start in range(0, len(images), CHUNK))


@contextmanager
def mapped(path):
    """Give the content of a file as if it were in memory; one that ends in `.gz` is unpacked first, onto the disk.

    Parameters
    ----------
    path : pathlib.Path
        Of the file; the unpacked one has no name, so that it goes with the process, however that ends.

    Yields
    ------
    content : mmap.mmap or bytes
        Only to read, and to copy from; bytes if there is nothing in it.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    try:
        status = path.stat()
        with _unpacking:
            content = _mapped(path, status.st_mtime_ns, status.st_size)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    yield content
    if hasattr(content, "madvise"):  # or all that was ever read would count as memory of this process
        content.madvise(mmap.MADV_DONTNEED)


@lru_cache(UNPACKED)
def _mapped(path, _modified, _size):
    """Map a file of this age and size."""
    with path.open("rb") if path.suffix != ".gz" else tempfile.TemporaryFile() as file:
        if path.suffix == ".gz":
            with gzip.open(path) as packed:
                copyfileobj(packed, file, 2**20)
            file.flush()
        file.seek(0, 2)
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if file.tell() else b""
