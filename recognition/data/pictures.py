"""Files of pictures with their labels -> canonical images; what cannot be used is listed, not fatal."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from recognition.data.images import Chunk, LazyArray
from recognition.errors import DataError, ImageError
from recognition.imaging.characters import find_characters
from recognition.imaging.decoding import colour_square
from recognition.imaging.ink import read_ink
from recognition.imaging.normalization import LIKE_MNIST
from recognition.imaging.pixels import grey_levels, open_picture

SMALL = 32  # pixels; grey pictures of one size up to this are canonical images already
SIDE = 128  # of the canonical image of a colour picture
TOGETHER = 8  # pictures read in a piece of work
CHARACTERS, PICTURES = KINDS = ("characters", "pictures")  # what `--kind` may be


@dataclass(frozen=True)
class Reader:
    """What turns the pictures of a folder into canonical images.

    Attributes
    ----------
    read : callable
        From a path to a canonical image, ndarray of uint8, or `ImageError`.
    full : int
        Largest value that it returns.
    kind : str or None
        One of `KINDS`; none for pictures that are canonical images already.
    reason : str
        Why it is this one, after the name of the data.
    """

    read: Callable
    full: int
    kind: str | None
    reason: str


def choose_reader(part, normalizer=None, kind=None):
    """Choose what turns these pictures into canonical images.

    Small grey pictures of one size are taken as they are. Where every label is a single letter or digit, the character
    on each picture is found and placed, as it will be when the model is asked. Others are brought to colour squares.

    Parameters
    ----------
    part : Part
        The training part.
    normalizer : Normalizer, optional
        That of other data which these are to be joined with.
    kind : str, optional
        One of `KINDS`, in place of what the labels say.

    Returns
    -------
    reader : Reader
        For `read`.
    """
    looks = Counter()
    for file in part.files[:: max(1, len(part.files) // 200)]:
        try:
            with open_picture(file) as picture:
                looks[picture.size, picture.mode in ("1", "L", "I;16")] += 1
        except ImageError:
            continue
    ((width, height), grey), count = looks.most_common(1)[0] if looks else (((0, 0), False), 0)
    if grey and count > 0.9 * looks.total() and 4 <= max(width, height) <= SMALL:
        full = 16 if max(width, height) <= 8 else 255
        reason = f"taken as they are, since they are grey and of {width}x{height} pixels"
        read = partial(_grey_image, size=(width, height), full=full)
        return Reader(read, full, None, reason + ("; --kind has no say" if kind else ""))
    chosen, why = _kind(part.labels)
    if kind:
        chosen, why = kind, "since --kind says so"
    if chosen == CHARACTERS:
        normalizer = normalizer or LIKE_MNIST
        read = partial(_character, normalizer=normalizer)
        return Reader(read, normalizer.full, chosen, f"the character on each is looked for, {why}")
    return Reader(partial(colour_square, side=SIDE), 255, chosen, f"taken whole, in colour, {why}")


def _kind(labels):
    """Return what labels say of the kind of their pictures, and why."""
    longer = next((label for label in labels if len(label) != 1), None)
    if longer is None:
        return CHARACTERS, "since each label is a single letter or digit; --kind pictures takes them whole"
    return PICTURES, f"since not every label is a single letter or digit ({longer!r} is not)"


def _character(file, normalizer):
    """Read the character on a picture; one of the canonical shape is taken as it is, as when the model is asked."""
    with open_picture(file) as picture:
        if picture.size == normalizer.shape[::-1]:
            levels = grey_levels(picture, normalizer.full).reshape(normalizer.shape)
            return levels.astype(np.float32 if normalizer.full == 1 else np.uint8)
    ink, noise, _ = read_ink(file)
    largest = max(find_characters(ink, noise), key=lambda character: character.size)
    return normalizer.normalize(largest.ink)


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
        That of a `Reader`.
    engine : Threads or Cluster
        Does the reading.

    Returns
    -------
    images : list of ndarray of uint8
        Those that could be read.
    labels : list of str
        Theirs.
    origin : LazyArray
        Where they come from.
    skipped : list of str
        A line for each that could not.
    """
    files = [file.absolute() for file in part.files]
    some = [files[start : start + TOGETHER] for start in range(0, len(files), TOGETHER)]
    found = [one for several in engine.map("reading: pictures", _attempt, some, (reader,)) for one in several]
    skipped = [f"{file}: {one}" for file, one in zip(part.files, found, strict=True) if isinstance(one, str)]
    good = [n for n, one in enumerate(found) if not isinstance(one, str)]
    chunks = [
        Chunk(len(some), partial(_read_files, [files[n] for n in some], reader))
        for some in (good[start : start + TOGETHER] for start in range(0, len(good), TOGETHER))
    ]
    origin = LazyArray.of(chunks, found[good[0]].shape if good else None)
    return [found[n] for n in good], [part.labels[n] for n in good], origin, skipped


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


def _read_files(files, reader, rows):
    """Read some pictures: flat images."""
    files = np.array(files)[rows]
    images = _attempt(files, reader)
    for file, image in zip(files, images, strict=True):
        if isinstance(image, str):
            raise DataError(f"{file}: {image}")
    return np.stack(images).reshape(len(images), -1)
