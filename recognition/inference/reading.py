"""A picture in, a `Reading` out: what the model recognises on it, and where."""

import io
import math
from base64 import b64encode
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from recognition.errors import ImageError
from recognition.imaging.characters import spaces
from recognition.imaging.decoding import colour_square
from recognition.imaging.ink import read_ink
from recognition.imaging.pixels import frame_of, framed, grey_levels, is_canonical, is_pixel_by_pixel, open_picture
from recognition.inference.recognizer import certainty
from recognition.inference.transcription import Seen, transcribe


@dataclass(frozen=True)
class Reading:
    """The answer for a picture.

    Attributes
    ----------
    seen : list of Seen
        The characters in reading order; of a picture of anything else the one that is all of it.
    of_characters : bool
        Whether it was looked for characters.
    doubt : str
        What on the picture as a whole gives cause for doubt, in a few words; empty if nothing does.
    """

    seen: list[Seen]
    of_characters: bool
    doubt: str = ""

    @property
    def label(self):
        """Labels of all characters, joined: wide gaps by a space, lines by a newline."""
        return "".join(one.gap + one.prediction.label for one in self.seen)

    @property
    def confidence(self):
        """Product of the confidences of all characters, from 0 to 1."""
        return round(math.prod(one.prediction.confidence for one in self.seen), 6)

    @property
    def recognized(self):
        """Whether nothing gives cause for doubt."""
        return not self._first_doubt()

    @property
    def characters(self):
        """What stands at each place, each with its `prediction` and `box`: list of Seen; empty but for characters."""
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
            The label of all characters, the product of their confidences, whether all were recognised, or why the
            first that was not is doubted; the likeliest classes where there is one; and the characters, each with
            its box.
        """

        def told(one):
            return {"seen": data_url(one.image, full)} if seen else {}

        first = self.seen[0]
        if not self.of_characters:
            return {**first.prediction.as_dict(), **told(first)}
        answer = {"label": self.label, "confidence": self.confidence, **certainty(self._first_doubt())}
        if len(self.seen) == 1:
            answer["top"] = first.prediction.as_dict()["top"]
        answer["characters"] = [{**one.prediction.as_dict(), "box": list(one.box), **told(one)} for one in self.seen]
        return answer

    def _first_doubt(self):
        """Return the doubt of the whole picture, else that of the first doubtful character, named if it is one of many.

        Returns
        -------
        doubt : str
            In a few words; empty if there is none.
        """
        doubts = [one.prediction.doubt for one in self.seen]
        if len(doubts) == 1 or not any(doubts):
            return doubts[0]
        if self.doubt and self.doubt in doubts:
            return self.doubt
        return next(f"the {_ordinal(n)} character {doubt}" for n, doubt in enumerate(doubts, start=1) if doubt)


def read(recognizer, source):
    """Recognise what is on a picture.

    Parameters
    ----------
    recognizer : Recognizer
        Of colour pictures, or of characters.
    source : path or binary file
        The picture, in one of `pixels.FORMATS`.

    Returns
    -------
    reading : Reading
        A picture of a small model's own shape is taken as it is, as `client.py` does; of any other the characters are
        looked for. Of the own shape of a larger model it is what is recognised of both, or else recognised better.

    Raises
    ------
    ImageError
        If it cannot be read, or nothing is written on it.
    """
    with open_picture(source) as picture:
        return read_opened(recognizer, picture)


def read_opened(recognizer, picture):
    """Recognise what is on a picture that `open_picture` opened, as `read` does."""
    if len(recognizer.shape) == 3:
        image = colour_square(picture, recognizer.shape[0])
        return Reading([_whole(recognizer, image, (0, 0, *image.shape[1::-1]))], of_characters=False)
    own = []
    if is_canonical(picture, recognizer.shape):
        image = grey_levels(picture, recognizer.full).reshape(recognizer.shape)
        own = [_whole(recognizer, image, (0, 0, *recognizer.shape[::-1]))]
        if is_pixel_by_pixel(picture, recognizer.shape):
            return Reading(own, of_characters=True)
    try:
        frame = frame_of(picture)
        ink, noise, size = read_ink(framed(picture, frame))
        view = transcribe(recognizer, ink, noise)
    except ImageError:
        if own:
            return Reading(own, of_characters=True)
        raise
    sure = all(seen.prediction.recognized for line in view.lines for seen in line)
    if own and (own[0].prediction.recognized, own[0].evidence) >= (sure, view.evidence):
        return Reading(own, of_characters=True)
    everything, gap = [], ""
    for line in view.lines:
        gaps = [gap, *(" " if wide else "" for wide in spaces([seen.character for seen in line]))]
        boxes = [_unframed(view.box_in_picture(seen.character.box, size), frame, size) for seen in line]
        everything += [
            replace(seen, prediction=_doubted(seen.prediction, view), box=box, gap=before)
            for seen, box, before in zip(line, boxes, gaps, strict=True)
        ]
        gap = "\n"
    return Reading(everything, True, view.doubt)


def _unframed(box, frame, size):
    """Return a box of a framed picture of this size as one of the picture without its frame: tuple of int."""
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


def _whole(recognizer, image, box):
    """See all of a picture as one."""
    (prediction,), (similarity,) = recognizer.examine(image.reshape(1, -1))
    return Seen(prediction, image, evidence=prediction.confidence * float(similarity), box=box)


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
