from dataclasses import replace

import numpy as np
import pytest

from recognition.data import sources
from recognition.engine.threads import Threads
from recognition.errors import DataError
from recognition.evaluation import curves, summary
from recognition.evaluation.curves import LearningCurve
from recognition.learning import recipes

DIGITS = sources.digits().take(np.arange(600))
RECIPE = recipes.choose((8, 8), 600, 10)
ESTIMATOR = RECIPE.estimator((8, 8), 16, 600)


def curve(*errors, spread=0.001):
    """Make a curve with these errors, each time twice the images."""
    validation = 1 - np.array(errors)[:, None] + spread * np.array([-1, 0, 1])
    rows = [100 * 2**step for step in range(len(errors))]
    return LearningCurve(rows, np.ones_like(validation), validation, drawn=rows[-1], available=rows[-1])


def test_more_images_make_fewer_errors():
    found = curves.learning_curve(ESTIMATOR, DIGITS, seed=0)
    assert found.rows == [48, 96, 192, 336, 480]
    assert found.training.shape == found.validation.shape == (5, 5)
    assert found.errors[0] > 3 * found.errors[-1]
    assert (found.training.mean(axis=1) >= found.validation.mean(axis=1)).all()


def test_a_curve_does_not_depend_on_the_number_of_jobs():
    one, two = (curves.learning_curve(ESTIMATOR, DIGITS, 0, Threads(jobs)) for jobs in (1, 2))
    np.testing.assert_array_equal(one.validation, two.validation)


def test_networks_have_a_curve_and_parameters_to_search(monkeypatch):
    monkeypatch.setattr("recognition.learning.network.LEAST_ROWS", 500)
    monkeypatch.setattr(curves, "FACTORS", (1 / 3, 1, 3))
    options = recipes.choose((28, 28), 100_000, 62).options
    networks = replace(RECIPE, classifier="networks", options=options, copies=1)
    found = curves.learning_curve(networks.estimator((8, 8), 16, 300), DIGITS.take(np.arange(300)), seed=0)
    assert found.errors[-1] < 0.2
    search = curves.search(networks, DIGITS.take(np.arange(150)), seed=0)
    assert search.names == ("rate", "alpha")
    assert search.accuracies.max() > 0.7


def test_large_data_is_drawn_from(monkeypatch):
    monkeypatch.setattr(curves, "MOST_ROWS", 300)
    found = curves.learning_curve(ESTIMATOR, DIGITS, seed=0)
    assert found.rows[-1] == 240
    assert (found.drawn, found.available) == (300, 600)


def test_classes_of_too_few_images_are_left_out_and_without_others_there_is_no_curve():
    lone = replace(DIGITS, labels=np.array([f"x{i}" if i < 3 else label for i, label in enumerate(DIGITS.labels)]))
    assert curves.learning_curve(ESTIMATOR, lone, seed=0).rows[-1] <= 480
    every_one_another = replace(DIGITS, labels=np.arange(600).astype(str))
    assert curves.learning_curve(ESTIMATOR, every_one_another, seed=0) is None


def test_an_error_that_falls_as_a_power_is_expected_to_go_on():
    falling = curve(0.16, 0.08, 0.04)
    assert falling.error_of_twice == pytest.approx(0.02, rel=0.01)
    assert falling.more_helps
    assert "More data would help" in summary.learning(falling)
    assert "and 800 may bring it to about 2.00 %" in summary.learning(falling)


@pytest.mark.parametrize("at_rest", [curve(0.05, 0.04, 0.04, 0.04), curve(0.2, 0.1, 0.05, spread=0.1), curve(0.03)])
def test_an_error_at_rest_or_within_chance_is_not_said_to_fall(at_rest):
    assert not at_rest.more_helps
    assert "hardly" in summary.learning(at_rest)


def test_a_curve_over_some_of_the_images_tells_what_was_drawn_and_concludes_nothing():
    for found in (curve(0.16, 0.08, 0.04), curve(0.05, 0.04, 0.04), curve(0.03)):
        told = summary.learning(replace(found, available=60_000))
        assert f"Drawn over {found.drawn:,} of 60,000 images" in told
        assert "does not tell whether more would help" in told
        assert "More data" not in told
        assert "hardly" not in told


def test_a_curve_of_the_first_view_says_so():
    told = summary.learning(replace(curve(0.16, 0.08, 0.04), first_view=True))
    assert told.endswith("; the curve is that of a simpler model, which learns from no distorted copies.")
    assert "simpler model" not in summary.learning(curve(0.16, 0.08, 0.04))
    copying = replace(RECIPE, copies=1).estimator((8, 8), 16, 600)
    assert curves.learning_curve(copying, DIGITS.take(np.arange(200)), seed=0).first_view


def test_a_search_finds_better_parameters_than_bad_ones():
    bad = replace(RECIPE, options={"C": 10, "gamma": 5.0})
    found = curves.search(bad, DIGITS.take(np.arange(300)), seed=0)
    assert found.accuracies.shape == (5, 5, 5)
    assert found.chosen["gamma"] < 2


def test_in_a_search_the_better_third_of_the_points_and_the_recipes_own_learn_from_more(monkeypatch):
    monkeypatch.setattr(curves, "LEAST", 50)
    found = curves.search(RECIPE, DIGITS, seed=0)
    few, more, all_of_them = np.unique(found.learnt).tolist()
    assert (round(all_of_them / 9), round(all_of_them / 3)) == (few, more)
    assert (found.learnt > few).sum() in (9, 10)
    assert (found.learnt > more).sum() in (3, 4, 5)  # a third of 9 or 10, and the recipe's own
    assert found.learnt[2, 2] == all_of_them
    assert found.accuracies[found.learnt == all_of_them].mean() > found.accuracies[found.learnt == few].mean()


def test_of_little_data_all_points_learn_from_all_and_the_recipes_own_stay_where_others_are_no_better():
    found = curves.search(RECIPE, DIGITS, seed=0)
    assert (found.learnt == 480).all()
    assert found.chosen == RECIPE.options


def test_too_few_images_cannot_be_searched():
    with pytest.raises(DataError, match="--tune"):
        curves.search(RECIPE, DIGITS.take(np.arange(8)), seed=0)
