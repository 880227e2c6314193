"""A picture in, what is written on it out: of all ways to see it, the one whose worst character is recognised best."""

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from recognition.errors import ImageError
from recognition.imaging.characters import Character, clutter, find_characters, in_lines, nearly_touch
from recognition.imaging.cutting import cuts
from recognition.imaging.ruling import without_ruling
from recognition.inference.recognizer import Prediction

CLEARLY = 0.8  # of evidence; what is recognised better is not looked at in other ways
RULED = 0.67  # of it counts if lines that cross the picture were left in: two that cross each other are a clear 4
MANY = 50  # characters; a picture of more is looked at once, so that the time for it is bounded
FAINTER = 0.5  # of the usual bound on how faint a stroke may be, for a second look
PALER = 0.9  # of the evidence counts of that look, which takes shades for strokes
SLOPING = np.deg2rad(8), np.deg2rad(50)  # a row of a slope between these is looked at straightened, too

# Nine in ten photos of digits have less noise than 0.04 of the ink's strength, and none has more clutter than 0.05 of
# the characters' ink; most photos of cats have more of one or the other.
GRAINY, TOO_GRAINY, CLUTTERED = 0.04, 0.12, 0.05
CERTAIN = 0.99  # the confidence that a grainy picture needs
GRAINS, CLUTTER = "the picture is too grainy", "too much else on the picture"
DOT = "it is a dot"

# What is w times as wide as high is the more likely two characters that touch, the larger w is: the parts must be
# recognised better than the whole by a factor of SPLIT + SLOPE * (WIDE - w). Chosen on pairs of EMNIST digits that
# were moved together until they touched: 69 % of them are split and read right, and none of 352 single ones is split.
NARROW, WIDE = 0.95, 1.4
SPLIT, SLOPE = 1.1, 0.4


@dataclass(frozen=True)
class Seen:
    """What the model saw at a place of a picture, and what it took it for.

    Attributes
    ----------
    prediction : Prediction
        The answer.
    image : ndarray of uint8 or float32, shape of the model
        The canonical image.
    character : Character or None
        Its ink, in the picture as it was looked at; None if all of the picture is meant.
    evidence : float
        How well it was recognised, 0 to 1: the confidence times the similarity to what was learnt.
    box : tuple of int or None
        Left, top, right, bottom in pixels of the upright picture, the latter two just beyond, once that is known.
    gap : str
        What stands before it in the whole label: nothing, a space, or the end of a line.
    """

    prediction: Prediction
    image: np.ndarray
    character: Character | None = None
    evidence: float = 0.0
    box: tuple[int, int, int, int] | None = None
    gap: str = ""


@dataclass(frozen=True)
class View:
    """One way to see a picture.

    Attributes
    ----------
    lines : list of list of Seen
        The characters, line by line from the top, each from left to right.
    shape : (int, int)
        Height and width of the ink before it was turned.
    enough : float
        Confidence that a character needs to count as recognised: more on a grainy picture, and more than there is
        where the picture is so grainy, or so full of other things, that it is hardly one of writing.
    doubt : str
        Why a character of less confidence does not count, in a few words; empty if any will do.
    evidence : float
        That of the worst character, or a share of it for a way that is less often right.
    turned : float
        Angle in radians by which it was turned to make its rows level, counter-clockwise.
    """

    lines: list[list[Seen]]
    shape: tuple[int, int]
    enough: float
    doubt: str
    evidence: float
    turned: float = 0.0

    def box_in_picture(self, box, size):
        """Return a character's box as pixels of a picture of this width and height: tuple of int.

        Of a picture that was turned it is the upright box around the turned one.
        """
        corners = np.array([[x, y] for x in box[::2] for y in box[1::2]], dtype=float)
        height, width = self.shape
        if self.turned:
            sine, cosine = np.sin(self.turned), np.cos(self.turned)
            wide = np.ceil([width * cosine + height * abs(sine), width * abs(sine) + height * cosine])
            corners = (corners - wide / 2) @ np.array([[cosine, sine], [-sine, cosine]]) + np.array([width, height]) / 2
        corners *= np.array(size) / (width, height)
        left, top = np.floor(corners.min(axis=0)).clip(0).astype(int).tolist()
        right, bottom = np.ceil(corners.max(axis=0)).clip(max=size).astype(int).tolist()
        return left, top, right, bottom


def transcribe(recognizer, ink, noise):
    """Read what is written on a picture.

    Parameters
    ----------
    recognizer : Recognizer
        Of grey images.
    ink : ndarray of float32, shape (height, width)
        Of the picture, as `imaging.ink.read_ink` gives it.
    noise : float
        Standard deviation of the paper.

    Returns
    -------
    view : View
        The best way to see it.

    Raises
    ------
    ImageError
        If nothing is written on it.
    """
    written = without_ruling(ink)
    if written is ink:
        return _clearest(recognizer, ink, noise)
    try:
        view = _clearest(recognizer, written, noise)
    except ImageError:  # a stroke that goes right across is taken for a line, and there is no other
        return _clearest(recognizer, ink, noise)
    if view.evidence < RULED:
        with suppress(ImageError):  # so many lines that they cannot be read
            return max(view, _clearest(recognizer, ink, noise, RULED), key=lambda view: view.evidence)
    return view


def _clearest(recognizer, ink, noise, share=1.0):
    """See the ink as it is, straightened and fainter, where there is need: the view of the most evidence."""
    views = [_view(recognizer, ink, noise, share)]
    angle = _slope(views[0])
    looks = [lambda: _turned(recognizer, ink, noise, share, angle)] if angle else []
    if views[0].evidence < share * CLEARLY and sum(map(len, views[0].lines)) <= MANY:
        looks.append(lambda: _view(recognizer, ink, noise, PALER * share, FAINTER))
    for look in looks:
        with suppress(ImageError):  # nothing is to be seen in that way
            views.append(look())
    return max(views, key=lambda view: view.evidence)


def _view(recognizer, ink, noise, share, faint=1.0):
    """See the ink as it is."""
    characters = find_characters(ink, noise, faint)
    enough, doubt = (0.0, "") if noise < GRAINY else (CERTAIN, GRAINS)
    if noise > TOO_GRAINY:
        enough = np.inf
    elif clutter(ink, characters) > CLUTTERED:
        enough, doubt = np.inf, CLUTTER
    lines = in_lines(characters)
    seen = iter(_recognize(recognizer, [character for line in lines for character in line]))
    segmented = [_resegmented(recognizer, [next(seen) for _ in line]) for line in lines]
    evidence = share * min(seen.evidence for line in segmented for seen in line)
    return View(segmented, ink.shape, enough, doubt, evidence)


def _slope(view):
    """Measure the angle of a sloping row in radians; 0 if there is none."""
    if len(view.lines) != 1 or len(view.lines[0]) < 3:
        return 0.0
    boxes = np.array([seen.character.box for seen in view.lines[0]])
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    angle = float(np.arctan(np.polyfit(x, y, 1)[0]))
    return angle if SLOPING[0] < abs(angle) < SLOPING[1] else 0.0


def _turned(recognizer, ink, noise, share, angle):
    """See the ink turned by an angle, so that a sloping row is level."""
    level = Image.fromarray(ink).rotate(np.rad2deg(angle), Image.Resampling.BILINEAR, expand=True)
    return replace(_view(recognizer, np.asarray(level), noise, share), shape=ink.shape, turned=angle)


def _recognize(recognizer, characters):
    images = recognizer.normalizer.normalize([character.ink for character in characters])
    predictions, similarity = recognizer.examine(images.reshape(len(images), -1))
    blots = [recognizer.normalizer.is_blot(character.ink) for character in characters]
    predictions = [replace(one, doubt=DOT) if blot else one for one, blot in zip(predictions, blots, strict=True)]
    return [
        Seen(prediction, image, character, prediction.confidence * float(near))
        for character, image, prediction, near in zip(characters, images, predictions, similarity, strict=True)
    ]


def _resegmented(recognizer, line):
    """Join what is recognised better together, and split what is recognised better in parts: list of Seen."""
    joined = line[:1]
    for after in line[1:]:
        before = joined[-1]
        if nearly_touch(before.character, after.character):
            (both,) = _recognize(recognizer, [before.character.joined(after.character)])
            if both.evidence > SPLIT * min(before.evidence, after.evidence):
                joined[-1] = both
                continue
        joined.append(after)
    return [part for whole in joined for part in _split(recognizer, whole)]


def _split(recognizer, whole):
    """Split a character that is recognised better as two or more: list of Seen, of itself if it is not."""
    height, width = whole.character.ink.shape
    halves = cuts(whole.character) if width >= NARROW * height and whole.prediction.doubt != DOT else []
    if not halves:
        return [whole]
    parts = _recognize(recognizer, [half for pair in halves for half in pair])
    pairs = zip(parts[::2], parts[1::2], strict=True)
    best = max(pairs, key=lambda pair: min(part.evidence for part in pair))
    factor = SPLIT + SLOPE * max(0, WIDE - width / height)
    if min(part.evidence for part in best) <= factor * whole.evidence:
        return [whole]
    return [part for half in best for part in _split(recognizer, half)]
