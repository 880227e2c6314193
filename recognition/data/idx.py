"""IDX files, the form of MNIST and EMNIST -> arrays. Format: http://yann.lecun.com/exdb/mnist/."""

import gzip
import math
import re
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from recognition.data.mapped_files import mapped
from recognition.errors import DataError

UNSIGNED_BYTE = 0x08
NAME = re.compile(r"(?P<prefix>.*?)-?(?P<part>train|test|t10k)-(?P<kind>images|labels)[-.]idx[13]-ubyte(\.gz)?")


@dataclass(frozen=True)
class IdxSet:
    """The files of one set.

    Attributes
    ----------
    name : str
        Prefix of the files, or else the folder's name.
    files : dict of (str, str) to pathlib.Path
        By part ("train", "test") and kind ("images", "labels").
    mapping : pathlib.Path or None
        The file that names the classes.
    """

    name: str
    files: dict = field(default_factory=dict)
    mapping: Path | None = None


def find(path):
    """Find the IDX set that a path means: a folder with one set, or a folder and the prefix of one of its sets.

    Parameters
    ----------
    path : pathlib.Path
        `mnist` or `emnist/gzip/emnist-letters`, say.

    Returns
    -------
    found : IdxSet or None
        None if there are no IDX files.

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
    """Find the images that a path means, with labels or without.

    Parameters
    ----------
    path : pathlib.Path
        As for `find`, or one file of images.

    Returns
    -------
    files : list of pathlib.Path
        Those to learn from first; none if there are no IDX files.
    """
    match = NAME.fullmatch(path.name)
    if path.is_file():
        return [path] if match and match["kind"] == "images" else []
    _, sets = _sets(path)
    files = next(iter(sets.values()), {})
    return [files[part, "images"] for part in ("train", "test") if (part, "images") in files]


def is_transposed(path):
    """Tell by its name whether a file has rows for columns, as EMNIST's own have (arXiv 1702.05373): bool."""
    return path.name.startswith("emnist-")


def _sets(path):
    """Find the sets that a path means, at most one: (folder, dict of prefix to files)."""
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
    """Read how large the array of an IDX file is, without reading the array.

    Returns
    -------
    shape : tuple of int
        Its dimensions.
    """
    with _open(path) as file:
        return _header(path, file)


def read(path):
    """Read an IDX file of unsigned bytes.

    Parameters
    ----------
    path : pathlib.Path
        Gzipped if its name ends in `.gz`.

    Returns
    -------
    array : ndarray of uint8
        As its header says: images are (n_images, height, width), labels (n_labels,).

    Raises
    ------
    DataError
        If it is no such file, or shorter or longer than its header says.
    """
    try:
        with _open(path) as file:
            shape = _header(path, file)
            content = file.read(math.prod(shape) + 1)
    except (OSError, EOFError, OverflowError, zlib.error) as error:
        raise DataError(f"{path.name} is damaged: {error}") from error
    if len(content) != math.prod(shape):
        found = "more" if len(content) > math.prod(shape) else f"only {len(content):,}"
        raise DataError(f"{path.name} should hold {math.prod(shape):,} values and holds {found}; get it again")
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)


def read_images(path, rows, *, transposed=False):
    """Read some images of a file, without reading the others; see `images.Chunk`.

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
        Upright.
    """
    shape = read_shape(path)
    begin = 4 + 4 * len(shape)
    with mapped(path) as content:
        if len(content) != begin + math.prod(shape):
            raise DataError(f"{path} should hold {math.prod(shape):,} values and holds {len(content) - begin:,}")
        images = np.frombuffer(content, np.uint8, offset=begin).reshape(shape)[rows]
        images = (images.swapaxes(1, 2) if transposed else images).copy(order="C")
    return images.reshape(len(images), math.prod(shape[1:]))


def read_mapping(path):
    """Read the names of the classes.

    Parameters
    ----------
    path : pathlib.Path
        A line for each class: its number, and the code of its character; where upper and lower case are one class,
        both codes, of which the first names it.

    Returns
    -------
    names : dict of int to str
        By number.

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


def _open(path):
    """Open a file, gzipped or not."""
    try:
        return gzip.open(path) if path.suffix == ".gz" else path.open("rb")
    except OSError as error:
        raise DataError(f"{path} cannot be opened: {error.strerror}") from error


def _header(path, file):
    """Read the header: two zero bytes, the type, the number of dimensions, each dimension."""
    expected = 3 if NAME.fullmatch(path.name)["kind"] == "images" else 1
    try:
        header = file.read(4 + 4 * expected)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path.name} is damaged: {error}") from error
    if header[:4] != bytes([0, 0, UNSIGNED_BYTE, expected]):
        raise DataError(
            f"{path.name} begins with {header[:4].hex() or 'nothing'}, where an IDX file of {expected} "
            f"dimension{'s' * (expected > 1)} has 000008{expected:02}"
        )
    if len(header) < 4 + 4 * expected:
        raise DataError(f"{path.name} ends within its header; get it again")
    return struct.unpack(f">{expected}I", header[4:])
