import numpy as np
import pytest

from recognition.data import sources
from recognition.imaging.normalization import LIKE_MNIST, Normalizer
from recognition.learning.negatives import kinds_of_negatives, negatives, other_characters, scrawls

DIGITS = sources.digits()
REAL = {row.tobytes() for row in DIGITS.rows}
RNG = np.random.default_rng(5)


def test_each_kind_is_made_of_real_images():
    kinds = kinds_of_negatives(DIGITS, seed=0, at_most=20)
    inverted = (16 - kinds["inverted"]).astype(np.uint8)
    transposed = kinds["transposed"].reshape(-1, 8, 8).swapaxes(1, 2).reshape(20, 64)
    assert {row.tobytes() for row in inverted} <= REAL
    assert {row.tobytes() for row in np.ascontiguousarray(transposed)} <= REAL
    assert {bytes(sorted(row)) for row in kinds["shuffled"]} <= {bytes(sorted(row)) for row in DIGITS.rows}
    assert not {row.tobytes() for row in kinds["shuffled"]} & REAL


def test_negatives_are_no_copies_of_real_characters():
    images = negatives(DIGITS.images, 16, 500, RNG).reshape(-1, 64)
    assert len(images) >= 500
    assert images.min() >= 0
    assert images.max() <= 16
    assert np.mean([row.astype(np.uint8).tobytes() in REAL for row in images]) < 0.02


def test_images_that_are_not_square_are_not_turned():
    assert negatives(np.ones((20, 8, 6)), 16, 100, RNG).shape == (90, 8, 6)


def test_scrawls_have_the_size_the_place_and_the_strokes_of_what_was_learnt():
    normalizer = Normalizer.measure(DIGITS.images, 16)
    scribbled = Normalizer.measure(scrawls(normalizer, 200, RNG), 16)
    assert scribbled.longer == pytest.approx(normalizer.longer, abs=1)
    assert scribbled.centre == pytest.approx(normalizer.centre, abs=0.3)
    assert scribbled.stroke == pytest.approx(normalizer.stroke, rel=0.3)


@pytest.mark.parametrize(("classes", "count"), [("0123456789", 104), ("AB", 20), ("A1", 0), (["cat", "dog"], 0)])
def test_other_characters_are_of_the_kind_that_no_class_is_of(classes, count):
    images = other_characters(list(classes), LIKE_MNIST, 2, RNG)
    assert images.shape == (count, 28, 28)
    assert len({image.tobytes() for image in images}) == count


def test_no_two_scrawls_are_alike():
    images = scrawls(LIKE_MNIST, 50, RNG)
    assert (images.shape, images.dtype, images.max()) == ((50, 28, 28), np.uint8, 255)
    assert len({image.tobytes() for image in images}) == 50
