import numpy as np
import pytest
from drawing import X, draw, lit, saved
from PIL import Image, ImageOps

from recognition.errors import ImageError
from recognition.imaging.ink import LONGEST, find_ink, read_ink
from recognition.imaging.pixels import open_picture

DRAWN = draw("5")
STROKES = np.asarray(draw("5", ink=(0, 0, 0), paper=(255, 255, 255)).convert("L")) < 128


@pytest.mark.parametrize(
    "picture",
    [
        DRAWN,
        ImageOps.invert(DRAWN),
        draw("5", ink=(200, 30, 40)),
        lit(DRAWN, 0.75 + 0.25 * X),
        lit(DRAWN, np.where(X > 0.15, 0.6, 1.0)),
    ],
    ids=["pen", "inverted", "red pen", "uneven light", "hard shadow"],
)
def test_ink_is_near_one_on_the_strokes_and_near_zero_beside_them(picture):
    ink, noise = find_ink(np.asarray(picture))
    assert ink.dtype == np.float32
    assert np.median(ink[STROKES]) == pytest.approx(1, abs=0.2)
    assert np.percentile(np.abs(ink[~STROKES]), 90) < 0.1
    assert noise < 0.1


@pytest.mark.parametrize("side", [40, 200, 900])
def test_ink_has_a_size_in_which_strokes_can_be_measured(side):
    with open_picture(saved(DRAWN.resize((side, side)))) as picture:
        ink, _, size = read_ink(picture)
    assert (max(ink.shape), size) == (LONGEST, (side, side))


@pytest.mark.parametrize("turn", [False, True])
def test_a_strip_keeps_as_many_pixels_as_a_picture_of_2_to_1(turn):
    sizes = []
    for shape in ((1600, 800), (1600, 200)):
        with open_picture(saved(draw("5", size=shape[::-1] if turn else shape))) as picture:
            sizes.append(read_ink(picture)[0].size)
    assert sizes[1] == pytest.approx(sizes[0], rel=0.02)


def test_rejects_a_blank_sheet():
    with pytest.raises(ImageError, match="the picture is blank"):
        find_ink(np.asarray(Image.new("RGB", (200, 150), (236, 232, 222))))


def test_a_small_character_on_a_large_sheet_is_ink():
    ink, _ = find_ink(np.asarray(draw("1", height=12, pen=3, size=(250, 250))))
    assert np.count_nonzero(ink > 0.5) > 10


def test_darkness_much_wider_than_the_strokes_is_no_ink():
    smudge = (X - 0.7) ** 2 + (X.T + 0.7) ** 2 < 0.015
    ink, _ = find_ink(np.asarray(lit(draw("5", pen=6), np.where(smudge, 0.7, 1.0))))
    assert ink[smudge].mean() < 0.1
