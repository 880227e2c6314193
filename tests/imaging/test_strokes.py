import numpy as np
import pytest
from scipy import ndimage

from recognition.imaging.strokes import distances, slant_of, thickness, with_thickness

RNG = np.random.default_rng(5)
SMOOTH = ndimage.gaussian_filter(RNG.normal(size=(12, 61, 47)), (0, 4, 4)) > 0.01
MASKS = np.pad(SMOOTH, ((0, 0), (12, 12), (12, 12)))


@pytest.mark.parametrize("masks", [MASKS, ~MASKS, np.pad(np.ones((1, 40, 70), dtype=bool), ((0, 0), (1, 1), (1, 1)))])
def test_distances_are_those_of_scipy(masks):
    expected = [ndimage.distance_transform_edt(mask) for mask in masks]
    np.testing.assert_allclose(distances(masks), expected, rtol=1e-6)
    np.testing.assert_allclose(distances(masks, 5), np.minimum(expected, 5), rtol=1e-6)


@pytest.mark.parametrize("pen", [4, 7, 11])
def test_measures_bars_and_brings_them_to_another_thickness(pen):
    bars = np.zeros((1, 80, 80), dtype=bool)
    bars[0, 15:65, 30 : 30 + pen] = True
    assert thickness(bars) == pytest.approx(pen, rel=0.15)
    assert with_thickness(bars, 9).sum(axis=2)[0, 40] == pytest.approx(9, abs=1.5)


def test_strokes_are_not_thinned_so_far_that_they_break():
    bars = np.zeros((1, 80, 80), dtype=bool)
    bars[0, 15:65, 30:50] = True
    assert with_thickness(bars, 2).sum(axis=2)[0, 40] == pytest.approx(20 * 0.4, abs=2)


@pytest.mark.parametrize("slant", [-0.4, 0.0, 0.3, 0.8])
def test_measures_how_far_bars_slant(slant):
    ink = np.zeros((60, 200), np.float32)
    for row in range(60):
        for left in (60, 90, 120):
            ink[row, left - round(slant * row) :][:5] = 1
    assert slant_of(ink) == slant
