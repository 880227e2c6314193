import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from drawing import draw, saved
from idx_files import write_set
from picture_files import by_class

from recognition.data import sources
from recognition.data.dataset import split
from recognition.data.filenames import NO_CHARACTER
from recognition.errors import DataError

DIGITS = sources.digits()


def test_load_digits_comes_whole():
    assert len(DIGITS) == 1797
    assert DIGITS.shape == (8, 8)
    assert (DIGITS.range, DIGITS.full) == ((0, 16), 16)
    assert list(DIGITS.counts) == list("0123456789")


def test_each_image_knows_which_of_the_data_it_is_of():
    source = sources.load(["digits", "digits"])
    assert source.names == ["digits", "digits"]
    assert np.bincount(source.training.places).tolist() == [1797, 1797]
    _, test = split(source.training, 0.2, seed=0)
    assert np.bincount(test.places).sum() == len(test)


def refused_folder(folder, *labels):
    for number, label in enumerate(labels):
        (folder / label).mkdir(parents=True, exist_ok=True)
        saved_as = folder / label / f"{number}.png"
        saved_as.write_bytes(saved(draw("7", height=180 + 5 * number)).getvalue())
    return str(folder)


def test_data_of_several_places_are_found_again_by_who_gets_no_images_whatever_their_range(tmp_path):
    by_class(tmp_path / "pictures", "0", "1", mode="L", size=(8, 8))
    rows = np.column_stack([DIGITS.labels[:40], DIGITS.rows[:40] / 16])
    np.savetxt(tmp_path / "fractions.csv", rows, fmt="%s", delimiter=",")
    training = sources.load([str(tmp_path / "pictures"), str(tmp_path / "fractions.csv"), "digits"]).training
    assert (training.full, training.range) == (16, (0, 16))
    sent = pickle.loads(pickle.dumps(training.images))
    assert not any(chunk.held is not None for chunk in sent.chunks)
    np.testing.assert_array_equal(sent, training.images)


def test_what_is_no_character_is_of_no_class_and_learnt_apart(tmp_path):
    mine = refused_folder(tmp_path, "7", NO_CHARACTER, "1", NO_CHARACTER)
    source = sources.load(["digits", mine], repeat_last=5)
    assert NO_CHARACTER not in source.training.counts
    assert source.training.weights.tolist() == [1] * 1797 + [5, 5]
    assert source.refused.images.shape == (2, 8, 8)
    assert source.refused.weights.tolist() == [5, 5]
    assert source.kinds[0].startswith(f"{tmp_path.name}: the character on each is looked for")


def test_a_folder_of_nothing_but_no_characters_changes_no_class(tmp_path):
    source = sources.load(["digits", refused_folder(tmp_path, NO_CHARACTER, NO_CHARACTER)], repeat_last=5)
    assert source.training.weights is None
    assert source.training.digest == DIGITS.digest
    assert len(source.refused) == 2


def test_whole_pictures_are_all_of_some_class(tmp_path):
    folder = by_class(tmp_path, NO_CHARACTER, "cats")
    source = sources.load([str(folder)], kind="pictures")
    assert source.training.counts.keys() == {NO_CHARACTER, "cats"}
    assert source.refused is None


def test_a_place_without_a_name_is_not_this_folder():
    with pytest.raises(DataError, match="the name of the data is empty"):
        sources.load([""])


def test_rejects_a_place_where_there_is_nothing():
    with pytest.raises(DataError, match="there is no letters"):
        sources.load(["letters"])


def test_a_label_that_is_no_text_is_one_sentence(tmp_path):
    try:
        by_class(tmp_path / "mine", "2", os.fsdecode(b"\xff"))
    except OSError:
        pytest.skip("this system has no such names")
    with pytest.raises(DataError, match=r"the label '\\udcff' of mine is no text in UTF-8; rename its folder"):
        sources.load([str(tmp_path / "mine")], kind="pictures")


def test_a_place_that_may_not_be_looked_at_is_one_sentence(monkeypatch):
    def stat(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", stat)
    with pytest.raises(DataError, match="locked/mine cannot be read: Permission denied"):
        sources.load(["locked/mine"])


def test_repeated_rows_leave_the_test_part_alone(tmp_path):
    source = sources.load([str(write_set(tmp_path))], repeat_last=3)
    assert source.training.weights.tolist() == [3] * 12
    assert source.test.weights is None
    assert len(source.test) == 6


def test_a_test_class_that_was_never_learnt_is_left_out(tmp_path):
    by_class(tmp_path / "train", "cats", "dogs")
    by_class(tmp_path / "test", "cats", "dogs", "birds")
    source = sources.load([str(tmp_path)])
    assert source.test.counts == {"cats": 4, "dogs": 4}
    assert "class birds of the test part" in source.skipped[0]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.zip", "unpack"),
        ("a.tar.gz", "unpack"),
        ("photo.HEIC", "JPEG"),
        ("scan.pdf", "pages"),
        ("digits.parquet", "CSV"),
        ("one.jpg", "give the folder"),
        ("nothing", "no "),
    ],
)
def test_what_is_not_read_gets_a_sentence_with_what_to_do(tmp_path, name, words):
    with pytest.raises(DataError, match=words):
        sources.load([str(tmp_path / name)])


def test_a_folder_of_tables_names_them(tmp_path):
    for name in ("train.csv", "test.csv.gz"):
        (tmp_path / name).write_text("")
    with pytest.raises(DataError, match=r"train\.csv"):
        sources.load([str(tmp_path)])


def test_one_class_is_not_enough(tmp_path):
    with pytest.raises(DataError, match="two are needed"):
        sources.load([str(by_class(tmp_path, "cats"))])


def test_lookalikes_are_one_class_that_is_called_by_the_first():
    source = sources.load(["digits"], lookalikes=["71", "38"])
    assert source.merged == {"1": "7", "8": "3"}
    plain = sources.digits().labels
    np.testing.assert_array_equal(source.training.labels == "7", np.isin(plain, ["1", "7"]))
    assert "".join(source.training.counts) == "02345679"


@pytest.mark.parametrize(
    ("lookalikes", "words"),
    [(["1x"], "names 'x', which is no class; there are 0, 1, 2"), (["0123456789"], "one class")],
)
def test_lookalikes_that_are_no_classes_or_all_of_them_are_refused(lookalikes, words):
    with pytest.raises(DataError, match=words):
        sources.load(["digits"], lookalikes=lookalikes)
