"""Ink of a picture -> the same without the lines that run right across it: ruled and squared paper, paper edges."""

import numpy as np
from scipy import ndimage

FAINT = 0.2  # of the strongest ink: ruled lines may be this pale
ACROSS = 0.75  # of the way across the picture that a ruled line must be seen on
END = 0.05  # of the way, at either end, where it must be seen on half of it: strokes of characters end before
STEEPEST = 0.17  # rows up or down for each column that a line may slope
STEP = 3  # rows by which the ends of two slopes that are tried differ; lines are looked for with a row to spare
SPARSE = 3  # one column in so many is enough to look for lines
THICKEST = 0.04  # of the picture's longer side; more is no line
BEYOND = 2  # pixels beside a line in which all that is left is the line's as well: where lines cross, or are thicker


def without_ruling(ink):
    """Take out the lines that cross the whole picture, level or upright, or nearly so.

    Every slope and height that a line may have is tried, by counting the ink along it (a Radon transform of a few
    degrees). A line is then taken out where the ink is no thicker than it: a stroke that crosses it stays whole.

    Parameters
    ----------
    ink : ndarray of float32, shape (height, width)
        0 = paper, about 1 = ink at its strongest.

    Returns
    -------
    ink : ndarray of float32, shape (height, width)
        0 where lines were; the same array if there are none.
    """
    level, upright = _level_lines(ink), [mask.T for mask in _level_lines(ink.T)]
    paths, lines = level[0] | upright[0], level[1] | upright[1]
    if not lines.any():
        return ink
    rest = np.where(lines, 0, ink)
    pieces, count = ndimage.label(rest > FAINT, np.ones((3, 3)))
    beside = ndimage.binary_dilation(paths, iterations=BEYOND)
    written = np.zeros(count + 1, dtype=bool)
    written[np.unique(pieces[~beside])] = True
    return np.where(written[pieces], rest, 0)


def _level_lines(ink):
    """Find the lines that cross from left to right.

    Returns
    -------
    paths : ndarray of bool, shape (height, width)
        Where they run.
    lines : ndarray of bool, shape (height, width)
        Their pixels, but those of strokes that cross them.
    """
    dark = ink > FAINT
    paths = np.zeros(ink.shape, dtype=bool)
    for rows in _crossing_paths(dark):
        inside = (rows >= 0) & (rows < len(ink))
        paths[rows[inside], np.flatnonzero(inside)] = True
    lines = _thin_runs(dark, paths)
    return paths & lines.any(), lines


def _crossing_paths(dark):
    """Yield each straight path along which nearly all is dark: ndarray of int, its row in each column."""
    height, width = dark.shape
    thick = dark.copy()
    thick[1:] |= dark[:-1]
    thick[:-1] |= dark[1:]
    y, x = np.nonzero(thick[:, ::SPARSE])
    x *= SPARSE
    ends = x < END * width, x >= (1 - END) * width
    reach, seen = int(STEEPEST * width), width / SPARSE  # rows above and below, where a path may start
    for drop in range(-reach, reach + 1, STEP):
        slope = drop / width
        starts = y - np.rint(slope * x).astype(int) + reach
        counts, first, last = (
            np.bincount(starts[part], minlength=height + 2 * reach + 1) for part in (slice(None), *ends)
        )
        crossing = (counts > ACROSS * seen) & (np.minimum(first, last) > END * seen / 2)
        for start in np.flatnonzero(crossing) - reach:
            yield np.rint(start + slope * np.arange(width)).astype(int)


def _thin_runs(dark, paths):
    """Return the pixels of the runs of ink, along each column, that meet a path and are no longer than it is thick."""
    runs, count = ndimage.label(dark, [[0, 1, 0], [0, 1, 0], [0, 1, 0]])
    lengths = np.bincount(runs.ravel(), minlength=count + 1)
    met = np.unique(runs[paths & dark])
    thickness = np.median(lengths[met]) if len(met) else 0
    thin = np.zeros(count + 1, dtype=bool)
    if 0 < thickness <= THICKEST * max(dark.shape):
        thin[met] = lengths[met] <= 1.5 * thickness + 1
    return thin[runs]
