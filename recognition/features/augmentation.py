"""Images -> the same images augmented or normalized: small distortions to learn from, slant and size taken away."""

from functools import lru_cache

import numpy as np
from scipy import ndimage

CHUNK = 250  # images at a time
SPREAD = (0.23, 0.2)  # standard deviation of normalized ink as shares of the sides; the ink of EMNIST has 0.21 and 0.15
LEAST_SPREAD = 0.08  # what has less counts as this, or a 1 would become as wide as a 0


def distort(images, rng, *, rotation=10.0, scale=0.1, shear=0.1, shift=0.5, elastic=0.7, grid=5):
    """Distort each grey image a little, each in a way of its own.

    Every point of the new image takes its value from a place in the old one (linearly between pixels, paper outside):
    its own place, turned, scaled, sheared and shifted about the centre, and moved by a smooth random field, which
    cubic splines draw through `grid` x `grid` random vectors.

    Parameters
    ----------
    images : ndarray of numbers, shape (n_images, height, width)
        0 = paper.
    rng : numpy.random.Generator
        Source of all randomness.
    rotation : float
        Largest angle, in degrees, to either side.
    scale, shear : float
        Largest share by which either axis grows or shrinks, and by which the axes are sheared.
    shift : float
        Largest shift, in pixels.
    elastic : float
        Standard deviation of the random vectors, in pixels.
    grid : int
        Vectors along each axis.

    Returns
    -------
    distorted : ndarray of float32, shape (n_images, height, width)
        In the range of `images`.

    References
    ----------
    P. Simard, D. Steinkraus, J. Platt, "Best practices for convolutional neural networks applied to visual document
    analysis", ICDAR 2003.
    """
    height, width = images.shape[1:]
    centre = np.array([[(height - 1) / 2], [(width - 1) / 2]], dtype=np.float32)
    places = np.indices((height, width), dtype=np.float32).reshape(2, -1) - centre
    spline_y, spline_x = _spline(grid, height), _spline(grid, width)
    distorted = np.empty(images.shape, dtype=np.float32)
    for start in range(0, len(images), CHUNK):
        chunk = images[start : start + CHUNK]
        n = len(chunk)
        affine = _affine_maps(rng, n, rotation, scale, shear)
        shifts = rng.uniform(-shift, shift, (n, 2, 1)).astype(np.float32)
        field = spline_y @ rng.normal(0, elastic, (n, 2, grid, grid)).astype(np.float32) @ spline_x.T
        sources = affine @ places + centre + shifts + field.reshape(n, 2, -1)
        distorted[start : start + CHUNK] = resample(chunk, sources).reshape(chunk.shape)
    return distorted


def _affine_maps(rng, n, rotation, scale, shear):
    """Return random matrices of float32 that turn, scale and shear, shape (n, 2, 2)."""
    angle = np.deg2rad(rng.uniform(-rotation, rotation, n))
    scale_y, scale_x = np.exp(rng.uniform(-scale, scale, (2, n)))
    sheared = rng.uniform(-shear, shear, n)
    maps = [
        [np.cos(angle) * scale_y, -np.sin(angle) * scale_x],
        [np.sin(angle) * scale_y + sheared, np.cos(angle) * scale_x],
    ]
    return np.array(maps).transpose(2, 0, 1).astype(np.float32)


@lru_cache
def _spline(grid, size):
    """Return the matrix of float32 from `grid` values to a cubic spline at `size` points, shape (size, grid)."""
    matrix = ndimage.zoom(np.eye(grid), (size / grid, 1), order=3, mode="nearest", grid_mode=True)
    return matrix.astype(np.float32)


def resample(images, places):
    """Read images between their pixels.

    Parameters
    ----------
    images : ndarray, shape (n_images, height, width)
        Grey images.
    places : ndarray of float32, shape (n_images, 2, n_places)
        Row and column of each place, in pixels.

    Returns
    -------
    values : ndarray of float32, shape (n_images, n_places)
        Linear between the four pixels around, 0 outside.
    """
    n, height, width = images.shape
    stride = width + 2
    padded = np.zeros((n, height + 2, stride), dtype=np.float32)
    padded[:, 1:-1, 1:-1] = images
    padded = padded.ravel()
    bound = np.array([[height], [width]], dtype=np.float32)
    places = np.clip(places + 1, 0, bound + 0.999)
    corner = places.astype(np.int64)
    share_y, share_x = (places - corner).astype(np.float32).swapaxes(0, 1)
    first = corner[:, 0] * stride + corner[:, 1] + np.arange(n)[:, None] * (height + 2) * stride
    above = padded[first] * (1 - share_x) + padded[first + 1] * share_x
    below = padded[first + stride] * (1 - share_x) + padded[first + stride + 1] * share_x
    return above * (1 - share_y) + below * share_y


def deskew(rows, *, shape):
    """Take the slant out of grey images: shear each until its ink stands upright.

    With the moments of the ink about its centre of mass, mu_xy and mu_yy, the line along which it slants moves
    mu_xy / mu_yy pixels to the right with each row; every row is shifted back by that.

    Parameters
    ----------
    rows : array-like of numbers, shape (n_images, height * width)
        0 = paper.
    shape : (int, int)
        Height and width.

    Returns
    -------
    upright : ndarray of float32, shape (n_images, height * width)
        In the range of `rows`.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", Proceedings
    of the IEEE 86 (1998) (deslanting by moments).
    """
    images = np.asarray(rows, dtype=np.float32).reshape(-1, *shape)
    y = np.arange(shape[0], dtype=np.float32)
    upright = np.empty_like(images)
    for start in range(0, len(images), CHUNK):
        chunk = images[start : start + CHUNK]
        centre, slant, _ = _moments(chunk)
        upright[start : start + CHUNK] = _shift_rows(chunk, slant[:, None] * (y - centre[:, :1]))
    return upright.reshape(len(images), -1)


def normalize_moments(rows, *, shape):
    """Bring the ink of grey images to the middle, upright, and to one height and width, all measured by its moments.

    Every point of the new image takes its value from one place in the old one: scaled down and across, sheared by the
    slant that `deskew` takes out, and moved to the centre of mass.

    Parameters
    ----------
    rows : array-like of numbers, shape (n_images, height * width)
        0 = paper.
    shape : (int, int)
        Height and width.

    Returns
    -------
    normalized : ndarray of float32, shape (n_images, height * width)
        In the range of `rows`.

    References
    ----------
    C.-L. Liu, K. Nakashima, H. Sako, H. Fujisawa, "Handwritten digit recognition: investigation of normalization and
    feature extraction techniques", Pattern Recognition 37 (2004) (moment normalization).
    """
    images = np.asarray(rows, dtype=np.float32).reshape(-1, *shape)
    sides = np.array(shape, dtype=np.float32)
    places = np.indices(shape, dtype=np.float32).reshape(2, -1) - (sides[:, None] - 1) / 2
    normalized = np.empty((len(images), places.shape[1]), dtype=np.float32)
    for start in range(0, len(images), CHUNK):
        chunk = images[start : start + CHUNK]
        centre, slant, spread = _moments(chunk)
        scale = np.maximum(spread / sides, LEAST_SPREAD) / np.float32(SPREAD)
        sources = scale[:, :, None] * places
        sources[:, 1] += slant[:, None] * sources[:, 0]
        normalized[start : start + CHUNK] = resample(chunk, sources + centre[:, :, None])
    return normalized


def _moments(images):
    """Measure where ink is: its centre of mass (n, 2); slant (n,); standard deviation down, and across if upright."""
    y, x = (np.arange(size, dtype=np.float32) for size in images.shape[1:])
    down, across, ink = images.sum(axis=2), images.sum(axis=1), np.maximum(images.sum(axis=(1, 2)), 1e-6)
    centre_y, centre_x = down @ y / ink, across @ x / ink
    moment_yy, moment_xx = down @ y**2 / ink - centre_y**2, across @ x**2 / ink - centre_x**2
    moment_xy = (images @ x) @ y / ink - centre_y * centre_x
    slant = moment_xy / np.maximum(moment_yy, 1e-3)
    variances = np.stack([moment_yy, moment_xx - slant * moment_xy], axis=1)
    return np.stack([centre_y, centre_x], axis=1), slant, np.sqrt(np.maximum(variances, 0))


def _shift_rows(images, offsets):
    """Shift each row to the left by its offset, linearly between pixels; `offsets` has the shape (n_images, height)."""
    n, height, width = images.shape
    margin = width + 1
    padded = np.zeros((n, height, width + 2 * margin), dtype=np.float32)
    padded[:, :, margin:-margin] = images
    whole = np.clip(np.floor(offsets), -margin, margin - 1)
    share = np.clip(offsets - whole, 0, 1)[:, :, None]
    start = whole.astype(np.intp) + margin + np.arange(n * height).reshape(n, height) * padded.shape[2]
    shifted = padded.ravel().take(start[:, :, None] + np.arange(width + 1))
    return shifted[:, :, :-1] * (1 - share) + shifted[:, :, 1:] * share
