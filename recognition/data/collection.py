"""A folder of corrections: pictures that people have put under their right labels, to be learnt from.

It has one sub-folder a label, as `training.py --data FOLDER` reads it. A kept picture is called `LABEL/ID.png`, by the
head of its file's SHA-256.
"""

import hashlib
import io
import os
import re
import tempfile
import threading

import numpy as np
from PIL import Image

from recognition.errors import BoxError, CollectionError, DataError
from recognition.imaging.decoding import decode_colours
from recognition.imaging.pixels import as_grey, is_canonical

LONGEST = 512  # pixels of a kept picture's longer side: as much as any recipe looks at
DETAILED = 2048  # pixels of the longer side of a picture that one character is cut out of
MAX_PICTURES = 10_000  # of less than a megabyte each
MARGIN = 0.25  # of a character's longer side, kept around it
SAFE = re.compile(r'[^\x00-\x1f/\\:*?"<>|.][^\x00-\x1f/\\:*?"<>|]{0,99}(?<![. ])')  # a folder's name on any system


def make_folder(path):
    """Make a folder for corrections, which git ignores if it lies in a repository.

    Parameters
    ----------
    path : pathlib.Path
        Path of the folder; one that holds files already is left as it is.

    Raises
    ------
    CollectionError
        If it cannot be made or written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not any(path.iterdir()):
            (path / ".gitignore").write_text("*\n", encoding="ascii")
        with tempfile.TemporaryFile(dir=path):
            return
    except OSError as error:
        raise CollectionError(f"cannot keep pictures in {path} ({error.strerror}); choose another --collect") from error


def collect(folder, picture, label, shape, box=None):
    """Keep a picture under its right label.

    A picture is named by its own content, so that nothing is overwritten, and to keep it twice is to keep it once;
    if it was kept under another label before, the last one counts.

    Parameters
    ----------
    folder : pathlib.Path
        Folder from `make_folder`.
    picture : PIL.Image.Image
        An opened picture, not decoded yet.
    label : str
        Its right label.
    shape : tuple of int
        Shape of the model's canonical images; a grey picture of just that size is kept as it is, any other upright,
        in RGB, and without what else its file tells.
    box : tuple of int, optional
        Left, top, right, bottom of the character that is meant, in pixels of the upright picture: what the model
        saw and a person confirmed. Only of colour pictures and of those of the model's own shape all is meant.

    Returns
    -------
    id : str
        Id of the kept picture.

    Raises
    ------
    ImageError
        If it cannot be read.
    DataError
        If the label is no name for a folder, or the box is missing or lies outside the picture.
    CollectionError
        If the folder is full, or cannot be written.
    """
    if not SAFE.fullmatch(label):
        raise DataError(f"{label!r} cannot be the name of a folder; put the picture into the data yourself")
    png = _png(_reduced(picture, shape, box))
    path = folder / label / f"{hashlib.sha256(png).hexdigest()[:16]}.png"
    others = _pictures(folder)
    if len(others) >= MAX_PICTURES and path.name not in {other.name for other in others}:
        raise CollectionError(
            f"{len(others):,} pictures are kept, the most there may be; train with them, then empty it"
        )
    try:
        _write(path, png)
        for other in others:
            if other.name == path.name and other != path:
                other.unlink(missing_ok=True)
    except OSError as error:
        raise CollectionError(f"the picture cannot be kept ({error.strerror}); the server needs room there") from error
    return path.stem


def _write(path, png):
    """Write a picture in one step, as `FOLDER/LABEL/ID.png`."""
    label, folder = path.parent.name, path.parent.parent
    path.parent.mkdir(parents=True, exist_ok=True)
    if label not in os.listdir(folder):
        raise DataError(f"on this disk {label!r} is the same folder as another label; name the classes otherwise")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        unfinished.write_bytes(png)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)  # where the disk was full, say


def discard(folder, id):
    """Remove a picture that was kept, and return whether there was one of this id."""
    paths = [path for path in _pictures(folder) if path.stem == id]
    for path in paths:
        path.unlink(missing_ok=True)
    return bool(paths)


def count(folder):
    """Return the number of pictures that are kept."""
    return len(_pictures(folder))


def _pictures(folder):
    return list(folder.glob("*/*.png"))


def _png(picture):
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _reduced(picture, shape, box):
    """Return the `PIL.Image.Image` that is kept of a picture."""
    if is_canonical(picture, shape):
        return as_grey(picture)
    if box is None and len(shape) == 2:
        raise BoxError("the box is missing; give left,top,right,bottom of the character, as its prediction has it")
    colours, size = decode_colours(picture, LONGEST if box is None else DETAILED)
    if box is None:
        return Image.fromarray(colours)
    return _around(Image.fromarray(colours), np.array(box) * colours.shape[1] / size[0])


def _around(picture, box):
    """Return what is in a box, with a margin."""
    left, top, right, bottom = box
    margin = MARGIN * max(right - left, bottom - top)
    corners = np.array([[left - margin, top - margin], [right + margin, bottom + margin]])
    (left, top), (right, bottom) = np.rint(corners.clip(0, picture.size)).astype(int).tolist()
    if left >= right or top >= bottom:
        raise BoxError("the box lies outside the picture; give left,top,right,bottom in its pixels")
    character = picture.crop((left, top, right, bottom))
    character.thumbnail((LONGEST, LONGEST))
    return character
