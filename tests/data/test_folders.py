import os
import socket
from collections import Counter
from pathlib import Path

import pytest
from picture_files import by_class, photo

from recognition.data import folders
from recognition.errors import DataError


def training_labels(folder):
    training, _ = folders.find(folder)
    return Counter(training.labels)


def test_a_sub_folder_is_a_class(tmp_path):
    training, test = folders.find(by_class(tmp_path, "dogs", "cats"))
    assert training.files[3:5] == [tmp_path / "cats" / "3.png", tmp_path / "dogs" / "0.png"]
    assert training.labels == ["cats"] * 4 + ["dogs"] * 4
    assert (test, training.skipped) == (None, [])


@pytest.mark.parametrize("name", ["test", "validation", "Val"])
def test_a_test_part_of_its_own_is_taken(tmp_path, name):
    by_class(tmp_path / "train", "cats", "dogs")
    by_class(tmp_path / name, "cats", "dogs", count=2)
    training, test = folders.find(tmp_path)
    assert (len(training.files), len(test.files)) == (8, 4)


def test_flat_names_begin_with_the_label(tmp_path):
    for name in ("7_blue_pen.png", "7(2)_digit.png", "cat.0.png", "cat.1.png"):
        photo(tmp_path / name)
    (tmp_path / "empty").mkdir()
    assert training_labels(tmp_path) == {"7": 2, "cat": 2}


def test_a_class_may_be_called_train(tmp_path):
    assert training_labels(by_class(tmp_path, "bus", "car", "train")) == {"bus": 4, "car": 4, "train": 4}


def test_a_class_may_be_a_link_to_a_folder_elsewhere(tmp_path):
    by_class(tmp_path / "elsewhere", "lions")
    by_class(tmp_path / "pets", "dogs")
    (tmp_path / "pets" / "cats").symlink_to(tmp_path / "elsewhere" / "lions")
    assert training_labels(tmp_path / "pets") == {"cats": 4, "dogs": 4}


@pytest.mark.timeout(20)
def test_what_is_no_file_is_skipped_and_listed(tmp_path):
    cats = by_class(tmp_path, "cats", "dogs") / "cats"
    (cats / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (cats / "circle.png").symlink_to(cats / "circle.png")
    (cats / "all").symlink_to(tmp_path)
    (tmp_path / "circle").symlink_to(tmp_path)
    (tmp_path / "birds").symlink_to(tmp_path / "nowhere")
    os.mkfifo(cats / "pipe.png")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(os.path.relpath(cats / "socket.png"))  # since such a path is short
    training, _ = folders.find(tmp_path)
    assert Counter(training.labels) == {"cats": 4, "dogs": 4}
    skipped = dict(line.removeprefix(f"{tmp_path}/").split(": ", 1) for line in training.skipped)
    reasons = {
        "birds": "nowhere",
        "cats/all": "link",
        "cats/circle.png": "Too many",
        "cats/gone.png": "No such",
        "cats/pipe.png": "a pipe",
        "cats/socket.png": "a socket",
        "circle": "it is in",
    }
    assert skipped.keys() == reasons.keys()
    for name, words in reasons.items():
        assert words in skipped[name]


def test_a_folder_that_may_not_be_read_is_skipped_and_listed(tmp_path, monkeypatch):
    by_class(tmp_path, "birds", "cats", "dogs")
    inside = Path.iterdir

    def iterdir(path):
        if path.name == "birds":
            raise PermissionError(13, "Permission denied")
        return inside(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    training, _ = folders.find(tmp_path)
    assert Counter(training.labels) == {"cats": 4, "dogs": 4}
    assert training.skipped == [f"{tmp_path / 'birds'}: cannot be read: Permission denied"]


def test_a_folder_without_pictures_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(DataError, match="no pictures"):
        folders.find(tmp_path)


def test_what_is_not_read_as_it_is_is_listed_with_what_to_do(tmp_path):
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "phone.HEIC").write_bytes(b"")
    with pytest.raises(DataError, match="save the pictures as JPEG"):
        folders.find(tmp_path)
    training, _ = folders.find(by_class(tmp_path, "cats", "dogs"))
    (line,) = training.skipped
    assert "phone.HEIC: is not read as it is; save the pictures as JPEG" in line
