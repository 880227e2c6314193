"""Numbers -> SVG text for a page: no script, no style of its own, colours by the classes of the page."""

import math
from dataclasses import dataclass, field

import numpy as np
from markupsafe import Markup, escape

WIDTH, HEIGHT = 560, 320
LEFT, RIGHT, TOP, BOTTOM = 74, 22, 36, 46
STEPS = 5  # at most, between the ends of an axis that are round themselves


@dataclass(frozen=True)
class Axis:
    """A side of a chart.

    Attributes
    ----------
    label : str
        Text below or beside it.
    ticks : list of (float, str)
        Values of the marks and their texts: two or more, ascending; the first and the last are the ends of the axis.
    logarithmic : bool
        Whether equal factors, rather than equal differences, are equally far apart.
    """

    label: str
    ticks: list
    logarithmic: bool = False

    def position(self, value):
        """Return the position of a value along the axis, 0 to 1; what is beyond the ends is put on them."""
        low, high = self.ticks[0][0], self.ticks[-1][0]
        if self.logarithmic:
            value, low, high = math.log(value), math.log(low), math.log(high)
        return min(1.0, max(0.0, (value - low) / (high - low)))


@dataclass(frozen=True)
class Series:
    """Points of a chart that belong together.

    Attributes
    ----------
    name : str
        Name in the key above.
    x, y : sequence of float
        Coordinates of the points.
    look : str
        Class of the page that has the colour: "first", "second" or "plain".
    line : bool
        Whether the points are joined.
    sizes : sequence of float
        Radius of the dot at each point, in units of the drawing; no dots if it is empty.
    spread : ndarray of float, optional
        Half the height of the band around each point.
    """

    name: str
    x: list
    y: list
    look: str = "first"
    line: bool = True
    sizes: list = field(default_factory=list)
    spread: np.ndarray | None = None


def plot(series, x, y, description):
    """Draw points, lines and bands.

    Parameters
    ----------
    series : list of Series
        Points, the later over the earlier.
    x, y : Axis
        Axes below and on the left.
    description : str
        What a reader who cannot see it should know.

    Returns
    -------
    svg : markupsafe.Markup
        `WIDTH` by `HEIGHT`, growing with its place.
    """
    parts = [*_frame(x, y), *(part for each in series for part in _drawn(each, x, y)), *_key(series)]
    head = f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(description)}">'
    return Markup(head + "".join(parts) + "</svg>")


def _across(axis, value):
    return round(LEFT + (WIDTH - LEFT - RIGHT) * axis.position(value), 1)


def _down(axis, value):
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - axis.position(value)), 1)


def _frame(x, y):
    for value, text in y.ticks:
        height = _down(y, value)
        yield f'<line class="grid" x1="{LEFT}" y1="{height}" x2="{WIDTH - RIGHT}" y2="{height}"/>'
        yield f'<text class="left" x="{LEFT - 8}" y="{height + 4:.1f}">{escape(text)}</text>'
    for value, text in x.ticks:
        yield f'<text class="below" x="{_across(x, value)}" y="{HEIGHT - BOTTOM + 18}">{escape(text)}</text>'
    yield f'<text class="below axis" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}">{escape(x.label)}</text>'
    turned = f"translate(14 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)"
    yield f'<text class="below axis" transform="{turned}">{escape(y.label)}</text>'


def _drawn(series, x, y):
    across, values = [_across(x, value) for value in series.x], np.array(series.y)

    def joined(heights):
        return [f"{left},{_down(y, height)}" for left, height in zip(across, heights, strict=True)]

    if series.spread is not None:
        around = joined(values + series.spread) + joined(values - series.spread)[::-1]
        yield f'<polygon class="band {series.look}" points="{" ".join(around)}"/>'
    if series.line:
        yield f'<polyline class="{series.look}" points="{" ".join(joined(values))}"/>'
    for left, value, size in zip(across, series.y, series.sizes, strict=False):
        yield f'<circle class="{series.look}" cx="{left}" cy="{_down(y, value)}" r="{size:.1f}"/>'


def _key(series):
    left = LEFT
    for each in series:
        yield f'<circle class="{each.look}" cx="{left + 5}" cy="14" r="5"/>'
        yield f'<text x="{left + 16}" y="18">{escape(each.name)}</text>'
        left += 34 + 8 * len(each.name)


def round_ticks(low, high):
    """Return round numbers that enclose a range, equally far apart.

    Parameters
    ----------
    low, high : float
        Ends of the range, in this order; one that is empty, or too narrow for its numbers, is widened.

    Returns
    -------
    ticks : list of float
        At least two, ascending.
    """
    high = max(high, low + 1e-6 * max(abs(low), abs(high), 1e-9))
    step = 10 ** math.floor(math.log10((high - low) / STEPS))
    step *= next(factor for factor in (1, 2, 2.5, 5, 10, 20) if (high - low) / (factor * step) <= STEPS)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{step * number:.12g}") for number in range(first, max(last, first + 1) + 1)]
