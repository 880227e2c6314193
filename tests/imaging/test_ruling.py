import numpy as np
import pytest
from drawing import draw
from PIL import Image, ImageDraw

from recognition.imaging.ruling import without_ruling


def ink_of(picture):
    """Return the ink of a picture in black on white."""
    return 1 - np.asarray(picture.convert("L").resize((240, 240))).astype(np.float32) / 255


def digit(name):
    return draw(name, ink=(0, 0, 0), paper=(255, 255, 255))


def ruled(picture, *, slope=0.0, dash=None, upright=True):
    """Draw the lines of squared paper over a picture, a dash of every two as long if there is any."""
    picture = picture.convert("L")
    pen = ImageDraw.Draw(picture)
    for start in range(-60, 540, 75):
        for place in range(0, 480, 2 * dash if dash else 480):
            ends = [(x, start + slope * x) for x in (place, place + (dash or 480))]
            pen.line(ends, "#5a5a5a", 4)
            if upright:
                pen.line([(y, x) for x, y in ends], "#5a5a5a", 4)
    return picture


@pytest.mark.parametrize("slope", [0, 0.05, -0.15])
def test_lines_of_squared_paper_are_taken_out_and_the_digit_stays(slope):
    bare = ink_of(digit("2"))
    rest = without_ruling(ink_of(ruled(digit("2"), slope=slope)))
    assert (rest > 0.3)[bare < 0.1].mean() < 0.02
    assert (rest > 0.3)[bare > 0.9].mean() > 0.85


def test_what_remains_where_lines_cross_is_taken_out():
    assert without_ruling(ink_of(ruled(Image.new("L", (480, 480), 255)))).max() < 0.3


@pytest.mark.parametrize("turn", [False, True])
def test_squared_paper_may_begin_at_a_margin(turn):
    picture = ruled(Image.new("L", (480, 480), 255))
    picture.paste(255, (0, 0, 70, 480))
    ink = ink_of(picture.transpose(Image.Transpose.TRANSPOSE) if turn else picture)
    assert without_ruling(ink).max() < 0.3


def test_a_stroke_from_one_border_is_no_line_on_ruled_paper():
    picture = ruled(Image.new("L", (480, 480), 255), upright=False)
    ImageDraw.Draw(picture).line([(240, 0), (240, 280)], 0, 6)
    assert without_ruling(ink_of(picture)).max() > 0.9


@pytest.mark.parametrize("name", ["0", "2", "4", "7"])
def test_ink_without_lines_stays_the_same_array(name):
    ink = ink_of(digit(name))
    assert without_ruling(ink) is ink


def test_a_stroke_that_ends_before_the_border_is_no_line():
    picture = Image.new("L", (480, 480), 255)
    ImageDraw.Draw(picture).line([(30, 240), (450, 260)], 0, 6)
    ink = ink_of(picture)
    assert without_ruling(ink) is ink
