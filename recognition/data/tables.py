"""CSV files of pixel rows, as Kaggle has them -> chunks of labels and pixels. Light: the client reads them too."""

import codecs
import csv
import gzip
import io
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from math import isqrt
from pathlib import Path

import numpy as np

from recognition.data.filenames import is_transposed
from recognition.data.mapped_files import mapped
from recognition.errors import DataError, counted

CHUNK = 1000  # lines at a time
MAX_LINE = 2**24  # characters: two thousand pixels squared


@dataclass(frozen=True)
class Table:
    """Layout of a CSV.

    Attributes
    ----------
    path : pathlib.Path
        Path of the file, which may end in `.gz`.
    header : bool
        Whether the first row names the columns.
    label : int or None
        Column of the label, if there is one.
    columns : int
        Number of columns.
    """

    path: Path
    header: bool
    label: int | None
    columns: int

    @property
    def side(self):
        """Height and width of the images, in pixels."""
        return isqrt(self.columns - (self.label is not None))

    @property
    def pixels(self):
        """The columns of the pixels, a list of int."""
        return [column for column in range(self.columns) if column != self.label]


def open_table(path):
    """Find out how a CSV is laid out.

    With a header, the label is in the column of that name; without one it comes first, if the number of the
    columns leaves room for it beside a square of pixels.

    Parameters
    ----------
    path : pathlib.Path
        Path of a CSV file, gzipped or not.

    Returns
    -------
    table : Table
        The layout, for `find_chunks` and `parse`.

    Raises
    ------
    DataError
        If it cannot be read, or its pixels make no square.
    """
    with _text_lines(path) as lines:
        try:
            first = next(csv.reader(lines), [])
        except csv.Error as error:
            raise DataError(f"{path.name} is no CSV: {error}") from error
    names = [cell.strip().lower() for cell in first]
    header = "label" in names or sum(not _is_number(name) for name in names) > 1
    label = names.index("label") if "label" in names else None
    pixels = len(first)
    if not header and isqrt(pixels) ** 2 != pixels:
        label = 0
    pixels -= label is not None
    if pixels < 4 or isqrt(pixels) ** 2 != pixels:
        raise DataError(
            f"{path.name} has {counted(len(first), 'column')}, {pixels} of them pixels, which make no "
            "square image; give a column called label and height * width pixel columns, with commas between"
        )
    return Table(path, header, label, len(first))


@dataclass(frozen=True)
class RowChunk:
    """Neighbouring rows of a table: their first byte in the text and their bytes, their first line, and their number.

    An empty line is no row.
    """

    offset: int
    size: int
    line: int
    count: int


def find_chunks(table):
    """Yield the chunks of a table, of `CHUNK` lines each, with their rows; those without any are left out.

    Parameters
    ----------
    table : Table
        Layout of the CSV.

    Yields
    ------
    chunk : RowChunk
        Where the rows are.
    rows : list of (int, str)
        Number of the line, and line, of each.

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    with _open(table.path, "rb") as file:
        offset = len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0
    if table.header:
        with _text_lines(table.path) as lines:
            offset += len(next(lines).encode())
    for lines in _chunks_of_lines(table):
        rows, size = _filled(lines), sum(len(line.encode()) for _, line in lines)
        if rows:
            yield RowChunk(offset, size, lines[0][0], len(rows)), rows
        offset += size


def read_lines(path, chunk):
    """Return a list of the rows of a `RowChunk` as text, each behind the number of its line."""
    try:
        with mapped(path) as content:
            text = content[chunk.offset : chunk.offset + chunk.size].decode()
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is no text in UTF-8, so no CSV") from error
    lines = _filled(enumerate(io.StringIO(text, newline=""), start=chunk.line))
    if len(lines) != chunk.count:
        raise DataError(f"{path} has {len(lines):,} rows where there were {chunk.count:,}; put the same file there")
    return lines


def parse(table, numbered):
    """Return the labels and pixels of rows.

    Parameters
    ----------
    table : Table
        Layout of the CSV.
    numbered : list of (int, str)
        Number of the line, and line, of each row.

    Returns
    -------
    labels : list of str or None
        Label of each row, None if the table has no labels.
    pixels : ndarray of float32, shape (n_rows, side * side)
        Values from 0 to 255; upright, though EMNIST's own files (named so) hold them transposed.

    Raises
    ------
    DataError
        At the first row that does not fit; the message has its line in the file.
    """
    for number, line in numbered:
        if (count := line.count(",") + 1) != table.columns:
            columns = counted(count, "column")
            raise DataError(f"{table.path.name}, line {number}: {columns} where the first has {table.columns}")
    pixels = _pixels(table, numbered)
    valid = (pixels >= 0) & (pixels <= 255)
    if not valid.all():
        row, column = np.argwhere(~valid)[0]
        place = f"{table.path.name}, line {numbered[row][0]}"
        raise DataError(
            f"{place}: {pixels[row, column]:g} in column {table.pixels[column] + 1}; pixels go from 0 to 255"
        )
    if is_transposed(table.path):
        pixels = pixels.reshape(-1, table.side, table.side).swapaxes(1, 2).reshape(len(pixels), -1)
    return _labels(table, numbered), pixels


def _pixels(table, numbered):
    lines, options = [line for _, line in numbered], {"delimiter": ",", "quotechar": '"', "comments": None, "ndmin": 2}
    try:
        return np.loadtxt(lines, usecols=table.pixels, dtype=np.float32, **options)
    except ValueError as error:
        raise _first_bad_cell(table, numbered) from error


def _labels(table, numbered):
    if table.label is None:
        return None
    labels = [line.split(",", table.label + 1)[table.label].strip(' \r\n"') for _, line in numbered]
    if "" in labels:
        raise DataError(f"{table.path.name}, line {numbered[labels.index('')][0]}: the label is missing")
    # A label such as 7.0, as spreadsheets write it, is the 7 of another file.
    return [label[:-2] if label.endswith(".0") and label[:-2].isdigit() else label for label in labels]


def _first_bad_cell(table, numbered):
    """Return the error that names the first cell that is no number."""
    for number, cells in ((number, next(csv.reader([line]))) for number, line in numbered):
        for column in table.pixels:
            if not _is_number(cells[column]):
                cell = f"{cells[column]!r}" if cells[column].strip() else "nothing"
                return DataError(
                    f"{table.path.name}, line {number}: {cell} in column {column + 1}, where a number belongs"
                )
    return DataError(f"{table.path.name} has rows that are not numbers")


def _is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _chunks_of_lines(table):
    """Yield lists of some of the lines below the header, each behind its number."""
    with _text_lines(table.path) as lines:
        numbered = islice(enumerate(lines, start=1), int(table.header), None)
        while chunk := list(islice(numbered, CHUNK)):
            yield chunk


def _filled(numbered):
    """Return the lines that are not empty."""
    return [(number, line) for number, line in numbered if line.strip()]


def _open(path, mode, **options):
    return (gzip.open if path.suffix == ".gz" else open)(path, mode, **options)


def _short_lines(path, file):
    for number, line in enumerate(iter(lambda: file.readline(MAX_LINE + 1), ""), start=1):
        if len(line) > MAX_LINE:
            raise DataError(f"{path.name}, line {number}: more than {MAX_LINE:,} characters, which is no row of pixels")
        yield line


@contextmanager
def _text_lines(path):
    """Yield the lines of a text file, gzipped or not; raise a `DataError` if they cannot be read."""
    try:
        with _open(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield _short_lines(path, file)
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is no text in UTF-8, so no CSV") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
