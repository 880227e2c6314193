import io
from base64 import b64decode

import numpy as np
import pytest
from drawing import INK, PAPER, STROKES, WAYS, draw, saved
from PIL import ExifTags, Image, ImageChops, ImageDraw
from project import ROOT

from recognition.errors import ImageError, PatternError
from recognition.imaging.normalization import LIKE_MNIST
from recognition.imaging.pixels import grey_levels, open_picture
from recognition.inference import views
from recognition.inference.reading import read
from recognition.inference.recognizer import Candidate, Prediction


@pytest.mark.parametrize("digit", STROKES)
def test_reads_each_digit_as_a_pen_draws_it(ask, digit):
    answer = ask(draw(digit))
    assert answer["label"] == digit
    assert len(answer["characters"]) == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("digit", ["2", "4", "5"])
def test_reads_the_same_digit_however_it_is_taken(ask, digit, way):
    assert ask(WAYS[way](digit))["label"] == digit


@pytest.mark.parametrize(
    ("form", "options"),
    [("JPEG", {"quality": 60}), ("JPEG", {"quality": 15}), ("GIF", {}), ("BMP", {}), ("WEBP", {}), ("TIFF", {})],
)
def test_reads_every_format(ask, form, options):
    assert ask(draw("2"), form, **options)["label"] == "2"


def test_reads_cmyk(ask):
    assert ask(draw("2").convert("CMYK"), "JPEG")["label"] == "2"


@pytest.mark.parametrize(("orientation", "turn"), [(3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_90)])
def test_turns_a_picture_as_its_exif_says_and_gives_boxes_of_the_upright_one(ask, orientation, turn):
    upright = draw("2", size=(500, 640))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    answer, expected = ask(upright.transpose(turn), "JPEG", exif=exif), ask(upright, "JPEG")
    assert answer["label"] == "2"
    assert answer["characters"][0]["box"] == pytest.approx(expected["characters"][0]["box"], abs=3)


def test_reads_the_first_frame_of_an_animation(ask):
    file = saved(draw("2"), "GIF", save_all=True, append_images=[draw("5"), draw("7")])
    assert ask(file)["label"] == "2"


def test_gives_the_characters_from_left_to_right_with_their_boxes(ask):
    answer = ask(draw("425", height=120, pen=12, at=(30, 150)))
    assert answer["label"] == "425"
    assert answer["top"][0] == {"label": "425", "confidence": answer["confidence"]}
    assert len({one["label"] for one in answer["top"]}) == len(answer["top"]) == 5
    for place, character in enumerate(answer["characters"]):
        left, top, right, bottom = character["box"]
        assert left == pytest.approx(30 + 126 * place, abs=12)
        assert (top, bottom) == pytest.approx((150, 270), abs=12)
        assert right - left < 100
    assert answer["confidence"] <= min(character["confidence"] for character in answer["characters"]) + 0.01


def test_joins_lines_by_a_newline_and_wide_gaps_by_a_space(ask):
    picture = draw("42", height=100, pen=10, at=(30, 60))
    picture.paste(draw("52", height=100, pen=10, at=(30, 10), gap=1.8, size=(480, 200)), (0, 250))
    assert ask(picture)["label"] == "42\n5 2"


@pytest.mark.parametrize("angle", [-30, -15, 15, 30])
def test_reads_a_sloping_row_and_boxes_it_where_it_is(ask, angle):
    row = draw("42522", height=80, pen=9, at=(60, 280), size=(640, 640), gap=0.5)
    answer = ask(row.rotate(angle, Image.Resampling.BICUBIC, fillcolor=PAPER))
    assert answer["label"] == "42522"
    boxes = np.array([character["box"] for character in answer["characters"]])
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    assert (middles[-1, 1] < middles[0, 1]) == (angle > 0)
    assert (boxes[:, 2] - boxes[:, 0] < 160).all()


def test_boxes_of_writing_that_slants_are_around_it(ask):
    row = draw("04", height=200, pen=20, at=(80, 120), gap=-0.05)
    slanting = row.transform(row.size, Image.Transform.AFFINE, (1, 0.5, -110, 0, 1, 0), fillcolor=PAPER)
    answer = ask(slanting)
    ink = np.argwhere(np.asarray(slanting.convert("L")) < 128)
    boxes = np.array([character["box"] for character in answer["characters"]])
    assert boxes[:, 0].min() == pytest.approx(ink[:, 1].min(), abs=25)
    assert boxes[:, 2].max() == pytest.approx(ink[:, 1].max(), abs=25)


def test_splits_digits_that_touch(ask):
    assert ask(draw("04", height=200, pen=20, at=(80, 120), gap=-0.05))["label"] == "04"


def test_reads_only_what_a_pattern_allows(model):
    def read_as(pattern, text="425"):
        picture = saved(draw(text, height=120, pen=12, at=(30, 150)), "PNG")
        return read(model.recognizer, picture, pattern).as_dict(model.recognizer.full)

    assert read_as("[0-9]{3}")["label"] == "425"
    other = read_as("[0-36-9]{3}")
    assert len(other["label"]) == 3
    assert not set(other["label"]) & set("45")
    assert [character["label"] for character in other["characters"]] == list(other["label"])
    assert not other["recognized"]
    with pytest.raises(ImageError, match="nothing that the pattern allows"):
        read_as("[0-9]{40}")
    with pytest.raises(PatternError, match="this model knows none of them"):
        read_as("[A-Z]{3}")


def test_ink_that_is_no_digit_is_left_out_of_a_number(ask):
    strokes = STROKES | {"-": [[(0.05, 0.5), (0.55, 0.5)]]}
    assert ask(draw("425-", height=110, pen=11, at=(20, 150), gap=0.3, strokes=strokes))["label"] == "425"


def test_a_number_is_not_sure_if_a_third_of_it_looks_like_none_of_the_classes(ask, monkeypatch):
    picture = draw("425", height=110, pen=11, at=(20, 150), gap=0.3)
    assert ask(picture)["recognized"]
    monkeypatch.setattr(views, "UNFAMILIAR", "")  # what is said of each of the three
    assert not ask(picture)["recognized"]


@pytest.mark.parametrize("line", [(20, 285, 330, 285), (20, 128, 330, 128), (370, 100, 370, 310)])
def test_lines_of_a_form_around_a_number_are_left_out(ask, line):
    picture = draw("425", height=110, pen=11, at=(20, 150), gap=0.3)
    ImageDraw.Draw(picture).line(line, INK, 4)
    assert ask(picture)["label"] == "425"


def test_a_five_with_a_loose_hat_is_one_character(ask):
    loose = {"5": [STROKES["5"][0], [(0.2, -0.14), (0.6, -0.14)]]}
    answer = ask(draw("5", strokes=loose))
    assert (answer["label"], len(answer["characters"])) == ("5", 1)


def test_a_broken_stroke_stays_one_character(ask):
    picture = draw("2")
    ImageDraw.Draw(picture).rectangle([0, 255, 480, 266], PAPER)
    answer = ask(picture)
    assert (answer["label"], len(answer["characters"])) == ("2", 1)


@pytest.mark.parametrize("digit", ["0", "2", "4", "5", "7"])
def test_a_digit_on_squared_paper_is_read_without_its_lines(ask, digit):
    picture = Image.new("RGB", (480, 480), PAPER)
    for place in range(20, 480, 88):
        for line in ([(0, place), (480, place + 20)], [(place, 0), (place - 15, 480)]):
            ImageDraw.Draw(picture).line(line, (60, 66, 120), 7)
    answer = ask(ImageChops.darker(picture, draw(digit)))
    assert (answer["label"], len(answer["characters"])) == (digit, 1)


def test_a_one_from_edge_to_edge_is_no_line(ask):
    assert ask(draw("1", height=520, pen=40, at=(80, -20)))["label"] == "1"


@pytest.mark.parametrize("digit", ["0", "2", "4", "5", "8"])
def test_a_digit_cut_out_as_close_as_can_be_is_one_character(ask, digit):
    picture = draw(digit)
    ink = np.argwhere(np.asarray(picture.convert("L")) < 128)
    (top, left), (bottom, right) = ink.min(axis=0), ink.max(axis=0)
    answer = ask(picture.crop((left, top, right, bottom)))
    assert len(answer["characters"]) == 1
    assert answer["label"] == digit


def test_a_picture_of_the_models_own_shape_is_taken_as_the_client_takes_it(ask, model):
    file = ROOT / "my_test_images" / "digit2.png"
    with open_picture(file) as picture:
        (expected,) = model.recognizer.predict(grey_levels(picture, 16)[None])
    answer = ask(io.BytesIO(file.read_bytes()))
    assert answer["top"] == expected.as_dict()["top"] or answer["top"] == list(expected.as_dict()["top"])
    assert answer["characters"][0]["box"] == [0, 0, 8, 8]


class Large:
    """A model of 28x28 images that takes a picture as it is for a 1, and placed for a 7, with so much confidence."""

    shape, full, normalizer, classes = (28, 28), 255, LIKE_MNIST, np.array(["1", "7"])

    def __init__(self, picture, as_it_is, placed):
        self.own, self.as_it_is, self.placed = 255 - np.asarray(picture).ravel(), as_it_is, placed

    def examine(self, rows):
        pairs = [("1", self.as_it_is) if (row == self.own).all() else ("7", self.placed) for row in rows]
        predictions = [Prediction(*pair, (Candidate(*pair),)) for pair in pairs]
        probabilities = [[share, 1 - share] if label == "1" else [1 - share, share] for label, share in pairs]
        return predictions, np.array(probabilities), np.ones(len(rows)), np.zeros(len(rows))


@pytest.mark.parametrize(("as_it_is", "placed", "label"), [(0.9, 0.8, "1"), (0.8, 0.9, "7")])
def test_of_a_larger_models_own_shape_a_picture_is_what_is_recognised_better_as_it_is_or_placed(
    as_it_is, placed, label
):
    picture = Image.new("L", (28, 28), 255)
    ImageDraw.Draw(picture).line([(4, 4), (12, 20)], 0, 2)
    answer = read(Large(picture, as_it_is, placed), saved(picture)).as_dict(255)
    assert (answer["label"], answer["confidence"]) == (label, max(as_it_is, placed))
    left, top, right, bottom = answer["characters"][0]["box"]
    assert (left, top, right, bottom) == ((0, 0, 28, 28) if label == "1" else pytest.approx((3, 3, 14, 22), abs=1))


def test_ink_that_reaches_from_border_to_border_of_a_tiny_picture_is_ink(ask):
    tiny = draw("0", height=440, pen=60, at=(70, 20), size=(480, 480)).resize((16, 16), Image.Resampling.BOX)
    answer = ask(tiny)
    assert (answer["label"], len(answer["characters"])) == ("0", 1)
    left, top, right, bottom = answer["characters"][0]["box"]
    assert min(left, top) >= 0
    assert max(right, bottom) <= 16


def test_what_the_model_saw_gives_the_same_answer_again(ask):
    (character,) = ask(draw("2"), seen=True)["characters"]
    again = ask(io.BytesIO(b64decode(character["seen"].partition(",")[2])))
    assert again["top"] == character["top"]
