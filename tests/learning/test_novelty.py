import numpy as np
import pytest

from recognition.data import sources
from recognition.data.dataset import split
from recognition.learning.ensemble import extract_features
from recognition.learning.negatives import negatives

_, TEST = split(sources.digits(), 0.2, seed=42)


def decisions(model, rows):
    return model.recognizer.novelty.decisions(extract_features(model.recognizer.estimator, rows)[0])


def test_tells_real_digits_from_negatives(model):
    fake = decisions(model, negatives(TEST.images, 16, 500, np.random.default_rng(5)).reshape(-1, 64))
    assert (decisions(model, TEST.rows) > np.quantile(fake, 0.8)).mean() >= 0.98
    assert (fake > 0).mean() <= 0.12


@pytest.mark.parametrize("value", [0, 16])
def test_an_even_image_is_refused(model, value):
    assert decisions(model, np.full((1, 64), value)) < 0
