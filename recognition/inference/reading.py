"""A picture in, a `Reading` out: what the model recognises on it, and where."""

import io
from base64 import b64encode
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from recognition.errors import ImageError, PatternError
from recognition.imaging.decoding import colour_square
from recognition.imaging.ink import read_ink
from recognition.imaging.pixels import frame_of, framed, grey_levels, is_canonical, is_pixel_by_pixel, open_picture
from recognition.inference.pattern import parse_pattern
from recognition.inference.recognizer import Candidate, certainty
from recognition.inference.transcription import transcribe
from recognition.inference.views import Seen


@dataclass(frozen=True)
class Reading:
    """The answer for a picture.

    Attributes
    ----------
    seen : list of Seen
        The characters in reading order; of a picture of anything else the one that is all of it.
    top : tuple of Candidate
        The likeliest readings of the whole, the likeliest first.
    of_characters : bool
        Whether it was looked for characters.
    doubt : str
        What on the picture as a whole gives cause for doubt, in a few words; empty if nothing does.
    sure : bool
        Whether the reading of several characters is likely right, even if one of them alone might not be.
    """

    seen: list[Seen]
    top: tuple[Candidate, ...]
    of_characters: bool
    doubt: str = ""
    sure: bool = True

    @property
    def label(self):
        """Labels of all characters, joined: wide gaps by a space, lines by a newline."""
        return self.top[0].label

    @property
    def confidence(self):
        """How likely this reading is among all, from 0 to 1."""
        return self.top[0].confidence

    @property
    def recognized(self):
        """Whether nothing gives cause for doubt."""
        return not self._first_doubt()

    @property
    def characters(self):
        """A list of what is `Seen` at each place, with its `prediction` and `box`; empty but for characters."""
        return self.seen if self.of_characters else []

    def as_dict(self, full, seen=False):
        """Return what JSON shall say.

        Parameters
        ----------
        full : int
            The largest value of a canonical image.
        seen : bool
            Add the canonical images as data URLs.

        Returns
        -------
        answer : dict
            The label of all characters, its confidence, whether all were recognised, or why the first that was not
            is doubted; the likeliest readings; and the characters, each with its box.
        """

        def shown(one):
            return {"seen": data_url(one.image, full)} if seen else {}

        top = [{"label": one.label, "confidence": one.confidence} for one in self.top]
        answer = {"label": self.label, "confidence": self.confidence, **certainty(self._first_doubt()), "top": top}
        if not self.of_characters:
            return {**answer, **shown(self.seen[0])}
        answer["characters"] = [{**one.prediction.as_dict(), "box": list(one.box), **shown(one)} for one in self.seen]
        return answer

    def _first_doubt(self):
        """Return the doubt of the whole picture, else that of the first doubtful character, named if it is one of many.

        Returns
        -------
        doubt : str
            In a few words; empty if there is none.
        """
        doubts = [one.prediction.doubt for one in self.seen]
        if len(doubts) == 1:
            return doubts[0]
        if self.doubt and self.doubt in doubts:
            return self.doubt
        if self.sure:
            return ""
        if not any(doubts):
            return f"may be {self.label} or {self.top[1].label if len(self.top) > 1 else 'another'}"
        return next(f"the {_ordinal(n)} character {doubt}" for n, doubt in enumerate(doubts, start=1) if doubt)


def read(recognizer, source, pattern=None):
    """Recognise what is on a picture.

    Parameters
    ----------
    recognizer : Recognizer
        Of colour pictures, or of characters.
    source : path or binary file
        The picture, in one of `pixels.FORMATS`.
    pattern : str, optional
        What may be written, for `pattern.parse_pattern`.

    Returns
    -------
    reading : Reading
        A picture of a small model's own shape is taken as it is, as `client.py` does; of any other the characters are
        looked for. Of the own shape of a larger model it is what is recognised of both, or else recognised better.

    Raises
    ------
    ImageError
        If it cannot be read, or nothing is written on it, or nothing that fits the pattern.
    PatternError
        If the pattern cannot be parsed or fits nothing that the model knows, or it is no model of characters.
    """
    automaton = automaton_for(recognizer, pattern)
    with open_picture(source) as picture:
        return read_opened(recognizer, picture, automaton)


def automaton_for(recognizer, pattern):
    """Return the automaton of a pattern, None without one; raise a `PatternError` if the model can't read by it."""
    if pattern is None:
        return None
    if len(recognizer.shape) == 3:
        raise PatternError("the model is of pictures as a whole, and a pattern says what is written; leave it out")
    return parse_pattern(pattern, recognizer.classes.tolist())


def read_opened(recognizer, picture, automaton=None):
    """Recognise what is on a picture that `open_picture` opened, as `read` does."""
    if len(recognizer.shape) == 3:
        return _whole(recognizer, colour_square(picture, recognizer.shape[0]))
    own = None
    if is_canonical(picture, recognizer.shape) and automaton is None:
        own = _whole(recognizer, grey_levels(picture, recognizer.full).reshape(recognizer.shape))
        if is_pixel_by_pixel(picture, recognizer.shape):
            return own
    try:
        frame = frame_of(picture)
        ink, noise, size = read_ink(framed(picture, frame))
        view = transcribe(recognizer, ink, noise, automaton)
    except ImageError:
        if own is None:
            raise
        return own
    boxes = [_unframed(view.box_in_picture(one.character.box, size), frame, size) for one in view.seen]
    seen = [
        replace(one, prediction=_doubted(one.prediction, view), box=box)
        for one, box in zip(view.seen, boxes, strict=True)
    ]
    placed = Reading(seen, view.top, True, view.doubt, view.sure)
    if own is not None and (own.recognized, own.seen[0].evidence) >= (placed.recognized, view.evidence):
        return own
    return placed


def _unframed(box, frame, size):
    """Return a box of a framed picture of this size, a tuple of int, as one of the picture without its frame."""
    inner = [side - 2 * frame for side in size] * 2
    return tuple(min(max(edge - frame, 0), most) for edge, most in zip(box, inner, strict=True))


def _doubted(prediction, view):
    """Return a prediction, doubted if it is not yet and its confidence is not enough for the view."""
    if prediction.doubt or prediction.confidence >= view.enough:
        return prediction
    return replace(prediction, doubt=view.doubt)


def _ordinal(number):
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _whole(recognizer, image):
    """Read all of a picture as one."""
    (prediction,), _, (similarity,), *_ = recognizer.examine(image.reshape(1, -1))
    seen = Seen(prediction, image, evidence=prediction.confidence * float(similarity), box=(0, 0, *image.shape[1::-1]))
    return Reading([seen], prediction.top, image.ndim == 2)


def data_url(image, full, kind="png"):
    """Return a canonical image as a data URL.

    Parameters
    ----------
    image : ndarray of numbers, shape (height, width) or (height, width, 3)
        Grey: 0 = paper, shown white, `full` = full ink, shown black. Colours as they are.
    full : int
        The largest value.
    kind : str
        "png", or "jpeg" where size matters more than each pixel.

    Returns
    -------
    url : str
        `data:image/png;base64,...`
    """
    levels = np.rint(np.asarray(image) * (255 / full)).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(levels if image.ndim == 3 else 255 - levels).save(buffer, kind)
    return f"data:image/{kind};base64,{b64encode(buffer.getvalue()).decode('ascii')}"
