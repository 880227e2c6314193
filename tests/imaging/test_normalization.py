import numpy as np
import pytest
from drawing import STROKES, draw
from PIL import Image
from sklearn.datasets import load_digits

from recognition.errors import DataError
from recognition.imaging.normalization import LIKE_MNIST, Normalizer

DIGITS = load_digits().images


def ink_of(digit, **options):
    """Return the ink of a drawn digit."""
    grey = np.asarray(draw(digit, ink=(0, 0, 0), paper=(255, 255, 255), **options).convert("L"))
    return 1 - grey.astype(np.float32) / 255


def normalized_like_mnist(longer=20, mass=True, size=28):
    """Return canonical images of drawn digits that slant to both sides, normalized by a rule."""
    rule = Normalizer((size, size), 255, longer, 0.11, (mass, mass), (size / 2, size / 2), (1.0, 1.0), None)
    upright = [ink_of(digit, pen=pen) for digit in STROKES for pen in (12, 22, 30)]
    slanting = [np.asarray(Image.fromarray(ink).rotate(angle)) for ink in upright for angle in (-25, 0, 25)]
    return rule.normalize(slanting)


def test_learns_that_load_digits_fills_the_height_upright_and_squeezed():
    normalizer = Normalizer.measure(DIGITS, 16)
    assert (normalizer.shape, normalizer.longer) == ((8, 8), 8)
    assert normalizer.aspect != (1, 1)
    assert normalizer.slant == pytest.approx(0, abs=0.1)
    assert 0.1 < normalizer.stroke < 0.2


@pytest.mark.parametrize(("longer", "mass"), [(16, True), (20, False), (24, True)])
def test_learns_the_size_and_the_centre_that_images_were_normalized_with(longer, mass):
    normalizer = Normalizer.measure(normalized_like_mnist(longer, mass), 255)
    assert normalizer.longer == pytest.approx(longer, abs=1)
    assert normalizer.by_mass == (mass, mass)
    assert normalizer.centre == pytest.approx((14, 14), abs=0.3)
    assert normalizer.stroke == pytest.approx(0.11, abs=0.025)


def test_a_normalized_image_stays_where_it_is():
    (image,) = LIKE_MNIST.normalize([ink_of("5")])
    again = LIKE_MNIST.normalize([image / np.float32(255)])
    assert np.corrcoef(again.ravel(), image.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("digit", STROKES)
def test_places_by_the_centre_of_mass_in_the_size_asked_for(digit):
    image = LIKE_MNIST.normalize([ink_of(digit)])[0].astype(float)
    y, x = np.indices(image.shape) + 0.5
    assert (image * y).sum() / image.sum() == pytest.approx(14.5, abs=0.1)
    assert (image * x).sum() / image.sum() == pytest.approx(14.5, abs=0.1)
    assert max(np.ptp(np.flatnonzero((image > 99).any(axis=axis))) + 1 for axis in (0, 1)) in (19, 20, 21)


@pytest.mark.parametrize("pen", [4, 10, 36])
def test_brings_thin_and_thick_strokes_to_one_thickness(pen):
    amounts = LIKE_MNIST.normalize([ink_of("0", pen=width) for width in (22, pen)]).mean(axis=(1, 2))
    assert amounts[1] == pytest.approx(amounts[0], rel=0.25)


def test_takes_the_slant_out_where_the_data_has_none():
    upright = Normalizer.measure(DIGITS, 16)
    slanting = np.asarray(Image.fromarray(ink_of("1")).rotate(-20))
    straight, straightened = upright.normalize([ink_of("1"), slanting])
    assert np.abs(straight.astype(int) - straightened).mean() < 1.5


def test_gives_whole_numbers_of_the_models_range():
    (image,) = Normalizer.measure(DIGITS, 16).normalize([ink_of("8")])
    assert (image.dtype, image.shape) == (np.uint8, (8, 8))
    assert image.min() == 0
    assert 14 <= image.max() <= 16


def test_blank_data_has_no_normalizer():
    with pytest.raises(DataError, match="any ink"):
        Normalizer.measure(np.zeros((5, 8, 8)), 16)


@pytest.mark.parametrize("normalizer", [LIKE_MNIST, Normalizer.measure(DIGITS, 16)])
def test_a_character_is_normalized_alike_alone_and_among_others(normalizer):
    inks = [ink_of(digit, pen=pen) for digit in STROKES for pen in (4, 22)] + [np.ones((9, 200), dtype=np.float32)]
    alone = np.concatenate([normalizer.normalize([ink]) for ink in inks])
    np.testing.assert_array_equal(normalizer.normalize(inks), alone)
    assert normalizer.normalize([]).shape == (0, *normalizer.shape)


def test_a_hairline_across_a_large_picture_is_normalized_too():
    (image,) = LIKE_MNIST.normalize([np.eye(400, dtype=np.float32)])
    assert image.max() == 255


@pytest.mark.parametrize("offset", [0, 0.25, 0.5, 0.75])
@pytest.mark.parametrize("normalizer", [LIKE_MNIST, Normalizer.measure(DIGITS, 16)], ids=["mnist", "digits"])
def test_a_small_disc_is_a_dot_wherever_it_lies_on_the_pixels_and_no_digit_is_one(normalizer, offset):
    y, x = np.indices((8, 8)) - 3.5 - offset
    disc = np.clip(2.4 - np.hypot(y, x), 0, 1).astype(np.float32)
    assert normalizer.is_blot(disc)
    assert not any(normalizer.is_blot(ink_of(digit, pen=48)) for digit in STROKES)
