import numpy as np
import pytest

from recognition import datasets
from recognition.dataset import junk, split
from recognition.errors import DataError

DIGITS = datasets.digits()


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


def test_rejects_a_place_where_there_is_nothing():
    with pytest.raises(DataError, match="there is no letters"):
        datasets.load(["letters"])


def test_junk_is_made_of_real_images():
    kinds = junk(DIGITS, seed=0, at_most=20)
    real = {row.tobytes() for row in DIGITS.rows}
    inverted = (16 - kinds["inverted"]).astype(np.uint8)
    transposed = kinds["transposed"].reshape(-1, 8, 8).swapaxes(1, 2).reshape(20, 64)
    assert {row.tobytes() for row in inverted} <= real
    assert {row.tobytes() for row in np.ascontiguousarray(transposed)} <= real
    assert {bytes(sorted(row)) for row in kinds["shuffled"]} <= {bytes(sorted(row)) for row in DIGITS.rows}
    assert not {row.tobytes() for row in kinds["shuffled"]} & real
