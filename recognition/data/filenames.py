"""Names of files: which are pictures or tables, and their right labels. Imports nothing heavy: the client uses it."""

import re

from recognition.errors import DataError
from recognition.imaging.pixels import SUFFIXES

NO_CHARACTER = "no character"  # label of what a model of characters must refuse


def is_table(path):
    """Return whether the name of a file is that of a CSV, gzipped or not."""
    return path.name.lower().endswith((".csv", ".csv.gz"))


def is_transposed(path):
    """Return whether the name of a file says that its images have rows for columns.

    EMNIST's own files have (G. Cohen, S. Afshar, J. Tapson, A. van Schaik, arXiv 1702.05373).
    """
    return path.name.startswith("emnist-")


def pictures_at(path):
    """Find the pictures that a path stands for: a folder's own, or if it has none those below it.

    They come in a lasting order, a folder at a time; what is hidden is left out, and links to folders are not followed.

    Parameters
    ----------
    path : pathlib.Path
        Path of a folder, or of a picture.

    Returns
    -------
    pictures : iterator of pathlib.Path
        However many.

    Raises
    ------
    DataError
        If a folder cannot be read.
    """
    if not path.is_dir():
        return filter(_is_picture, [path] if path.is_file() else [])
    own = list(filter(_is_picture, _inside(path)))
    return iter(own) if own else _below(path)


def _is_picture(path):
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _inside(folder):
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror}") from error


def _below(folder):
    for inner in _inside(folder):
        if inner.is_dir() and not inner.is_symlink() and not inner.name.startswith("."):
            yield from _below(inner)
        elif _is_picture(inner):
            yield inner


def head_of(path):
    """Return the head of a file name, up to the first sign that is no letter or digit: `7_blue_pen.png` -> "7"."""
    head = re.match(r"(?:digit(?=\d))?([^\W_]+)", path.stem)
    return head[1] if head else ""


def label_of(path, classes):
    """Read the label that a picture's place or name gives it.

    A sub-folder named like a class comes first (`cats/1.jpg`), then the head of the file name (`7_blue_pen.png`,
    `7(2)_digit.jpg`, `cat.0.jpg`), then the rest of a name that starts with "digit" (`digit7.png`). Where all digits
    are classes, a number before an underscore is a label, too (`1717_0.jpg`).

    Parameters
    ----------
    path : pathlib.Path
        Path of the picture.
    classes : collection of str
        All labels that there are.

    Returns
    -------
    label : str or None
        The label; None if neither says one.
    """
    if path.parent.name in classes:
        return path.parent.name
    label = head_of(path)
    number = label.isdecimal() and path.stem.startswith(f"{label}_") and {*"0123456789"} <= {*classes}
    return label if label in classes or number else None
