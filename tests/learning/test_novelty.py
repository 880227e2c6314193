import numpy as np
import pytest

from recognition.data import sources
from recognition.data.dataset import split
from recognition.learning.ensemble import describe
from recognition.learning.novelty import made_up

DIGITS = sources.digits()
_, TEST = split(DIGITS, 0.2, seed=42)
RNG = np.random.default_rng(5)


def test_made_up_characters_are_no_copies_of_real_ones():
    fake = made_up(DIGITS.images, 16, 500, RNG).reshape(-1, 64)
    real = {row.tobytes() for row in DIGITS.rows.astype(np.float32)}
    assert len(fake) >= 500
    assert fake.min() >= 0
    assert fake.max() <= 16
    assert np.mean([row.tobytes() in real for row in fake]) < 0.02


def test_images_that_are_not_square_are_not_turned():
    assert made_up(np.ones((20, 8, 6)), 16, 100, RNG).shape == (80, 8, 6)


def recognized(model, rows):
    return model.recognizer.novelty.recognizes(describe(model.recognizer.estimator, rows)[0])


def test_tells_real_digits_from_made_up_ones(model):
    fake = made_up(TEST.images, 16, 500, RNG).reshape(-1, 64)
    assert recognized(model, TEST.rows).mean() >= 0.98
    assert recognized(model, fake).mean() <= 0.35


@pytest.mark.parametrize("value", [0, 16])
def test_an_even_image_is_made_up(model, value):
    assert not recognized(model, np.full((1, 64), value)).any()
