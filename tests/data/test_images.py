import os
import pickle
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from idx_files import IMAGES, encode, write

from recognition.data import idx, tables
from recognition.data.images import Chunk, LazyArray, joined, mapped, take
from recognition.data.tables import RowChunk
from recognition.errors import DataError

ROWS = IMAGES.reshape(len(IMAGES), -1)


def chunk(folder, name="train-images-idx3-ubyte", **options):
    """Images of a file."""
    write(folder / name, encode(IMAGES))
    return Chunk(len(IMAGES), partial(idx.read_images, folder / name, **options), folder / name, 376)


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"])
def test_images_are_read_from_where_they_are(tmp_path, name):
    write(tmp_path / name, encode(IMAGES))
    np.testing.assert_array_equal(idx.read_images(tmp_path / name, slice(None)), ROWS)
    np.testing.assert_array_equal(idx.read_images(tmp_path / name, [4, 0]), ROWS[[4, 0]])


def test_what_is_transposed_comes_upright(tmp_path):
    upright = chunk(tmp_path, transposed=True).read([3])
    np.testing.assert_array_equal(upright, IMAGES[3].T.reshape(1, -1))


def test_an_array_has_its_rows_in_the_order_asked_for_wherever_they_are(tmp_path):
    one, other = chunk(tmp_path / "a"), chunk(tmp_path / "b")
    images = LazyArray.of([one, other], IMAGES.shape[1:])
    twice = np.concatenate([IMAGES, IMAGES])
    assert images.shape == twice.shape
    for rows in (slice(None), slice(7, 14), [13, 0, 8, 1], twice.max(axis=(1, 2)) > 200, []):
        np.testing.assert_array_equal(images[rows], twice[rows])
        np.testing.assert_array_equal(take(images, rows), twice[rows])


def test_a_part_is_sent_without_chunks_that_it_does_not_need(tmp_path):
    one, other = chunk(tmp_path / "a"), chunk(tmp_path / "b")
    images = take(LazyArray.of([one, other]), [13, 0, 19, 1])
    for rows, needed in ([1, 3], 1), ([0, 2], 1), ([0, 1], 2):
        part = take(images, rows)
        sent = pickle.loads(pickle.dumps(part))
        assert len(sent.chunks) == needed
        np.testing.assert_array_equal(sent, part)


def test_rows_that_are_held_are_not_read_again_and_not_sent(tmp_path):
    held = replace(chunk(tmp_path), held=ROWS + 1)
    images = take(LazyArray.of([held]), [6, 2])
    np.testing.assert_array_equal(images, ROWS[[6, 2]] + 1)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(images)), ROWS[[6, 2]])


def test_arrays_are_joined_and_mapped_as_they_are_read(tmp_path):
    images = joined([take(LazyArray.of([chunk(tmp_path)]), [6, 2]), ROWS[:3]], (6, 5))
    assert images.shape == (5, 6, 5)
    roots = mapped(np.sqrt, images)
    assert len(roots) == 5
    np.testing.assert_array_equal(roots[[4, 1, 0]], np.sqrt(IMAGES[[2, 2, 6]]))


def test_joined_rows_have_the_shape_that_they_had(tmp_path):
    flat = LazyArray.of([chunk(tmp_path)], IMAGES.shape[1:])  # a file gives its rows flat
    np.testing.assert_array_equal(joined([flat, IMAGES[:3]]), np.concatenate([IMAGES, IMAGES[:3]]))


def test_a_changed_file_is_read_again(tmp_path):
    images = chunk(tmp_path)
    images.read()
    write(images.file, encode(IMAGES[::-1]))
    os.utime(images.file, ns=(0, 0))
    np.testing.assert_array_equal(images.read([0]), ROWS[[-1]])


def test_a_file_that_is_gone_or_has_another_size_is_named(tmp_path):
    images = chunk(tmp_path)
    write(images.file, encode(IMAGES)[:-1])
    with pytest.raises(DataError, match=f"{images.file} has 375 bytes here, and had 376"):
        images.read([6])
    with pytest.raises(DataError, match="should hold 360 values and holds only 359"):
        replace(images, size=375).read()
    images.file.unlink()
    with pytest.raises(DataError, match=str(images.file)):
        images.read()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_stretches_of_a_table_are_read_as_all_of_it_is(tmp_path, monkeypatch, end, mark, name):
    rows = ["label,a,b,c,d", *(f'"{n}é",{n},2,3,4' for n in range(5)), "", "9,9,9,9,9", *[""] * 4]
    write(tmp_path / name, (mark + end.join(rows)).encode())
    table = tables.open_table(tmp_path / name)
    monkeypatch.setattr(tables, "CHUNK", 2)
    stretches = [stretch for stretch, _ in tables.find_chunks(table)]
    assert [(stretch.line, stretch.count) for stretch in stretches] == [(2, 2), (4, 2), (6, 1), (8, 1)]
    found = [tables.parse(table, tables.read_lines(table.path, stretch)) for stretch in stretches]
    monkeypatch.undo()
    ((_, rows),) = tables.find_chunks(table)
    labels, pixels = tables.parse(table, rows)
    assert [label for labels, _ in found for label in labels] == labels
    np.testing.assert_array_equal(np.concatenate([pixels for _, pixels in found]), pixels)


def test_a_table_that_lost_rows_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("1,2\n3,4\n")
    with pytest.raises(DataError, match="has 2 rows where there were 3"):
        tables.read_lines(tmp_path / "a.csv", RowChunk(0, 12, 1, 3))


def test_a_stretch_of_what_is_no_text_is_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="no text in UTF-8"):
        tables.read_lines(tmp_path / "a.csv", RowChunk(0, 2, 1, 1))
