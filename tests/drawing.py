"""Digits as a pen draws them and a camera takes them, for tests that need pictures."""

import io
from base64 import b64encode

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageOps

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
LETTERS = {
    "A": [[(0.0, 1.0), (0.3, 0.0), (0.6, 1.0)], [(0.12, 0.65), (0.48, 0.65)]],
    "E": [[(0.0, 0.0), (0.0, 1.0)], [(0.0, 0.0), (0.55, 0.0)], [(0.0, 0.5), (0.45, 0.5)], [(0.0, 1.0), (0.55, 1.0)]],
    "H": [[(0.0, 0.0), (0.0, 1.0)], [(0.6, 0.0), (0.6, 1.0)], [(0.0, 0.5), (0.6, 0.5)]],
    "I": [[(0.3, 0.0), (0.3, 1.0)]],
    "T": [[(0.0, 0.0), (0.6, 0.0)], [(0.3, 0.0), (0.3, 1.0)]],
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


def saved(picture, form="PNG", **options):
    """Give a picture as a file in memory."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    file.seek(0)
    return file


def png_url(file):
    """Give a picture in memory as a data URL."""
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"


def lit(picture, light):
    """Give a picture under a light of this strength at each point."""
    return Image.fromarray((np.asarray(picture) * light[:, :, None]).clip(0, 255).astype(np.uint8))


def ruled(picture, across, down):
    """Give a picture on ruled or squared paper."""
    pen = ImageDraw.Draw(picture)
    for at in range(20, picture.height, 44):
        pen.line([(0, at), (picture.width, at + 8)], (130, 160, 205), 3) if across else None
        pen.line([(at, 0), (at - 8, picture.height)], (130, 160, 205), 3) if down else None
    return picture


def on_transparent(picture):
    """Give a picture whose paper is transparent."""
    alpha = (
        ImageChops.difference(picture, Image.new("RGB", picture.size, PAPER))
        .convert("L")
        .point(lambda v: 255 * (v > 8))
    )
    picture = picture.convert("RGBA")
    picture.putalpha(alpha)
    return picture


def grainy(picture):
    """Give a picture as a poor camera does."""
    grain = np.random.default_rng(3).normal(0, 6, (*picture.size[::-1], 3))
    return Image.fromarray((np.asarray(picture) + grain).clip(0, 255).astype(np.uint8))


X, Y = np.meshgrid(np.linspace(-1, 1, 480), np.linspace(-1, 1, 480))
WAYS = {
    "as it is": lambda d: draw(d),
    "shifted": lambda d: draw(d, at=(40, 200)),
    "half as large": lambda d: draw(d, height=120, pen=11),
    "twice as large": lambda d: draw(d, height=480, pen=44, size=(960, 960)),
    "at the border": lambda d: draw(d, at=(6, 10)),
    "inverted": lambda d: ImageOps.invert(draw(d)),
    "chalk": lambda d: draw(d, ink=(240, 240, 235), paper=(35, 60, 45)),
    "red pen": lambda d: draw(d, ink=(200, 30, 40)),
    "green pen": lambda d: draw(d, ink=(60, 160, 90)),
    "yellow marker": lambda d: draw(d, ink=(225, 205, 60), pen=30),
    "faint pencil": lambda d: grainy(draw(d, ink=(205, 203, 196), pen=10)),
    "thin pen": lambda d: draw(d, pen=5),
    "thick marker": lambda d: draw(d, pen=40),
    "transparent background": lambda d: on_transparent(draw(d)),
    "light on transparent": lambda d: on_transparent(draw(d, ink=(250, 250, 250))),
    "grey": lambda d: draw(d).convert("L"),
    "palette": lambda d: draw(d).quantize(8),
    "two colours": lambda d: draw(d).convert("1", dither=Image.Dither.NONE),
    "16 bits": lambda d: Image.fromarray(np.asarray(draw(d).convert("L")).astype(np.uint16) * 257),
    "uneven light": lambda d: lit(draw(d), 0.75 + 0.25 * X),
    "vignette": lambda d: lit(draw(d), 1 - 0.35 * (X**2 + Y**2)),
    "soft shadow": lambda d: lit(draw(d), 1 - 0.45 / (1 + np.exp(-12 * (X + 0.4 * Y)))),
    "hard shadow": lambda d: lit(draw(d), np.where(X + 0.5 * Y > 0.15, 0.6, 1.0)),
    "ruled paper": lambda d: ruled(draw(d), across=True, down=False),
    "squared paper": lambda d: ruled(draw(d), across=True, down=True),
    "paper edge": lambda d: lit(draw(d), np.where(X < -0.85, 0.25, 1.0)),
    "finger at the border": lambda d: lit(draw(d), np.where((X - 0.9) ** 2 + (Y - 1) ** 2 < 0.08, 0.4, 1.0)),
}
