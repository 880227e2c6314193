import numpy as np
import pytest
from drawing import saved
from PIL import Image

from recognition.errors import ImageError
from recognition.imaging.decoding import colour_square, decode_colours
from recognition.imaging.pixels import open_picture


def decoded(picture, longest=100, form="PNG", **options):
    """Save a picture, and decode it again."""
    with open_picture(saved(picture, form, **options)) as opened:
        return decode_colours(opened, longest)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_large_picture_is_reduced_in_proportion_and_a_small_one_is_left(form):
    colours, size = decoded(Image.new("RGB", (1000, 500), "red"), form=form)
    assert (colours.shape, size) == ((50, 100, 3), (1000, 500))
    assert decoded(Image.new("RGB", (30, 20)), form=form)[0].shape == (20, 30, 3)


@pytest.mark.parametrize(
    ("orientation", "corner", "size"),
    [(1, (0, 0), (40, 20)), (3, (-1, -1), (40, 20)), (6, (0, -1), (20, 40)), (8, (-1, 0), (20, 40))],
)
def test_a_picture_comes_upright_with_its_upright_size(orientation, corner, size):
    pixels = np.full((20, 40, 3), 255, np.uint8)
    pixels[:5, :5] = 0
    exif = Image.Exif()
    exif[0x0112] = orientation
    colours, upright_size = decoded(Image.fromarray(pixels), exif=exif)
    assert upright_size == size == colours.shape[1::-1]
    assert colours[corner].max() == 0


def test_a_picture_decoded_in_bands_is_what_it_is_in_one(monkeypatch):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 120, 4), dtype=np.uint8))
    whole, _ = decoded(picture, longest=40)
    monkeypatch.setattr("recognition.imaging.decoding.BAND", 1000)
    np.testing.assert_array_equal(decoded(picture, longest=40)[0], whole)


def test_a_square_is_the_whole_picture_squashed():
    pixels = np.zeros((20, 60, 3), np.uint8)
    pixels[:, 30:] = 255
    with open_picture(saved(Image.fromarray(pixels))) as picture:
        square = colour_square(picture, 16)
    assert square.shape == (16, 16, 3)
    assert square[:, :6].max() < 5
    assert square[:, 10:].min() > 250


def test_a_damaged_picture_is_one_sentence():
    content = saved(Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)))
    content.truncate(9000)
    with open_picture(content) as picture, pytest.raises(ImageError, match=r"the picture is damaged \(.*\); save it"):
        decode_colours(picture, 100)
