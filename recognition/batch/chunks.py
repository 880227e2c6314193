"""What there is to recognise, in chunks: of a folder of pictures, of IDX files or of a CSV."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

import numpy as np

from recognition.data import idx, tables
from recognition.data.filenames import is_table, pictures_at
from recognition.data.images import take
from recognition.errors import DataError, ImageError
from recognition.imaging.pixels import SUFFIXES
from recognition.inference.reading import automaton_for, read

ROWS, PICTURES = 1000, 16  # of a chunk


@dataclass(frozen=True)
class WorkChunk:
    """Rows that are recognised at a time.

    Attributes
    ----------
    names : list of (str, int or str)
        File and number, from 1, of each row; a picture has no number.
    recognise : callable
        Function from a recognizer to label, confidence, recognized and error of each row; can be pickled.
    skip : int
        Number of rows at the head that are left out.
    """

    names: list
    recognise: Callable
    skip: int = 0


def answer_chunk(chunk, recognizer):
    """Return the rows of the output for a chunk, tuples of file, number, label, confidence, recognized and error."""
    answers = zip(chunk.names, chunk.recognise(recognizer), strict=True)
    return [(*name, *answer) for name, answer in islice(answers, chunk.skip, None)]


def find_chunks(path, recognizer, pattern=None):
    """Find what there is to recognise.

    Parameters
    ----------
    path : pathlib.Path
        Path of a CSV, a folder of IDX files or one of them, a picture or a folder with pictures at any depth.
    recognizer : Recognizer
        Recognizer whose shape they must have.
    pattern : str, optional
        What may be written on pictures.

    Returns
    -------
    rows : int
        Number of all rows.
    make_chunks : callable
        Function that returns an iterator of `WorkChunk`, always in the same order.

    Raises
    ------
    DataError
        If there is nothing, or it does not fit.
    PatternError
        As of `inference.reading.read`.
    """
    automaton_for(recognizer, pattern)  # what cannot be is refused before any work is done
    if path.is_file() and is_table(path):
        rows, make_chunks = _find_in_table(path, recognizer)
    elif files := idx.find_images(path):
        rows, make_chunks = _find_in_images(files, recognizer)
    elif rows := sum(1 for _ in pictures_at(path)):
        make_chunks = partial(_chunks_of_pictures, path, pattern)
    elif not path.exists():
        raise DataError(f"there is no {path}; give a folder of pictures or of IDX files, or a CSV")
    else:
        raise DataError(f"{path} holds no pictures ({' '.join(sorted(SUFFIXES))}) and no IDX files, and is no CSV")
    if not rows:
        raise DataError(f"{path} has no rows")
    return rows, make_chunks


def _find_in_table(path, recognizer):
    table = tables.open_table(path)
    _check_shape(path, (table.side, table.side), recognizer)
    row_chunks = [chunk for chunk, _ in tables.find_chunks(table)]
    return sum(chunk.count for chunk in row_chunks), partial(_chunks_of_table, table, row_chunks)


def _find_in_images(files, recognizer):
    shapes = [idx.read_shape(file) for file in files]
    for file, shape in zip(files, shapes, strict=True):
        _check_shape(file, shape[1:], recognizer)
    return sum(shape[0] for shape in shapes), partial(_chunks_of_images, files, shapes)


def _check_shape(path, shape, recognizer):
    """Raise a DataError if images are of another shape than the model's."""
    if tuple(shape) != tuple(recognizer.shape):
        sides = ["x".join(map(str, sides)) for sides in (shape, recognizer.shape)]
        raise DataError(f"{path} has images of {sides[0]}, and this model takes {sides[1]}")


def _chunks_of_table(table, row_chunks):
    number = 1
    for rows in row_chunks:
        names = [(table.path.name, number + i) for i in range(rows.count)]
        number += rows.count
        yield WorkChunk(names, partial(_recognise_lines, replace(table, path=table.path.absolute()), rows))


def _chunks_of_images(files, shapes):
    for file, (count, *_) in zip(files, shapes, strict=True):
        images = idx.lazy_images(file)
        for start in range(0, count, ROWS):
            rows = take(images, slice(start, start + ROWS))
            names = [(file.name, start + i) for i in range(1, len(rows) + 1)]
            yield WorkChunk(names, partial(_recognise_images, rows))


def _chunks_of_pictures(path, pattern):
    pictures = pictures_at(path)
    while files := list(islice(pictures, PICTURES)):
        recognise = partial(_recognise_pictures, path.absolute(), [file.absolute() for file in files], pattern)
        yield WorkChunk([(str(file), "") for file in files], recognise)


def _recognise_images(images, recognizer):
    return _recognise_rows(recognizer, np.asarray(images).reshape(len(images), -1))


def _recognise_lines(table, rows, recognizer):
    return _recognise_numbered(table, tables.read_lines(table.path, rows), recognizer)


def _recognise_numbered(table, lines, recognizer):
    """Return the answers for lines, one by one if any is no row of pixels."""
    try:
        _, pixels = tables.parse(table, lines)
    except DataError as error:
        if len(lines) == 1:
            return [_unread(error)]
        return [answer for line in lines for answer in _recognise_numbered(table, [line], recognizer)]
    return _recognise_rows(recognizer, pixels)


def _recognise_pictures(folder, files, pattern, recognizer):
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        raise DataError(f"there is nothing at {folder}")
    return [_recognise_picture(file, pattern, recognizer) for file in files]


def _recognise_picture(file, pattern, recognizer):
    try:
        return _answer(read(recognizer, file, pattern))
    except ImageError as error:
        return _unread(error)


def _recognise_rows(recognizer, rows):
    """Return the answers for flat images, an error for those beyond the range of the model."""
    highest = rows.max(axis=1).tolist()
    predictions = recognizer.predict(np.minimum(rows, recognizer.full))
    return [
        _answer(prediction)
        if high <= recognizer.full
        else _unread(f"holds a value of {high:g}; this model takes 0 to {recognizer.full}")
        for prediction, high in zip(predictions, highest, strict=True)
    ]


def _answer(answer):
    return answer.label, answer.confidence, answer.recognized, ""


def _unread(error):
    return "", "", "", str(error)
