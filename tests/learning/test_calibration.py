import numpy as np
import pytest

from recognition.learning.calibration import SURE, Familiarity, TemperatureScaling, least_sureness


def test_confidence_is_how_often_it_is_right():
    # Of rows that all look the same, seven in ten are of class 0: the confidence shall be 0.7.
    decisions = np.tile(np.array([[0.3, -0.3]], dtype=np.float32), (1000, 1))
    truth = (np.arange(1000) % 10 >= 7).astype(int)
    scaling = TemperatureScaling.fit(decisions, truth)
    assert scaling.probabilities(decisions)[0] == pytest.approx([0.7, 0.3], abs=1e-3)


def test_the_temperature_changes_no_label():
    decisions = np.random.default_rng(0).normal(size=(50, 10)).astype(np.float32)
    probabilities = TemperatureScaling(3.0).probabilities(decisions)
    assert (probabilities.argmax(axis=1) == decisions.argmax(axis=1)).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_familiarity_is_how_often_what_looks_so_is_real():
    # Of a thousand that look in the same way, as many are real as not: the probability shall be 0.5 there.
    looks = np.linspace(-1, 1, 1000, dtype=np.float32)
    familiarity = Familiarity.fit(np.concatenate([looks, looks + 2]), np.concatenate([looks, looks - 2]))
    assert familiarity.probabilities(np.zeros(1)) == pytest.approx(0.5, abs=0.02)
    assert (np.diff(familiarity.probabilities(looks)) > 0).all()
    assert familiarity.probabilities(np.array([-3.0, 3.0])) == pytest.approx([0.0, 1.0], abs=0.1)


def test_few_negatives_weigh_as_much_as_many_real_images():
    real, negatives = np.tile([0.0, 1.0, 2.0], 100), np.array([-2.0, -1.0, 0.0])
    assert Familiarity.fit(real, negatives).probabilities(np.zeros(1)) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("confidence", "least"), [(0.99, SURE), (0.2, 0.2)])
def test_where_classes_are_hard_to_tell_apart_an_answer_needs_less(confidence, least):
    assert least_sureness(np.full(100, confidence)) == pytest.approx(least)
