"""A character that may be several that touch -> the fragments that it falls into where there is little ink."""

import numpy as np
from scipy import ndimage

from recognition.imaging.characters import FAINTEST, SPECK, Character

SLOPES = -0.5, -0.25, 0.0, 0.25, 0.5  # columns to the left for each row down, of the straight cuts that are tried
STEEP = 0.02  # of the height in ink is what a cut of slope 1 costs more than an upright one

# Shares of the height of the line's characters; of others, chosen on every other one of the cheques, few matter much:
UNCUT = 0.5  # what is narrower is not cut
APART = 0.14  # cuts are at least so far from its sides, and from one another
DEEPEST = 0.45  # no cut goes through more ink


def fragments(character, height):
    """Cut a character wherever two may touch.

    A cut is a straight line from top to bottom, upright or slanting, through less ink than any beside it.

    Parameters
    ----------
    character : Character
        Perhaps several that touch.
    height : float
        Of the characters of its line, in pixels.

    Returns
    -------
    parts : list of Character
        From left to right; the character itself if there is nothing to be cut.
    costs : list of float
        Ink that was cut through between each two, in pixels.
    """
    cuts = _cuts(character.ink, height)
    if not cuts:
        return [character], []
    rows, columns = np.indices(character.ink.shape)
    inked = character.ink > FAINTEST
    beyond = [columns + slope * (rows - rows[-1] / 2) > column for column, slope, _ in cuts]
    parts, costs, cost = [], [], 0.0
    for after, before, next_cost in zip(
        [np.ones_like(inked), *beyond], [*beyond, np.zeros_like(inked)], [*(cut[2] for cut in cuts), 0.0], strict=True
    ):
        mask = inked & after & ~before
        if mask.sum() >= 2 * SPECK:
            parts.append(_cropped(character, np.where(after & ~before, character.ink, 0), mask))
            costs.append(cost * max(height, len(rows)))
        cost = next_cost
    return (parts, costs[1:]) if len(parts) > 1 else ([character], [])


def _cropped(character, ink, mask):
    """Return the ink of a fragment of a character, cut to the box of its mask."""
    down, across = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    part = ink[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
    return Character(int(character.left + across[0]), int(character.top + down[0]), part)


def _cuts(ink, height):
    """Return a list of the cuts from left to right, as column at half the height, slope and cost."""
    rows, width = ink.shape
    if width < UNCUT * height:
        return []
    y, x = np.indices(ink.shape)
    y = y - (rows - 1) / 2
    costs = np.empty((len(SLOPES), width))
    for number, slope in enumerate(SLOPES):
        places = np.rint(x + slope * y).astype(int)
        inside = (places >= 0) & (places < width)
        along = np.bincount(places[inside], weights=np.minimum(ink[inside], 1), minlength=width)
        costs[number] = ndimage.uniform_filter1d(along, 3) / max(height, rows) + STEEP * abs(slope)
    cheapest = costs.min(axis=0)
    apart = max(2, round(APART * height))
    valleys = (cheapest == ndimage.minimum_filter1d(cheapest, 2 * (apart // 3) + 1, mode="nearest")) & (
        cheapest < DEEPEST
    )
    chosen = []
    for column in sorted(np.flatnonzero(valleys).tolist(), key=cheapest.__getitem__):
        if apart <= column < width - apart and all(abs(column - other) >= apart for other in chosen):
            chosen.append(column)
    return [(column, SLOPES[costs[:, column].argmin()], float(cheapest[column])) for column in sorted(chosen)]
