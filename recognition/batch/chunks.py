"""What there is to recognise, in pieces: those of a folder of pictures, of IDX files or of a CSV."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from recognition.data import idx, tables
from recognition.data.filenames import pictures_at
from recognition.data.images import Chunk, LazyArray
from recognition.errors import DataError, ImageError
from recognition.imaging.pixels import SUFFIXES
from recognition.inference.reading import read

ROWS, PICTURES = 1000, 16  # of a piece


class Answer(NamedTuple):
    """What is said of a row: label, confidence and whether it was recognised, or nothing of this and an error."""

    label: str
    confidence: float | str
    recognized: bool | str
    error: str = ""


@dataclass(frozen=True)
class Piece:
    """A piece of work.

    Attributes
    ----------
    names : list of (str, int or str)
        File and number, from 1, of each row; a picture has no number.
    ask : callable
        From a recognizer to an `Answer` for each row; can be pickled.
    skip : int
        Rows at its head that are left out.
    """

    names: list
    ask: Callable
    skip: int = 0


def answer(piece, recognizer):
    """Answer for a piece: list of (file, number, label, confidence, recognized, error)."""
    answers = zip(piece.names, piece.ask(recognizer), strict=True)
    return [(*name, *given) for name, given in islice(answers, piece.skip, None)]


def find(path, recognizer):
    """Find what there is to recognise.

    Parameters
    ----------
    path : pathlib.Path
        A CSV, a folder of IDX files or one of them, a picture or a folder with pictures at any depth.
    recognizer : Recognizer
        Says what fits.

    Returns
    -------
    rows : int
        How many there are.
    pieces : callable
        Gives an iterator of `Piece`, always in the same order.

    Raises
    ------
    DataError
        If there is nothing, or it does not fit.
    """
    if path.is_file() and path.name.lower().endswith((".csv", ".csv.gz")):
        table = tables.open_table(path)
        _check_shape(path, (table.side, table.side), recognizer)
        stretches = tables.stretches(table, ROWS)
        rows, pieces = sum(stretch.count for stretch in stretches), partial(_pieces_of_table, table, stretches)
    elif files := idx.find_images(path):
        shapes = [idx.read_shape(file) for file in files]
        for file, shape in zip(files, shapes, strict=True):
            _check_shape(file, shape[1:], recognizer)
        rows, pieces = sum(shape[0] for shape in shapes), partial(_pieces_of_images, files, shapes)
    elif rows := sum(1 for _ in pictures_at(path)):
        pieces = partial(_pieces_of_pictures, path)
    elif not path.exists():
        raise DataError(f"there is no {path}; give a folder of pictures or of IDX files, or a CSV")
    else:
        raise DataError(f"{path} holds no pictures ({' '.join(sorted(SUFFIXES))}) and no IDX files, and is no CSV")
    if not rows:
        raise DataError(f"{path} has no rows")
    return rows, pieces


def _check_shape(path, shape, recognizer):
    """Refuse images of another shape than the model's."""
    if tuple(shape) != tuple(recognizer.shape):
        sides = ["x".join(map(str, sides)) for sides in (shape, recognizer.shape)]
        raise DataError(f"{path} has images of {sides[0]}, and this model takes {sides[1]}")


def _pieces_of_table(table, stretches):
    """Give the pieces of a CSV: iterator of Piece."""
    number = 1
    for stretch in filter(attrgetter("count"), stretches):
        names = [(table.path.name, number + i) for i in range(stretch.count)]
        number += stretch.count
        yield Piece(names, partial(_ask_lines, replace(table, path=table.path.absolute()), stretch))


def _pieces_of_images(files, shapes):
    """Give the pieces of IDX files: iterator of Piece."""
    for file, (count, *_) in zip(files, shapes, strict=True):
        reader = partial(idx.read_images, file.absolute(), transposed=idx.is_transposed(file))
        images = LazyArray.of([Chunk(count, reader, file.absolute(), file.stat().st_size)])
        for start in range(0, count, ROWS):
            chunk = images.take(slice(start, start + ROWS))
            names = [(file.name, start + i) for i in range(1, len(chunk) + 1)]
            yield Piece(names, partial(_ask_images, chunk))


def _pieces_of_pictures(path):
    """Give the pieces of a folder of pictures: iterator of Piece."""
    files = pictures_at(path)
    while some := list(islice(files, PICTURES)):
        how = partial(_ask_pictures, path.absolute(), [file.absolute() for file in some])
        yield Piece([(str(file), "") for file in some], how)


def _ask_images(images, recognizer):
    """Answer for images of an IDX file."""
    return _answers(recognizer, np.asarray(images))


def _ask_lines(table, stretch, recognizer):
    """Answer for rows of a CSV."""
    return _answers_of_lines(table, tables.read_lines(table.path, stretch), recognizer)


def _answers_of_lines(table, lines, recognizer):
    """Answer for lines, one by one if any is no row of pixels."""
    try:
        _, pixels = tables.parse(table, lines)
    except DataError as error:
        if len(lines) == 1:
            return [_unread(error)]
        return [answer for line in lines for answer in _answers_of_lines(table, [line], recognizer)]
    return _answers(recognizer, pixels)


def _ask_pictures(folder, files, recognizer):
    """Answer for pictures."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        raise DataError(f"there is nothing at {folder}")
    return [_ask_picture(file, recognizer) for file in files]


def _ask_picture(file, recognizer):
    """Answer for a picture."""
    try:
        answer = read(recognizer, file).as_dict(recognizer.full)
    except ImageError as error:
        return _unread(error)
    return Answer(answer["label"], answer["confidence"], answer["recognized"])


def _answers(recognizer, rows):
    """Answer for flat images: list of Answer."""
    highest = rows.max(axis=1).tolist()
    predictions = recognizer.predict(np.minimum(rows, recognizer.full))
    return [
        Answer(prediction.label, prediction.confidence, prediction.recognized)
        if high <= recognizer.full
        else _unread(f"holds a value of {high:g}; this model takes 0 to {recognizer.full}")
        for prediction, high in zip(predictions, highest, strict=True)
    ]


def _unread(error):
    """Answer for what cannot be read."""
    return Answer("", "", "", str(error))
