"""Picture bytes -> ink: how much of a pen's ink is at each point, whatever the light on the paper."""

import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage

from recognition.errors import ImageError
from recognition.imaging.decoding import read_colours

LONGEST = 256  # pixels of the longer side that a picture is reduced to
SMALLEST = 160  # pixels of the longer side that a small one is enlarged to
WINDOW = 0.16  # of the longer side: darker areas narrower than this are ink, wider ones are shade
WIDER = 4  # times the thickness of the strokes: darkness of this extent in every direction is shade
GRAIN = 4  # pixels along each side of the blocks that the paper is estimated on
STRONGEST = 98.5, 99.8  # percentiles of the darkness: above the first, and half the second, all is taken for ink
NOTHING, UNMISTAKABLE = (
    3.5,
    25,
)  # deviations of the paper's noise: where less than the first is rare, there is little ink
EXTREMES = 0.5, 99.5  # percentiles that count as the darkest and the lightest
LEAST_CONTRAST = 0.02  # of the ink to the paper beside it; less is no drawing
SAMPLE = 11  # every so many pixels is enough to learn noise from


def read_ink(source):
    """Find the ink on a picture.

    Parameters
    ----------
    source : path or binary file
        A picture in one of `pixels.FORMATS`.

    Returns
    -------
    ink : ndarray of float32, shape (height, width)
        As `find_ink` gives it; the longer side has `SMALLEST` to `LONGEST` pixels.
    noise : float
        Standard deviation of the paper.
    size : (int, int)
        Width and height of the upright picture itself.

    Raises
    ------
    ImageError
        If it cannot be read, is too large, or blank.
    """
    colours, size = read_colours(source, LONGEST)
    if max(colours.shape) < SMALLEST:
        larger = [max(1, SMALLEST * side // max(colours.shape)) for side in colours.shape[1::-1]]
        colours = np.asarray(Image.fromarray(colours).resize(larger, Image.Resampling.BICUBIC))
    return *find_ink(colours), size


def find_ink(colours):
    """Tell ink from paper.

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
    darkness = 1 - np.divide(smooth, paper(smooth), dtype=np.float32)
    few = darkness.reshape(-1, 3)[::SAMPLE]
    middle = np.median(few, axis=0)
    noise = 1.4826 * np.median(np.abs(few - middle), axis=0) + 0.004  # of 8 bits and JPEG, at the least
    signal = ((few - middle) / noise).max(axis=1)
    often, seldom = np.percentile(signal, STRONGEST)
    if seldom < NOTHING:  # a small character on a large sheet is rarer than that: look at every point
        every = darkness.reshape(-1, 3)
        of_every = ((every - middle) / noise).max(axis=1)
        if of_every.max() > UNMISTAKABLE:
            few, signal, seldom = every, of_every, of_every.max()
    contrast = few[signal >= max(often, seldom / 2)].mean(axis=0) - middle
    if contrast.max() < LEAST_CONTRAST:
        raise ImageError("the picture is blank: all of it is nearly alike; draw a character on it")
    weights = np.maximum(contrast, 0) / noise**2
    weights /= weights @ contrast
    ink = darkness @ weights.astype(np.float32) - np.float32(middle @ weights)
    return ink - shade(ink), float(np.linalg.norm(weights * noise))


def paper(colours):
    """Estimate what the paper would look like without ink.

    Parameters
    ----------
    colours : ndarray of uint8, shape (height, width, 3)
        Ink is darker than paper.

    Returns
    -------
    paper : ndarray of uint8, shape (height, width, 3)
        The lightest quarter of each block, then a closing, smoothed and brought back to the full size.
    """
    height, width = colours.shape[:2]
    rows, columns = -(-height // GRAIN), -(-width // GRAIN)
    padded = np.pad(colours, ((0, rows * GRAIN - height), (0, columns * GRAIN - width), (0, 0)), mode="edge")
    halves = np.asarray(Image.fromarray(padded).reduce(GRAIN // 2))
    halves = np.maximum(halves[::2], halves[1::2])
    light = np.maximum(halves[:, ::2], halves[:, 1::2]).astype(np.float32)
    reach = max(1, round(WINDOW * max(rows, columns) / 2))
    decisions = [(min(reach, side - 1),) * 2 for side in (rows, columns)]
    # Beyond the border the light goes on as it changed before it: a vignette is no ink.
    wide = np.pad(light, (*decisions, (0, 0)), mode="reflect", reflect_type="odd")
    closed = ndimage.grey_closing(wide, size=(2 * reach + 1, 2 * reach + 1, 1), mode="nearest")
    closed = ndimage.uniform_filter(closed, size=(5, 5, 1), mode="nearest")
    closed = closed[decisions[0][0] :, decisions[1][0] :][:rows, :columns]
    whole = Image.fromarray(closed.clip(1, 255).astype(np.uint8)).resize(
        (columns * GRAIN, rows * GRAIN), Image.Resampling.BILINEAR
    )
    return np.asarray(whole)[:height, :width]


def shade(ink):
    """Find darkness much wider than the strokes, which is shade: an opening of the ink.

    Parameters
    ----------
    ink : ndarray of float32, shape (height, width)
        Where strokes are about 1.

    Returns
    -------
    shade : ndarray of float32, shape (height, width)
        Zero or above.
    """
    strokes = ink > 0.5
    edges = (strokes[1:] != strokes[:-1]).sum() + (strokes[:, 1:] != strokes[:, :-1]).sum()
    thickness = 2 * strokes.sum() / max(1, edges * np.pi / 4)
    reach = round(WIDER * thickness / GRAIN / 2)
    if 2 * reach * GRAIN > WINDOW * max(ink.shape):
        return np.float32(0)
    height, width = ink.shape
    rows, columns = -(-height // GRAIN), -(-width // GRAIN)
    padded = np.pad(ink, ((0, rows * GRAIN - height), (0, columns * GRAIN - width)), mode="edge")
    dark = padded.reshape(rows, GRAIN, columns, GRAIN).mean(axis=3).min(axis=1)
    opened = ndimage.grey_opening(dark, size=2 * max(1, reach) + 1, mode="nearest")
    opened = ndimage.uniform_filter(opened, 3, mode="nearest").clip(0)
    whole = Image.fromarray(opened).resize((columns * GRAIN, rows * GRAIN), Image.Resampling.BILINEAR)
    return np.asarray(whole)[:height, :width]


def _ink_is_light(grey):
    """Tell light ink on dark paper: there is little of it beside paper, and it is rare on the border."""
    surroundings = grey.filter(ImageFilter.BoxBlur(WINDOW * max(grey.size)))
    few = np.asarray(grey).astype(np.float32)
    difference = few - np.asarray(surroundings)
    difference -= np.median(difference)
    skewness = (difference**3).sum() / max(1, (np.abs(difference) ** 3).sum())
    border = np.median(np.concatenate([few[0], few[-1], few[:, 0], few[:, -1]]))
    darkest, lightest = np.percentile(few, EXTREMES)
    return skewness + (lightest + darkest - 2 * border) / max(1, lightest - darkest) > 0
