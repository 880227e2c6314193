"""Pictures opened, and made opaque; one that already is a canonical image -> grey levels, 0 = paper."""

import io
import re
import struct
import zlib
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from recognition.errors import BlankError, DamagedError, ImageError, NotAPictureError, TooLargeError
from recognition.imaging.inspection import MAX_BYTES, inspect

# A closed list: some of Pillow's other readers run programs (EPS) or reach far beyond a picture.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")

# Names of files that count as pictures when a folder is searched; what they are, their content tells.
SUFFIXES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"}

# What Pillow's readers raise on damaged files, beside OSError.
DAMAGE = (SyntaxError, ValueError, EOFError, TypeError, IndexError, KeyError, struct.error, zlib.error)

SIXTEEN_BIT_MODES = {"I", "I;16", "I;16B", "I;16L", "I;16N"}

# What else people take for a picture: how such a file begins, what it is, and the remedy.
MISTAKEN = (
    (rb"....ftyp(hei[cfmsx]|hevc|hevx|mif1|msf1)", "a HEIC photo; save it as JPEG, or set the phone's camera to JPEG"),
    (rb"....ftypavi[fs]", "an AVIF picture; save it as PNG or JPEG"),
    (rb"%PDF", "a PDF; save the page as PNG, or take a screenshot of it"),
    (rb"(\xef\xbb\xbf)?\s*(<\?xml.*|<!--.*|<!DOCTYPE svg.*)?<svg\b", "an SVG drawing; export it as PNG"),
)
HEAD = 1024  # bytes in which that can be seen

SMALL = 16  # pixels of the longer side of images so small that people paint them pixel by pixel
TINY = 32  # pixels of the longer side of pictures whose characters often reach from border to border
FRAME = 2  # pixels of paper around these, which tell ink at the border from shade; chosen on 16x16 digits, like 1 and 4
MAX_SIDE, MAX_PIXELS = 30_000, 50_000_000  # of one picture
MAX_PIXELS_WEBP = 20_000_000  # whose decoder takes four times the memory of the others
BLANK = 1 / 16  # less contrast than this, of black to white, is no drawing
FAINT = 14 / 16  # the darkest pixel of every load_digits image has 14 to 16 of 16; fainter ink is brought up


@contextmanager
def damage_reported():
    """Raise an `ImageError` if the picture that is decoded in the block is damaged."""
    try:
        yield
    except (OSError, *DAMAGE) as error:
        raise DamagedError(f"the picture is damaged ({error}); save it again") from error


def open_picture(source):
    """Open a picture of one of the `FORMATS` without decoding its pixels yet.

    Parameters
    ----------
    source : path or binary file
        The picture, from its beginning.

    Returns
    -------
    picture : PIL.Image.Image
        Its size and mode are known, its pixels are decoded at the first use, and of an animation the first frame is.

    Raises
    ------
    TooLargeError
        If it has too many pixels, or its file too much of anything else; see `inspect`.
    ImageError
        If there is no such file, or it is no picture of these formats.
    """
    content = _content(source)
    inspect(content)
    with damage_reported():
        try:
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
        except UnidentifiedImageError as error:
            raise NotAPictureError(f"not a picture that can be read here{_remedy(content)}") from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise TooLargeError(f"the picture has far more than {MAX_PIXELS:,} pixels; give a smaller one") from error
    limit, sides = MAX_PIXELS_WEBP if picture.format == "WEBP" else MAX_PIXELS, f"{picture.width}x{picture.height}"
    if picture.width * picture.height > limit:
        raise TooLargeError(f"the picture has {sides} pixels; give one of at most {limit:,}")
    if max(picture.size) > MAX_SIDE:
        raise TooLargeError(f"the picture has {sides} pixels; give one of at most {MAX_SIDE:,} a side")
    return picture


def _content(source):
    """Return the content of a file, or one byte more than a picture may have."""
    if hasattr(source, "read"):
        return source.read(MAX_BYTES + 1)
    try:
        with open(source, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ImageError(f"cannot be opened: {error.strerror or error}") from error


def _remedy(content):
    """Return the rest of a sentence: what a file is that is no picture of `FORMATS`, and what to do."""
    kinds = (kind for beginning, kind in MISTAKEN if re.match(beginning, content[:HEAD], re.DOTALL))
    return f", but {kind}" if (kind := next(kinds, None)) else f"; give one of {', '.join(FORMATS)}"


def is_canonical(picture, shape):
    """Return whether an opened picture may be a canonical image of a model, whose images have this shape.

    It may if those are grey, and as high and as wide; `grey_levels` takes it as it is.
    """
    return [*picture.size[::-1]] == [*shape]


def is_pixel_by_pixel(picture, shape):
    """Return whether an opened picture is taken as it is in any case, and no ink is looked for on it.

    It is if it may be a canonical image, and is small.
    """
    return is_canonical(picture, shape) and max(shape) <= SMALL


def opaque(picture):
    """Return the colours of a picture of any mode, with paper where it is transparent.

    Parameters
    ----------
    picture : PIL.Image.Image
        An opened picture.

    Returns
    -------
    colours : PIL.Image.Image
        The picture in mode RGB. Transparent parts are white, or black if all that is visible is light.
    """
    if picture.mode in SIXTEEN_BIT_MODES:
        return Image.fromarray((np.asarray(picture) / 257).clip(0, 255).astype(np.uint8)).convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    if picture.getchannel("A").getextrema()[0] == 255:  # as most are that could be transparent
        return picture.convert("RGB")
    visible = np.asarray(picture.getchannel("A")) > 127
    light = visible.any() and np.asarray(picture.convert("L"))[visible].min() > 127
    return Image.alpha_composite(Image.new("RGBA", picture.size, "black" if light else "white"), picture).convert("RGB")


def as_grey(picture):
    """Return the picture, opaque and in mode L; raise an `ImageError` if it is damaged."""
    with damage_reported():
        return opaque(picture).convert("L")


def frame_of(picture):
    """Return how many pixels of paper a picture needs around it before ink is looked for on it: `FRAME` if tiny, or 0.

    Parameters
    ----------
    picture : PIL.Image.Image
        An opened picture.
    """
    return FRAME if max(picture.size) <= TINY else 0


def framed(picture, width):
    """Return a picture with so many pixels of paper around it, of the colour that most of its border shows."""
    if not width:
        return picture
    with damage_reported():
        colours = opaque(ImageOps.exif_transpose(picture))
    pixels = np.asarray(colours)
    border = np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])
    return ImageOps.expand(colours, width, tuple(np.median(border, axis=0).astype(int).tolist()))


def grey_levels(picture, full):
    """Turn a picture that already is a canonical image into the row of numbers that the model takes.

    The paper is what most of the border shows, the ink is what differs most from it, be it darker or lighter.
    The paper's end of the scale becomes 0, black (or white, on dark paper) becomes `full`, and if the
    strongest ink is faint, that becomes `full`.

    Parameters
    ----------
    picture : PIL.Image.Image
        An opened picture of any mode, of which `is_canonical` is true.
    full : int
        Value of full ink: 16 for load_digits.

    Returns
    -------
    levels : ndarray, shape (height * width,)
        Row by row from the top left, 0 = paper, `full` = full ink; int64, or float64 where `full` is 1.

    Raises
    ------
    ImageError
        If the picture cannot be decoded, or is blank.
    """
    grey = np.asarray(as_grey(picture)) / 255
    lightest, darkest = grey.max(), grey.min()
    if lightest - darkest < BLANK:
        raise BlankError("the picture is blank: all its pixels are nearly alike; draw a character on it")
    border = np.median(np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]]))
    dark_ink = border - darkest >= lightest - border
    ink = (lightest - grey) / lightest if dark_ink else (grey - darkest) / (1 - darkest)
    if ink.max() < FAINT:
        ink /= ink.max()
    return ink.ravel() if full == 1 else np.rint(ink * full).astype(np.int64).ravel()
