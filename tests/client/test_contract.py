import json
from base64 import b64encode

import pytest
from project import ROOT
from strangers import CARD, PREDICTION, answer, predictions, stranger

from recognition.client.contract import PNG, check_card, check_predictions

TWO = ROOT / "my_test_images" / "digit2.png"
PHOTO = ROOT / "my_test_images" / "74025_on_paper.jpg"
CHARACTER = {**PREDICTION, "box": [0, 0, 8, 8]}
SEEN = f"data:image/png;base64,{b64encode(PNG).decode()}"
NOT_SEEN = {"a web page": "http://here/x.png", "no base64": "data:image/png;base64,A", "no PNG": SEEN[:-12] + "AAAA"}


def without(table, key):
    return {name: value for name, value in table.items() if name != key}


MALFORMED_CARDS = {
    "nothing": b"",
    "HTML": b"<html>",
    "no UTF-8": b"\xff",
    "nested": b"[" * 100_000,
    "null": None,
    "a list": [],
    "empty": {},
    "joined classes of two characters": {**CARD, "merged": {"ab": "c"}},
    "joined classes that are none": {**CARD, "merged": {"a": 1}},
    "a shape of text": {**CARD, "shape": "8x8"},
    "a shape without sides": {**CARD, "shape": []},
    "a shape of nothing": {**CARD, "shape": [0, 8]},
    "a shape of true": {**CARD, "shape": [True, True]},
    "a shape of fractions": {**CARD, "shape": [8.0, 8.0]},
    "a range of nothing": {**CARD, "range": [0, 0]},
    "a range without an end": {**CARD, "range": [0]},
    "a range of text": {**CARD, "range": [0, "16"]},
    "an infinite range": {**CARD, "range": [0, float("inf")]},
    "no classes": {**CARD, "classes": []},
    "classes of numbers": {**CARD, "classes": [0, 1]},
}
MALFORMED_ANSWERS = {
    "nothing": b"",
    "no UTF-8": b"\xff",
    "nested": b"[" * 100_000,
    "nested below": b'{"predictions": ' + b'[{"top": ' * 50_000,
    "null": None,
    "a list": [],
    "empty": {},
    "predictions of text": {"predictions": "2"},
    "predictions in an object": {"predictions": {"0": PREDICTION}},
    "a number of many digits": b'{"predictions": [' + b"1" * 5_000 + b"]}",
}
MALFORMED_PREDICTIONS = {
    "null": None,
    "text": "2",
    "a list": [PREDICTION],
    "empty": {},
    **{f"no {key}": without(PREDICTION, key) for key in PREDICTION},
    "a label that is a number": {**PREDICTION, "label": 2},
    "a label that is null": {**PREDICTION, "label": None},
    "a label that is half a character": {**PREDICTION, "label": "\ud800"},
    "a label that paints": {**PREDICTION, "label": "\x1b[2J"},
    "a label that paints by C1": {**PREDICTION, "label": "\x9b2J"},
    "a label with a carriage return": {**PREDICTION, "label": "7\r2"},
    "a confidence of text": {**PREDICTION, "confidence": "0.5"},
    "a confidence that is true": {**PREDICTION, "confidence": True},
    "a confidence above 1": {**PREDICTION, "confidence": 1.5},
    "a confidence below 0": {**PREDICTION, "confidence": -0.1},
    "a confidence of NaN": {**PREDICTION, "confidence": float("nan")},
    "a confidence of many digits": {**PREDICTION, "confidence": 10**400},
    "recognized as text": {**PREDICTION, "recognized": "no"},
    "recognized as a number": {**PREDICTION, "recognized": 1},
    "a doubt that is a list": {**PREDICTION, "doubt": ["3 or 8"]},
    "an empty top": {**PREDICTION, "top": []},
    "a top of text": {**PREDICTION, "top": "2"},
    "a top of labels": {**PREDICTION, "top": ["2", "3"]},
    "a top without confidence": {**PREDICTION, "top": [{"label": "2"}]},
    "no characters": {**PREDICTION, "characters": []},
    "characters of text": {**PREDICTION, "characters": "42"},
    "a character without a box": {**PREDICTION, "characters": [PREDICTION]},
    "a character of lines": {**PREDICTION, "characters": [{**CHARACTER, "label": "4\n2"}]},
    "a box of three": {**PREDICTION, "characters": [{**CHARACTER, "box": [0, 0, 8]}]},
    "a box of text": {**PREDICTION, "characters": [{**CHARACTER, "box": [*"0088"]}]},
    "a box of fractions": {**PREDICTION, "characters": [{**CHARACTER, "box": [0, 0, 0.5, 8]}]},
}


@pytest.mark.parametrize("name", MALFORMED_CARDS)
def test_a_malformed_card_is_one_line(ask_at, name):
    with stranger(b"", get=answer(MALFORMED_CARDS[name])) as (url, asked):
        code, lines, (complaint,) = ask_at(url, TWO)
    assert (code, lines, asked) == (1, [], ["GET /model"])
    assert complaint.startswith(f"client.py: {url} answers, but not as a recognition server does (")


@pytest.mark.parametrize("name", MALFORMED_ANSWERS)
def test_a_malformed_answer_is_one_line(ask_at, name):
    with stranger(answer(MALFORMED_ANSWERS[name])) as (url, _):
        code, lines, (complaint,) = ask_at(url, TWO)
    assert (code, lines) == (1, [])
    assert complaint.startswith(f"client.py: {TWO}: {url} answers, but not as a recognition server does (")


@pytest.mark.parametrize("path", [TWO, PHOTO], ids=["instances", "a picture"])
@pytest.mark.parametrize("name", MALFORMED_PREDICTIONS)
def test_a_malformed_prediction_is_one_line(ask_at, name, path):
    with stranger(predictions(MALFORMED_PREDICTIONS[name])) as (url, _):
        code, lines, (complaint,) = ask_at(url, path)
    assert (code, lines) == (1, [])
    assert complaint.isprintable()
    assert complaint.startswith(f"client.py: {path}: {url} answers, but not as a recognition server does (")


@pytest.mark.parametrize("count", [0, 2])
def test_more_or_fewer_predictions_than_pictures_are_one_line(ask_at, count):
    with stranger(predictions(*[PREDICTION] * count)) as (url, _):
        code, lines, (complaint,) = ask_at(url, PHOTO)
    assert (code, lines) == (1, [])
    assert "not as a recognition server" in complaint


def test_a_csv_answered_with_too_few_predictions_is_one_line_and_no_success(ask_at, tmp_path):
    (tmp_path / "rows.csv").write_text("\n".join([",".join(["0"] * 64)] * 5))
    with stranger(predictions(PREDICTION, PREDICTION)) as (url, _):
        code, lines, (complaint,) = ask_at(url, tmp_path / "rows.csv", "-o", tmp_path / "out.csv")
    assert (code, lines) == (1, [])
    assert "(2 predictions where 5 were asked for)" in complaint
    assert (tmp_path / "out.csv").read_text() == "ImageId,Label\n"


@pytest.mark.parametrize("seen", [None, 5, "\ud800", *NOT_SEEN.values()])
def test_what_the_model_saw_is_a_png_and_nothing_else_is_saved(ask_at, tmp_path, seen):
    shown = {} if seen is None else {"seen": seen}
    with stranger(predictions({**PREDICTION, "characters": [{**CHARACTER, **shown}]})) as (url, _):
        code, lines, (complaint,) = ask_at(url, TWO, "--seen", tmp_path / "seen")
    assert (code, lines) == (1, [])
    assert "(seen is malformed: " in complaint or "(what the model saw is missing)" in complaint
    assert not (tmp_path / "seen").exists()


@pytest.mark.parametrize("option", [[], ["--json"]], ids=["as text", "as JSON"])
def test_a_doubt_and_other_labels_bring_no_control_signs_to_the_terminal(ask_at, option):
    doubt, top = "may be \x1b[2J\x9b or \ud800", [{"label": "\x9b2J\ud800", "confidence": 0.5}]
    with stranger(predictions({**PREDICTION, "recognized": False, "doubt": doubt, "top": top})) as (url, _):
        code, (line,), _ = ask_at(url, TWO, *option)
    assert code == 0
    assert line.isprintable()
    assert not option or json.loads(line)["doubt"] == doubt


def test_what_the_contract_does_not_know_is_left_out(ask_at):
    with stranger(predictions({**PREDICTION, "file": "another.png", "self": [], "extra": float("nan")})) as (url, _):
        code, (line,), _ = ask_at(url, TWO, "--json")
    assert code == 0
    assert json.loads(line) == {"file": str(TWO), **PREDICTION}


def test_all_of_the_contract_is_taken():
    character = {**CHARACTER, "top": [{"label": "2", "confidence": 1}], "seen": SEEN}
    prediction = {**PREDICTION, "label": "2\n2 2", "recognized": False, "doubt": "blank", "characters": [character] * 3}
    assert check_predictions({"model": "x", "predictions": [prediction]}, 1, seen=True) == [prediction]
    assert check_predictions({"predictions": [{**PREDICTION, "seen": SEEN}]}, 1, seen=True)
    assert check_card({**CARD, "name": "x"}) == CARD
    assert check_card({"shape": [128, 128, 3], "range": [0, 255], "classes": ["cat", "dog"]})
