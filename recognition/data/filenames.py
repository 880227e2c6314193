"""What files are called: which are pictures, and their right labels. Imports nothing heavy: the client uses it."""

import re

from recognition.errors import DataError
from recognition.imaging.pixels import SUFFIXES


def pictures_among(paths, folder):
    """Give the pictures among some paths below a folder, by name; what is hidden is none: list of pathlib.Path."""

    def hidden(path):
        return any(part.startswith(".") for part in path.relative_to(folder).parts)

    return sorted(path for path in paths if path.suffix.lower() in SUFFIXES and not hidden(path))


def pictures_at(path):
    """Give the pictures that a path means, as `client.py` does: a folder's own, or if it has none those below it.

    They come in a lasting order, a folder at a time; links to folders are not followed.

    Parameters
    ----------
    path : pathlib.Path
        Of a folder, or of a picture.

    Returns
    -------
    pictures : iterator of pathlib.Path
        However many.

    Raises
    ------
    DataError
        If a folder cannot be read.
    """
    if path.is_file():
        return iter(pictures_among([path], path.parent))
    own = pictures_among(_inside(path), path) if path.is_dir() else []
    return iter(own) if own or not path.is_dir() else _below(path)


def _inside(folder):
    """Give what is in a folder, by name: list of pathlib.Path."""
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror}") from error


def _below(folder):
    """Give all pictures below a folder."""
    for inner in _inside(folder):
        if inner.is_dir() and not inner.is_symlink() and not inner.name.startswith("."):
            yield from _below(inner)
        else:
            yield from pictures_among([inner], folder)


def head_of(path):
    """Give the head of a file name, up to the first sign that is no letter or digit: `7_blue_pen.png` -> "7"."""
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
        Of the picture.
    classes : collection of str
        The labels that there are.

    Returns
    -------
    label : str or None
        None if neither says.
    """
    if path.parent.name in classes:
        return path.parent.name
    label = head_of(path)
    number = label.isdecimal() and path.stem.startswith(f"{label}_") and {*"0123456789"} <= {*classes}
    return label if label in classes or number else None
