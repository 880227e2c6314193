"""CSV files of pixel rows, as Kaggle has them -> blocks of labels and pixels. Light: the client reads them too."""

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

from recognition.data.idx import is_transposed
from recognition.data.mapped_files import mapped
from recognition.errors import DataError, counted

BLOCK = 10_000  # rows at a time


@dataclass(frozen=True)
class Table:
    """Where a CSV has what.

    Attributes
    ----------
    path : pathlib.Path
        Of the file, which may end in `.gz`.
    header : bool
        Whether the first row names the columns.
    label : int or None
        The column of the label, if there is one.
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
        """The columns of the pixels: list of int."""
        return [column for column in range(self.columns) if column != self.label]


def open_table(path):
    """Find out how a CSV is laid out.

    With a header, the label is in the column of that name; without one it comes first, if the number of the
    columns leaves room for it beside a square of pixels.

    Parameters
    ----------
    path : pathlib.Path
        A CSV file, gzipped or not.

    Returns
    -------
    table : Table
        For `read_blocks`.

    Raises
    ------
    DataError
        If it cannot be read, or its pixels make no square.
    """
    with _lines(path) as lines:
        try:
            first = next(csv.reader(lines), [])
        except csv.Error as error:
            raise DataError(f"{path.name} is no CSV: {error}") from error
    header = sum(not _is_number(cell) for cell in first) > 1 or "label" in map(_column_name, first)
    pixels = len(first)
    label = None
    if header:
        label = next((i for i, cell in enumerate(first) if _column_name(cell) == "label"), None)
    elif isqrt(pixels) ** 2 != pixels:
        label = 0
    pixels -= label is not None
    if pixels < 4 or isqrt(pixels) ** 2 != pixels:
        raise DataError(
            f"{path.name} has {counted(len(first), 'column')}, {pixels} of them pixels, which make no "
            "square image; give a column called label and height * width pixel columns"
        )
    return Table(path, header, label, len(first))


def count_rows(table):
    """Count the rows of a table: int. Empty lines count too."""
    with _lines(table.path) as lines:
        return sum(1 for _ in lines) - table.header


def read_blocks(table):
    """Read a CSV block by block.

    Parameters
    ----------
    table : Table
        From `open_table`.

    Yields
    ------
    labels : list of str or None
        Of each row, None if the table has no labels.
    pixels : ndarray of float32, shape (n_rows, side * side)
        From 0 to 255; upright, though EMNIST's own files (named so) hold them transposed.

    Raises
    ------
    DataError
        At the first row that does not fit; the message has its line in the file.
    """
    with _lines(table.path) as lines:
        number = 1
        if table.header:
            next(lines)
            number = 2
        while block := list(islice(lines, BLOCK)):
            numbered = [(number + i, line) for i, line in enumerate(block) if line.strip()]
            number += len(block)
            if numbered:
                yield parse(table, numbered)


@dataclass(frozen=True)
class Stretch:
    """Some rows of a table: the byte at which they begin, their bytes, the number of their first line, and how many.

    An empty line is no row.
    """

    offset: int
    size: int
    line: int
    count: int


def stretches(table, lines_each=BLOCK):
    """Find where every so many lines of a table begin, by reading all of it once: list of Stretch."""
    with _opened(table.path)(table.path, "rb") as file:
        offset = len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0
    found, number = [], 1
    with _lines(table.path) as lines:
        if table.header:
            offset += len(next(lines).encode())
            number += 1
        while block := list(islice(lines, lines_each)):
            size = len("".join(block).encode())
            found.append(Stretch(offset, size, number, sum(bool(line.strip()) for line in block)))
            offset += size
            number += len(block)
    return found


def read_lines(path, stretch):
    """Read the rows of a stretch as text: list of (number of the line, line)."""
    try:
        with mapped(path) as content:
            text = content[stretch.offset : stretch.offset + stretch.size].decode()
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is no text in UTF-8, so no CSV") from error
    lines = [(n, line) for n, line in enumerate(io.StringIO(text, newline=""), start=stretch.line) if line.strip()]
    if len(lines) != stretch.count:
        raise DataError(f"{path} has {len(lines):,} rows where there were {stretch.count:,}; put the same file there")
    return lines


def parse(table, numbered):
    """Turn rows as of `read_lines` into labels and pixels, checking each; as `read_blocks` gives them."""
    for number, line in numbered:
        found = line.count(",") + 1
        if found != table.columns:
            columns = counted(found, "column")
            raise DataError(f"{table.path.name}, line {number}: {columns} where the first has {table.columns}")
    try:
        pixels = np.loadtxt(
            [line for _, line in numbered],
            delimiter=",",
            usecols=table.pixels,
            dtype=np.float32,
            ndmin=2,
            quotechar='"',
            comments=None,
        )
    except ValueError as error:
        raise _first_bad_cell(table, numbered) from error
    good = (pixels >= 0) & (pixels <= 255)
    if not good.all():
        row, column = np.argwhere(~good)[0]
        place = f"{table.path.name}, line {numbered[row][0]}"
        raise DataError(
            f"{place}: {pixels[row, column]:g} in column {table.pixels[column] + 1}; pixels go from 0 to 255"
        )
    if is_transposed(table.path):
        pixels = pixels.reshape(-1, table.side, table.side).swapaxes(1, 2).reshape(len(pixels), -1)
    return _labels(table, numbered), pixels


def _labels(table, numbered):
    """Give the label of each line."""
    if table.label is None:
        return None
    labels = [line.split(",", table.label + 1)[table.label].strip(' \r\n"') for _, line in numbered]
    if "" in labels:
        raise DataError(f"{table.path.name}, line {numbered[labels.index('')][0]}: the label is missing")
    # A label such as 7.0, as spreadsheets write it, is the 7 of another file.
    return [label[:-2] if label.endswith(".0") and label[:-2].isdigit() else label for label in labels]


def _first_bad_cell(table, numbered):
    """Find the cell that is no number: DataError."""
    for number, cells in ((number, next(csv.reader([line]))) for number, line in numbered):
        for column in table.pixels:
            if not _is_number(cells[column]):
                found = f"{cells[column]!r}" if cells[column].strip() else "nothing"
                return DataError(
                    f"{table.path.name}, line {number}: {found} in column {column + 1}, where a number belongs"
                )
    return DataError(f"{table.path.name} has rows that are not numbers")


def _is_number(cell):
    """Tell whether a cell holds a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _column_name(cell):
    """Give a header's cell as it is compared."""
    return cell.strip().lower()


def _opened(path):
    """Give what opens a file, gzipped or not."""
    return gzip.open if path.suffix == ".gz" else open


@contextmanager
def _lines(path):
    """Give the lines of a text file, gzipped or not, and what goes wrong in reading as a `DataError`."""
    try:
        with _opened(path)(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield iter(file)
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is no text in UTF-8, so no CSV") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
