"""Folders of small pictures, and of drawn digits."""

import numpy as np
from drawing import X, draw, lit
from PIL import Image

RNG = np.random.default_rng(0)


def photo(path, size=(40, 30), mode="RGB", **options):
    """Save a picture of noise, and make its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = Image.fromarray(RNG.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
    noise.convert(mode).save(path, **options)


def by_class(folder, *classes, count=4, **options):
    """Save pictures of noise in a sub-folder for each class, and return the folder."""
    for name in classes:
        for i in range(count):
            photo(folder / name / f"{i}.png", **options)
    return folder


def drawn_digits(folder, digits="27", count=6):
    """Save photos of drawn digits in a sub-folder for each, and return the folder."""
    for digit in digits:
        (folder / digit).mkdir(parents=True)
        for number in range(count):
            picture = lit(draw(digit, at=(60 + 20 * number, 90), pen=14 + number), 0.8 + 0.2 * X)
            picture.save(folder / digit / f"{number}.jpg")
    return folder
