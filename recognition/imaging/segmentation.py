"""Characters -> lines of them, and what else may be one: their pieces, and what their fragments may be together."""

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from recognition.imaging.characters import SMALL, SURE, Character, nearly_touch
from recognition.imaging.cutting import fragments

SAME_LINE = 0.9  # of the height; neighbours in a line differ less in how high they stand
WIDE_GAP = 1.3  # of the characters' height; that is a space
RUN = 7  # fragments, at most, in a character, unless it is all of what was found together
MOST = 600  # hypotheses; where there are more, nothing is cut, so that the time for a picture is bounded

# Weights of a hypothesis, beside its log-probability, and of what is left out. They were chosen by random trials on
# every other one of the cheques, forms, cells and drawn numbers that touch, on photos of numbers and every tenth of the
# single digits of photos, drawings and scans; few of them matter by more than a number in fifty if halved.
CUT = -0.6  # for each stroke that was cut through on either side
OTHER, USUAL = -300.0, (-0.45, 0.1)  # for the square of log(height / the line's) beyond these: dots, sides of boxes
BESIDE = 3  # tall characters say how high a line runs at a place
LEVEL = 0.2  # heights of the line up or down from its course, beyond which the square of that weighs as much
WIDE, BROAD = -8.0, 0.65  # for the square of its width in heights of the line, beyond the second number
BORDER = -12.0  # for the share of its longer side that is on the border of the picture, beyond that of the least
MADE = -1.0  # for being cut, put together, or a piece
HOPELESS = -5.0  # what is so and weighs less than this is no hypothesis
LEFT_OUT = 2.5  # for each height of the line in strokes that are left out
SMALLER = 0.5  # of the height of the tallest line is the least that a line counts for: what lies flat is none


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """What may be a character: a run of neighbouring fragments of a line, or a piece of such.

    Attributes
    ----------
    span : (int, int)
        First fragment and the one after its last, counted over all lines.
    character : Character
        Its ink.
    line : int
        Number of its line.
    weight : float
        Log-weight of its form and place, less the price of what else its fragments hold.
    """

    span: tuple[int, int]
    character: Character
    line: int
    weight: float


def in_lines(characters):
    """Bring characters into reading order.

    Parameters
    ----------
    characters : list of Character
        In any order.

    Returns
    -------
    lines : list of list of Character
        From top to bottom, each from left to right. A line may go up or down.
    """
    tall = SMALL * max(character.ink.shape[0] for character in characters)
    lines = []
    for character in sorted(characters, key=lambda one: (one.ink.shape[0] < tall, one.centre[0])):
        apart = [_apart(character, line) for line in lines]
        if apart and min(apart) < SAME_LINE:
            lines[int(np.argmin(apart))].append(character)
        else:
            lines.append([character])
    lines.sort(key=lambda line: np.mean([character.centre[1] for character in line]))
    return [sorted(line, key=lambda character: character.centre[0]) for line in lines]


def _apart(character, line):
    """Return how much higher or lower a character stands than its neighbour in a line, in heights of the taller one."""
    (x, y), height = character.centre, character.ink.shape[0]
    beside = min(line, key=lambda other: abs(other.centre[0] - x))
    return abs(beside.centre[1] - y) / max(height, beside.ink.shape[0])


def spaces(line):
    """Return a bool for each character of a line but the last, whether a gap as wide as a space follows."""
    wide = WIDE_GAP * np.median([character.ink.shape[0] for character in line])
    return [b.left - a.box[2] > wide for a, b in pairwise(line)]


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
        Each character as it is, its pieces, and what runs of fragments make.
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
        course, left_out = _course(line), [_price(part, height * stroke) for part in parts]
        for first, after, character in [*_runs(parts, owners, clear), *_large_pieces(owners)]:
            weight = MADE * (character not in line) + CUT * (cuts[first] + cuts[after]) / stroke
            weight += _weight(character, height, _offset(character, *course))
            weight += BORDER * max(0.0, character.on_border(shape) - least)
            weight -= max(0.0, sum(left_out[first:after]) - _price(character, height * stroke))
            if character in line or weight > HOPELESS:
                span = len(prices) + first, len(prices) + after
                hypotheses.append(Hypothesis(span, character, number, weight))
        prices += left_out
    return hypotheses, prices


def _price(character, area):
    """Return what a character costs that is left out, in a line with strokes of this area from top to bottom."""
    return LEFT_OUT * int((character.ink > SURE).sum()) / area


def _course(line):
    """Return where a line runs: how far right and down the middles of its tall characters are, and its slope."""
    tall = SMALL * max(character.ink.shape[0] for character in line)
    x, y = np.transpose([character.centre for character in line if character.ink.shape[0] >= tall])
    slope = median(np.diff(y) / np.maximum(1, np.diff(x))) if len(x) > 1 else 0.0
    return x, y, slope


def _offset(character, x, y, slope):
    """Return how far a character stands above or below the course of its line there, in pixels."""
    across, down = character.centre
    beside = np.argsort(abs(x - across), kind="stable")[:BESIDE]
    return abs(down - median(y[beside] + slope * (across - x[beside])))


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


def _large_pieces(owners):
    """Yield the large pieces of characters, each of which may be one if the rest is none: the spans, and their ink."""
    for first, owner in enumerate(owners):
        for piece in owner.pieces:
            if owners.index(owner) == first and piece.size >= SMALL * owner.size:
                yield first, first + owners.count(owner), piece


def _weight(character, height, offset):
    """Return the log-weight of a form at a place, by the height of the line and the offset from its course, in pixels.

    What is taller than others must be wider as well: a large digit is, the side of a box is not.
    """
    rows, columns = character.ink.shape
    (lowest, tallest), width = USUAL, columns / max(rows, height)
    beyond = np.log(rows / height) - np.clip(np.log(rows / height), lowest, tallest + width)
    away = max(0.0, offset / height - LEVEL)
    return OTHER * (beyond**2 + away**2) + WIDE * max(0.0, width - BROAD) ** 2


def usual_height(line):
    """Return the median height of the characters of a line that are not much lower than the tallest."""
    heights = np.array([character.ink.shape[0] for character in line])
    return float(np.median(heights[heights >= SMALL * heights.max()]))


def _stroke_thickness(ink):
    """Return the mean thickness of strokes in pixels: twice their area over their outline."""
    dark = ink > SURE
    edges = (dark[1:] != dark[:-1]).sum() + (dark[:, 1:] != dark[:, :-1]).sum()
    return max(1.0, 2 * dark.sum() / max(1, edges * np.pi / 4))
