import pytest
from answers import MIXED, answers_of

from recognition.evaluation.reliability import accuracy_of_rest, calibration_error, reliability_bins, wilson_interval


def test_reliability_compares_confidence_with_accuracy():
    bins = reliability_bins(MIXED)
    assert [(each.low, each.count) for each in bins] == [(0.5, 1), (pytest.approx(0.6), 1), (0.9, 3)]
    assert [each.accuracy for each in bins] == pytest.approx([0, 1, 2 / 3])
    assert bins[2].confidence == pytest.approx((0.98 + 0.97 + 0.95) / 3)
    expected = (0.55 + 0.35 + 3 * (2.9 / 3 - 2 / 3)) / 5
    assert calibration_error(bins) == pytest.approx(expected)


def test_a_confidence_of_one_is_in_the_last_bin():
    (only,) = reliability_bins(answers_of(("b", 1.0, True)))
    assert (only.low, only.high, only.accuracy) == (0.9, 1, 1)


def test_refusing_the_least_confident_leaves_the_others():
    assert accuracy_of_rest(MIXED, [0, 0.2, 0.4, 0.8]) == pytest.approx([3 / 5, 3 / 4, 2 / 3, 1])


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),  # figures of Newcombe, Statistics in Medicine 17 (1998), table I: 81/263, 15/148, 0/20
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_interval_is_the_published_one(successes, trials, low, high):
    assert wilson_interval(successes, trials) == pytest.approx((low, high), abs=5e-5)
