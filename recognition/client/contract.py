"""What an answer must look like before the client takes it: the HTTP contract as tables of checks."""

import re
import reprlib
from base64 import b64decode
from binascii import Error

from recognition.console import CONTROLS

PNG = b"\x89PNG\r\n\x1a\n"


def check_card(card):
    """Return what the client needs of a card.

    Parameters
    ----------
    card : object
        JSON that the server sent.

    Returns
    -------
    card : dict
        Its "shape", "range" and "classes", and "merged" if it says what was joined to these.

    Raises
    ------
    ValueError
        If one is missing or malformed; the message names it.
    """
    return _checked_object("the card", card, CARD)


def check_predictions(answer, count, seen=False):
    """Return the predictions of an answer.

    Parameters
    ----------
    answer : object
        JSON that the server sent.
    count : int
        Number of the instances or pictures that were asked about.
    seen : bool
        Whether what the model saw was asked for.

    Returns
    -------
    predictions : list of dict
        Predictions of the HTTP contract, without anything that it does not know.

    Raises
    ------
    ValueError
        If there are more or fewer, or something is missing or malformed; the message names it.
    """
    predictions = _checked_object("the answer", answer, ANSWER)["predictions"]
    if len(predictions) != count:
        raise ValueError(f"{len(predictions)} predictions where {count} were asked for")
    characters = (part for prediction in predictions for part in prediction.get("characters", [prediction]))
    if seen and not all("seen" in character for character in characters):
        raise ValueError("what the model saw is missing")
    return predictions


def _checked_object(name, value, checks):
    """Return the entries of an object that a table knows."""
    if not isinstance(value, dict):
        raise ValueError(f"{name} is no object")
    if missing := checks.keys() - value.keys() - OPTIONAL:
        raise ValueError(f"{name} has no {min(missing)}")
    return {key: _checked(key, value[key], checks[key]) for key in value if key in checks}


def _checked(name, value, check):
    """Return a value that passes a check, or a list of objects that pass a table."""
    if isinstance(check, dict) and _is_list(value):
        return [_checked_object(f"one of {name}", entry, check) for entry in value]
    if isinstance(check, dict) or not check(value):
        raise ValueError(f"{name} is malformed: {reprlib.repr(value)}")
    return value


def _is_text(value):
    return isinstance(value, str)


def _is_line(value):
    return _is_text(value) and not CONTROLS.search(value)


def _are_lines(value):
    return _is_text(value) and all(map(_is_line, value.split("\n")))


def _is_number(value):
    return type(value) in (int, float)  # a boolean is an int


def _is_share(value):
    return _is_number(value) and 0 <= value <= 1


def _is_flag(value):
    return isinstance(value, bool)


def _is_list(value):
    return isinstance(value, list) and len(value) > 0


def _is_box(value):
    return _is_list(value) and len(value) == 4 and all(type(side) is int for side in value)


def _is_shape(value):
    return _is_list(value) and len(value) in (2, 3) and all(type(side) is int and 0 < side < 2**15 for side in value)


def _is_range(value):
    return _is_list(value) and len(value) == 2 and all(map(_is_number, value)) and 0 == value[0] < value[1] < 2**16


def _are_classes(value):
    return _is_list(value) and all(map(_is_text, value))


def _are_merged(value):
    return isinstance(value, dict) and all(len(label) == 1 and _is_text(name) for label, name in value.items())


def _is_picture(value):
    """Return whether a value is a PNG in a data URL."""
    match = isinstance(value, str) and re.fullmatch("data:image/png;base64,([A-Za-z0-9+/=]+)", value)
    try:
        return bool(match) and b64decode(match[1], validate=True).startswith(PNG)
    except Error:
        return False


# A table stands for a list of at least one object that passes it.
CARD = {"shape": _is_shape, "range": _is_range, "classes": _are_classes, "merged": _are_merged}
CANDIDATE = {"label": _is_text, "confidence": _is_share}
JUDGEMENT = {**CANDIDATE, "recognized": _is_flag, "doubt": _is_text, "top": CANDIDATE, "seen": _is_picture}
CHARACTER = {**JUDGEMENT, "label": _is_line, "box": _is_box}
PREDICTION = {**JUDGEMENT, "label": _are_lines, "characters": CHARACTER}
ANSWER = {"predictions": PREDICTION}
OPTIONAL = {"merged", "doubt", "top", "characters", "seen"}
