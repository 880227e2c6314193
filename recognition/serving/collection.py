"""Pictures that were misread -> a folder with one sub-folder a label, as `training.py --data FOLDER` reads it.

A kept picture's id is the head of the SHA-256 of its PNG file, which is called `LABEL/ID.png`.
"""

import hashlib
import io
import os
import re
import tempfile
import threading

import numpy as np
from PIL import Image

from recognition.errors import CollectionError, DataError
from recognition.imaging.decoding import decode_colours
from recognition.imaging.pixels import as_grey, is_canonical, open_picture

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
        One that holds files already is left as it is.

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


def collect(folder, content, label, shape, box=None):
    """Keep a picture under its right label.

    A picture is named by its own content, so that nothing is overwritten, and to keep it twice is to keep it once;
    if it was kept under another label before, the last one counts.

    Parameters
    ----------
    folder : pathlib.Path
        From `make_folder`.
    content : bytes
        Of a picture in one of `pixels.FORMATS`.
    label : str
        The right one.
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
    buffer = io.BytesIO()
    _kept(content, shape, box).save(buffer, "PNG")
    png = buffer.getvalue()
    place = folder / label
    path = place / f"{hashlib.sha256(png).hexdigest()[:16]}.png"
    others = _pictures(folder)
    if len(others) >= MAX_PICTURES and path.name not in {other.name for other in others}:
        raise CollectionError(
            f"{len(others):,} pictures are kept, the most there may be; train with them, then empty it"
        )
    try:
        place.mkdir(parents=True, exist_ok=True)
        if label not in os.listdir(folder):
            raise DataError(f"on this disk {label!r} is the same folder as another label; name the classes otherwise")
        unfinished = place / f".{path.name}.{os.getpid()}.{threading.get_ident()}"
        unfinished.write_bytes(png)
        unfinished.replace(path)
        for other in others:
            if other.name == path.name and other != path:
                other.unlink(missing_ok=True)
    except OSError as error:
        raise CollectionError(f"the picture cannot be kept ({error.strerror}); the server needs room there") from error
    return path.stem


def discard(folder, id):
    """Remove a picture that was kept: bool, whether there was one of this id."""
    kept = [path for path in _pictures(folder) if path.stem == id]
    for path in kept:
        path.unlink(missing_ok=True)
    return bool(kept)


def count(folder):
    """Count the pictures that are kept: int."""
    return len(_pictures(folder))


def _pictures(folder):
    return list(folder.glob("*/*.png"))


def _kept(content, shape, box):
    """Give the picture as it is kept: PIL.Image.Image."""
    with open_picture(io.BytesIO(content)) as picture:
        if is_canonical(picture, shape):
            return as_grey(picture)
        if box is None and len(shape) == 2:
            raise DataError("the box is missing; give left,top,right,bottom of the character, as its prediction has it")
        colours, size = decode_colours(picture, LONGEST if box is None else DETAILED)
    if box is None:
        return Image.fromarray(colours)
    return _around(Image.fromarray(colours), np.array(box) * colours.shape[1] / size[0])


def _around(picture, box):
    """Cut out what is in a box, with a margin."""
    left, top, right, bottom = box
    margin = MARGIN * max(right - left, bottom - top)
    corners = np.array([[left - margin, top - margin], [right + margin, bottom + margin]])
    (left, top), (right, bottom) = np.rint(corners.clip(0, picture.size)).astype(int).tolist()
    if left >= right or top >= bottom:
        raise DataError("the box lies outside the picture; give left,top,right,bottom in its pixels")
    part = picture.crop((left, top, right, bottom))
    part.thumbnail((LONGEST, LONGEST))
    return part
