"""Folders of pictures -> files and labels, then canonical images; what cannot be used is listed, not fatal."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from recognition.blocks import Block, Origin
from recognition.errors import DataError, ImageError
from recognition.filenames import head_of, pictures_among
from recognition.imaging.characters import find_characters
from recognition.imaging.decoding import colour_square
from recognition.imaging.ink import read_ink
from recognition.imaging.placement import LIKE_MNIST
from recognition.pixels import SUFFIXES, grey_levels, open_picture

TRAIN = ("train", "training")
TEST = ("test", "testing", "validation", "valid", "val")
SMALL = 32  # pixels; grey pictures of one size up to this are canonical images already
SIDE = 128  # of the canonical image of a colour picture
TOGETHER = 8  # pictures read in a piece of work


@dataclass(frozen=True)
class Part:
    """Labelled picture files.

    Attributes
    ----------
    files : list of pathlib.Path
        In the order of their names.
    labels : list of str
        The right label of each.
    """

    files: list[Path]
    labels: list[str]


def find(folder):
    """Find the pictures of a folder and their labels.

    Parameters
    ----------
    folder : pathlib.Path
        With one sub-folder a class; or with `train/` and `test/` or `validation/` above such; or flat, with the
        label at the head of each name.

    Returns
    -------
    training : Part
        At least one picture.
    test : Part or None
        If the folder has a test part of its own.

    Raises
    ------
    DataError
        If there are no pictures.
    """
    inner = {path.name.lower(): path for path in _folders(folder)}
    train = next((inner[name] for name in TRAIN if name in inner), None)
    test = next((inner[name] for name in TEST if name in inner), None)
    if train and not test and not _folders(train) and len(inner) > 1:
        train = None  # a class of that name
    training = _labelled(train or folder)
    if not training.files:
        raise DataError(f"{train or folder} holds no pictures ({' '.join(sorted(SUFFIXES))}), nor sub-folders with any")
    held_out = _labelled(test) if train and test else None
    return training, held_out if held_out and held_out.files else None


def _folders(folder):
    """Give the sub-folders that are not hidden, by name."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _labelled(folder):
    """Give the pictures below a folder with their labels: by sub-folder, or if those hold none by name."""
    found = [(file, place.name) for place in _folders(folder) for file in pictures_among(place.rglob("*"), place)]
    found = found or [(file, head_of(file)) for file in pictures_among(folder.iterdir(), folder)]
    return Part([file for file, _ in found], [label for _, label in found])


def choose_reader(part, placement=None):
    """Choose what turns these pictures into canonical images.

    Parameters
    ----------
    part : Part
        The training part.
    placement : Placement, optional
        That of other data which these are to be joined with.

    Returns
    -------
    read : callable
        From a path to a canonical image, ndarray of uint8, or `ImageError`. Small grey pictures of one size are
        taken as they are; where every label is a single letter or digit, the character on each picture is found
        and placed, as it will be when the model is asked; all others are brought to colour squares.
    full : int
        The largest value that it gives.
    """
    kinds = Counter()
    for file in part.files[:: max(1, len(part.files) // 200)]:
        try:
            with open_picture(file) as picture:
                kinds[picture.size, picture.mode in ("1", "L", "I;16")] += 1
        except ImageError:
            continue
    ((width, height), grey), count = kinds.most_common(1)[0] if kinds else (((0, 0), False), 0)
    if grey and count > 0.9 * kinds.total() and 4 <= max(width, height) <= SMALL:
        full = 16 if max(width, height) <= 8 else 255
        return partial(_grey_image, size=(width, height), full=full), full
    if all(len(label) == 1 for label in part.labels):
        placement = placement or LIKE_MNIST
        return partial(_character, placement=placement), placement.full
    return partial(colour_square, side=SIDE), 255


def _character(file, placement):
    """Read the character on a picture; one of the canonical shape is taken as it is, as when the model is asked."""
    with open_picture(file) as picture:
        if picture.size == placement.shape[::-1]:
            levels = grey_levels(picture, placement.full).reshape(placement.shape)
            return levels.astype(np.float32 if placement.full == 1 else np.uint8)
    ink, noise, _ = read_ink(file)
    largest = max(find_characters(ink, noise), key=lambda character: character.size)
    return placement.place(largest.ink)


def _grey_image(file, size, full):
    """Read a small grey picture as it is."""
    with open_picture(file) as picture:
        if picture.size != size:
            raise ImageError(f"has {picture.width}x{picture.height} pixels, most others {size[0]}x{size[1]}")
        return grey_levels(picture, full).astype(np.uint8).reshape(size[::-1])


def read(part, reader, engine):
    """Read the pictures of a part.

    Parameters
    ----------
    part : Part
        From `find`.
    reader : callable
        From `choose_reader`.
    engine : Threads or Cluster
        Does the reading.

    Returns
    -------
    images : list of ndarray of uint8
        Those that could be read.
    labels : list of str
        Theirs.
    origin : Origin
        Where they come from.
    skipped : list of str
        A line for each that could not.
    """
    files = [file.absolute() for file in part.files]
    some = [files[start : start + TOGETHER] for start in range(0, len(files), TOGETHER)]
    found = [one for several in engine.map("reading: pictures", _attempt, some, (reader,)) for one in several]
    skipped = [f"{file}: {one}" for file, one in zip(part.files, found, strict=True) if isinstance(one, str)]
    good = [n for n, one in enumerate(found) if not isinstance(one, str)]
    blocks = [
        Block(files[0].parent, 0, len(some), partial(_read_files, [files[n] for n in some], reader))
        for some in (good[start : start + TOGETHER] for start in range(0, len(good), TOGETHER))
    ]
    return [found[n] for n in good], [part.labels[n] for n in good], Origin.of(blocks), skipped


def _attempt(files, reader):
    """Read pictures: list of images, or of what is wrong with them."""
    found = []
    for file in files:
        try:
            found.append(reader(file))
        except ImageError as error:
            if not file.exists():
                raise DataError(f"there is no {file}") from error
            found.append(str(error))
    return found


def _read_files(files, reader, _folder, offset, count, rows):
    """Read some pictures, as a block: flat images."""
    files = np.array(files)[offset : offset + count][rows]
    images = _attempt(files, reader)
    for file, image in zip(files, images, strict=True):
        if isinstance(image, str):
            raise DataError(f"{file}: {image}")
    return np.stack(images).reshape(len(images), -1)
