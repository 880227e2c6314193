"""Files whose content is read from the disk as it is needed, as if all of it were in memory."""

import gzip
import mmap
import tempfile
import zlib
from contextlib import contextmanager
from functools import lru_cache
from shutil import copyfileobj
from threading import Lock

from recognition.errors import DataError

UNPACKED = 32  # files that stay open: images and labels of both parts of several data
_unpacking = Lock()


@contextmanager
def mapped(path):
    """Yield the content of a file as if it were in memory; one that ends in `.gz` is unpacked first, onto the disk.

    Parameters
    ----------
    path : pathlib.Path
        Path of the file; the unpacked one has no name, so that it goes with the process, however that ends.

    Yields
    ------
    content : mmap.mmap or bytes
        Content to read and to copy from; bytes if the file is empty.

    Raises
    ------
    DataError
        If the file cannot be read.
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
    with path.open("rb") if path.suffix != ".gz" else tempfile.TemporaryFile() as file:
        if path.suffix == ".gz":
            with gzip.open(path) as packed:
                copyfileobj(packed, file, 2**20)
            file.flush()
        file.seek(0, 2)
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if file.tell() else b""
