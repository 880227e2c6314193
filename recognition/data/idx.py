"""IDX files, the form of MNIST and EMNIST -> arrays. Format: http://yann.lecun.com/exdb/mnist/."""

import math
import re
import struct
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from recognition.data.filenames import is_transposed
from recognition.data.images import Chunk, LazyArray
from recognition.data.mapped_files import mapped
from recognition.errors import DataError

UNSIGNED_BYTE = 0x08
MAX_SIDE = 4096  # pixels of an image
NAME = re.compile(r"(?P<prefix>.*?)-?(?P<part>train|test|t10k)-(?P<kind>images|labels)[-.]idx[13]-ubyte(\.gz)?")


@dataclass(frozen=True)
class IdxSet:
    """Files of one set.

    Attributes
    ----------
    name : str
        Prefix of the files, or else the folder's name.
    files : dict of (str, str) to pathlib.Path
        Files by part ("train", "test") and kind ("images", "labels").
    mapping : pathlib.Path or None
        File that names the classes.
    """

    name: str
    files: dict[tuple[str, str], Path]
    mapping: Path | None


def find(path):
    """Find the IDX set that a path stands for: a folder with one set, or a folder and the prefix of one of its sets.

    Parameters
    ----------
    path : pathlib.Path
        Path such as `mnist` or `emnist/gzip/emnist-letters`.

    Returns
    -------
    idx_set : IdxSet or None
        The set; None if there are no IDX files.

    Raises
    ------
    DataError
        If there are several sets, or a set lacks its images or labels.
    """
    folder, sets = _sets(path)
    if not sets:
        return None
    ((prefix, files),) = sets.items()
    for part in {part for part, _ in files} | {"train"}:
        for kind in ("images", "labels"):
            if (part, kind) not in files:
                raise DataError(f"{folder / prefix if prefix else folder} lacks the file of the {part} {kind}")
    mapping = folder / f"{prefix}-mapping.txt" if prefix else folder / "mapping.txt"
    return IdxSet(prefix or folder.resolve().name, files, mapping if mapping.exists() else None)


def find_images(path):
    """Find the files of images that a path stands for, with labels or without.

    Parameters
    ----------
    path : pathlib.Path
        Path as for `find`, or of one file of images.

    Returns
    -------
    files : list of pathlib.Path
        The training part first; none if there are no IDX files.
    """
    match = NAME.fullmatch(path.name)
    if path.is_file():
        return [path] if match and match["kind"] == "images" else []
    _, sets = _sets(path)
    files = next(iter(sets.values()), {})
    return [files[part, "images"] for part in ("train", "test") if (part, "images") in files]


def _sets(path):
    """Return the folder that a path stands for, and a dict of the files of its one set by prefix, empty without one."""
    folder, wanted = (path, None) if path.is_dir() else (path.parent, path.name)
    sets = {}
    try:
        files = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror}") from error
    for file in files:
        match = NAME.fullmatch(file.name)
        if match and wanted in (None, match["prefix"]) and file.is_file():
            part = "train" if match["part"] == "train" else "test"
            sets.setdefault(match["prefix"], {}).setdefault((part, match["kind"]), file)
    if len(sets) > 1:
        listed = ", ".join(str(folder / prefix) for prefix in sorted(sets))
        raise DataError(f"{folder} holds {len(sets)} sets; name one of them: {listed}")
    return folder, sets


def read_shape(path):
    """Return the shape of the array of an IDX file as its header has it, a tuple of int."""
    with mapped(path) as content:
        return _shape(path, content)


def read_array(path):
    """Return the array of an IDX file of unsigned bytes.

    Parameters
    ----------
    path : pathlib.Path
        Path of the file, gzipped if its name ends in `.gz`.

    Returns
    -------
    array : ndarray of uint8
        The array of its header's shape: images are (n_images, height, width), labels (n_labels,).

    Raises
    ------
    DataError
        If it is no such file, or shorter or longer than its header says.
    """
    return read_images(path, slice(None)).reshape(read_shape(path))


def lazy_images(path):
    """Return the images of a file, upright, as a `LazyArray` that reads them as it is indexed.

    A worker of a cluster that has the same file at the same path reads them there.
    """
    path, transposed = path.absolute(), is_transposed(path)
    count, *size = read_shape(path)
    reader = partial(read_images, path, transposed=transposed)
    chunk = Chunk(count, reader, path, path.stat().st_size)
    return LazyArray.of([chunk], tuple(reversed(size) if transposed else size))


def read_images(path, rows, *, transposed=False):
    """Return some images of a file, without reading the others; see `images.Chunk`.

    Parameters
    ----------
    path : pathlib.Path
        Path of a file of images.
    rows : slice or ndarray of int
        Images to read.
    transposed : bool
        Whether the file has rows for columns.

    Returns
    -------
    images : ndarray of uint8, shape (n_rows, height * width)
        Upright images.
    """
    with mapped(path) as content:
        shape = _shape(path, content)
        begin = 4 + 4 * len(shape)
        _check_size(path, shape, len(content) - begin)
        images = np.frombuffer(content, np.uint8, offset=begin).reshape(shape)[rows]
        images = (images.swapaxes(1, 2) if transposed else images).copy(order="C")
    return images.reshape(len(images), math.prod(shape[1:]))


def _check_size(path, shape, size):
    expected = math.prod(shape)
    if size != expected:
        held = "more" if size > expected else f"only {size:,}"
        raise DataError(f"{path} should hold {expected:,} values and holds {held}; get it again")


def read_mapping(path):
    """Return the names of the classes.

    Parameters
    ----------
    path : pathlib.Path
        Path of a file with a line for each class: its number, and the code of its character; where upper and lower
        case are one class, both codes, of which the first names it.

    Returns
    -------
    names : dict of int to str
        Names by number.

    Raises
    ------
    DataError
        If a line is something else.
    """
    names = {}
    for number, line in enumerate(path.read_text(encoding="ascii", errors="replace").splitlines(), start=1):
        try:
            code, character, *_ = map(int, line.split())
            names[code] = chr(character)
        except ValueError as error:
            raise DataError(
                f"{path.name}, line {number}: {line!r} where a class and a character code belong"
            ) from error
    return names


def _shape(path, content):
    """Return the shape that a header gives: two zero bytes, the type, the number of dimensions, each dimension."""
    expected = 3 if NAME.fullmatch(path.name)["kind"] == "images" else 1
    header = content[: 4 + 4 * expected]
    if header[:4] != bytes([0, 0, UNSIGNED_BYTE, expected]):
        raise DataError(
            f"{path.name} begins with {header[:4].hex() or 'nothing'}, where an IDX file of {expected} "
            f"dimension{'s' * (expected > 1)} has 000008{expected:02}"
        )
    if len(header) < 4 + 4 * expected:
        raise DataError(f"{path.name} ends within its header; get it again")
    count, *sides = struct.unpack(f">{expected}I", header[4:])
    if not all(1 <= side <= MAX_SIDE for side in sides):
        raise DataError(
            f"{path.name} has images of {'x'.join(map(str, sides))}, where each side has 1 to {MAX_SIDE:,} pixels"
        )
    return count, *sides
