"""What the client writes: answers as text, as JSON and as rows of a CSV, and failures."""

import csv
import json
import sys
from contextlib import contextmanager

from recognition.console import CONTROLS, printable
from recognition.errors import writing

COLUMNS = ("label", "confidence", "recognized")


def in_words(prediction):
    """Return a prediction, a dict of the HTTP contract, as a person reads it: a line of text is a line."""
    mark = remark = ""
    if not prediction["recognized"]:
        mark, remark = "?", ", not sure"
        if doubt := prediction.get("doubt"):
            remark += f": {printable(doubt)}"
    return f"{prediction['label']}{mark} ({100 * prediction['confidence']:.1f} %{remark})"


class ResultWriter:
    """Writes results as they come, and keeps what the score needs.

    Parameters
    ----------
    as_json : bool
        Whether to print a JSON object a line instead of text.
    quiet : bool
        Whether to print nothing for a good answer.
    write_row : callable, optional
        Function that takes a row for each answer.

    Attributes
    ----------
    failures : int
        Number of failures.
    labelled : list of (str, str, dict)
        Name, right label and prediction of each answer that has a label.
    unlabelled : int
        Number of the other answers.
    """

    def __init__(self, as_json=False, quiet=False, write_row=None):
        self.as_json, self.quiet, self.write_row = as_json, quiet, write_row
        self.failures = self.unlabelled = 0
        self.labelled = []

    def add(self, name, prediction, truth=None, row=None):
        """Write an answer.

        Parameters
        ----------
        name : str
            Name of the picture, or of the row of a CSV.
        prediction : dict
            Prediction of the HTTP contract.
        truth : str, optional
            Right label, if there is one.
        row : list, optional
            Row to write; name, label, confidence, recognized if it is not given.
        """
        if self.as_json:
            _print_json({"file": name, **prediction})
        elif not self.quiet:
            print(f"{printable(name)}: {in_words(prediction)}", flush=True)
        if self.write_row:
            self.write_row(row or [name, *(prediction[column] for column in COLUMNS)])
        if truth is None:
            self.unlabelled += 1
        else:
            self.labelled.append((name, truth, prediction))

    def fail(self, name, error):
        """Write a failure in one line, and as JSON too if that was asked for."""
        self.failures += 1
        print(f"client.py: {printable(name)}: {printable(error)}", file=sys.stderr)
        if self.as_json:
            _print_json({"file": name, "error": str(error)})


def _print_json(content):
    """Print an object on a line; control signs, which only its strings have, are escaped."""
    text = json.dumps(content, ensure_ascii=False)
    print(CONTROLS.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text), flush=True)


@contextmanager
def row_writer(path, header):
    """Open a CSV and write its header; without a path there is none.

    Parameters
    ----------
    path : pathlib.Path or None
        Path of the file.
    header : sequence of str
        Names of the columns.

    Yields
    ------
    write_row : callable or None
        Function that takes a row: a list.

    Raises
    ------
    RecognitionError
        If it cannot be written.
    """
    if path is None:
        yield None
        return
    with writing(path):
        file = path.open("w", newline="", encoding="utf-8", errors="surrogateescape")
    table = csv.writer(file)

    def write_row(row):
        with writing(path):
            table.writerow(row)

    try:
        write_row(header)
        yield write_row
    finally:
        with writing(path):
            file.close()
