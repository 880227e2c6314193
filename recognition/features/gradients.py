"""Canonical images -> feature rows that a classifier tells apart more easily than pixels."""

from functools import lru_cache

import numpy as np
from scipy import ndimage

CHUNK = 32  # images at a time: their direction planes stay in the processor's cache
FINE_SPREAD = 1.3  # brings the second order to the variance of the first, on MNIST
STEEP_SPREAD = 1.8  # makes steepness vary half as much as a principal component of the others, on EMNIST


def gradient_histograms(rows, *, shape, full, zoom=1, cells=7, power=0.5, second_cells=0, unit=False):
    """Extract how much edge of each direction each image has in each of its cells.

    The gradient at every point is split into its shares of the two nearest of 8 directions (`direction_planes`).
    Each of these planes is sampled at `cells` x `cells` points, weighted by a Gaussian around the point, and a
    power below 1 keeps strong edges from drowning the faint ones. The second order does the same to each of the
    planes: where the edges of a direction begin, end and bend.

    Interpolation, smoothing, derivative and sampling are all linear along an axis, so each is a small matrix,
    and the whole is matrix products.

    Parameters
    ----------
    rows : array-like of numbers, shape (n_images, height * width)
        Images, row by row, 0 = paper, `full` = full ink.
    shape : (int, int)
        Height and width of an image.
    full : float
        Value of full ink.
    zoom : int
        Grid points for each pixel along an axis, on which gradients are taken; cubic splines fill them. Worthwhile
        for images of a few pixels.
    cells : int
        Sampling points along each axis.
    power : float
        Exponent on the sums.
    second_cells : int
        Sampling points along each axis of the second order, 0 to leave it out.
    unit : bool
        Whether each row is brought to length 1, so that all that counts is its direction, not how much edge there is.

    Returns
    -------
    features : ndarray of float32, shape (n_images, n_features)
        8 * cells**2 of the first order, 64 * second_cells**2 of the second. Zero or above; all
        zero for a blank image.

    References
    ----------
    C.-L. Liu, K. Nakashima, H. Sako, H. Fujisawa, "Handwritten digit recognition: benchmarking of
    state-of-the-art techniques", Pattern Recognition 36 (2003): decomposition, Gaussian sampling, power.
    J. Bruna, S. Mallat, "Invariant scattering convolution networks", IEEE PAMI 35 (2013): a second order.
    """
    first = [axis_matrices(size, zoom, cells) for size in shape]
    second = [second_axis_matrices(len(smooth), second_cells) for smooth, _, _ in first] if second_cells else []

    def extract(chunk):
        planes = direction_planes(chunk, *first)
        histograms = [_sample(planes, *first)]
        if second:
            flat = planes.reshape(-1, *planes.shape[2:])
            finer = _sample(direction_planes(flat, *second), *second)
            histograms.append(finer * np.float32(FINE_SPREAD ** (1 / power)))
        features = np.hstack([histogram.reshape(len(chunk), -1) for histogram in histograms]) ** np.float32(power)
        if unit:
            features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return features

    return _in_chunks(extract, rows, shape, full)


def edge_steepness(rows, *, shape, full, levels=8):
    """Extract how many steps between neighbouring pixels are how high, down and across.

    Histograms of directions hardly tell a soft edge from a hard one. Where characters were enlarged to one size, soft
    edges are those of a small one, and o differs from O in nothing else.

    Parameters
    ----------
    rows : array-like of numbers, shape (n_images, height * width)
        Images, row by row, 0 = paper, `full` = full ink.
    shape : (int, int)
        Height and width of an image.
    full : float
        Value of full ink.
    levels : int
        Number of heights above 0; a step counts for the two that it lies between, in shares.

    Returns
    -------
    features : ndarray of float32, shape (n_images, 2 * levels)
        Square roots of shares of all steps, spread out.
    """
    paper = np.float32(0)

    def extract(chunk):
        shares = []
        for axis in (1, 2):
            steps = np.abs(np.diff(chunk, axis=axis, prepend=paper, append=paper)) * levels
            shares += [np.maximum(1 - np.abs(steps - k), 0).mean(axis=(1, 2)) for k in range(1, levels + 1)]
        return np.float32(STEEP_SPREAD) * np.sqrt(np.stack(shares, axis=1))

    return _in_chunks(extract, rows, shape, full)


def _in_chunks(extract, rows, shape, full):
    """Return rows of float32, one for each image, extracted from a few images of 0 to 1 at a time."""
    images = np.asarray(rows).reshape(-1, *shape)
    chunks = (images[start : start + CHUNK] for start in range(0, len(images), CHUNK) or [0])
    return np.concatenate([extract(chunk.astype(np.float32) / np.float32(full)) for chunk in chunks])


def direction_planes(images, along_y, along_x):
    """Split the gradient into its shares of the two nearest of 8 directions.

    A gradient (x, y) between right and down-right is (x - y) of the one and sqrt(2) y of the other, and so on around:
    an even direction gets what its axis has more than the other axis, an odd one what both have in common.

    Parameters
    ----------
    images : ndarray of float32, shape (n_images, height, width)
        Grey images.
    along_y, along_x : sequence of ndarray of float32
        Matrices of shape (grid, size) that smooth and that differentiate along the axis, and perhaps others.

    Returns
    -------
    planes : ndarray of float32, shape (n_images, 8, grid height, grid width)
        Right, down-right, down, ...; zero or above. At each point two neighbours at most are not zero.
    """
    (smooth_y, slope_y, *_), (smooth_x, slope_x, *_) = along_y, along_x
    x, y = smooth_y @ images @ slope_x.T, slope_y @ images @ smooth_x.T
    right, down, left, up = x, y, -x, -y
    across, along = np.abs(y), np.abs(x)
    planes = np.empty((len(x), 8, *x.shape[1:]), dtype=np.float32)
    for k, (axis, other) in enumerate(((right, across), (down, along), (left, across), (up, along))):
        np.subtract(axis, other, out=planes[:, 2 * k])
    for axis in (right, down, left, up):
        axis *= np.float32(np.sqrt(2))
    for k, (axis, other) in enumerate(((right, down), (left, down), (left, up), (right, up))):
        np.minimum(axis, other, out=planes[:, 2 * k + 1])
    return np.maximum(planes, 0, out=planes)


def _sample(planes, along_y, along_x):
    """Return the planes weighed around each cell, shape (n_images, 8, cells, cells)."""
    *stack, height, width = planes.shape
    across = (planes.reshape(-1, width) @ along_x[2]).reshape(*stack, height, -1)  # one product, not one a plane
    return along_y[2].T @ across


@lru_cache
def axis_matrices(size, zoom, cells):
    """Return what happens along an axis of `size` pixels, as three matrices of float32.

    Returns
    -------
    smooth, slope : ndarray, shape (grid, size)
        From pixels to the weighted mean (1 2 1)/4, and to the difference of both neighbours, at each grid point.
    sample : ndarray, shape (grid, cells)
        From the grid to the cells: the columns are Gaussians, each with sum 1.
    """
    paper_around = np.pad(np.eye(size), ((1, 1), (0, 0)))
    grid = ndimage.zoom(paper_around, (zoom, 1), order=3) if zoom > 1 else paper_around
    return _derivative(grid, cells)


@lru_cache
def second_axis_matrices(size, cells):
    """Return the same for an axis of a plane: smoothed first, and every second point of it taken."""
    smoothed = ndimage.gaussian_filter1d(np.eye(size), 0.8, axis=0, mode="constant")
    return _derivative(smoothed, cells, step=2)


def _derivative(grid, cells, step=1):
    """Return mean, difference and sampling on top of a matrix from pixels to grid points."""
    before, at, after = (np.pad(grid, ((1, 1), (0, 0)))[i : i + len(grid) : step] for i in range(3))
    width = len(at) / cells
    centres = (np.arange(cells) + 0.5) * width - 0.5
    # The Gaussian of a cell reaches into its neighbours; 0.6 of a cell was chosen by trial.
    sample = np.exp(-0.5 * ((np.arange(len(at))[:, None] - centres) / (0.6 * width)) ** 2)
    return tuple(
        matrix.astype(np.float32)
        for matrix in ((before + 2 * at + after) / 4, after - before, sample / sample.sum(axis=0))
    )
