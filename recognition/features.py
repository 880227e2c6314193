"""Canonical images -> feature rows that a classifier tells apart more easily than pixels."""

from functools import lru_cache

import numpy as np
from scipy import ndimage

BLOCK = 64  # images at a time: their direction planes stay in the processor's cache


def gradient_histograms(rows, *, shape, full, zoom=1, directions=8, cells=7, power=0.5):
    """Describe each image by how much edge of each direction it has in each of its parts.

    The gradient at every point is split into its shares of the two nearest of `directions` directions: with
    the unit vectors u_k, the gradient g has in direction k

        a_k = max(0, min(g x u_(k+1), u_(k-1) x g)) / sin(2 pi / directions)

    where x is the cross product. Each of these planes is sampled at `cells` x `cells` points, weighted by a Gaussian
    around the point, and a power below 1 keeps strong edges from drowning the faint ones.

    Interpolation, smoothing, derivative and sampling are all linear along an axis, so each is a small matrix, and
    the whole is matrix products.

    Parameters
    ----------
    rows : array-like of numbers, shape (n_images, height * width)
        Images, row by row, 0 = paper, `full` = full ink.
    shape : (int, int)
        Height and width of an image.
    full : float
        The value of full ink.
    zoom : int
        How many times finer than the pixels the grid is on which gradients are taken; cubic splines fill it.
        Worthwhile for images of a few pixels.
    directions : int
        Number of directions, at least 6.
    cells : int
        Sampling points along each axis.
    power : float
        Exponent on the sums.

    Returns
    -------
    features : ndarray of float32, shape (n_images, directions * cells * cells)
        Zero or above; all zero for a blank image.

    References
    ----------
    C.-L. Liu, K. Nakashima, H. Sako, H. Fujisawa, "Handwritten digit recognition: benchmarking of
    state-of-the-art techniques", Pattern Recognition 36 (2003): decomposition, Gaussian sampling, power.
    """
    images = np.asarray(rows, dtype=np.float32).reshape(-1, *shape) / np.float32(full)
    smooth_y, slope_y, sample_y = _axis_matrices(shape[0], zoom, cells)
    smooth_x, slope_x, sample_x = _axis_matrices(shape[1], zoom, cells)
    angles = 2 * np.pi * np.arange(directions) / directions
    unit_x, unit_y = (
        (trigonometric(angles) / np.sin(2 * np.pi / directions)).astype(np.float32)[:, None, None]
        for trigonometric in (np.cos, np.sin)
    )
    features = np.empty((len(images), directions, cells, cells), dtype=np.float32)
    for start in range(0, len(images), BLOCK):
        block = images[start : start + BLOCK]
        gradient_x = (smooth_y @ block @ slope_x.T)[:, None]  # (n, 1, grid height, grid width)
        gradient_y = (slope_y @ block @ smooth_x.T)[:, None]
        cross = gradient_x * unit_y - gradient_y * unit_x  # (n, directions, grid height, grid width)
        planes = np.minimum(np.roll(cross, -1, axis=1), -np.roll(cross, 1, axis=1))
        np.maximum(planes, 0, out=planes)
        features[start : start + BLOCK] = sample_y.T @ (planes @ sample_x)
    return features.reshape(len(images), -1) ** np.float32(power)


@lru_cache
def _axis_matrices(size, zoom, cells):
    """Give what `gradient_histograms` does along one axis of `size` pixels, as three matrices of float32.

    Returns
    -------
    smooth, slope : ndarray, shape (grid, size)
        From pixels to the weighted mean (1 2 1)/4, and to the difference of both neighbours, at each grid point.
    sample : ndarray, shape (grid, cells)
        From the grid to the cells: the columns are Gaussians, each with sum 1.
    """
    paper_around = np.pad(np.eye(size), ((1, 1), (0, 0)))
    grid = ndimage.zoom(paper_around, (zoom, 1), order=3) if zoom > 1 else paper_around
    before, at, after = (np.pad(grid, ((1, 1), (0, 0)))[i : i + len(grid)] for i in range(3))
    width = len(grid) / cells
    centres = (np.arange(cells) + 0.5) * width - 0.5
    # The Gaussian of a cell reaches into its neighbours; 0.6 of a cell was chosen by trial.
    sample = np.exp(-0.5 * ((np.arange(len(grid))[:, None] - centres) / (0.6 * width)) ** 2)
    return tuple(
        matrix.astype(np.float32)
        for matrix in ((before + 2 * at + after) / 4, after - before, sample / sample.sum(axis=0))
    )
