import io

import pytest
from drawing import draw, saved
from project import ROOT
from questions import assert_problem

from recognition.serving.application import create_app

PICTURE = ROOT / "my_test_images" / "digit2.png"


@pytest.fixture
def collecting(model, tmp_path):
    """A client of an application that collects in tmp_path."""
    return create_app(lambda: model, tmp_path).test_client()


def correct(http, **fields):
    """Post a correction: `file` as content, the rest as text."""
    files = {"file": (io.BytesIO(fields.pop("file")), "digit2.png")} if "file" in fields else {}
    return http.post("/correction", data={**files, **fields}, content_type="multipart/form-data")


def test_a_correction_is_kept_and_counted(collecting, tmp_path):
    answer = correct(collecting, file=PICTURE.read_bytes(), label="7")
    assert (answer.status_code, answer.json) == (201, {"collected": 1})
    (kept,) = tmp_path.glob("7/*.png")
    assert answer.headers["Location"] == f"/correction/{kept.stem}"


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
    assert_problem(correct(http, file=PICTURE.read_bytes(), label="7"), 403, "--collect")
    assert_problem(http.delete("/correction/0123456789abcdef"), 403, "--collect")


BAD_CORRECTIONS = {
    "no picture": ({"label": "7"}, 400, "no picture"),
    "text as picture": ({"file": b"text", "label": "7"}, 400, "not a picture"),
    "no label": ({"file": PICTURE.read_bytes()}, 422, "is missing"),
    "a label of no class": ({"file": PICTURE.read_bytes(), "label": "../7"}, 422, "0, 1, 2, 3"),
    "no box on a photo": ({"file": saved(draw("7")).getvalue(), "label": "7"}, 422, "the box is missing"),
    "a box of words": ({"file": PICTURE.read_bytes(), "label": "7", "box": "a,b,c,d"}, 422, "left,top,right,bottom"),
    "a box of three": ({"file": PICTURE.read_bytes(), "label": "7", "box": "1,2,3"}, 422, "left,top,right,bottom"),
}


@pytest.mark.parametrize("why", BAD_CORRECTIONS)
def test_a_bad_correction_is_a_problem_and_nothing_is_kept(collecting, tmp_path, why):
    fields, status, words = BAD_CORRECTIONS[why]
    assert_problem(correct(collecting, **fields), status, words)
    assert not list(tmp_path.rglob("*.png"))


def test_a_picture_of_too_many_pixels_is_a_413(collecting, monkeypatch):
    monkeypatch.setattr("recognition.imaging.pixels.MAX_PIXELS", 63)
    assert_problem(correct(collecting, file=PICTURE.read_bytes(), label="7"), 413, "at most 63")


def test_a_full_folder_is_a_507(collecting, monkeypatch):
    monkeypatch.setattr("recognition.serving.collection.MAX_PICTURES", 0)
    assert_problem(correct(collecting, file=PICTURE.read_bytes(), label="7"), 507, "0 pictures are kept")


def test_a_correction_of_another_type_gets_415(collecting):
    assert_problem(collecting.post("/correction", json={"label": "7"}), 415, "multipart/form-data")
