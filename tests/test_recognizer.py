import numpy as np
import pytest
from sklearn.datasets import load_digits

from recognition import datasets
from recognition.dataset import split

RNG = np.random.default_rng(7)
DIGITS = load_digits()
_, TEST = split(datasets.digits(), 0.2, seed=42)  # the part that `training.py` did not fit on
IMAGES = TEST.images.astype(int)

JUNK = {
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
    _, recognized, _ = model.recognizer.probabilities(TEST.rows)
    assert (~recognized).mean() <= 0.02


@pytest.mark.parametrize("kind", JUNK)
def test_refuses_junk(model, kind):
    _, recognized, _ = model.recognizer.probabilities(JUNK[kind].reshape(-1, 64))
    assert (~recognized).mean() >= 0.95


@pytest.mark.parametrize("value", range(17))
def test_an_image_of_one_value_is_not_recognized(model, value):
    (prediction,) = model.recognizer.predict(np.full((1, 64), value))
    assert not prediction.recognized


def test_a_prediction_has_its_label_first_among_the_five_likeliest(model):
    for prediction in model.recognizer.predict(TEST.rows[:20]):
        confidences = [candidate.confidence for candidate in prediction.top]
        assert prediction.top[0].label == prediction.label
        assert prediction.top[0].confidence == prediction.confidence
        assert len(prediction.top) == 5
        assert confidences == sorted(confidences, reverse=True)
        assert 0 <= sum(confidences) <= 1.00001


def test_confidence_is_about_how_often_it_is_right(model):
    probabilities, _, _ = model.recognizer.probabilities(TEST.rows)
    right = model.recognizer.classes[probabilities.argmax(axis=1)] == TEST.labels
    assert abs(probabilities.max(axis=1).mean() - right.mean()) < 0.02


def test_rows_together_get_the_answers_that_each_gets_alone(model):
    together = model.recognizer.predict(TEST.rows[:30])
    alone = [model.recognizer.predict(row[None])[0] for row in TEST.rows[:30]]
    for one, other in zip(together, alone, strict=True):
        assert (one.label, one.recognized) == (other.label, other.recognized)
        assert one.confidence == pytest.approx(other.confidence, abs=1e-4)
