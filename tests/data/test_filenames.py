from pathlib import Path

import pytest

from recognition.data.filenames import is_table, label_of, pictures_at

DIGITS = list("0123456789")


@pytest.mark.parametrize(
    ("path", "classes", "label"),
    [
        ("7_blue_pen.png", DIGITS, "7"),
        ("7(2)_digit.jpg", DIGITS, "7"),
        ("7.png", DIGITS, "7"),
        ("digit7.png", DIGITS, "7"),
        ("cat.0.jpg", ["cat", "dog"], "cat"),
        ("cats/1.jpg", ["cats", "dogs"], "cats"),
        ("3/7_or_not.png", DIGITS, "3"),
        ("1717_0.jpg", DIGITS, "1717"),
        ("1717_0.jpg", ["1", "7"], None),
        ("1717.jpg", DIGITS, None),
        ("holiday.jpg", DIGITS, None),
        ("digits.jpg", DIGITS, None),
        ("_.jpg", DIGITS, None),
        ("bird.1.jpg", ["cat", "dog"], None),
    ],
)
def test_folder_or_head_of_the_name_is_the_label(path, classes, label):
    assert label_of(Path(path), classes) == label


def test_a_folder_stands_for_its_own_pictures_or_else_for_those_below_it(tmp_path):
    names = ["b/2.png", "b/1.JPG", "a.d/3.tif", ".hidden/4.png", "b/.5.png", "b/notes.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert [*pictures_at(tmp_path)] == [tmp_path / name for name in ("a.d/3.tif", "b/1.JPG", "b/2.png")]
    (tmp_path / "own.png").write_bytes(b"")
    assert [*pictures_at(tmp_path)] == [tmp_path / "own.png"]
    assert [*pictures_at(tmp_path / "b" / "2.png")] == [tmp_path / "b" / "2.png"]


@pytest.mark.parametrize(
    ("name", "table"), [("a.csv", True), ("A.CSV.GZ", True), ("a.gz", False), ("a.csv.png", False), ("csv", False)]
)
def test_a_csv_is_told_by_its_name(name, table):
    assert is_table(Path(name)) == table
