import numpy as np
import pytest

from recognition.learning.calibration import RejectionThresholds, TemperatureScaling

REAL = np.linspace(0.5, 1, 1000)
SURE = np.ones(1000)


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


def test_all_negatives_that_are_farther_than_real_rows_are_refused():
    thresholds = RejectionThresholds.fit(SURE, REAL, [np.linspace(0, 0.3, 1000), np.linspace(0, 0.1, 1000)])
    assert thresholds.are_near(REAL).all()
    assert not thresholds.are_near(np.array([0.0, 0.2, 0.29])).any()


def test_hardly_any_real_row_is_refused_however_near_the_negatives_are():
    thresholds = RejectionThresholds.fit(SURE, REAL, [np.linspace(0, 0.9, 1000)])
    assert 0.003 < (~thresholds.are_near(REAL)).mean() <= 0.005


def test_what_may_be_of_several_classes_is_refused():
    confidence = np.array([0.98] * 995 + [0.51] * 5)
    thresholds = RejectionThresholds.fit(confidence, REAL, [np.zeros(10)])
    assert thresholds.are_clear(np.array([[0.9, 0.1], [0.55, 0.45]])).tolist() == [True, False]
