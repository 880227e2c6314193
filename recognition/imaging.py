"""Picture bytes -> canonical images: colour pictures brought to one size."""

import numpy as np
from PIL import Image, ImageOps

from recognition.errors import ImageError
from recognition.pixels import DAMAGE, SIXTEEN_BIT_MODES, open_picture

MAX_PIXELS = 50_000_000  # of one picture, before it is decoded


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
        Red, green, blue; upright as its EXIF data says, squashed to the square, white where it was transparent.

    Raises
    ------
    ImageError
        If it cannot be read, or is too large.
    """
    with open_picture(source) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise ImageError(f"the picture has {picture.width}x{picture.height} pixels; give at most {MAX_PIXELS:,}")
        try:
            picture.draft("RGB", (2 * side, 2 * side))  # lets a large JPEG be decoded at a fraction of its size
            upright = ImageOps.exif_transpose(picture)
            if upright.mode in SIXTEEN_BIT_MODES:
                upright = Image.fromarray((np.asarray(upright, dtype=np.float64) / 257).clip(0, 255).astype(np.uint8))
            if upright.has_transparency_data:
                upright = upright.convert("RGBA")
                upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright)
            return np.asarray(upright.convert("RGB").resize((side, side), Image.Resampling.LANCZOS))
        except (OSError, *DAMAGE) as error:
            raise ImageError(f"the picture is damaged ({error}); save it again") from error
