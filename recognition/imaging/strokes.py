"""Stacks of images of strokes -> how thick these are, and the same with strokes of another thickness; their slant."""

import numpy as np

THINNER = 0.3  # at most this share of a stroke is taken away, so that none breaks
INKED = 0.55  # of the strongest ink; where it is paler there is none for sure
SLANTS = -0.6, -0.5, -0.4, -0.3, -0.2, 0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9  # that writing is looked at for
FARTHEST = 120  # pixels that a distance is measured to: twice its square is a 16-bit number


def thickness(masks):
    """Measure the mean thickness of strokes: the mean distance to the edge is a quarter of it.

    Parameters
    ----------
    masks : ndarray of bool, shape (n_images, height, width)
        True on strokes, none of which touches the border of its image.

    Returns
    -------
    thickness : ndarray of float64, shape (n_images,)
        Means over the pixels of each image, in pixels.
    """
    return _thickness(distances(masks), masks)


def _thickness(inside, masks):
    return 4 * (inside.sum(axis=(1, 2), dtype=float) / masks.sum(axis=(1, 2)) - 0.5)


def with_thickness(masks, wanted):
    """Bring strokes to another mean thickness, by moving their edges.

    Parameters
    ----------
    masks : ndarray of bool, shape (n_images, height, width)
        True on strokes, with as many pixels of paper around them as are wanted.
    wanted : float
        Mean thickness of the strokes, in pixels.

    Returns
    -------
    ink : ndarray of float32, shape (n_images, height, width)
        From 0 = paper to 1 = ink.
    """
    inside, outside = distances(masks), distances(~masks, round(wanted) + 2)
    present = _thickness(inside, masks)
    growth = np.maximum((wanted - present) / 2, -THINNER * present).astype(np.float32)
    return np.clip(np.where(masks, inside, 1 - outside) + growth[:, None, None], 0, 1)


def distances(masks, farthest=FARTHEST):
    """Measure how far it is from each true pixel to the nearest that is not: the Euclidean distance transform.

    It is exact: first the nearest one in the column, then, column by column to either side, whatever is nearer, until
    no column is near enough for that. Strokes are thin, and a stack takes numpy hardly longer than one image.

    Parameters
    ----------
    masks : ndarray of bool, shape (n_images, height, width)
        True where distances are wanted; each image has other pixels.
    farthest : int
        What is farther counts as this far.

    Returns
    -------
    distances : ndarray of float32, shape (n_images, height, width)
        In pixels; 0 where masks are False.
    """
    height, width = masks.shape[1:]
    rows, far = np.arange(height, dtype=np.int16)[:, None], np.int16(farthest)
    above = np.maximum.accumulate(np.where(masks, -far, rows), axis=1)
    below = np.minimum.accumulate(np.where(masks, height + far, rows)[:, ::-1], axis=1)[:, ::-1]
    squares = np.minimum(np.minimum(rows - above, below - rows), far) ** 2
    nearest = squares.copy()
    for columns in range(1, width):
        if columns**2 >= nearest.max():
            break
        for near, other in (
            (nearest[:, :, columns:], squares[:, :, :-columns]),
            (nearest[:, :, :-columns], squares[:, :, columns:]),
        ):
            np.minimum(near, other + np.int16(columns**2), out=near)
    return np.sqrt(nearest, dtype=np.float32)


def slant_of(ink):
    """Measure how far writing slants: what makes its strokes fall on the fewest columns.

    Parameters
    ----------
    ink : ndarray of float32, shape (height, width)
        Of a picture.

    Returns
    -------
    slant : float
        Columns to the left for each row down, one of `SLANTS`; 0 of what is upright.
    """
    y, x = np.nonzero(ink > INKED)
    columns = [np.bincount(np.rint(x + slant * y).astype(int) + len(ink)) for slant in SLANTS]
    return SLANTS[int(np.argmax([(counts.astype(float) ** 2).sum() for counts in columns]))]
