"""Opened pictures -> ink: how much of a pen's ink is at each point, whatever the light on the paper."""

import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage

from recognition.errors import BlankError
from recognition.imaging.decoding import decode_colours

LONGEST = 256  # pixels of the longer side that a picture is brought to
STRIP = 2, 12  # times as wide as high: between these the detail grows, for a number on a strip is small beside it
WINDOW = 0.16  # of the longer side: darker areas narrower than this are ink, wider ones are shade
WIDER = 4  # times the thickness of the strokes: darkness of this extent in every direction is shade
GRAIN = 4  # pixels along each side of the cells that the paper is estimated on
STRONGEST = 98.5, 99.8  # percentiles of the darkness: above the first, and half the second, all is taken for ink
# Deviations of the paper's noise: where more than the first is rare, there is little ink; the second is ink.
NOTHING, UNMISTAKABLE = 3.5, 25
EXTREMES = 0.5, 99.5  # percentiles that count as the darkest and the lightest
LEAST_NOISE = 0.004  # that the paper of a picture of 8 bits, or of a JPEG, has at the least
LEAST_CONTRAST = 0.02  # of the ink to the paper beside it; less is no drawing
SAMPLE = 11  # every so many pixels is enough to learn noise from
BLANK = "the picture is blank: all of it is nearly alike; draw a character on it"


def read_ink(picture):
    """Decode an opened picture and find the ink on it.

    Parameters
    ----------
    picture : PIL.Image.Image
        A picture that was opened, and not decoded yet.

    Returns
    -------
    ink : ndarray of float32, shape (height, width)
        The ink as of `find_ink`; the longer side has `LONGEST` pixels, of a strip more.
    noise : float
        Standard deviation of the paper.
    size : (int, int)
        Width and height of the upright picture itself.

    Raises
    ------
    ImageError
        If it is damaged or blank.
    """
    longest = round(LONGEST * _elongation(picture.size))
    colours, size = decode_colours(picture, longest)
    if max(colours.shape) < longest:
        larger = [max(1, longest * side // max(colours.shape)) for side in colours.shape[1::-1]]
        colours = np.asarray(Image.fromarray(colours).resize(larger, Image.Resampling.BICUBIC))
    return *find_ink(colours), size


def find_ink(colours):
    """Separate ink from paper.

    The paper under the ink is what is left when all that is narrow and dark is filled up (a grey-level closing), for
    each channel and place of its own, so that shades, vignettes and the colour of the lamp go away with it. One minus
    the ratio of colour to paper is the share of light that the ink takes. The channels are added with the weights
    that set ink apart best: its mean darkness in a channel over the variance of the paper's noise there (Fisher's
    discriminant, for channels whose noise is independent).

    Parameters
    ----------
    colours : ndarray of uint8, shape (height, width, 3)
        Red, green, blue; ink may be darker or lighter than the paper.

    Returns
    -------
    ink : ndarray of float32, shape (height, width)
        About 0 = paper, about 1 = ink at its strongest.
    noise : float
        Standard deviation of the paper, in the same unit.

    Raises
    ------
    ImageError
        If all of the picture is nearly alike.
    """
    smooth = Image.fromarray(colours).filter(ImageFilter.BoxBlur(1))
    if _ink_is_light(smooth.convert("L").reduce(GRAIN)):
        smooth = Image.eval(smooth, lambda value: 255 - value)
    smooth = np.asarray(smooth)
    darkness = 1 - np.divide(smooth, _paper(smooth), dtype=np.float32)
    background, noise, contrast = _measure(darkness.reshape(-1, 3))
    if contrast.max() < LEAST_CONTRAST:
        raise BlankError(BLANK)
    weights = np.maximum(contrast, 0) / noise**2
    weights /= weights @ contrast
    ink = darkness @ weights.astype(np.float32) - np.float32(background @ weights)
    return ink - _shade(ink), float(np.linalg.norm(weights * noise))


def _measure(points):
    """Return the paper's median darkness, its noise, and the contrast of the ink to it, each by channel.

    Contrast is taken from a sample of the points. A small character on a large sheet may be too rare for that: where
    the sample holds nearly no ink, all points are looked at.
    """
    sample = points[::SAMPLE]
    background = np.median(sample, axis=0)
    noise = 1.4826 * np.median(np.abs(sample - background), axis=0) + LEAST_NOISE
    signal = ((sample - background) / noise).max(axis=1)
    common, strongest = np.percentile(signal, STRONGEST)
    if strongest < NOTHING:
        all_signal = ((points - background) / noise).max(axis=1)
        if all_signal.max() > UNMISTAKABLE:
            sample, signal, strongest = points, all_signal, all_signal.max()
    return background, noise, sample[signal >= max(common, strongest / 2)].mean(axis=0) - background


def _paper(colours):
    """Return an estimate of the paper without ink, which is darker, as an ndarray of uint8 of the shape of `colours`.

    It is the lightest quarter of each cell, then a closing, smoothed and brought back to the full size.
    """
    height, width = colours.shape[:2]
    padded, (rows, columns) = _whole_cells(colours)
    halves = np.asarray(Image.fromarray(padded).reduce(GRAIN // 2))
    halves = np.maximum(halves[::2], halves[1::2])
    light = np.maximum(halves[:, ::2], halves[:, 1::2]).astype(np.float32)
    reach = max(1, round(WINDOW * max(rows, columns) / _elongation(colours.shape) / 2))
    margins = [(min(reach, side - 1),) * 2 for side in (rows, columns)]
    # Beyond the border the light goes on as it changed before it: a vignette is no ink.
    wide = np.pad(light, (*margins, (0, 0)), mode="reflect", reflect_type="odd")
    closed = ndimage.grey_closing(wide, size=(2 * reach + 1, 2 * reach + 1, 1), mode="nearest")
    closed = ndimage.uniform_filter(closed, size=(5, 5, 1), mode="nearest")
    closed = closed[margins[0][0] :, margins[1][0] :][:rows, :columns]
    return _enlarged(closed.clip(1, 255).astype(np.uint8))[:height, :width]


def _shade(ink):
    """Return the shade, darkness much wider than the strokes, found by an opening: zero or above, and float32.

    It has the shape of `ink`, in which strokes are about 1, or is a single 0.
    """
    strokes = ink > 0.5
    edges = (strokes[1:] != strokes[:-1]).sum() + (strokes[:, 1:] != strokes[:, :-1]).sum()
    thickness = 2 * strokes.sum() / max(1, edges * np.pi / 4)
    reach = round(WIDER * thickness / GRAIN / 2)
    if 2 * reach * GRAIN > WINDOW * max(ink.shape) / _elongation(ink.shape):
        return np.float32(0)
    height, width = ink.shape
    padded, (rows, columns) = _whole_cells(ink)
    dark = padded.reshape(rows, GRAIN, columns, GRAIN).mean(axis=3).min(axis=1)
    opened = ndimage.grey_opening(dark, size=2 * max(1, reach) + 1, mode="nearest")
    opened = ndimage.uniform_filter(opened, 3, mode="nearest").clip(0)
    return _enlarged(opened)[:height, :width]


def _whole_cells(image):
    """Extend an image to whole cells of `GRAIN` pixels: the image, and its number of rows and columns of cells."""
    rows, columns = (-(-side // GRAIN) for side in image.shape[:2])
    beyond = [(0, rows * GRAIN - image.shape[0]), (0, columns * GRAIN - image.shape[1]), (0, 0)]
    return np.pad(image, beyond[: image.ndim], mode="edge"), (rows, columns)


def _enlarged(cells):
    """Bring an image of cells back to pixels, smoothly."""
    height, width = cells.shape[:2]
    size = (width * GRAIN, height * GRAIN)
    return np.asarray(Image.fromarray(cells).resize(size, Image.Resampling.BILINEAR))


def _ink_is_light(grey):
    """Return whether ink is light on dark paper: there is little of it beside paper, and it is rare on the border."""
    surroundings = grey.filter(ImageFilter.BoxBlur(WINDOW * max(grey.size)))
    levels = np.asarray(grey).astype(np.float32)
    difference = levels - np.asarray(surroundings)
    difference -= np.median(difference)
    skewness = (difference**3).sum() / max(1, (np.abs(difference) ** 3).sum())
    border = np.median(np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]]))
    darkest, lightest = np.percentile(levels, EXTREMES)
    return skewness + (lightest + darkest - 2 * border) / max(1, lightest - darkest) > 0


def _elongation(shape):
    """Return how much longer the longer side of a strip is than that of a 2:1 picture of as many pixels, at least 1."""
    return float(np.sqrt(np.clip(max(shape[:2]) / max(1, min(shape[:2])), *STRIP) / STRIP[0]))
