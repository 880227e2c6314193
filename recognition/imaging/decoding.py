"""Opened pictures -> colours: upright, opaque, and no larger than is needed."""

import numpy as np
from PIL import ExifTags, Image, ImageOps

from recognition.imaging.pixels import damage_reported, opaque

BAND = 2_000_000  # pixels of a large picture that are converted at a time
TURNED = 5, 6, 7, 8  # EXIF orientations that swap height and width


def decode_colours(picture, longest):
    """Decode an opened picture of any mode and size into colours.

    Parameters
    ----------
    picture : PIL.Image.Image
        A picture that was opened, and not decoded yet, so that a large JPEG need not be decoded in full.
    longest : int
        Pixels of the longer side; a larger picture is reduced to that, a smaller one is left.

    Returns
    -------
    colours : ndarray of uint8, shape (height, width, 3)
        Red, green, blue; upright as its EXIF data says. Where it was transparent is white, or black if all
        that is visible is light.
    size : (int, int)
        Width and height of the upright picture before it was reduced.

    Raises
    ------
    ImageError
        If it is damaged.
    """
    width, height = picture.size
    scale = longest / max(width, height)
    with damage_reported():
        picture.draft("RGB", (max(1, int(scale * width)), max(1, int(scale * height))))  # of a JPEG
        reduced = _reduce(picture, longest)
        orientation = picture.getexif().get(ExifTags.Base.Orientation, 1)
        reduced.getexif()[ExifTags.Base.Orientation] = orientation
        upright = ImageOps.exif_transpose(reduced)
    return np.asarray(upright), (height, width) if orientation in TURNED else (width, height)


def colour_square(picture, side):
    """Bring an opened picture to a square of colours.

    Parameters
    ----------
    picture : PIL.Image.Image
        A picture of any mode and size, not decoded yet.
    side : int
        Height and width of the square, in pixels.

    Returns
    -------
    image : ndarray of uint8, shape (side, side, 3)
        The colours of `decode_colours`, squashed to the square.

    Raises
    ------
    ImageError
        If it is damaged.
    """
    colours, _ = decode_colours(picture, 4 * side)
    return np.asarray(Image.fromarray(colours).resize((side, side), Image.Resampling.LANCZOS))


def _reduce(picture, longest):
    """Return opaque RGB of at most `longest` pixels a side, converting a band of rows at a time."""
    picture.load()
    width, height = picture.size
    factor = max(1, max(width, height) // longest)
    rows = factor * max(1, BAND // (width * factor))
    small = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    for top in range(0, height, rows):
        band = picture.crop((0, top, width, min(height, top + rows)))
        small.paste(opaque(band).reduce(factor), (0, top // factor))
    scale = min(1, longest / max(small.size))
    return small.resize([max(1, round(scale * side)) for side in small.size], Image.Resampling.BOX)
