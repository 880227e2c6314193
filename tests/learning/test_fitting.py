from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits

from recognition.data.dataset import Dataset
from recognition.engine.threads import Threads
from recognition.learning import fitting, recipes
from recognition.learning.ensemble import decide
from recognition.learning.fitting import completed, counted_again, extract_once, fit

RNG = np.random.default_rng(0)
LABELS = np.array(["red", "blue"] * 12)
PICTURES = RNG.integers(0, 150, (24, 32, 32, 3)).astype(np.uint8)
PICTURES[::2, ..., 0] += 100
PICTURES[1::2, ..., 2] += 100
COLOURS = Dataset("colours", PICTURES, LABELS, 255)
VIEW = {"gaussians": 2, "pictures": 8}
ESTIMATOR = recipes.Recipe("", "colour", (VIEW,), "svc", {"C": 5, "gamma": 0.5}, 5).estimator((32, 32, 3), 255, 24)


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_fitted_on_features_extracted_once_answers_for_pictures(jobs):
    steps, left, features = extract_once(ESTIMATOR, COLOURS, Threads(jobs))
    fitted = fit(left, features)
    whole = completed(steps, fitted)
    assert list(dict(whole.steps)) == list(dict(ESTIMATOR.steps))
    assert (whole.predict(COLOURS.rows) == LABELS).all()
    for mine, its in zip(decide(whole, COLOURS.rows), decide(fitted, features.rows), strict=True):
        np.testing.assert_allclose(mine, its, atol=1e-4)


def test_features_that_learn_nothing_or_are_of_too_many_images_are_extracted_as_they_are_needed(monkeypatch):
    digits = load_digits()
    grey = Dataset("digits", digits.images, digits.target.astype(str), 16)
    fast = recipes.choose(grey.shape, len(grey), 10).estimator(grey.shape, 16, len(grey))
    assert extract_once(fast, grey) == ([], fast, grey)
    assert completed([], fast) is fast
    monkeypatch.setattr(fitting, "MOST_KEPT", 23)
    assert extract_once(ESTIMATOR, COLOURS) == ([], ESTIMATOR, COLOURS)


def test_features_count_again_as_they_are_and_only_grey_images_as_copies():
    weights = np.full(24, 3, np.float32)
    _, _, features = extract_once(ESTIMATOR, replace(COLOURS, weights=weights))
    images, _, left = counted_again(features.images, LABELS, weights, features.shape)
    assert images is features.images
    assert left is weights
    images, _, left = counted_again(PICTURES[..., 0], LABELS, weights, (32, 32))
    assert len(images) == 72
    assert left is None
