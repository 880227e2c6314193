import numpy as np
import pytest

from recognition.data import sources
from recognition.data.dataset import Dataset, duplicates, join, repeated, split
from recognition.errors import DataError

DIGITS = sources.digits()


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


def test_rejects_a_training_part_too_small_for_every_class():
    with pytest.raises(DataError, match="--test-size"):
        split(DIGITS, 0.999, seed=1)


def test_few_images_are_tested_on_one_of_each_class():
    few = DIGITS.take(np.concatenate([np.flatnonzero(DIGITS.labels == label)[:4] for label in DIGITS.counts]))
    training, test = split(few, 0.2, seed=1)
    assert set(test.counts.values()) == {1}
    assert set(training.counts.values()) == {3}


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


def test_data_are_joined_in_the_scale_of_the_largest_values():
    places = np.zeros(4, np.int32)
    fine, coarse = (
        Dataset(name, np.full((4, 2, 2), full, np.uint8), np.array(["a", "b"] * 2), full, places=places)
        for name, full in (("fine", 255), ("coarse", 16))
    )
    joined = join([coarse, fine])
    assert (joined.name, joined.full, len(joined), joined.range) == ("coarse", 255, 8, (255, 255))
    assert join([fine]) is fine


def test_rejects_data_of_different_shapes():
    other = Dataset("other", np.zeros((4, 2, 2), np.uint8), np.array(["a", "b"] * 2), 16)
    with pytest.raises(DataError, match="digits has images of 8x8 and other of 2x2"):
        join([DIGITS, other])


def test_counts_images_that_are_there_twice():
    first, rest = DIGITS.take(slice(0, 10)), DIGITS.take(slice(5, 20))
    assert duplicates(first, rest) == 5
    assert repeated(DIGITS.take([0, 1, 0, 2, 1, 0])) == 3
