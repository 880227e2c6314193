"""Images -> data URLs that stand in the text of a page."""

import io
from base64 import b64encode

import numpy as np
from PIL import Image

LONGER_SIDE = 64  # pixels of a reduced colour picture


def data_url(image, full):
    """Return an image as a data URL: grey ones as they are with 0 as white, colours reduced in quality.

    Parameters
    ----------
    image : ndarray of numbers, shape (height, width) or (height, width, 3)
        0 to `full`.
    full : int
        Largest value.

    Returns
    -------
    url : str
        URL that holds a PNG, or for colours a JPEG.
    """
    levels = np.rint(np.asarray(image) * (255 / full)).astype(np.uint8)
    file = io.BytesIO()
    if image.ndim == 2:
        Image.fromarray(255 - levels).save(file, "PNG", optimize=True)
        kind = "png"
    else:
        Image.fromarray(levels).save(file, "JPEG", quality=75)
        kind = "jpeg"
    return f"data:image/{kind};base64,{b64encode(file.getvalue()).decode('ascii')}"


def thumbnail(image, full):
    """Return an image as a data URL, a colour picture reduced in size; see `data_url`."""
    return data_url(_reduced(image), full)


def strip(images, full):
    """Return images side by side, a little apart, as one data URL; see `data_url`."""
    images = [_reduced(image) for image in images]
    gap = np.full_like(images[0][:, :1], 0 if images[0].ndim == 2 else full)
    return data_url(np.concatenate([part for image in images for part in (image, gap)][:-1], axis=1), full)


def _reduced(image):
    if image.ndim == 2 or max(image.shape[:2]) <= LONGER_SIDE:
        return image
    reduced = Image.fromarray(image)
    reduced.thumbnail((LONGER_SIDE, LONGER_SIDE))
    return np.asarray(reduced)
