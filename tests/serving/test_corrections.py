import errno
import io
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawing import draw, saved
from PIL import ExifTags, Image, ImageDraw
from project import ROOT
from questions import assert_problem

from recognition.data import sources
from recognition.data.dataset import split
from recognition.data.filenames import NO_CHARACTER
from recognition.errors import CollectionError, DataError, ImageError
from recognition.evaluation.validation import hold_out, one_part
from recognition.imaging.pixels import open_picture
from recognition.inference.reading import read
from recognition.inference.recognizer import UNFAMILIAR, assemble
from recognition.learning import recipes
from recognition.learning.calibration import REFUSED
from recognition.serving import corrections
from recognition.serving.admission import Settings
from recognition.serving.application import build_application
from recognition.serving.corrections import count, discard, make_folder

PICTURE = ROOT / "my_test_images" / "digit2.png"


@pytest.fixture
def collecting(model, tmp_path):
    """A client of an application that collects in tmp_path."""
    return build_application(lambda: model, Settings(tmp_path)).test_client()


def correct(http, **fields):
    """Post a correction: `file` as content, the rest as text."""
    files = {"file": (io.BytesIO(fields.pop("file")), "digit2.png")} if "file" in fields else {}
    return http.post("/correction", data={**files, **fields}, content_type="multipart/form-data")


def test_a_correction_is_kept_and_counted(collecting, tmp_path):
    answer = correct(collecting, file=PICTURE.read_bytes(), label="7")
    assert (answer.status_code, answer.json) == (201, {"collected": 1})
    (kept,) = tmp_path.glob("7/*.png")
    assert answer.headers["Location"] == f"/correction/{kept.stem}"


def test_what_is_no_character_has_a_folder_of_its_own(collecting, tmp_path):
    assert correct(collecting, file=PICTURE.read_bytes(), label=NO_CHARACTER).status_code == 201
    assert correct(collecting, file=PICTURE.read_bytes(), label="7").status_code == 201
    assert [path.parent.name for path in tmp_path.rglob("*.png")] == ["7"]  # a second thought
    assert correct(collecting, file=PICTURE.read_bytes(), label=NO_CHARACTER).status_code == 201
    assert [path.parent.name for path in tmp_path.rglob("*.png")] == [NO_CHARACTER]


def test_a_picture_of_a_model_of_pictures_is_of_some_class(model, tmp_path):
    of_pictures = replace(model, recognizer=replace(model.recognizer, shape=(8, 8, 3)))
    http = build_application(lambda: of_pictures, Settings(tmp_path)).test_client()
    assert_problem(correct(http, file=PICTURE.read_bytes(), label=NO_CHARACTER), 422, "give one", "unknown_label")


def test_a_correction_is_taken_back_at_its_location(collecting, tmp_path):
    place = correct(collecting, file=PICTURE.read_bytes(), label="7").headers["Location"]
    answer = collecting.delete(place)
    assert (answer.status_code, answer.json) == (200, {"collected": 0})
    assert not list(tmp_path.rglob("*.png"))
    assert_problem(collecting.delete(place), 404, "no picture")


def test_a_page_of_another_site_takes_nothing_back(collecting, tmp_path):
    place = correct(collecting, file=PICTURE.read_bytes(), label="7").headers["Location"]
    assert_problem(collecting.delete(place, headers={"Origin": "https://evil.example"}), 403, "another site")
    assert len(list(tmp_path.rglob("*.png"))) == 1


def test_nothing_is_kept_unless_the_server_collects(http):
    assert_problem(correct(http, file=PICTURE.read_bytes(), label="7"), 403, "--collect", "not_collecting")
    assert_problem(http.delete("/correction/0123456789abcdef"), 403, "--collect")


DIGIT, PHOTO = PICTURE.read_bytes(), saved(draw("7")).getvalue()
BAD_CORRECTIONS = {
    "no picture": ({"label": "7"}, 400, "no picture", "bad_request"),
    "text as picture": ({"file": b"text", "label": "7"}, 400, "not a picture", "not_a_picture"),
    "no label": ({"file": DIGIT}, 422, "is missing", "unknown_label"),
    "a label of no class": ({"file": DIGIT, "label": "../7"}, 422, "0, 1, 2, 3", "unknown_label"),
    "no box on a photo": ({"file": PHOTO, "label": "7"}, 422, "the box is missing", "box_outside"),
    "a box of words": ({"file": DIGIT, "label": "7", "box": "a,b,c,d"}, 422, "left,top,right,bottom", "box_outside"),
    "a box of three": ({"file": DIGIT, "label": "7", "box": "1,2,3"}, 422, "left,top,right,bottom", "box_outside"),
}


@pytest.mark.parametrize("why", BAD_CORRECTIONS)
def test_a_bad_correction_is_a_problem_and_nothing_is_kept(collecting, tmp_path, why):
    fields, status, words, code = BAD_CORRECTIONS[why]
    assert_problem(correct(collecting, **fields), status, words, code)
    assert not list(tmp_path.rglob("*.png"))


def test_a_picture_of_too_many_pixels_is_a_413(collecting, monkeypatch):
    monkeypatch.setattr("recognition.imaging.pixels.MAX_PIXELS", 63)
    assert_problem(correct(collecting, file=PICTURE.read_bytes(), label="7"), 413, "at most 63", "picture_too_large")


def test_a_full_folder_is_a_507(collecting, monkeypatch):
    monkeypatch.setattr("recognition.serving.corrections.MAX_PICTURES", 0)
    assert_problem(
        correct(collecting, file=PICTURE.read_bytes(), label="7"), 507, "0 pictures are kept", "collection_full"
    )


def test_a_full_disk_leaves_nothing_behind(collecting, tmp_path, monkeypatch):
    def write_half(path, content):
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write_half)
    assert_problem(correct(collecting, file=PICTURE.read_bytes(), label="7"), 507, "No space left")
    assert names(tmp_path) == []


def test_a_correction_of_another_type_gets_415(collecting):
    assert_problem(collecting.post("/correction", json={"label": "7"}), 415, "multipart/form-data")


# The folder by itself

SHAPE, COLOUR = (8, 8), (128, 128, 3)
BOX = (150, 110, 300, 350)  # of the digit that `content` draws


def content(digit="7", **options):
    return saved(draw(digit, **options)).getvalue()


def collect(folder, content, label, shape, box=None):
    """Keep a picture of these bytes."""
    with open_picture(io.BytesIO(content)) as picture:
        return corrections.collect(folder, picture, label, shape, box)


def names(folder):
    """List the pictures that are kept, as label/name."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_what_is_kept_is_what_training_reads(tmp_path):
    for label in "17":
        for height in (200, 220, 240):
            box = (150, 110, 150 + height, 110 + height)
            collect(tmp_path, content(label, height=height), label, SHAPE, box)
    training = sources.load(["digits", str(tmp_path)], repeat_last=5).training
    assert len(training) == 1797 + 6
    assert training.labels[-6:].tolist() == ["1"] * 3 + ["7"] * 3
    assert training.weights[-6:].tolist() == [5] * 6


def test_what_was_corrected_to_no_character_is_refused_by_the_next_model(tmp_path):
    stroke = Image.new("L", (400, 400), 255)
    ImageDraw.Draw(stroke).line([(200, 100), (200, 300)], 0, 14)  # which is like a one
    png = saved(stroke).getvalue()

    def doubts_of_a_model_of(*places):
        source = sources.load([*map(str, places)], repeat_last=20)
        training, test = split(source.training, 0.2, seed=42)
        estimator = recipes.choose((8, 8), len(training), 10).estimator((8, 8), 16, len(training))
        estimator.fit(training.rows, training.labels)
        validation = hold_out(estimator, training, one_part(training, 0))
        recognizer = assemble(estimator, training, validation, 0, source.refused)
        (stroke,) = read(recognizer, io.BytesIO(png)).seen
        return stroke.prediction.doubt, (recognizer.probabilities(test.rows)[1] != "").mean()

    doubt, doubted_digits = doubts_of_a_model_of("digits")
    assert doubt == ""
    collect(tmp_path, png, NO_CHARACTER, SHAPE, (193, 100, 208, 300))
    assert doubts_of_a_model_of("digits", tmp_path) == (UNFAMILIAR, pytest.approx(doubted_digits, abs=REFUSED + 0.005))


def test_a_picture_of_the_models_shape_is_kept_and_learnt_pixel_by_pixel(tmp_path):
    levels = np.zeros((8, 8), dtype=np.uint8)
    levels[1:7, 3] = 16
    small = saved(Image.fromarray(np.rint(255 - 255 / 16 * levels).astype(np.uint8)).convert("RGBA")).getvalue()
    collect(tmp_path, small, "1", SHAPE)
    collect(tmp_path, content("7"), "7", SHAPE, BOX)
    training = sources.load(["digits", str(tmp_path)]).training
    np.testing.assert_array_equal(training.images[-2], levels)


def test_the_same_picture_is_kept_once_under_the_last_label(tmp_path):
    seven = collect(tmp_path, content(), "7", SHAPE, BOX)
    assert collect(tmp_path, content(), "7", SHAPE, BOX) == seven
    two = collect(tmp_path, content("2"), "2", SHAPE, BOX)
    assert names(tmp_path) == [f"2/{two}.png", f"7/{seven}.png"]
    assert collect(tmp_path, content(), "1", SHAPE, BOX) == seven
    assert names(tmp_path) == [f"1/{seven}.png", f"2/{two}.png"]
    assert count(tmp_path) == 2


def test_what_was_kept_by_mistake_is_discarded_alone(tmp_path):
    seven, two = (collect(tmp_path, content(digit), digit, SHAPE, BOX) for digit in "72")
    assert discard(tmp_path, seven)
    assert names(tmp_path) == [f"2/{two}.png"]
    assert not discard(tmp_path, seven)


@pytest.mark.parametrize("there_already", [True, False])
def test_git_ignores_a_new_folder_and_what_is_kept_in_it(tmp_path, there_already):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    folder = tmp_path / "corrected"
    if there_already:
        folder.mkdir()
    make_folder(folder)
    collect(folder, content(), "7", SHAPE, BOX)
    found = subprocess.run(["git", "-C", tmp_path, "status", "--porcelain"], capture_output=True, check=True)
    assert found.stdout == b""


def test_a_folder_that_holds_files_is_left_as_it_is(tmp_path):
    (tmp_path / "7.png").write_bytes(content())
    make_folder(tmp_path)
    assert names(tmp_path) == ["7.png"]


def test_a_photo_is_kept_upright_reduced_and_without_what_else_its_file_tells(tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "a camera"
    collect(tmp_path, saved(draw("7", size=(2000, 1000)), "JPEG", exif=exif).getvalue(), "7", COLOUR)
    with Image.open(next(tmp_path.glob("7/*"))) as kept:
        assert kept.format == "PNG"
        assert kept.size == (256, 512)
        assert not kept.getexif()


def test_a_character_on_a_photo_is_not_kept_without_its_box(tmp_path):
    with pytest.raises(DataError, match="the box is missing"):
        collect(tmp_path, content(), "7", SHAPE)
    assert names(tmp_path) == []


def test_the_character_in_the_box_is_kept(tmp_path):
    picture = draw("254", size=(800, 480))
    collect(tmp_path, saved(picture).getvalue(), "2", SHAPE, box=(140, 100, 300, 360))
    with Image.open(next(tmp_path.glob("2/*"))) as kept:
        assert kept.size == (290, 390)
        np.testing.assert_array_equal(np.asarray(kept), np.asarray(picture.crop((75, 35, 365, 425))))


def test_a_box_outside_the_picture_is_refused(tmp_path):
    with pytest.raises(DataError, match="outside"):
        collect(tmp_path, content(), "7", SHAPE, box=(1000, 1000, 1100, 1100))
    assert names(tmp_path) == []


@pytest.mark.parametrize("label", ["..", ".", "../7", "a/b", "a\\b", "", "C:", "7\n", "x" * 101, "dot.", "blank "])
def test_a_label_that_is_no_name_of_a_folder_is_refused(tmp_path, label):
    with pytest.raises(DataError, match="cannot be the name of a folder"):
        collect(tmp_path / "kept", content(), label, SHAPE, BOX)
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("label", ["7", "A", "猫", "golden retriever", "+", "n02099601-golden"])
def test_a_label_may_be_any_word(tmp_path, label):
    collect(tmp_path, content(), label, SHAPE, BOX)
    assert (tmp_path / label).is_dir()


def test_what_is_no_picture_is_refused_and_nothing_is_left(tmp_path):
    for bad in (b"no picture", content()[:200]):
        with pytest.raises(ImageError):
            collect(tmp_path, bad, "7", SHAPE, BOX)
    assert names(tmp_path) == []


def test_a_full_folder_takes_no_more_but_a_second_thought(tmp_path, monkeypatch):
    monkeypatch.setattr(corrections, "MAX_PICTURES", 1)
    collect(tmp_path, content("7"), "7", SHAPE, BOX)
    with pytest.raises(CollectionError, match="1 pictures are kept"):
        collect(tmp_path, content("2"), "2", SHAPE, BOX)
    collect(tmp_path, content("7"), "7", SHAPE, BOX)
    seven = collect(tmp_path, content("7"), "1", SHAPE, BOX)
    assert names(tmp_path) == [f"1/{seven}.png"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "7").write_text("a file", encoding="utf-8")
    with pytest.raises(CollectionError, match="cannot be kept"):
        collect(tmp_path, content("7"), "7", SHAPE, BOX)
