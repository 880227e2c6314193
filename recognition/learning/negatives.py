"""Synthetic negatives: images of no class, made out of images of the classes, printed characters, and scrawls."""

from string import ascii_letters, digits

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.interpolate import BPoly

from recognition.features.augmentation import distort

CANVAS, PEN = 64, 5  # pixels of the side that scrawls are drawn on, and of the pen
PRINT = 44  # pixels of the size of printed characters on it
BY_HAND = {"rotation": 15, "scale": 0.25, "shear": 0.3, "shift": 0, "elastic": 3, "grid": 4}  # prints look written then
ON = 0.6  # share of the strokes that go on where the one before ended


def kinds_of_negatives(dataset, seed, at_most=50):
    """Make images that look like none of the classes, kind by kind.

    Parameters
    ----------
    dataset : Dataset
        Real images.
    seed : int
        Seed of the choice and the shuffling.
    at_most : int
        Largest number of images of each kind.

    Returns
    -------
    kinds : dict of str to ndarray, shape (n_images, n_values)
        Rows "inverted", "transposed" (of square images) and "shuffled" (the same pixels in random places).
    """
    rng = np.random.default_rng(seed)
    images = dataset.images[rng.permutation(len(dataset))[:at_most]]
    rows = images.reshape(len(images), -1)
    kinds = {"inverted": dataset.full - rows, "shuffled": rng.permuted(rows, axis=1)}
    if dataset.shape[0] == dataset.shape[1]:
        kinds["transposed"] = images.swapaxes(1, 2).reshape(rows.shape)
    return kinds


def negatives(images, full, count, rng):
    """Make characters that nobody writes out of characters.

    Parameters
    ----------
    images : ndarray of numbers, shape (n_images, height, width)
        Real characters, 0 = paper.
    full : int
        Value of full ink.
    count : int
        Number of images to make.
    rng : numpy.random.Generator
        Source of all chance.

    Returns
    -------
    negatives : ndarray of float32, shape (about count, height, width)
        In equal parts: upper halves on lower halves and left ones beside right ones of others, half characters, one
        over another, mirrored, upside down, transposed and turned ones, the latter two if images are square,
        inverted and shuffled ones, and shades.
    """
    height, width = images.shape[1:]
    share = -(-count // 11)

    def draw():
        return images[rng.integers(0, len(images), share)].astype(np.float32)

    stacked, beside, half = draw(), draw(), draw()
    stacked[:, height // 2 :] = draw()[:, height // 2 :]
    beside[:, :, width // 2 :] = draw()[:, :, width // 2 :]
    half[::4, : height // 2] = 0
    half[1::4, height // 2 :] = 0
    half[2::4, :, : width // 2] = 0
    half[3::4, :, width // 2 :] = 0
    kinds = [stacked, beside, half, np.maximum(draw(), draw()), draw()[:, :, ::-1], draw()[:, ::-1]]
    if height == width:
        kinds += [draw().swapaxes(1, 2), np.rot90(draw(), axes=(1, 2))]
    shuffled = rng.permuted(draw().reshape(share, -1), axis=1).reshape(share, height, width)
    return np.concatenate([*kinds, full - draw(), shuffled, _shades(share, (height, width), full, rng)])


def other_characters(classes, normalizer, each, rng):
    """Write characters of other kinds than the classes: letters for a model of digits, digits for one of letters.

    Parameters
    ----------
    classes : list of str
        Labels of what was learnt.
    normalizer : Normalizer
        Of what was learnt.
    each : int
        Number of images to make of each: fewer than there are of a class, since some look like one.
    rng : numpy.random.Generator
        Source of all chance.

    Returns
    -------
    images : ndarray of uint8 or float32, shape (n_images, *normalizer.shape)
        In Pillow's own typeface, distorted until it looks like handwriting; none where the classes are of both kinds
        or of neither.
    """
    kinds = [kind for kind in (ascii_letters, digits) if set(kind).isdisjoint(classes)]
    if len(kinds) != 1:
        return np.zeros((0, *normalizer.shape), np.float32)
    printed = np.stack([_printed(character) for character in kinds[0]])
    return normalizer.normalize(distort(np.tile(printed, (each, 1, 1)), rng, **BY_HAND))


def _printed(character):
    picture = Image.new("L", (CANVAS, CANVAS))
    font = ImageFont.load_default(PRINT)
    ImageDraw.Draw(picture).text((CANVAS / 2, CANVAS / 2), character, 255, font, anchor="mm")
    return np.asarray(picture, dtype=np.float32)


def scrawls(normalizer, count, rng):
    """Scribble with a pen, and bring it to canonical images.

    Parameters
    ----------
    normalizer : Normalizer
        Of the characters that were learnt.
    count : int
        Number of images to make.
    rng : numpy.random.Generator
        Source of all chance.

    Returns
    -------
    scrawls : ndarray of uint8 or float32, shape (count, *normalizer.shape)
        Two to four strokes each: Bezier curves of two to four points, in a box as high as wide or higher.
    """
    return normalizer.normalize([_scrawl(rng) for _ in range(count)])


def _scrawl(rng):
    picture = Image.new("L", (CANVAS, CANVAS))
    pen, box, end = ImageDraw.Draw(picture), CANVAS * np.array([rng.uniform(0.5, 1), 1]), None
    for _ in range(rng.integers(2, 5)):
        points = rng.uniform(size=(rng.integers(2, 5), 2)) * box
        if end is not None and rng.random() < ON:
            points[0] = end
        curve = BPoly(points[:, None], [0, 1])(np.linspace(0, 1, 24))
        pen.line([tuple(point) for point in curve], 255, PEN, "curve")
        end = curve[-1]
    return np.asarray(picture, dtype=np.float32)


def _shades(count, shape, full, rng):
    """Return images of float32 that change evenly from border to border, and every fourth blank or full of ink."""
    down, across = rng.normal(size=(2, count, 1, 1))
    y, x = np.indices(shape)
    shades = down * y + across * x
    shades -= shades.min(axis=(1, 2), keepdims=True)
    shades *= full / shades.max(axis=(1, 2), keepdims=True)
    shades[::4] = full * rng.integers(0, 2, (len(shades[::4]), 1, 1))
    return shades.astype(np.float32)
