"""A picture seen in several ways, and the best of them: as it is, straightened, upright, fainter, with its lines."""

from contextlib import suppress
from dataclasses import replace

import numpy as np

from recognition.errors import ImageError
from recognition.imaging.ruling import without_ruling
from recognition.imaging.strokes import slant_of
from recognition.inference.views import look

SPANNING = 0.67  # of the evidence counts without lines where a character spans the picture: one may be its stroke
MANY = 50  # characters; a picture of more is looked at once, so that the time for it is bounded
FAINTER = 0.5  # of the usual bound on how faint a stroke may be, for a second look
PALER = 0.8  # of the evidence counts of that look, which takes shades for strokes
SLOPING = np.deg2rad(8), np.deg2rad(50)  # a row of a slope between these is looked at straightened, too


def transcribe(recognizer, ink, noise, automaton=None):
    """Read what is written on a picture.

    Parameters
    ----------
    recognizer : Recognizer
        Of grey images.
    ink : ndarray of float32, shape (height, width)
        Of the picture, as `imaging.ink.read_ink` gives it.
    noise : float
        Standard deviation of the paper.
    automaton : Automaton, optional
        Says what may be written.

    Returns
    -------
    view : View
        The best way to see it.

    Raises
    ------
    ImageError
        If nothing is written on it, or nothing that may be.
    """
    written = without_ruling(ink)
    try:
        view = _clearest(recognizer, written, noise, automaton)
    except ImageError:  # a stroke that goes right across is taken for a line, and there is no other
        if written is ink:
            raise
        return _clearest(recognizer, ink, noise, automaton)
    spans = any(one.character.spans(view.shape) for one in view.seen)
    if written is not ink and (spans or not view.is_clear):
        with suppress(ImageError):  # so many lines that they cannot be read
            ruled = _clearest(recognizer, ink, noise, automaton)
            view = replace(view, evidence=view.evidence * (SPANNING if spans else 1))
            return max(view, ruled, key=lambda view: view.merit)
    return view


def _clearest(recognizer, ink, noise, automaton):
    """See the ink as it is, straightened, upright and fainter, where there is need: the best view."""
    views = [look(recognizer, ink, noise, automaton)]
    ways = []
    if angle := _slope(views[0].seen):
        sine, cosine = np.sin(angle), np.cos(angle)
        ways.append({"back": np.array([[cosine, -sine], [sine, cosine]])})
    if slant := slant_of(ink):
        ways.append({"back": np.array([[1, -slant], [0, 1]])})
    ways.append({"faint": FAINTER, "share": PALER})
    for way in ways:
        if views[-1].is_clear or len(views[0].seen) > MANY:
            break
        with suppress(ImageError):  # nothing is to be seen in that way
            views.append(look(recognizer, ink, noise, automaton, **way))
    return max(views, key=lambda view: view.merit)


def _slope(seen):
    """Measure the angle of a sloping row in radians; 0 if there is none."""
    if len(seen) < 3 or any(one.gap == "\n" for one in seen):
        return 0.0
    boxes = np.array([one.character.box for one in seen])
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    angle = float(np.arctan(np.polyfit(x, y, 1)[0]))
    return angle if SLOPING[0] < abs(angle) < SLOPING[1] else 0.0
