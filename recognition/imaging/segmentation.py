"""Lines of ink that may be characters -> hypotheses: each of them, and what their fragments may be together."""

from dataclasses import dataclass

import numpy as np

from recognition.imaging.characters import SMALL, SURE, Character, nearly_touch
from recognition.imaging.cutting import fragments

RUN = 7  # fragments, at most, in a character: no character is cut into more
WIDEST = 1.7  # heights of the line; nothing wider is put together
MOST = 600  # hypotheses; where there are more, nothing is cut, so that the time for a picture is bounded

# Weights of a hypothesis, beside its log-probability, and of what is left out. They were chosen by random trials on
# every other one of the cheques, forms, cells and drawn pairs that touch, and every eighth of the single digits of
# photos, drawings and scans; none of them matters by more than a few numbers if halved.
CUT = -0.6  # for each stroke that was cut through on either side
LOW, USUAL = -150.0, -0.4  # for the square of log(height / the line's) below the second number
WIDE, BROAD = -3.4, (0.8, 1.6)  # for its width in heights of the line, between these
BORDER = -12.0  # for the share of its longer side that is on the border of the picture, beyond that of the least
FOUND = 0.5  # for being neither cut nor put together
LEFT_OUT = 6.2  # for ink that is left out, as a share of the ink of the line's usual character


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """What may be a character: a run of neighbouring fragments of a line.

    Attributes
    ----------
    span : (int, int)
        First fragment and the one after its last, counted over all lines.
    character : Character
        Its ink.
    line : int
        Number of its line.
    weight : float
        Log-weight of its form.
    """

    span: tuple[int, int]
    character: Character
    line: int
    weight: float


def segment(lines, clear, ink):
    """List what may be a character.

    Parameters
    ----------
    lines : list of list of Character
        Ink that is taken for a character each, line by line, from left to right.
    clear : set of Character
        Those that are neither cut nor put together with others.
    ink : ndarray of float32, shape (height, width)
        Of the picture.

    Returns
    -------
    hypotheses : list of Hypothesis
        Each character as it is, and what runs of fragments make.
    prices : list of float
        What each fragment costs that is left out, as a log-weight to be subtracted.
    """
    stroke = _stroke_thickness(ink)
    hypotheses, prices = _segment(lines, clear, ink.shape, stroke)
    if len(hypotheses) > MOST:
        return _segment(lines, {character for line in lines for character in line}, ink.shape, stroke)
    return hypotheses, prices


def _segment(lines, clear, shape, stroke):
    hypotheses, prices = [], []
    least = min(character.on_border(shape) for line in lines for character in line)
    for number, line in enumerate(lines):
        height = usual_height(line)
        parts, owners, cuts = [], [], []
        for character in line:
            some, costs = ([character], []) if character in clear else fragments(character, height)
            parts += some
            owners += [character] * len(some)
            cuts += [0.0, *costs]
        cuts.append(0.0)
        amounts = [int((part.ink > SURE).sum()) for part in parts]
        usual = max(1.0, np.median([(character.ink > SURE).sum() for character in line]))
        for first, after in _runs(parts, owners, clear):
            character = _together(parts[first:after], owners[first:after], owners)
            rows, columns = character.ink.shape
            if after - first == 1 or character is owners[first] or columns <= WIDEST * max(height, rows):
                weight = FOUND * (character in line) + CUT * (cuts[first] + cuts[after]) / stroke
                weight += _weight(character, height)
                weight += BORDER * max(0.0, character.on_border(shape) - least)
                span = len(prices) + first, len(prices) + after
                hypotheses.append(Hypothesis(span, character, number, weight))
        prices += [LEFT_OUT * amount / usual for amount in amounts]
    return hypotheses, prices


def _runs(parts, owners, clear):
    """Yield the runs of fragments that may be one character: the first, and the one after the last."""
    for first in range(len(parts)):
        yield first, first + 1
        for last in range(first + 1, min(first + RUN, len(parts))):
            one, other = owners[last - 1], owners[last]
            if one is not other and (one in clear or other in clear or not nearly_touch(parts[last - 1], parts[last])):
                break
            yield first, last + 1


def _together(parts, owners, everyone):
    """Return a run of fragments as one: the very character that they were cut from, if they are all of it."""
    if owners[0] is owners[-1] and len(parts) == everyone.count(owners[0]):
        return owners[0]
    character = parts[0]
    for part in parts[1:]:
        character = character.joined(part)
    return character


def _weight(character, height):
    rows, columns = character.ink.shape
    return LOW * min(0.0, np.log(rows / height) - USUAL) ** 2 + WIDE * (np.clip(columns / height, *BROAD) - BROAD[0])


def usual_height(line):
    """Return the median height of the characters of a line that are not much lower than the tallest: float."""
    heights = np.array([character.ink.shape[0] for character in line])
    return float(np.median(heights[heights >= SMALL * heights.max()]))


def _stroke_thickness(ink):
    """Return the mean thickness of strokes in pixels: twice their area over their outline."""
    dark = ink > SURE
    edges = (dark[1:] != dark[:-1]).sum() + (dark[:, 1:] != dark[:, :-1]).sum()
    return max(1.0, 2 * dark.sum() / max(1, edges * np.pi / 4))
