"""Digits as a pen draws them, for tests that need pictures."""

import numpy as np
from PIL import Image, ImageDraw

CURVE = np.linspace(0, 1, 30)


def arc(x, y, width, height, start, stop):
    """Give points of an ellipse from one angle to another, in degrees, 0 to the right, clockwise."""
    angles = np.deg2rad(start + (stop - start) * CURVE)
    return [(x + width * np.cos(a), y + height * np.sin(a)) for a in angles]


# Strokes in a box of 0.6 by 1.
STROKES = {
    "0": [arc(0.3, 0.5, 0.28, 0.5, -90, 270)],
    "1": [[(0.12, 0.2), (0.32, 0.0), (0.32, 1.0)]],
    "2": [[*arc(0.3, 0.27, 0.27, 0.27, -170, 40), (0.03, 1.0), (0.6, 1.0)]],
    "3": [[*arc(0.28, 0.25, 0.27, 0.25, -160, 90), *arc(0.28, 0.74, 0.31, 0.26, -90, 160)]],
    "4": [[(0.4, 0.0), (0.0, 0.65), (0.6, 0.65)], [(0.42, 0.35), (0.42, 1.0)]],
    "5": [[(0.1, 0.0), (0.07, 0.45), *arc(0.27, 0.7, 0.3, 0.3, -120, 150)], [(0.1, 0.0), (0.55, 0.0)]],
    "6": [[*arc(0.55, 0.6, 0.53, 0.6, -100, -180), *arc(0.3, 0.72, 0.28, 0.28, -180, 180)]],
    "7": [[(0.0, 0.0), (0.58, 0.0), (0.22, 1.0)]],
    "8": [arc(0.3, 0.24, 0.23, 0.24, 90, 450), arc(0.3, 0.74, 0.28, 0.26, -90, 270)],
    "9": [[*arc(0.3, 0.28, 0.27, 0.28, 0, 360), (0.55, 0.4), (0.45, 1.0)]],
}
PAPER, INK = (236, 232, 222), (28, 34, 70)


def draw(
    digits, *, height=240, pen=22, size=(480, 480), at=(150, 110), gap=0.45, ink=INK, paper=PAPER, strokes=STROKES
):
    """Draw digits from left to right: PIL.Image.Image of mode RGB."""
    picture = Image.new("RGB", size, paper)
    left, top = at
    for digit in digits:
        for stroke in strokes[digit]:
            points = [(left + height * x, top + height * y) for x, y in stroke]
            ImageDraw.Draw(picture).line(points, fill=ink, width=pen, joint="curve")
            for x, y in (points[0], points[-1]):
                ImageDraw.Draw(picture).ellipse([x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2], fill=ink)
        left += height * (0.6 + gap)
    return picture
