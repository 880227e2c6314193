import csv
import json
import os
from pathlib import Path

import pytest
from drawing import draw
from PIL import Image
from project import ROOT

from recognition.client.results import ResultWriter, in_words

TWO = ROOT / "my_test_images" / "digit2.png"

PREDICTION = {"label": "42\n5 2", "confidence": 0.5, "recognized": False, "doubt": "may be 3 or 8"}


def test_lines_of_text_are_printed_as_lines(capsys):
    ResultWriter().add("page.png", PREDICTION)
    assert capsys.readouterr().out == "page.png: 42\n5 2? (50.0 %, not sure: may be 3 or 8)\n"


def test_the_answer_of_a_server_that_gives_no_reason_is_still_not_sure():
    assert in_words({"label": "3", "confidence": 0.5, "recognized": False}) == "3? (50.0 %, not sure)"


def test_says_when_it_is_not_sure(ask, tmp_path):
    Image.linear_gradient("L").resize((8, 8)).save(tmp_path / "gradient.png")
    _, (line,), _ = ask("-f", tmp_path / "gradient.png")
    assert "? (" in line
    assert line.endswith("%, not sure: looks like none of the classes)")


def test_json_says_why_it_is_not_sure(ask, tmp_path):
    Image.linear_gradient("L").resize((8, 8)).save(tmp_path / "gradient.png")
    _, (doubtful, clear), _ = ask(tmp_path / "gradient.png", TWO, "--json")
    assert json.loads(doubtful)["doubt"] == "looks like none of the classes"
    assert "doubt" not in json.loads(clear)


def test_json_is_one_object_a_line(ask, tmp_path):
    code, lines, err = ask("-f", TWO, tmp_path / "missing.png", "--json")
    answer, error = map(json.loads, lines)
    assert code == 1
    assert (answer["file"], answer["label"], answer["recognized"]) == (str(TWO), "2", True)
    assert len(answer["top"]) == 5
    assert error.keys() == {"file", "error"}
    assert len(err) == 1


def test_output_is_a_csv(ask, tmp_path):
    ask("-f", TWO, "-o", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert list(row) == ["file", "label", "confidence", "recognized"]
    assert (row["file"], row["label"], row["recognized"]) == (str(TWO), "2", "True")
    assert 0.5 < float(row["confidence"]) <= 1


@pytest.fixture
def nasty(tmp_path):
    """A folder whose names paint the terminal and are no UTF-8, with a picture of a 2 and one that is damaged."""
    folder = tmp_path / os.fsdecode(b"7\x1b[2J\n\xc2\x9b\xff")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this system has no such names")
    (folder / "2_\x1b]0;x\a.png").write_bytes(TWO.read_bytes())
    (folder / "5_\x1b]0;x\a.png").write_bytes(b"no picture")
    return folder


def test_names_bring_no_control_signs_to_the_terminal(ask, nasty):
    code, lines, err = ask(nasty, "--score")
    assert (code, len(lines), len(err)) == (1, 2, 1)
    assert all(text.isprintable() for text in (*lines, *err))
    assert "7\ufffd[2J\ufffd\ufffd\ufffd/2_\ufffd]0;x\ufffd.png: 2 (" in lines[0]


def test_names_in_json_are_escaped_and_those_in_a_csv_are_as_they_are(ask, nasty, tmp_path):
    _, lines, _ = ask(nasty, "--json", "-o", tmp_path / "out.csv")
    names = [str(path) for path in sorted(nasty.iterdir())]
    assert all(line.isprintable() for line in lines)
    assert [json.loads(line)["file"] for line in lines] == names
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        assert [row["file"] for row in csv.DictReader(file)] == names[:1]


def test_the_name_of_a_posted_picture_may_be_anything(ask, nasty):
    draw("42", height=150, pen=15, at=(40, 150)).save(photo := nasty / '4"2.jpg')
    code, (line,), _ = ask(photo)
    assert (code, ": 42 (" in line) == (0, True)


def test_an_output_that_cannot_be_written_is_one_line(ask, tmp_path):
    code, lines, (complaint,) = ask("-f", TWO, "-o", tmp_path / "no" / "out.csv")
    assert (code, lines) == (1, [])
    assert "cannot be written" in complaint


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_an_output_on_a_full_disk_is_one_line(ask):
    code, _, (complaint,) = ask(TWO, "-o", "/dev/full")
    assert code == 1
    assert complaint.startswith("client.py: /dev/full cannot be written: No space left on device")


def test_saves_what_the_model_saw_of_each_character(ask, photo, tmp_path):
    folder = tmp_path / "seen"
    _, (line, _), _ = ask("-f", photo, TWO, "--seen", folder, "--json")
    assert sorted(path.name for path in folder.iterdir()) == [
        "42_by_me.1.seen.png",
        "42_by_me.2.seen.png",
        "digit2.seen.png",
    ]
    assert "seen" not in json.loads(line)["characters"][0]
    _, (again,), _ = ask("-f", folder / "digit2.seen.png")
    assert again.split(": ")[1] == ask("-f", TWO)[1][0].split(": ")[1]


def test_a_folder_for_what_was_seen_that_cannot_be_written_is_one_line(ask, photo):
    code, _, (complaint,) = ask("-f", photo, "--seen", photo / "no_folder")
    assert code == 1
    assert "cannot be written" in complaint
