from pathlib import Path

import numpy as np
import pytest

from recognition.data import sources
from recognition.data.dataset import Dataset, split
from recognition.errors import DataError

DIGITS = sources.digits()


def test_load_digits_comes_whole():
    assert len(DIGITS) == 1797
    assert DIGITS.shape == (8, 8)
    assert (DIGITS.images.min(), DIGITS.images.max(), DIGITS.full) == (0, 16, 16)
    assert list(DIGITS.counts) == list("0123456789")


def test_parts_have_every_row_once_in_the_order_of_the_source():
    parts = split(DIGITS, 0.2, seed=1)
    assert [len(part) for part in parts] == [1437, 360]
    rows = {row.tobytes() + label.encode() for part in parts for row, label in zip(part.rows, part.labels, strict=True)}
    assert rows == {row.tobytes() + label.encode() for row, label in zip(DIGITS.rows, DIGITS.labels, strict=True)}
    order = {row.tobytes(): index for index, row in enumerate(DIGITS.rows)}
    for part in parts:
        positions = [order[row.tobytes()] for row in part.rows]
        assert positions == sorted(positions)


def test_classes_keep_their_proportion():
    _, test = split(DIGITS, 0.2, seed=1)
    for label, count in test.counts.items():
        assert abs(count - 0.2 * DIGITS.counts[label]) < 1


def test_the_seed_decides_the_split():
    first, again, other = (split(DIGITS, 0.2, seed)[1].digest for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("test_size", [0.001, 0.999])
def test_rejects_a_part_too_small_for_every_class(test_size):
    with pytest.raises(DataError, match="--test-size"):
        split(DIGITS, test_size, seed=1)


def weighted(counts):
    """Make data of these classes, of which each image counts so many times."""
    labels = np.array([label for label, _ in counts])
    images = np.arange(len(labels) * 4, dtype=np.uint8).reshape(-1, 2, 2)
    return Dataset("some", images, labels, 255, weights=np.array([weight for _, weight in counts], np.float32))


@pytest.mark.parametrize("seed", range(6))
def test_images_that_count_several_times_are_all_learnt(seed):
    data = weighted([("a", 1)] * 10 + [("b", 1)] * 10 + [("a", 20), ("b", 20), ("only", 20), ("only", 20)])
    training, test = split(data, 0.2, seed)
    assert (training.weights > 1).sum() == 4
    assert test.counts == {"a": 2, "b": 2}


def test_a_class_that_counts_once_in_a_single_image_is_learnt_too():
    data = weighted([("a", 1)] * 10 + [("b", 1)] * 10 + [("rare", 1), ("rare", 20)])
    training, test = split(data, 0.2, seed=0)
    assert training.counts["rare"] == 2
    assert "rare" not in test.counts


def test_where_all_images_count_several_times_they_are_split():
    training, test = split(weighted([("a", 5)] * 10 + [("b", 5)] * 10), 0.2, seed=0)
    assert (len(training), len(test)) == (16, 4)


def test_each_image_knows_which_of_the_data_it_is_of():
    source = sources.load(["digits", "digits"])
    assert source.names == ["digits", "digits"]
    assert np.bincount(source.training.places).tolist() == [1797, 1797]
    _, test = split(source.training, 0.2, seed=0)
    assert np.bincount(test.places).sum() == len(test)


def test_rejects_a_place_where_there_is_nothing():
    with pytest.raises(DataError, match="there is no letters"):
        sources.load(["letters"])


def test_a_place_that_may_not_be_looked_at_is_one_sentence(monkeypatch):
    def stat(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", stat)
    with pytest.raises(DataError, match="locked/mine cannot be read: Permission denied"):
        sources.load(["locked/mine"])
