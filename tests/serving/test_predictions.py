import io

import pytest
from bad_input import BAD_PICTURES
from drawing import draw, on_transparent, saved
from project import ROOT

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
