from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import logit
from sklearn.datasets import load_digits
from sklearn.pipeline import Pipeline

from recognition.data import sources
from recognition.data.dataset import split
from recognition.inference.recognizer import Candidate, Prediction, Recognizer
from recognition.learning.calibration import LogisticScaling, TemperatureScaling

RNG = np.random.default_rng(7)
DIGITS = load_digits()
_, TEST = split(sources.digits(), 0.2, seed=42)  # the part that `training.py` did not fit on
IMAGES = TEST.images[:].astype(int)

NEGATIVES = {
    "noise": RNG.integers(0, 17, (300, 8, 8)),
    "black and white noise": 16 * RNG.integers(0, 2, (300, 8, 8)),
    "inverted": 16 - IMAGES,
    "transposed": IMAGES.swapaxes(1, 2),
    "shuffled": RNG.permuted(IMAGES.reshape(-1, 64), axis=1).reshape(-1, 8, 8),
}


def test_reads_digits_that_it_has_not_seen(model):
    predictions = model.recognizer.predict(TEST.rows)
    right = np.mean([prediction.label == label for prediction, label in zip(predictions, TEST.labels, strict=True)])
    assert right > 0.98


def test_refuses_at_most_one_real_digit_in_fifty(model):
    _, doubts, *_ = model.recognizer.probabilities(TEST.rows)
    assert (doubts != "").mean() <= 0.02


@pytest.mark.parametrize("kind", NEGATIVES)
def test_refuses_negatives(model, kind):
    _, doubts, *_ = model.recognizer.probabilities(NEGATIVES[kind].reshape(-1, 64))
    assert (doubts != "").mean() >= 0.95


def test_noise_is_doubted_because_it_looks_like_none_of_the_classes(model):
    _, doubts, *_ = model.recognizer.probabilities(NEGATIVES["noise"].reshape(-1, 64))
    assert (doubts == "looks like none of the classes").mean() >= 0.95


def answer_of(least_confidence, similarity):
    """The answer of a recognizer that sees 3, 8, 5, 9 and 1 in an image, in this order."""
    probabilities = np.array([[0.05, 0.4, 0.15, 0.3, 0.1]])
    classifier = SimpleNamespace(
        classes_=np.array([*"13589"]), decide=lambda rows: (np.log(probabilities), np.array([similarity]))
    )
    # With a similarity of 1 the answer is right with 0.4, and would be certain if 3 won clearly; with less it is wrong.
    sureness = LogisticScaling(np.array([10.0, 100.0]), logit(0.4) - 10 * np.log(0.4) - 100)
    pipeline = Pipeline([("classifier", classifier)])
    recognizer = Recognizer(pipeline, TemperatureScaling(1.0), sureness, least_confidence, (2, 2), 16)
    return recognizer.predict(np.array([[0, 16, 16, 0]]))[0]


@pytest.mark.parametrize(
    ("least_confidence", "doubt"),
    [
        (0.35, ""),
        (0.6, "may be 3 or 8"),
        (0.8, "may be 3, 8 or 5"),
        (0.9, "may be 3, 8 or another"),
    ],
)
def test_what_is_not_clear_may_be_one_of_the_classes_that_compete(least_confidence, doubt):
    prediction = answer_of(least_confidence, similarity=1.0)
    assert (prediction.label, prediction.doubt, prediction.recognized) == ("3", doubt, not doubt)


def test_what_is_far_from_all_that_was_learnt_is_not_said_to_be_this_or_that():
    assert answer_of(least_confidence=0.8, similarity=0.4).doubt == "looks like none of the classes"


@pytest.mark.parametrize("recognized", [True, False])
def test_a_prediction_says_why_only_where_it_is_doubted(recognized):
    told = Prediction("3", 0.6, (Candidate("3", 0.6),), "" if recognized else "may be 3 or 8").as_dict()
    assert told["recognized"] is recognized
    assert told.get("doubt") == (None if recognized else "may be 3 or 8")


@pytest.mark.parametrize("value", [0, 1, 16])
def test_an_image_of_one_value_is_not_recognized(model, value):
    (prediction,) = model.recognizer.predict(np.full((1, 64), value))
    assert (prediction.recognized, prediction.doubt) == (False, "the image is blank")


def test_a_prediction_has_its_label_first_among_the_five_likeliest(model):
    for prediction in model.recognizer.predict(TEST.rows[:20]):
        confidences = [candidate.confidence for candidate in prediction.top]
        assert prediction.top[0].label == prediction.label
        assert prediction.top[0].confidence == prediction.confidence
        assert len(prediction.top) == 5
        assert confidences == sorted(confidences, reverse=True)
        assert 0 <= sum(confidences) <= 1.00001


def test_confidence_is_about_how_often_it_is_right(model):
    probabilities, *_ = model.recognizer.probabilities(TEST.rows)
    right = model.recognizer.classes[probabilities.argmax(axis=1)] == TEST.labels
    assert abs(probabilities.max(axis=1).mean() - right.mean()) < 0.02


def test_rows_together_get_the_answers_that_each_gets_alone(model):
    together = model.recognizer.predict(TEST.rows[:30])
    alone = [model.recognizer.predict(row[None])[0] for row in TEST.rows[:30]]
    for one, other in zip(together, alone, strict=True):
        assert (one.label, one.recognized) == (other.label, other.recognized)
        assert one.confidence == pytest.approx(other.confidence, abs=1e-4)
