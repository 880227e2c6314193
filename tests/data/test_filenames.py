from pathlib import Path

import pytest

from recognition.data.filenames import label_of

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
