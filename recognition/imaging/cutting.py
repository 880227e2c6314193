"""A character that may be two that touch -> its halves, cut where there is little ink."""

import numpy as np
from scipy import ndimage

from recognition.imaging.characters import FAINTEST, SPECK, Character

CUTS = 4  # ways to cut a character in two that are tried
MARGIN, APART = 0.2, 0.08  # of its width: cuts are at least so far from its sides, and from one another
CENTRAL = 0.15  # of full ink along the cut: so much more of it is as bad as a cut at a side instead of the middle
CRUMB = 0.1  # of the larger part's ink; what is less falls off at a cut


def cuts(character):
    """Cut a character in two where it has little ink.

    Parameters
    ----------
    character : Character
        Perhaps two that touch.

    Returns
    -------
    halves : list of (Character, Character)
        Left and right of each of at most `CUTS` cuts, the one through the least ink first.
    """
    width = character.ink.shape[1]
    columns = ndimage.uniform_filter1d(character.ink.mean(axis=0), 3)
    cost = columns + CENTRAL * np.abs(np.arange(width) / width - 0.5)
    chosen = []
    for column in sorted(range(int(MARGIN * width), int((1 - MARGIN) * width)), key=cost.__getitem__):
        if all(abs(column - other) > APART * width for other in chosen) and len(chosen) < CUTS:
            chosen.append(column)
    halves = [(_part(character, 0, column), _part(character, column, width)) for column in chosen]
    return [pair for pair in halves if None not in pair]


def _part(character, start, stop):
    """Return the ink between two columns without crumbs, or None if there is hardly any."""
    ink = character.ink[:, start:stop]
    labels, count = ndimage.label(ink > FAINTEST, np.ones((3, 3)))
    if not count:
        return None
    masses = np.atleast_1d(ndimage.sum(ink, labels, np.arange(1, count + 1)))
    mask = np.isin(labels, np.flatnonzero(masses > CRUMB * masses.max()) + 1)
    if mask.sum() < 2 * SPECK:
        return None
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    top, left = rows[0], columns[0]
    ink = np.where(mask, ink, 0)[top : rows[-1] + 1, left : columns[-1] + 1]
    return Character(int(character.left + start + left), int(character.top + top), ink)
