import re

import numpy as np
import pytest

from recognition.evaluation.charts import Axis, Series, plot, round_ticks

UNIT = Axis("share", [(0, "0"), (1, "1")])


def test_equal_differences_are_equally_far_apart_and_on_a_logarithmic_axis_equal_factors():
    even, factors = (Axis("", [(1, ""), (100, "")], logarithmic) for logarithmic in (False, True))
    assert even.position(50.5) == pytest.approx(0.5)
    assert factors.position(10) == pytest.approx(0.5)
    assert [even.position(value) for value in (-5, 1, 100, 500)] == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (95.4, 100, [95, 96, 97, 98, 99, 100]),
        (99.71, 100, [99.7, 99.8, 99.9, 100]),
        (12, 88, [0, 20, 40, 60, 80, 100]),
    ],
)
def test_ticks_are_round_and_enclose_the_range(low, high, ticks):
    assert round_ticks(low, high) == pytest.approx(ticks)


def test_any_range_has_two_ticks_or_more_which_enclose_it():
    rng = np.random.default_rng(0)
    for _ in range(2000):
        low = rng.choice([0.0, 1.0, -1.0]) * 10 ** rng.uniform(-9, 9)
        high = low + rng.choice([0, 10 ** rng.uniform(-18, 9), abs(np.spacing(low)), abs(low)])
        ticks = round_ticks(low, high)
        close = 1e-6 * max(abs(low), abs(high), 1e-9)
        assert 2 <= len(ticks) <= 7
        assert (np.diff(ticks) > 0).all()
        assert ticks[0] <= low + close
        assert ticks[-1] >= high - close
        axis = Axis("", [(tick, "") for tick in ticks])
        assert 0 <= axis.position(low) <= axis.position(high) <= 1


def test_higher_values_are_drawn_higher():
    svg = plot([Series("a", [0, 1], [0, 1], sizes=[4, 4])], UNIT, UNIT, "")
    heights = [float(y) for y in re.findall(r'cy="([\d.]+)" r="4.0"', svg)]
    assert heights[0] > heights[1]


def test_a_band_goes_around_its_line():
    svg = plot([Series("a", [0, 1], [0.5, 0.5], spread=np.array([0.1, 0.2]))], UNIT, UNIT, "")
    (corners,) = re.findall(r'<polygon[^>]*points="([^"]+)"', svg)
    heights = [float(corner.split(",")[1]) for corner in corners.split()]
    assert heights[1] < heights[0] < heights[3] < heights[2]


def test_words_are_escaped():
    svg = plot([Series("<b>", [0], [0])], Axis("<i>", UNIT.ticks), Axis("", [(0, '"'), (1, "<u>")]), '"<s>')
    assert not re.search("<[bius]>", svg)
    assert 'aria-label="&#34;&lt;s&gt;"' in svg
