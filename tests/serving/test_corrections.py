import errno
import io
from dataclasses import replace
from pathlib import Path

import pytest
from drawing import draw, saved
from project import ROOT
from questions import assert_problem

from recognition.data.filenames import NO_CHARACTER
from recognition.serving.admission import Settings
from recognition.serving.application import build_application

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
    monkeypatch.setattr("recognition.data.collection.MAX_PICTURES", 0)
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
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def test_a_correction_of_another_type_gets_415(collecting):
    assert_problem(collecting.post("/correction", json={"label": "7"}), 415, "multipart/form-data")
