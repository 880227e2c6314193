"""Small IDX files."""

import gzip
import struct

import numpy as np

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 6, 5), dtype=np.uint8)
LABELS = np.arange(12, dtype=np.uint8) % 3


def encode(array):
    """Return the content of an IDX file of an array."""
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write(path, content):
    """Write a file, gzipped if its name says so, and its folder."""
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def write_set(folder, prefix="", suffix=".gz", test="t10k"):
    """Write a set of twelve training and six test images."""
    start = f"{prefix}-" if prefix else ""
    for part, images, labels in (("train", IMAGES, LABELS), (test, IMAGES[::2], LABELS[::2])):
        write(folder / f"{start}{part}-images-idx3-ubyte{suffix}", encode(images))
        write(folder / f"{start}{part}-labels-idx1-ubyte{suffix}", encode(labels))
    return folder
