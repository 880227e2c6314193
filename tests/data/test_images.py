import pickle
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from idx_files import IMAGES, encode, write

from recognition.data import idx, tables
from recognition.data.images import Block, Origin
from recognition.data.tables import RowChunk
from recognition.errors import DataError

ROWS = IMAGES.reshape(len(IMAGES), -1)


def block(folder, name="train-images-idx3-ubyte", **how):
    write(folder / name, encode(IMAGES))
    return Block(folder / name, 2, 7, partial(idx.read_images, **how))


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"])
def test_a_block_is_read_from_where_it_is(tmp_path, name):
    found = block(tmp_path, name)
    np.testing.assert_array_equal(found.read(), ROWS[2:9])
    np.testing.assert_array_equal(found.read([4, 0]), ROWS[[6, 2]])


def test_what_is_transposed_comes_upright(tmp_path):
    upright = block(tmp_path, transposed=True).read([1])
    np.testing.assert_array_equal(upright, IMAGES[3].T.reshape(1, -1))


def test_a_part_gives_its_images_in_the_order_asked_for_wherever_they_are(tmp_path):
    one, other = block(tmp_path / "a"), block(tmp_path / "b")
    origin = Origin.of([one, other]).take([13, 0, 8, 1])
    np.testing.assert_array_equal(origin.part().read(), ROWS[[8, 2, 3, 3]])
    part = origin.part([1, 3])
    assert part.blocks == (one,)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(part)).read(), ROWS[[2, 3]])


def test_origins_add_up(tmp_path):
    one, other = (Origin.of([block(tmp_path / name)]) for name in "ab")
    np.testing.assert_array_equal((one.take([6]) + other.take([0])).part().read(), ROWS[[8, 2]])


def test_a_changed_file_is_read_again(tmp_path):
    found = block(tmp_path)
    found.read()
    write(found.file, encode(IMAGES[::-1].repeat(2, axis=0)))
    np.testing.assert_array_equal(found.read([0]), ROWS[[10]])


def test_a_file_that_is_gone_or_too_short_is_named(tmp_path):
    found = block(tmp_path)
    write(found.file, encode(IMAGES)[:-1])
    with pytest.raises(DataError, match="should hold 360 values and holds only 359"):
        found.read()
    write(found.file, encode(IMAGES[:8]))
    with pytest.raises(DataError, match=f"{found.file} has 256 bytes here, and had 376"):
        replace(found, size=376).read([6])
    found.file.unlink()
    with pytest.raises(DataError, match=str(found.file)):
        found.read()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_stretches_of_a_table_are_read_as_all_of_it_is(tmp_path, end, mark, name):
    rows = ["label,a,b,c,d", *(f'"{n}é",{n},2,3,4' for n in range(5)), "", "9,9,9,9,9", ""]
    write(tmp_path / name, (mark + end.join(rows)).encode())
    table = tables.open_table(tmp_path / name)
    stretches = tables.find_chunks(table, lines_each=2)
    assert [(stretch.line, stretch.count) for stretch in stretches] == [(2, 2), (4, 2), (6, 1), (8, 1)]
    found = [tables.parse(table, tables.read_lines(table.path, stretch)) for stretch in stretches]
    ((labels, pixels),) = tables.read_chunks(table)
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
