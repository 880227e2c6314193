import io
import subprocess

import numpy as np
import pytest
from drawing import draw, saved
from PIL import ExifTags, Image, ImageDraw

from recognition.data import collection, sources
from recognition.data.collection import count, discard, make_folder
from recognition.data.dataset import split
from recognition.data.filenames import NO_CHARACTER
from recognition.errors import CollectionError, DataError, ImageError
from recognition.evaluation.validation import hold_out, one_part
from recognition.imaging.pixels import open_picture
from recognition.inference.reading import read
from recognition.inference.recognizer import UNFAMILIAR, assemble
from recognition.learning import recipes
from recognition.learning.calibration import REFUSED

SHAPE, COLOUR = (8, 8), (128, 128, 3)
BOX = (150, 110, 300, 350)  # of the digit that `content` draws


def content(digit="7", **options):
    return saved(draw(digit, **options)).getvalue()


def collect(folder, content, label, shape, box=None):
    """Keep a picture of these bytes."""
    with open_picture(io.BytesIO(content)) as picture:
        return collection.collect(folder, picture, label, shape, box)


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
    monkeypatch.setattr(collection, "MAX_PICTURES", 1)
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
