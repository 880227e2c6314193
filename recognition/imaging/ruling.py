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
    degrees). A line is then taken out where the ink is no thicker than it: a stroke that crosses it stays whole. On
    squared paper, where several lines run across the others, these may begin at a margin.

    Parameters
    ----------
    ink : ndarray of float32, shape (height, width)
        0 = paper, about 1 = ink at its strongest.

    Returns
    -------
    ink : ndarray of float32, shape (height, width)
        0 where lines were; the same array if there are none.
    """
    dark = ink > FAINT
    (level, levels), (upright, uprights) = _crossing_paths(dark), _crossing_paths(dark.T)
    several = [_are_several(paths) for paths in (level, upright)]
    level, level_lines = _thin_lines(dark, level | (levels & several[1]))
    upright, upright_lines = _thin_lines(dark.T, upright | (uprights & several[0]))
    paths, lines = level | upright.T, level_lines | upright_lines.T
    if not lines.any():
        return ink
    rest = np.where(lines, 0, ink)
    pieces, count = ndimage.label(rest > FAINT, np.ones((3, 3)))
    beside = ndimage.binary_dilation(paths, iterations=BEYOND)
    written = np.zeros(count + 1, dtype=bool)
    written[np.unique(pieces[~beside])] = True
    return np.where(written[pieces], rest, 0)


def _crossing_paths(dark):
    """Find straight paths from left to right along which nearly all is dark.

    Returns
    -------
    across, to_margin : ndarray of bool, shape (height, width)
        Those that go right across, and those that begin or end at a margin of the picture.
    """
    height, width = dark.shape
    thick = dark.copy()
    thick[1:] |= dark[:-1]
    thick[:-1] |= dark[1:]
    y, x = np.nonzero(thick[:, ::SPARSE])
    x *= SPARSE
    ends = x < END * width, x >= (1 - END) * width
    reach, seen = int(STEEPEST * width), width / SPARSE  # rows above and below, where a path may start
    paths, columns = np.zeros((2, height, width), dtype=bool), np.arange(width)
    for drop in range(-reach, reach + 1, STEP):
        slope = drop / width
        starts = y - np.rint(slope * x).astype(int) + reach
        counts, *at_ends = (
            np.bincount(starts[part], minlength=height + 2 * reach + 1) for part in (slice(None), *ends)
        )
        seen_ends = np.sum(np.array(at_ends) > END * seen / 2, axis=0)
        for start in np.flatnonzero((counts > ACROSS * seen) & (seen_ends > 0)):
            rows = np.rint(start - reach + slope * columns).astype(int)
            inside = (rows >= 0) & (rows < height)
            paths[2 - seen_ends[start], rows[inside], columns[inside]] = True
    return paths


def _are_several(paths):
    """Return whether there is more than one path, by those that meet the middle."""
    return ndimage.label(paths[:, paths.shape[1] // 2])[1] > 1


def _thin_lines(dark, paths):
    """Return the paths, if lines run along them, and the pixels of these, but those of strokes that cross them.

    They are the runs of ink, along each column, that meet a path and are no longer than it is thick.
    """
    runs, count = ndimage.label(dark, [[0, 1, 0], [0, 1, 0], [0, 1, 0]])
    lengths = np.bincount(runs.ravel(), minlength=count + 1)
    met = np.unique(runs[paths & dark])
    thickness = np.median(lengths[met]) if len(met) else 0
    thin = np.zeros(count + 1, dtype=bool)
    if 0 < thickness <= THICKEST * max(dark.shape):
        thin[met] = lengths[met] <= 1.5 * thickness + 1
    return paths & thin.any(), thin[runs]
