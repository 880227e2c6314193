import numpy as np
import pytest
from scipy import ndimage

from recognition.features.augmentation import SPREAD, deskew, distort, normalize_moments, resample

STILL = {"rotation": 0, "scale": 0, "shear": 0, "shift": 0, "elastic": 0}


def bar(slant=0.0):
    """Return an image of a bar that slants so many pixels a row."""
    rows, columns = np.indices((28, 28))
    return 255 * np.exp(-(((columns - 13.5 - slant * (rows - 13.5)) / 2) ** 2)) * (abs(rows - 13.5) < 10)


def slant_of(image):
    """Measure how many pixels the ink moves to the right with each row, by the mean column of each row with ink."""
    rows = np.flatnonzero(image.sum(axis=1) > 100)
    columns = image[rows] @ np.arange(28) / image[rows].sum(axis=1)
    return np.polyfit(rows, columns, 1)[0]


@pytest.mark.parametrize("slant", [-0.5, -0.2, 0.0, 0.3])
def test_deskewing_takes_the_slant_out(slant):
    upright = deskew(bar(slant).reshape(1, -1), shape=(28, 28)).reshape(28, 28)
    assert abs(slant_of(bar(slant)) - slant) < 0.05
    assert abs(slant_of(upright)) < 0.03


def test_deskewing_leaves_the_upright_and_the_blank_as_they_are():
    images = np.stack([bar(), np.zeros((28, 28))])
    upright = deskew(images.reshape(2, -1), shape=(28, 28))
    np.testing.assert_allclose(upright, images.reshape(2, -1), atol=0.1)


@pytest.mark.parametrize("slant", [-0.6, 0.0, 0.3])
@pytest.mark.parametrize("size", [0.6, 1.0])
def test_normalized_ink_is_in_the_middle_upright_and_of_one_size(slant, size):
    rows, columns = np.indices((28, 28))
    down, right = rows - 15, columns - 11
    inside = (abs(down) < 10 * size) & (abs(right - slant * down) < 8 * size)
    image = normalize_moments(255.0 * inside.reshape(1, -1), shape=(28, 28)).reshape(28, 28)
    places, weights = np.stack([rows.ravel(), columns.ravel()]), image.ravel()
    np.testing.assert_allclose(np.average(places, axis=1, weights=weights), 13.5, atol=0.1)
    covariance = np.cov(places, aweights=weights)
    assert abs(covariance[0, 1]) < 1
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), 28 * np.array(SPREAD), rtol=0.08)


def test_a_thin_line_is_made_wider_but_not_as_wide_as_other_ink():
    image = np.zeros((28, 28))
    image[4:24, 13:15] = 255
    normalized = normalize_moments(image.reshape(1, -1), shape=(28, 28)).reshape(28, 28)
    columns = np.flatnonzero(normalized.sum(axis=0) > 100)
    assert 4 <= len(columns) <= 8


def test_normalizing_leaves_the_blank_blank_and_keeps_the_range():
    images = np.stack([np.zeros((20, 30)), np.full((20, 30), 16.0)])
    normalized = normalize_moments(images.reshape(2, -1), shape=(20, 30))
    assert not normalized[0].any()
    assert 15 < normalized[1].max() <= 16.001


def test_resampling_is_that_of_scipy():
    rng = np.random.default_rng(0)
    images = rng.random((3, 9, 7))
    places = rng.uniform(-3, 12, (3, 2, 50)).astype(np.float32)
    expected = [
        ndimage.map_coordinates(np.pad(image, 1), place + 1, order=1, mode="grid-constant")
        for image, place in zip(images, places, strict=True)
    ]
    np.testing.assert_allclose(resample(images, places), expected, atol=2e-3)


def test_no_distortion_changes_nothing():
    images = np.stack([bar(), bar(0.3)])
    np.testing.assert_allclose(distort(images, np.random.default_rng(0), **STILL), images, atol=1e-3)


@pytest.mark.parametrize("kind", [{"rotation": 10}, {"scale": 0.1}, {"shear": 0.2}, {"shift": 1}, {"elastic": 1}])
def test_each_distortion_changes_each_image_in_its_own_way_and_a_little(kind):
    images = np.stack([bar()] * 3)
    distorted = distort(images, np.random.default_rng(0), **{**STILL, **kind})
    assert len({image.tobytes() for image in distorted}) == 3
    change = np.abs(distorted - images).mean(axis=(1, 2)) / images.mean()
    assert (change > 0.01).all()
    assert (change < 0.8).all()
    np.testing.assert_allclose(distorted.sum(axis=(1, 2)), images.sum(axis=(1, 2)), rtol=0.25)


def test_the_same_chance_gives_the_same_distortions():
    images = np.stack([bar()] * 600)
    first, again, other = (distort(images, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
