"""What is refused, and what is answered with a doubt."""

import io

import numpy as np
import pytest
from drawing import INK, PAPER, STROKES, draw, grainy, saved
from PIL import Image, ImageDraw

from recognition.errors import ImageError, TooLargeError
from recognition.imaging.ink import read_ink
from recognition.inference import reading
from recognition.inference.reading import Reading, read
from recognition.inference.recognizer import Candidate, Prediction
from recognition.inference.views import Seen

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
@pytest.mark.parametrize("size", [(480, 480), (1, 1), (20_000, 2)])
def test_a_blank_picture_is_refused(ask, form, size):
    with pytest.raises(ImageError, match="blank"):
        ask(Image.new("RGB", size, PAPER), form)


def test_an_all_transparent_picture_is_refused(ask):
    with pytest.raises(ImageError, match="blank"):
        ask(Image.new("RGBA", (100, 100), (*INK, 0)))


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(ask):
    with pytest.raises(TooLargeError, match="more than 50,000,000 pixels"):
        ask(Image.new("1", (20_000, 20_000)))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"])
def test_a_cut_off_picture_is_refused(ask, form, share):
    content = saved(grainy(draw("2")), form).getvalue()
    with pytest.raises(ImageError, match=r"damaged|cannot be opened|not a picture"):
        ask(io.BytesIO(content[: int(share * len(content))]))


NOTHING = {
    "uniform noise": Image.fromarray(RNG.integers(0, 256, (240, 320, 3), dtype=np.uint8)),
    "blank paper with grain": grainy(Image.new("RGB", (320, 240), PAPER)),
    "a scribble": draw("s", strokes={"s": [RNG.uniform(0, 1, (40, 2)).tolist()]}, pen=10),
    "a crowd of dots": Image.fromarray(
        np.kron(RNG.integers(0, 2, (40, 40), dtype=np.uint8) * 255, np.ones((8, 8), np.uint8))
    ),
}


@pytest.mark.parametrize("name", NOTHING)
def test_what_is_no_writing_is_not_recognized(ask, name):
    try:
        answer = ask(NOTHING[name])
    except ImageError:
        return
    assert not answer["recognized"]


def test_a_clear_digit_is_not_recognized_on_a_crowded_picture(ask):
    crowded = draw("2", height=120, pen=12, at=(60, 60))
    for place in range(40):
        x, y = 200 + 30 * (place % 8), 220 + 30 * (place // 8)
        ImageDraw.Draw(crowded).ellipse([x, y, x + 9, y + 9], INK)
    clear, doubted = (ask(picture) for picture in (draw("2"), crowded))
    assert [answer["characters"][0]["recognized"] for answer in (clear, doubted)] == [True, False]
    assert doubted["doubt"] == doubted["characters"][0]["doubt"] == "too much else on the picture"
    assert "doubt" not in clear


def test_a_clear_digit_is_not_recognized_beside_much_that_is_left_out(ask):
    zigzag = [[(0.1 + step / 4, 1.0 - 0.3 * (step % 2)) for step in range(9)]]
    answer = ask(draw("2~", size=(900, 480), gap=0.2, at=(60, 110), strokes=STROKES | {"~": zigzag}))
    assert (answer["label"], answer["doubt"]) == ("2", "too much else on the picture")


def test_a_clear_digit_on_a_grainy_picture_is_doubted_for_the_grain(ask, monkeypatch):
    monkeypatch.setattr(reading, "read_ink", lambda source: replace_noise(read_ink(source), 0.13))
    answer = ask(draw("2"))
    assert (answer["label"], answer["doubt"]) == ("2", "the picture is too grainy")


def test_several_digits_that_are_sure_together_are_so_on_a_grainy_picture(ask, monkeypatch):
    monkeypatch.setattr(reading, "read_ink", lambda source: replace_noise(read_ink(source), 0.13))
    answer = ask(draw("425", height=120, pen=12, at=(60, 150)))
    assert (answer["label"], answer["recognized"]) == ("425", True)


def replace_noise(found, noise):
    ink, _, size = found
    return ink, noise, size


def doubt_of(*doubts, whole="", sure=False):
    """The doubt of a text of which each character is doubted in this way."""
    sights = [
        Seen(Prediction("8", 0.5, (Candidate("8", 0.5),), doubt), np.zeros((8, 8)), box=(0, 0, 8, 8))
        for doubt in doubts
    ]
    top = (Candidate("8" * len(doubts), 0.6), Candidate("3", 0.4))
    return Reading(sights, top, True, whole, sure).as_dict(16).get("doubt")


def test_the_doubt_of_a_text_is_that_of_the_whole_picture_or_names_its_first_doubtful_character():
    assert doubt_of("", "", sure=True) is None
    assert doubt_of("", "may be 3 or 8", sure=True) is None
    assert doubt_of("may be 3 or 8") == "may be 3 or 8"
    assert doubt_of("", "may be 3 or 8", "looks odd") == "the 2nd character may be 3 or 8"
    assert doubt_of("looks odd", "too dark", whole="too dark", sure=True) == "too dark"
    assert doubt_of("", "looks odd", whole="too dark") == "the 2nd character looks odd"
    assert doubt_of("", "") == "may be 88 or 3"


@pytest.mark.parametrize(
    ("place", "name"), [(1, "1st"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd"), (113, "113th")]
)
def test_a_doubtful_character_is_counted_as_people_do(place, name):
    assert doubt_of(*[""] * (place - 1), "may be 3 or 8", "").startswith(f"the {name} character ")


def test_a_picture_of_too_many_pieces_is_refused(ask):
    grid = Image.new("L", (512, 512), 255)
    for place in range(400):
        ImageDraw.Draw(grid).text((6 + 25 * (place % 20), 6 + 25 * (place // 20)), "8", 0, font_size=18)
    with pytest.raises(ImageError, match="400 pieces of ink, too many"):
        ask(grid)


@pytest.mark.parametrize("width", [7, 22, 60])
def test_a_dot_is_one_character_at_most_and_not_sure(model, width):
    picture = Image.new("RGB", (568, 426), PAPER)
    ImageDraw.Draw(picture).ellipse([200, 200, 200 + width, 200 + width], fill=INK)
    answer = read(model.recognizer, saved(picture)).as_dict(16)
    assert len(answer["characters"]) == 1
    assert (answer["recognized"], answer["doubt"]) == (False, "it is a dot")
