"""Picture bytes -> colours: upright, opaque, and no larger than is needed."""

import numpy as np
from PIL import ExifTags, Image, ImageOps

from recognition.errors import ImageError
from recognition.imaging.pixels import DAMAGE, opaque, open_picture

BAND = 2_000_000  # pixels of a large picture that are converted at a time


def read_colours(source, longest):
    """Read a picture of any mode and size as colours.

    Parameters
    ----------
    source : path or binary file
        A picture in one of `pixels.FORMATS`; of an animation the first frame is read.
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
    TooLargeError
        If it has too many pixels; it is not decoded then.
    ImageError
        If it cannot be read.
    """
    with open_picture(source) as picture:
        width, height = picture.size
        try:
            scale = longest / max(width, height)
            picture.draft("RGB", (max(1, int(scale * width)), max(1, int(scale * height))))  # of a JPEG
            reduced = _reduce(picture, longest)
            orientation = picture.getexif().get(ExifTags.Base.Orientation, 1)
            reduced.getexif()[ExifTags.Base.Orientation] = orientation
            upright = ImageOps.exif_transpose(reduced)
        except (OSError, *DAMAGE) as error:
            raise ImageError(f"the picture is damaged ({error}); save it again") from error
    return np.asarray(upright), (height, width) if orientation in (5, 6, 7, 8) else (width, height)


def colour_square(source, side):
    """Bring a picture to a square of colours.

    Parameters
    ----------
    source : path or binary file
        A picture of any mode and size.
    side : int
        Of the square, in pixels.

    Returns
    -------
    image : ndarray of uint8, shape (side, side, 3)
        Red, green, blue; as `read_colours` gives them, squashed to the square.

    Raises
    ------
    ImageError
        If it cannot be read, or is too large.
    """
    colours, _ = read_colours(source, 4 * side)
    return np.asarray(Image.fromarray(colours).resize((side, side), Image.Resampling.LANCZOS))


def _reduce(picture, longest):
    """Give a picture as opaque RGB of `longest` pixels at most a side, converting a band of rows at a time."""
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
