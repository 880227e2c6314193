"""Tests of `recognition.inference.transcription`: which of several views is the answer."""

from itertools import chain, repeat

import numpy as np
import pytest

from recognition.imaging.characters import Character
from recognition.inference import transcription
from recognition.inference.recognizer import Prediction
from recognition.inference.transcription import transcribe
from recognition.inference.views import Seen, View

INK = np.zeros((40, 60), np.float32)
INK[10:30, 20:40] = 1


def view(evidence, doubt=""):
    character = Character(20, 10, np.ones((20, 20), np.float32))
    prediction = Prediction("7", 0.9, (), doubt)
    seen = [Seen(prediction, INK, character, evidence)]
    return View(seen, (), INK.shape, 0.0, "", False, evidence, INK.shape, np.eye(2))


@pytest.fixture
def seen_as(monkeypatch):
    """Return a function that lets the picture be seen in these ways, one after the other."""

    def views(*following):
        remaining = chain(following, repeat(following[-1]))
        monkeypatch.setattr(transcription, "look", lambda *_args, **_options: next(remaining))
        return following

    return views


def test_a_clear_view_is_the_only_one(seen_as):
    first, _ = seen_as(view(0.9), view(0.95))
    assert transcribe(None, INK, 0.0) is first


@pytest.mark.parametrize(("doubts", "best"), [(("", ""), 1), (("", "doubtful"), 0), (("doubtful", "doubtful"), 1)])
def test_a_view_that_is_recognised_is_better_than_one_of_more_evidence(seen_as, doubts, best):
    views = seen_as(view(0.5, doubts[0]), view(0.7, doubts[1]))
    assert transcribe(None, INK, 0.0) is views[best]
