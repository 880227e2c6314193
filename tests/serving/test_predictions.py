import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from bad_input import BAD_PICTURES
from drawing import draw, on_transparent, saved
from PIL import Image
from project import ROOT
from questions import assert_problem

from recognition.serving import uploads

TWO = ROOT / "my_test_images" / "digit2.png"


def post(http, *files, query=""):
    """Post files as a form does."""
    parts = {"file": [(io.BytesIO(content), name) for name, content in files]}
    return http.post(f"/prediction{query}", data=parts, content_type="multipart/form-data")


def content(picture, form="PNG", **options):
    """Return a picture as the bytes of a file."""
    return saved(picture, form, **options).getvalue()


def test_a_posted_file_of_the_models_shape_gives_the_numbers_that_the_client_posts(http):
    as_file = post(http, ("digit2.png", TWO.read_bytes())).json["predictions"][0]
    as_body = http.post("/prediction", data=TWO.read_bytes(), content_type="image/png").json["predictions"][0]
    assert as_file == as_body
    assert as_file["label"] == as_file["top"][0]["label"] == "2"


def test_pictures_are_answered_in_their_order(http):
    answer = post(http, *((f"{digit}.png", content(draw(digit))) for digit in "254"))
    assert answer.json["model"] == "digits"
    assert [prediction["label"] for prediction in answer.json["predictions"]] == ["2", "5", "4"]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"])
def test_a_picture_may_be_the_body(http, form):
    answer = http.post("/prediction", data=content(draw("2"), form), content_type=f"image/{form.lower()}")
    assert answer.json["predictions"][0]["label"] == "2"


def test_what_the_model_saw_is_shown_if_it_is_asked_for(http):
    file = ("42.png", content(draw("42", height=150, pen=15, at=(30, 120))))
    for query, shown in (("", False), ("?seen=1", True), ("?seen=0", False)):
        (prediction,) = post(http, file, query=query).json["predictions"]
        assert [("seen" in character) for character in prediction["characters"]] == [shown, shown]


def test_a_pattern_says_what_may_be_written(http):
    file = ("425.png", content(draw("425", height=120, pen=12, at=(30, 150))))
    (prediction,) = post(http, file, query="?pattern=[0-36-9]{3}").json["predictions"]
    assert len(prediction["label"]) == 3
    assert not set(prediction["label"]) & set("45")
    assert prediction["label"] == prediction["top"][0]["label"]


@pytest.mark.parametrize(("pattern", "words"), [("[9-0]", "empty"), ("", "0 characters"), ("[A-Z]", "knows none")])
def test_a_pattern_that_cannot_be_is_refused(http, pattern, words):
    file = ("2.png", content(draw("2")))
    assert_problem(post(http, file, query=f"?pattern={pattern}"), 422, words, code="bad_pattern")


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_a_bad_picture_is_refused_with_a_reason(http, name):
    body, status, words = BAD_PICTURES[name]
    for answer in (post(http, ("p", body)), http.post("/prediction", data=body, content_type="image/png")):
        assert answer.status_code == status
        assert answer.content_type == "application/problem+json"
        assert words in answer.json["detail"]


def test_the_bad_picture_of_several_is_named(http):
    answer = post(http, ("good.png", TWO.read_bytes()), ("bad.png", b"?"))
    assert answer.status_code == 400
    assert answer.json["detail"].startswith("picture 1 (bad.png): ")


def test_a_form_without_pictures_is_refused(http):
    answer = http.post("/prediction", data={"text": "2"}, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert "parts named file" in answer.json["detail"]


def test_too_many_pictures_are_refused(http):
    answer = post(http, *[("p.png", TWO.read_bytes())] * 101)
    assert answer.status_code == 413
    assert "at most 100" in answer.json["detail"]
    assert answer.json["code"] == "too_many_pictures"


CODES = {
    "not_a_picture": b"text",
    "damaged_picture": content(draw("2"), "JPEG")[:3000],
    "blank_picture": content(Image.new("L", (300, 200), 250)),
    "picture_too_large": content(Image.new("1", (30_001, 1))),
}


@pytest.mark.parametrize("code", CODES)
def test_programs_know_what_is_wrong_with_a_picture_by_its_code(http, code):
    answer = http.post("/prediction", data=CODES[code], content_type="image/png")
    assert answer.json["code"] == code


def test_of_large_pictures_one_is_opened_at_a_time_and_others_pass_it(monkeypatch):
    monkeypatch.setattr(uploads, "LARGE", 200)
    small, large = content(Image.new("L", (10, 10))), content(Image.new("L", (20, 20)))
    entered, leave, order = threading.Event(), threading.Event(), []

    def read(picture, name, wait):
        with uploads.opened(picture):
            order.append(name)
            entered.set()
            assert not wait or leave.wait(10)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(read, large, "first large", True)
        assert entered.wait(10)
        second = pool.submit(read, large, "second large", False)
        read(small, "small", False)
        read(small, "small", False)
        leave.set()
        first.result(10), second.result(10)
    assert order == ["first large", "small", "small", "second large"]


def test_a_gif_of_many_frames_is_read_by_its_first(http):
    frames = [draw("5", size=(120, 120), height=60, pen=6, at=(30, 20))] * 500
    file = content(
        draw("2", size=(120, 120), height=60, pen=6, at=(30, 20)), "GIF", save_all=True, append_images=frames
    )
    assert post(http, ("many.gif", file)).json["predictions"][0]["label"] == "2"


def test_a_large_transparent_photo_is_read(http):
    large = content(on_transparent(draw("2")).resize((3000, 3000)), compress_level=1)
    answer = http.post("/prediction", data=large, content_type="image/png")
    assert answer.json["predictions"][0]["label"] == "2"
