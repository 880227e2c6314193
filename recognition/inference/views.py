"""Ink seen in one way -> what is written on it: each character, the likeliest readings, and how sure these are."""

from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from PIL import Image
from scipy.special import softmax

from recognition.errors import NothingFitsError
from recognition.imaging.characters import Character, clutter, find_characters, without_borders
from recognition.imaging.segmentation import in_lines, segment, spaces
from recognition.inference.lattice import read_lattice
from recognition.inference.recognizer import TOP, UNFAMILIAR, Candidate, Prediction

CLEARLY = 0.8  # of evidence; what is recognised better is neither cut, nor looked at in other ways
AS_IT_IS = np.eye(2)

# Nine in ten photos of digits have less noise than 0.04 of the ink's strength, and none has more clutter than 0.05 of
# the characters' ink; most photos of cats have more of one or the other.
GRAINY, TOO_GRAINY, CLUTTERED = 0.04, 0.12, 0.05
CERTAIN = 0.99  # the confidence that a grainy picture needs
ELSE = 2.0  # price of what is left out for each character, above which it is too much; chosen on photos and cheques
UNLIKE = 1 / 3  # of the characters of a sure number, at most, look like none of the classes: cats have more of them
TOGETHER = 0.6  # how likely a reading of several characters has to be, times each twice; chosen on every other number
GRAINS, CLUTTER = "the picture is too grainy", "too much else on the picture"
DOT, RULED_OUT = "it is a dot", "the pattern rules out what is likelier"

# Weight of a hypothesis, beside those of `segmentation` and chosen with them: of the log-odds that it is whole, which
# count up to the second number to either side.
WHOLE, ODDS = 0.4, 4.0
LEAST = 1e-9  # probability or similarity that is still told from none


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
    scores : ndarray of float, shape (n_classes,)
        Log-weight of each class; of no use if all of the picture is meant.
    box : tuple of int or None
        Left, top, right, bottom in pixels of the upright picture, the latter two just beyond, once that is known.
    gap : str
        What stands before it in the whole label: nothing, a space, or the end of a line.
    """

    prediction: Prediction
    image: np.ndarray
    character: Character | None = None
    evidence: float = 0.0
    scores: np.ndarray | None = None
    box: tuple[int, int, int, int] | None = None
    gap: str = ""

    @property
    def is_clear(self):
        """Whether it need not be cut, or put together with others; nor need a dot."""
        return self.prediction.doubt == DOT or (self.prediction.recognized and self.evidence >= CLEARLY)


@dataclass(frozen=True)
class View:
    """One way to see a picture.

    Attributes
    ----------
    seen : list of Seen
        The characters, line by line from the top, each from left to right.
    top : tuple of Candidate
        The likeliest readings of the whole, with spaces and newlines; the first is that of `seen`.
    shape : (int, int)
        Height and width of the ink as it was looked at.
    enough : float
        Confidence that a character needs to count as recognised: more on a grainy picture, and more than there is
        where the picture is so grainy, or so full of other things, that it is hardly one of writing.
    doubt : str
        Why a character of less confidence does not count, in a few words; empty if any will do.
    sure : bool
        Whether it is of several characters, and the whole reading likely right.
    evidence : float
        The geometric mean of its characters', less for ink that is left out, and for a way that is less often right.
    frame : (int, int)
        Height and width of the ink as it is.
    back : ndarray of float, shape (2, 2)
        Takes (x, y) from the middle of the ink as it was looked at to those from the middle of the ink as it is.
    """

    seen: list[Seen]
    top: tuple[Candidate, ...]
    shape: tuple[int, int]
    enough: float
    doubt: str
    sure: bool
    evidence: float
    frame: tuple[int, int]
    back: np.ndarray

    @property
    def is_clear(self):
        """Whether there is no need to look in other ways."""
        return self.sure or all(one.is_clear for one in self.seen)

    @property
    def merit(self):
        """What is larger the better the view is: whether all characters are recognised, and the evidence."""
        return all(one.prediction.recognized for one in self.seen), self.evidence

    def box_in_picture(self, box, size):
        """Return a character's box, a tuple of int, as pixels of a picture of this width and height.

        Of ink that was straightened it is the upright box around the slanting one.
        """
        corners = np.array([[x, y] for x in box[::2] for y in box[1::2]])
        frame = np.array(self.frame[::-1])
        corners = (corners - np.array(self.shape[::-1]) / 2) @ self.back.T + frame / 2
        corners *= np.array(size) / frame
        left, top = np.floor(corners.min(axis=0)).clip(0).astype(int).tolist()
        right, bottom = np.ceil(corners.max(axis=0)).clip(max=size).astype(int).tolist()
        return left, top, right, bottom


def look(recognizer, ink, noise, automaton=None, back=AS_IT_IS, faint=1.0, share=1.0):
    """Read what is written on a picture, seen in one way.

    Parameters
    ----------
    recognizer : Recognizer
        Of grey images.
    ink : ndarray of float32, shape (height, width)
        Of the picture.
    noise : float
        Standard deviation of the paper.
    automaton : Automaton, optional
        Says what may be written.
    back : ndarray of float, shape (2, 2)
        What leads from the ink as it shall be looked at to the ink as it is.
    faint : float
        Factor on the bounds below which ink does not count.
    share : float
        Of the evidence that counts.

    Returns
    -------
    view : View
        The likeliest reading.

    Raises
    ------
    ImageError
        If nothing is to be seen, or nothing that may be.
    """
    frame = ink.shape
    ink = ink if back is AS_IT_IS else _mapped(without_borders(ink, noise), back)
    lines = in_lines(find_characters(ink, noise, faint))
    characters = [character for line in lines for character in line]
    seen = _recognize(recognizer, characters)
    for character in characters:
        if recognizer.normalizer.is_blot(character.ink):
            seen[character] = _doubted(seen[character], DOT)
    clear = {character for character in characters if seen[character].is_clear}
    blots = {character for character in clear if seen[character].prediction.doubt == DOT}
    for whole in (clear, blots):  # what is clear may be none of what the pattern allows, or several of it
        hypotheses, prices, paths = _paths(recognizer, lines, whole, ink, seen, automaton)
        if paths:
            break
    else:
        raise NothingFitsError("nothing that the pattern allows can be read in the picture; leave the pattern out")
    texts = [_with_gaps(path, hypotheses, automaton) for path in paths[:TOP]]
    best = [replace(_relabelled(recognizer, seen[character], label), gap=gap) for character, gap, label in texts[0]]
    readings = ["".join(gap + label for _, gap, label in text) for text in texts]
    shares = softmax([path.score for path in paths])[:TOP].round(6).tolist()
    top = tuple(map(Candidate, readings, shares))
    if len(best) == 1 and automaton is None:
        top = best[0].prediction.top  # of one character it is known better, by classes
    left_out = sum(prices) - sum(sum(prices[slice(*hypotheses[edge].span)]) for edge in paths[0].edges)
    sure = _is_sure(best, shares[0])
    too_much = left_out > ELSE * len(best) or clutter(ink, characters) > CLUTTERED
    enough, doubt = _enough(noise, too_much, sure)
    return View(best, top, ink.shape, enough, doubt, sure, share * _evidence(best, left_out), frame, back)


def _mapped(ink, back):
    """Return ink on the smallest paper that holds what `back` leads back from."""
    shape = np.array(ink.shape[::-1])
    size = np.ceil(abs(np.linalg.inv(back)) @ shape).astype(int)
    offset = shape / 2 - back @ (size / 2)
    coefficients = (*back[0], offset[0], *back[1], offset[1])
    picture = Image.fromarray(ink)
    return np.asarray(picture.transform(tuple(size), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR))


def _paths(recognizer, lines, clear, ink, seen, automaton):
    """Return what may be a character and the readings of it, and add to what is seen."""
    hypotheses, prices = segment(lines, clear, ink)
    seen |= _recognize(recognizer, [one.character for one in hypotheses if one.character not in seen])
    scores = np.array([one.weight + seen[one.character].scores for one in hypotheses])
    spans = [one.span for one in hypotheses]
    return hypotheses, prices, read_lattice(spans, scores, recognizer.classes.tolist(), prices, automaton)


def _recognize(recognizer, characters):
    """Return a dict of what is `Seen` of each character."""
    if not characters:
        return {}
    images = recognizer.normalizer.normalize([character.ink for character in characters])
    predictions, probabilities, similarity, whole = recognizer.examine(images.reshape(len(images), -1))
    scores = np.log(np.maximum(probabilities, LEAST)) + WHOLE * np.clip(whole, -ODDS, ODDS)[:, None]
    confidence = np.array([one.confidence for one in predictions])
    evidence = (confidence * similarity).tolist()
    return {one[2]: Seen(*one) for one in zip(predictions, images, characters, evidence, scores, strict=True)}


def _with_gaps(path, hypotheses, automaton):
    """List the characters of a path, each with what stands before it, and its label; a pattern knows no gaps."""
    lines = groupby((hypotheses[edge] for edge in path.edges), key=lambda one: one.line)
    characters, gaps = [], []
    for _, line in lines:
        found = [one.character for one in line]
        gaps += ["\n" if gaps else "", *(" " if wide else "" for wide in spaces(found))]
        characters += found
    return list(zip(characters, gaps if automaton is None else [""] * len(gaps), path.labels, strict=True))


def _relabelled(recognizer, seen, label):
    """Return what is seen under the label that a pattern allows; what is likelier is ruled out."""
    if seen.prediction.label == label:
        return seen
    share = float(np.exp(seen.scores[recognizer.classes.tolist().index(label)] - seen.scores.max()))
    confidence = round(seen.prediction.confidence * share, 6)
    others = [one for one in seen.prediction.top if one.confidence <= confidence and one.label != label]
    prediction = Prediction(label, confidence, (Candidate(label, confidence), *others), RULED_OUT)
    return replace(seen, prediction=prediction, evidence=seen.evidence * share)


def _doubted(seen, doubt):
    return replace(seen, prediction=replace(seen.prediction, doubt=doubt))


def _evidence(seen, left_out):
    """Return the geometric mean of the characters' evidence, less for strokes that are left out, by their price."""
    return float(np.exp((sum(np.log(max(LEAST, one.evidence)) for one in seen) - left_out) / len(seen)))


def _is_sure(seen, share):
    """Return whether a reading of several characters with this share of all is likely right."""
    doubts = [one.prediction.doubt for one in seen]
    written = DOT not in doubts and doubts.count(UNFAMILIAR) < UNLIKE * len(seen)
    # How likely each is was learnt of other hands than a stranger's; it counts twice.
    likely = share * np.prod([one.prediction.confidence for one in seen]) ** 2
    return bool(len(seen) > 1 and written and likely >= TOGETHER)


def _enough(noise, too_much, is_sure):
    """Return the confidence that characters need on this picture, and why those of less are doubted.

    Several characters that are sure together need no more, however grainy the paper.
    """
    if too_much:
        return np.inf, CLUTTER
    if noise < GRAINY or is_sure:
        return 0.0, ""
    return (CERTAIN if noise <= TOO_GRAINY else np.inf), GRAINS
