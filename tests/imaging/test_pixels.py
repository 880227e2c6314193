import io

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from recognition.errors import ImageError, TooLargeError
from recognition.imaging.pixels import frame_of, framed, grey_levels, is_canonical, is_pixel_by_pixel, open_picture

RNG = np.random.default_rng(0)
# Ink of every strength in the middle, paper around it.
LEVELS = np.pad(np.arange(36).reshape(6, 6) % 17, 1)
GREY = np.rint(255 - LEVELS * 255 / 16).astype(np.uint8)


def picture(mode):
    """The levels as dark ink on white paper, as a file of this mode, read back."""
    image = Image.fromarray(GREY)
    if mode == "I;16":
        image = Image.fromarray(GREY.astype(np.uint16) * 257)
    elif mode == "RGBA on nothing":
        image = Image.merge("RGBA", [Image.new("L", (8, 8))] * 3 + [Image.fromarray(255 - GREY)])
    elif mode == "LA on nothing":
        image = Image.merge("LA", [Image.new("L", (8, 8)), Image.fromarray(255 - GREY)])
    else:
        image = image.convert(mode)
    return saved(image)


def saved(image, **options):
    """Write to PNG and read back."""
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    file.seek(0)
    return open_picture(file)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "I;16", "RGBA on nothing", "LA on nothing"])
def test_every_mode_gives_the_same_levels(mode):
    assert grey_levels(picture(mode), full=16).tolist() == LEVELS.ravel().tolist()


def test_a_black_and_white_picture_gives_paper_and_full_ink():
    ink = LEVELS > 8
    levels = grey_levels(saved(Image.fromarray(~ink)), full=16)
    assert levels.tolist() == (16 * ink).ravel().tolist()


def test_a_palette_with_a_transparent_colour_is_paper_there():
    image = Image.fromarray((LEVELS > 8).astype(np.uint8), mode=None)
    image = image.convert("P")
    image.putpalette([255, 0, 0, 0, 0, 0])
    levels = grey_levels(saved(image, transparency=0), full=16)
    assert levels.tolist() == (16 * (LEVELS > 8)).ravel().tolist()


@pytest.mark.parametrize("paper", ["white", "black"])
def test_load_digits_survives_the_way_through_a_picture(paper):
    digits = load_digits().data.astype(int)
    for row in digits[::10]:
        grey = np.rint(row * 255 / 16).reshape(8, 8).astype(np.uint8)
        image = saved(Image.fromarray(255 - grey if paper == "white" else grey))
        assert grey_levels(image, full=16).tolist() == row.tolist()


def test_light_ink_on_transparent_ground_is_ink():
    image = Image.merge("LA", [Image.new("L", (8, 8), 255), Image.fromarray(255 - GREY)])
    assert grey_levels(saved(image), full=16).tolist() == LEVELS.ravel().tolist()


@pytest.mark.parametrize(("paper", "ink"), [(200, 0), (255, 120), (230, 60), (40, 255), (0, 100), (90, 0)])
def test_grey_paper_and_faint_ink_are_brought_to_the_full_scale(paper, ink):
    drawn = LEVELS > 8
    levels = grey_levels(saved(Image.fromarray(np.where(drawn, ink, paper).astype(np.uint8))), full=16)
    assert levels.tolist() == (16 * drawn).ravel().tolist()


def test_levels_go_up_to_the_full_value_of_the_model():
    assert grey_levels(picture("L"), full=255).max() == 255


def test_levels_up_to_one_keep_their_fractions():
    np.testing.assert_allclose(grey_levels(picture("L"), full=1), LEVELS.ravel() / 16, atol=1 / 255)


@pytest.mark.parametrize("grey", [0, 100, 255])
def test_rejects_a_blank_picture(grey):
    with pytest.raises(ImageError, match="blank"):
        grey_levels(saved(Image.new("L", (8, 8), grey)), full=16)


def test_rejects_a_wholly_transparent_picture():
    with pytest.raises(ImageError, match="blank"):
        grey_levels(saved(Image.new("RGBA", (8, 8))), full=16)


def test_rejects_what_is_no_picture(tmp_path):
    path = tmp_path / "text.png"
    path.write_text("no picture at all")
    with pytest.raises(ImageError, match="not a picture"):
        open_picture(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.4\n", "a PDF; save the page as PNG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC photo; save it as JPEG"),
        (b"ftypheic", "give one of PNG, JPEG, GIF, BMP, WEBP, TIFF"),
    ],
)
def test_says_what_to_do_with_what_people_take_for_a_picture(tmp_path, content, words):
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    for source in (path, io.BytesIO(content)):
        with pytest.raises(ImageError, match=f"not a picture that can be read here.* {words}"):
            open_picture(source)


def test_rejects_a_missing_file_by_its_reason(tmp_path):
    with pytest.raises(ImageError, match="No such file"):
        open_picture(tmp_path / "nothing.png")


def test_rejects_a_truncated_picture(tmp_path):
    path = tmp_path / "half.png"
    Image.fromarray(RNG.integers(0, 255, (8, 8), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:-50])
    with open_picture(path) as image, pytest.raises(ImageError, match="damaged"):
        grey_levels(image, full=16)


@pytest.mark.parametrize(
    ("size", "shape", "canonical"),
    [((8, 8), (8, 8), True), ((6, 9), [9, 6], True), ((9, 6), (9, 6), False), ((8, 8), (8, 8, 3), False)],
)
def test_a_picture_of_the_height_and_width_of_a_grey_model_is_canonical(size, shape, canonical):
    assert is_canonical(saved(Image.new("RGB", size)), shape) == canonical


@pytest.mark.parametrize("size", [(30_001, 1), (1, 30_001)])
def test_a_picture_of_too_long_a_side_is_refused(size):
    with pytest.raises(TooLargeError, match="at most 30,000 a side"):
        saved(Image.new("1", size))


@pytest.mark.parametrize(("side", "alone"), [(8, True), (16, True), (17, False), (28, False)])
def test_only_a_small_picture_of_the_models_shape_is_taken_pixel_by_pixel(side, alone):
    picture = saved(Image.new("RGB", (side, side)))
    assert is_canonical(picture, (side, side))
    assert is_pixel_by_pixel(picture, (side, side)) == alone
    assert not is_pixel_by_pixel(picture, (8, 9))


@pytest.mark.parametrize(("size", "width"), [((8, 8), 2), ((32, 20), 2), ((33, 20), 0)])
def test_a_tiny_picture_gets_a_frame_of_its_own_paper(size, width):
    picture = saved(Image.new("RGB", size, (250, 240, 200)))
    assert frame_of(picture) == width
    around = np.asarray(framed(picture, width).convert("RGB"))
    assert around.shape == (size[1] + 2 * width, size[0] + 2 * width, 3)
    assert (around == (250, 240, 200)).all()
