import gzip

import numpy as np
import pytest

from recognition.data import sources
from recognition.data.tables import find_chunks, open_table, parse
from recognition.errors import DataError

PIXELS = np.arange(12 * 16).reshape(12, 16)
NAMES = ",".join(f"pixel{i}" for i in range(16))


def lines(labels=True):
    """The rows as text, with labels 0, 1, 2, 0, ..."""
    return [",".join(map(str, [i % 3, *row] if labels else row)) for i, row in enumerate(PIXELS.tolist())]


def write(path, rows):
    content = "\n".join(rows).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def read_chunks(table):
    return [parse(table, rows) for _, rows in find_chunks(table)]


def read(path):
    table = open_table(path)
    blocks = read_chunks(table)
    labels = None if table.label is None else [label for part, _ in blocks for label in part]
    return labels, np.concatenate([pixels for _, pixels in blocks])


FORMS = {
    "header, label first": [f"label,{NAMES}", *lines()],
    "header, label last": [f"{NAMES},Label", *(f"{line[2:]},{line[0]}" for line in lines())],
    "header in quotes": ['"label",' + ",".join(f'"pixel{i}"' for i in range(16)), *lines()],
    "no header": lines(),
    "floats": [line.replace(",", ".0,") + ".0" for line in lines()],
    "spaces, empty lines, returns": ["label, " + NAMES + "\r", *(f" {line} \r\n" for line in lines())],
    "byte order mark": ["\ufefflabel," + NAMES, *lines()],
}


@pytest.mark.parametrize("name", ["data.csv", "data.csv.gz"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_labels_and_pixels(tmp_path, form, name):
    labels, pixels = read(write(tmp_path / name, FORMS[form]))
    assert labels == [str(i % 3) for i in range(12)]
    np.testing.assert_array_equal(pixels, PIXELS)


@pytest.mark.parametrize("rows", [[NAMES, *lines(labels=False)], lines(labels=False)], ids=["header", "no header"])
def test_without_labels_there_are_none(tmp_path, rows):
    labels, pixels = read(write(tmp_path / "test.csv", rows))
    assert labels is None
    np.testing.assert_array_equal(pixels, PIXELS)


def test_labels_may_be_words(tmp_path):
    rows = [line.replace(line[0], "cat" if line[0] == "0" else "dog", 1) for line in lines()]
    assert read(write(tmp_path / "words.csv", rows))[0][:3] == ["cat", "dog", "dog"]


def test_a_label_may_be_a_sign_of_any_kind(tmp_path):
    rows = [line.replace(line[0], "#", 1) for line in lines()]
    labels, pixels = read(write(tmp_path / "signs.csv", [f"label,{NAMES}", *rows]))
    assert labels == ["#"] * 12
    np.testing.assert_array_equal(pixels, PIXELS)


def test_blocks_go_on_where_the_last_ended(tmp_path, monkeypatch):
    monkeypatch.setattr("recognition.data.tables.CHUNK", 5)
    path = write(tmp_path / "data.csv", FORMS["header, label first"])
    assert [len(pixels) for _, pixels in read_chunks(open_table(path))] == [5, 5, 2]


def spoil(row, old, new):
    """The rows with header, one of them changed; row 1 of the data is line 2 of the file."""
    rows = [f"label,{NAMES}", *lines()]
    assert old in rows[row]
    rows[row] = rows[row].replace(old, new, 1)
    return rows


BAD = {
    "a row too short": (spoil(3, ",47", ""), "line 4: 16 columns where the first has 17"),
    "a row too long": (spoil(3, ",47", ",47,0"), "line 4: 18 columns"),
    "a blank cell": (spoil(5, ",70,", ",,"), "line 6: nothing in column 8"),
    "a word in a cell": (spoil(5, ",70,", ",many,"), "line 6: 'many' in column 8"),
    "a missing label": (
        spoil(
            2,
            "1,",
            ",",
        ),
        "line 3: the label is missing",
    ),
    "below the range": (spoil(12, ",191", ",-1"), "line 13: -1 in column 17"),
    "above the range": (spoil(12, ",191", ",256"), "line 13: 256 in column 17"),
    "not a number": (spoil(12, ",191", ",nan"), "line 13: nan in column 17"),
    "infinite": (spoil(12, ",191", ",inf"), "line 13: inf in column 17"),
    "no square": (["label,a,b,c,d,e", "1,2,3,4,5,6"], "6 columns, 5 of them pixels, which make no square"),
    "semicolons": (["label;a;b;c;d", "1;2;3;4;5"], "with commas between"),
    "no square without a header": (["1,2,3,4,5,6,7"], "make no square"),
    "nothing": ([], "0 columns"),
    "one number": (["7"], "1 column, 1 of them pixels"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_named_with_its_line(tmp_path, case):
    rows, words = BAD[case]
    with pytest.raises(DataError) as caught:
        read(write(tmp_path / "bad.csv", rows))
    assert words in str(caught.value)
    assert "bad.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("half.csv.gz", gzip.compress("\n".join([f"label,{NAMES}", *lines()]).encode())[:-20], "cannot be read"),
        ("no.csv.gz", b"label,pixel0", "cannot be read"),
        ("binary.csv", bytes(range(128, 256)), "no text"),
    ],
)
def test_what_is_no_text_is_one_sentence(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=words):
        read(tmp_path / name)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        open_table(tmp_path / "missing.csv")


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_an_endless_line_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr("recognition.data.tables.MAX_LINE", 1000)
    path = tmp_path / f"train.csv{suffix}"
    content = b"label," + b"0," * 1000
    path.write_bytes(gzip.compress(content) if suffix else content)
    with pytest.raises(DataError, match=r"train.csv\S*, line 1: more than 1,000 characters"):
        open_table(path)


def test_data_larger_than_the_memory_is_refused_before_it_is_read(tmp_path):
    path = write(tmp_path / "sparse.csv", FORMS["header, label first"])
    with path.open("r+b") as file:
        file.truncate(2**42)
    with pytest.raises(DataError, match=r"needs about 4398\.0 GB"):
        sources.load([str(path)])
