import numpy as np
import pytest

from recognition.learning.calibration import SURE, LogisticScaling, TemperatureScaling, least_sureness


def test_confidence_is_how_often_it_is_right():
    # Of rows that all look the same, seven in ten are of class 0: the confidence shall be 0.7.
    decisions = np.tile(np.array([[0.3, -0.3]], dtype=np.float32), (1000, 1))
    truth = (np.arange(1000) % 10 >= 7).astype(int)
    scaling = TemperatureScaling.fit(decisions, truth)
    assert scaling.probabilities(decisions)[0] == pytest.approx([0.7, 0.3], abs=1e-3)


def test_a_model_that_misread_nothing_may_still_be_wrong():
    decisions = np.where(np.eye(4, dtype=bool)[np.arange(400) % 4], 1, -1).astype(np.float32)
    confidence = TemperatureScaling.fit(decisions, np.arange(400) % 4).probabilities(decisions).max(axis=1)
    assert 0.99 < confidence.min() < 0.9999


def test_the_temperature_changes_no_label():
    decisions = np.random.default_rng(0).normal(size=(50, 10)).astype(np.float32)
    probabilities = TemperatureScaling(3.0).probabilities(decisions)
    assert (probabilities.argmax(axis=1) == decisions.argmax(axis=1)).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_sureness_is_how_often_answers_of_such_scores_are_right():
    # Of those whose scores add up to 0, as many are right as not: the probability shall be 0.5 there.
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(4000, 2))
    right = scores.sum(axis=1) + rng.logistic(size=len(scores)) > 0
    sureness = LogisticScaling.fit(scores, right)
    assert sureness.probabilities(np.array([[1.0, -1.0], [-2.0, 2.0]])) == pytest.approx(0.5, abs=0.05)
    assert sureness.probabilities(np.array([[-2.0, -2.0], [2.0, 2.0]])) == pytest.approx([0.02, 0.98], abs=0.02)


def test_few_wrong_answers_weigh_as_much_as_many_right_ones():
    scores = np.concatenate([np.tile([0.0, 1.0, 2.0], 100), [-2.0, -1.0, 0.0]])[:, None]
    sureness = LogisticScaling.fit(scores, np.arange(len(scores)) < 300)
    assert sureness.probabilities(np.zeros((1, 1))) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("sureness", "least"), [(0.99, SURE), (0.1, 0.1)])
def test_where_classes_are_hard_to_tell_apart_an_answer_needs_less(sureness, least):
    assert least_sureness(np.full(100, sureness)) == pytest.approx(least)
