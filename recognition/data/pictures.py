"""Files of pictures with their labels -> canonical images; what cannot be used is listed, not fatal."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np

from recognition.data.filenames import NO_CHARACTER
from recognition.data.images import Chunk, LazyArray
from recognition.errors import DataError, ImageError
from recognition.imaging.characters import find_characters
from recognition.imaging.decoding import colour_square
from recognition.imaging.ink import read_ink
from recognition.imaging.normalization import LIKE_MNIST
from recognition.imaging.pixels import grey_levels, is_canonical, open_picture

SMALL = 32  # pixels; grey pictures of one size up to this are canonical images already
SIDE = 192  # of the canonical image of a colour picture
CHUNK = 8  # pictures read at a time
LOOKED_AT = 200  # pictures are enough to learn how all of them look
CHARACTERS, PICTURES = KINDS = ("characters", "pictures")  # what `--kind` may be


@dataclass(frozen=True)
class Reader:
    """Way from the pictures of a folder to canonical images.

    Attributes
    ----------
    to_image : callable
        Function from an opened picture to a canonical image, an ndarray; it raises an `ImageError` where there is none.
    full : int
        Largest value of the images.
    kind : str or None
        One of `KINDS`; None for pictures that are canonical images already.
    reason : str
        Reason for this way, to be put after the name of the data.
    """

    to_image: Callable
    full: int
    kind: str | None
    reason: str


def choose_reader(pictures, normalizer=None, kind=None):
    """Choose how pictures become canonical images.

    Small grey pictures of one size are taken as they are. Where every label is a single letter or digit, the character
    on each picture is found and normalized, as it will be when the model is asked. Others become colour squares.

    Parameters
    ----------
    pictures : LabelledFiles
        The training part.
    normalizer : Normalizer, optional
        Normalizer of other data which these are to be joined with.
    kind : str, optional
        One of `KINDS`, in place of what the labels say.

    Returns
    -------
    reader : Reader
        The way for both parts.
    """
    if shape := _grey_shape(pictures.files):
        full = 16 if max(shape) <= 8 else 255
        reason = f"taken as they are, since they are grey and of {shape[1]}x{shape[0]} pixels"
        to_image = partial(_grey_image, shape=shape, full=full)
        return Reader(to_image, full, None, reason + ("; --kind has no say" if kind else ""))
    kind, reason = (kind, "since --kind says so") if kind else _kind(pictures.labels)
    if kind == CHARACTERS:
        normalizer = normalizer or LIKE_MNIST
        to_image = partial(_character, normalizer=normalizer)
        return Reader(to_image, normalizer.full, kind, f"the character on each is looked for, {reason}")
    return Reader(partial(colour_square, side=SIDE), 255, kind, f"taken whole, in colour, {reason}")


def _grey_shape(files):
    """Return the height and width of pictures of which nearly all are grey, small, and of one size; or None."""
    looks = Counter()
    for file in files[:: max(1, len(files) // LOOKED_AT)]:
        with suppress(ImageError), open_picture(file) as picture:
            looks[picture.size, picture.mode in ("1", "L", "I;16")] += 1
    if not looks:
        return None
    ((width, height), grey), count = looks.most_common(1)[0]
    small = 4 <= max(width, height) <= SMALL
    return (height, width) if grey and small and count > 0.9 * looks.total() else None


def _kind(labels):
    """Return which of the `KINDS` the labels say, and the reason."""
    longer = next((label for label in labels if len(label) != 1 and label != NO_CHARACTER), None)
    if longer is None:
        return CHARACTERS, "since each label is a single letter or digit; --kind pictures takes them whole"
    return PICTURES, f"since not every label is a single letter or digit ({longer!r} is not)"


def _character(picture, normalizer):
    """Return the largest character on a picture, normalized; or the picture itself if it is a canonical image."""
    if is_canonical(picture, normalizer.shape):
        levels = grey_levels(picture, normalizer.full).reshape(normalizer.shape)
        return levels.astype(np.float32 if normalizer.full == 1 else np.uint8)
    ink, noise, _ = read_ink(picture)
    largest = max(find_characters(ink, noise), key=lambda character: character.size)
    return normalizer.normalize([largest.ink])[0]


def _grey_image(picture, shape, full):
    if not is_canonical(picture, shape):
        raise ImageError(f"has {picture.width}x{picture.height} pixels, most others {shape[1]}x{shape[0]}")
    return grey_levels(picture, full).astype(np.uint8).reshape(shape)


def read_pictures(pictures, to_image, engine):
    """Bring pictures to canonical images.

    Parameters
    ----------
    pictures : LabelledFiles
        Pictures of one part.
    to_image : callable
        Function of a `Reader`.
    engine : Threads or Cluster
        Engine on which pictures are read.

    Returns
    -------
    images : LazyArray
        Canonical images of the pictures that could be read.
    labels : list of str
        Label of each.
    skipped : list of str
        Line for each picture that could not be read.
    """
    files = [file.absolute() for file in pictures.files]
    chunks = engine.map("reading: pictures", _images_or_errors, _in_chunks(files), (to_image,))
    images = [image for chunk in chunks for image in chunk]
    skipped = [f"{file}: {image}" for file, image in zip(pictures.files, images, strict=True) if isinstance(image, str)]
    good = [n for n, image in enumerate(images) if not isinstance(image, str)]
    lazy = [
        Chunk(
            len(chunk),
            partial(_read_files, [files[n] for n in chunk], to_image),
            held=np.stack([images[n] for n in chunk]),
        )
        for chunk in _in_chunks(good)
    ]
    return LazyArray.of(lazy, images[good[0]].shape if good else None), [pictures.labels[n] for n in good], skipped


def _in_chunks(files):
    return [files[start : start + CHUNK] for start in range(0, len(files), CHUNK)]


def _images_or_errors(files, to_image):
    """Return the canonical image of each picture, or the sentence that says what is wrong with it."""
    images = []
    for file in files:
        try:
            with open_picture(file) as picture:
                images.append(to_image(picture))
        except ImageError as error:
            if not file.exists():
                raise DataError(f"there is no {file}") from error
            images.append(str(error))
    return images


def _read_files(files, to_image, rows):
    """Return some pictures: flat images."""
    files = np.array(files)[rows]
    images = _images_or_errors(files, to_image)
    for file, image in zip(files, images, strict=True):
        if isinstance(image, str):
            raise DataError(f"{file}: {image}")
    return np.stack(images).reshape(len(images), -1)
