from types import SimpleNamespace

import pytest
from PIL import Image
from project import ROOT
from sklearn.datasets import load_digits

from recognition.client import inputs
from recognition.client.results import ResultWriter

TWO = ROOT / "my_test_images" / "digit2.png"


def test_takes_files_and_folders_in_order_and_passes_over_what_is_no_picture(ask, tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "notes.txt").write_text("no picture")
    for name in ("b.png", "a.PNG", ".hidden.png", "inner/c.png"):
        (tmp_path / name).write_bytes(TWO.read_bytes())
    code, lines, _ = ask("-f", TWO, tmp_path)
    assert code == 0
    assert [line.split(": ")[0] for line in lines] == [
        str(path) for path in (TWO, tmp_path / "a.PNG", tmp_path / "b.png")
    ]


def test_a_folder_of_folders_stands_for_the_pictures_in_those(ask, tmp_path):
    for name in ("3/b.png", "2/a.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(TWO.read_bytes())
    _, lines, _ = ask("-f", tmp_path)
    assert [line.split(": ")[0] for line in lines] == [str(tmp_path / name) for name in ("2/a.png", "3/b.png")]


def rows_csv(path, labels=True):
    """Write five images of load_digits, the third under a wrong label."""
    digits = load_digits()
    names = [str(name) for name in digits.target[:5]]
    names[2] = "9"
    lines = [",".join(map(str, row)) for row in digits.data[:5].astype(int).tolist()]
    lines = [f"{name},{line}" for name, line in zip(names, lines, strict=True)] if labels else lines
    path.write_text("\n".join([",".join([*(["label"] * labels), *(f"p{i}" for i in range(64))]), *lines]))
    return path


def test_a_picture_of_a_joined_class_has_that_label(tmp_path):
    Image.new("L", (40, 40)).save(tmp_path / "O_1.png")
    service = SimpleNamespace(predict_picture=lambda *_: {"label": "o", "confidence": 0.9, "recognized": True})
    results = ResultWriter()
    card = {"classes": ["a", "o"], "merged": {"O": "o"}, "shape": [28, 28], "range": [0, 255]}
    inputs.ask_pictures([tmp_path / "O_1.png"], card, service, results)
    assert [truth for _, truth, _ in results.labelled] == ["O"]


def test_a_csv_becomes_a_submission_for_kaggle(ask, tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "BATCH", 2)
    code, lines, err = ask("-f", rows_csv(tmp_path / "test.csv", labels=False), "-o", tmp_path / "submission.csv")
    assert (code, lines, err) == (0, [], [])
    assert (tmp_path / "submission.csv").read_text().split() == ["ImageId,Label", "1,0", "2,1", "3,2", "4,3", "5,4"]


def test_rows_of_a_csv_are_printed_and_scored_by_their_labels(ask, tmp_path):
    path = rows_csv(tmp_path / "train.csv")
    code, lines, _ = ask("-f", path, "--score")
    assert code == 0
    assert [line.split(" (")[0] for line in lines[:5]] == [f"{path}:{i + 1}: {i}" for i in range(5)]
    assert lines[5].startswith("4 of 5 right")
    assert lines[6].startswith(f"  {path}:3 is 9, read as 2")


def test_a_csv_of_another_size_is_one_line(ask, tmp_path):
    (tmp_path / "small.csv").write_text("1,2,3,4\n")
    code, lines, (complaint,) = ask("-f", tmp_path / "small.csv")
    assert (code, lines) == (1, [])
    assert "2x2 pixels, and this model takes 8x8" in complaint


def test_a_csv_of_a_larger_range_is_one_line(ask, tmp_path):
    (tmp_path / "bytes.csv").write_text(",".join(["255"] * 64) + "\n")
    code, _, (complaint,) = ask("-f", tmp_path / "bytes.csv")
    assert code == 1
    assert "this model takes numbers from 0 (paper) to 16" in complaint


def test_an_output_does_not_overwrite_what_is_asked_about(ask, tmp_path):
    path = rows_csv(tmp_path / "test.csv")
    before = path.read_text()
    with pytest.raises(SystemExit) as exit_:
        ask("-f", path, "-o", path)
    assert exit_.value.code == 2
    assert path.read_text() == before


def test_pictures_and_tables_do_not_share_an_output(ask, tmp_path):
    with pytest.raises(SystemExit) as exit_:
        ask("-f", TWO, rows_csv(tmp_path / "test.csv"), "-o", tmp_path / "out.csv")
    assert exit_.value.code == 2


def bad_files(folder):
    """Files that are each wrong in another way, with what the complaint shall say."""
    (folder / "text.png").write_text("no picture")
    (folder / "empty.png").write_bytes(b"")
    (folder / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    (folder / "half.png").write_bytes(TWO.read_bytes()[:60])
    Image.new("L", (8, 8), 255).save(folder / "blank.png")
    Image.new("L", (9, 8), 255).save(folder / "wide.png")
    (folder / "folder").mkdir()
    return {
        "text.png": "not a picture",
        "empty.png": "not a picture",
        "photo.heic": "a HEIC photo; save it as JPEG",
        "half.png": "damaged",
        "blank.png": "blank",
        "wide.png": "the picture is blank",
        "folder": "holds no picture",
        "missing.png": "No such file",
    }


def test_each_bad_file_is_one_line_and_the_others_are_still_done(ask, tmp_path):
    complaints = bad_files(tmp_path)
    code, lines, err = ask("-f", *(tmp_path / name for name in complaints), TWO)
    assert code == 1
    assert len(lines) == 1
    assert len(err) == len(complaints)
    for line, (name, words) in zip(err, complaints.items(), strict=True):
        assert line.startswith(f"client.py: {tmp_path / name}: ")
        assert words in line
