"""Lines of ink that may be characters -> hypotheses: each of them, and what their fragments may be together."""

from dataclasses import dataclass

import numpy as np

from recognition.imaging.characters import SMALL, SURE, Character, nearly_touch
from recognition.imaging.cutting import fragments

RUN = 7  # fragments, at most, in a character, unless it is all of what was found together
MOST = 600  # hypotheses; where there are more, nothing is cut, so that the time for a picture is bounded

# Weights of a hypothesis, beside its log-probability, and of what is left out. They were chosen by random trials on
# every other one of the cheques, forms, cells and drawn numbers that touch, on photos of numbers and every tenth of the
# single digits of photos, drawings and scans; few of them matter by more than a number in fifty if halved.
CUT = -0.6  # for each stroke that was cut through on either side
OTHER, USUAL = -300.0, (-0.45, 0.1)  # for the square of log(height / the line's) beyond these: dots, sides of boxes
WIDE, BROAD = -8.0, 0.65  # for the square of its width in heights of the line, beyond the second number
BORDER = -12.0  # for the share of its longer side that is on the border of the picture, beyond that of the least
MADE = -1.0  # for being cut or put together
HOPELESS = -5.0  # what was cut or put together and weighs less than this is no hypothesis
LEFT_OUT = 2.5  # for each height of the line in strokes that are left out
SMALLER = 0.5  # of the height of the tallest line is the least that a line counts for: what lies flat is none


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
    heights = [usual_height(line) for line in lines]
    for number, line in enumerate(lines):
        height = max(heights[number], SMALLER * max(heights))
        parts, owners, cuts = [], [], []
        for character in line:
            some, costs = ([character], []) if character in clear else fragments(character, height)
            parts += some
            owners += [character] * len(some)
            cuts += [0.0, *costs]
        cuts.append(0.0)
        for first, after, character in _runs(parts, owners, clear):
            rows, columns = character.ink.shape
            weight = MADE * (character not in line) + CUT * (cuts[first] + cuts[after]) / stroke
            weight += _weight(rows / height, columns / max(rows, height))
            weight += BORDER * max(0.0, character.on_border(shape) - least)
            if character in line or weight > HOPELESS:
                span = len(prices) + first, len(prices) + after
                hypotheses.append(Hypothesis(span, character, number, weight))
        prices += [LEFT_OUT * int((part.ink > SURE).sum()) / (stroke * height) for part in parts]
    return hypotheses, prices


def _runs(parts, owners, clear):
    """Yield the runs of fragments that may be one character: the first, the one after the last, and their ink.

    All the fragments of a character are that very character, however many they are.
    """
    for first, together in enumerate(parts):
        owner = owners[first]
        if (count := owners.count(owner)) > RUN and owners.index(owner) == first:
            yield first, first + count, owner
        yield first, first + 1, together
        for last in range(first + 1, min(first + RUN, len(parts))):
            one, other = owners[last - 1], owners[last]
            if one is not other and (one in clear or other in clear or not nearly_touch(parts[last - 1], parts[last])):
                break
            together = together.joined(parts[last])
            whole = owners[first] is other and last + 1 - first == owners.count(other)
            yield first, last + 1, other if whole else together


def _weight(height, width):
    """Return the log-weight of a form, its height measured in heights of the line, its width in the larger of both.

    What is taller than others must be wider as well: a large digit is, the side of a box is not.
    """
    lowest, tallest = USUAL
    beyond = np.log(height) - np.clip(np.log(height), lowest, tallest + width)
    return OTHER * beyond**2 + WIDE * max(0.0, width - BROAD) ** 2


def usual_height(line):
    """Return the median height of the characters of a line that are not much lower than the tallest: float."""
    heights = np.array([character.ink.shape[0] for character in line])
    return float(np.median(heights[heights >= SMALL * heights.max()]))


def _stroke_thickness(ink):
    """Return the mean thickness of strokes in pixels: twice their area over their outline."""
    dark = ink > SURE
    edges = (dark[1:] != dark[:-1]).sum() + (dark[:, 1:] != dark[:, :-1]).sum()
    return max(1.0, 2 * dark.sum() / max(1, edges * np.pi / 4))
