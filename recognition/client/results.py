"""What the client prints: answers as text, as JSON and as CSV, and how many are right."""

import csv
import json
import sys
from contextlib import contextmanager

from recognition.errors import writing
from recognition.evaluation.intervals import wilson_interval

COLUMNS = ("label", "confidence", "recognized")
LISTED = 1000  # misses


def in_words(prediction):
    """Return a prediction, a dict of the HTTP contract, as a person reads it: a line of text is a line."""
    mark = remark = ""
    if not prediction["recognized"]:
        mark, remark = "?", ", not sure"
        if doubt := prediction.get("doubt"):
            remark += f": {doubt}"
    return f"{prediction['label']}{mark} ({100 * prediction['confidence']:.1f} %{remark})"


class Answers:
    """Takes answers as they come, tells each, and keeps what the score needs.

    Parameters
    ----------
    as_json : bool
        Print a JSON object a line instead of text.
    quiet : bool
        Print nothing for a good answer.
    write_row : callable or None
        Takes a row for each.
    """

    def __init__(self, as_json=False, quiet=False, write_row=None):
        self.as_json = as_json
        self.quiet = quiet
        self.write_row = write_row
        self.failed = 0
        self.judged = []  # (name, right label, prediction)
        self.unlabelled = 0

    def add(self, name, prediction, truth=None, row=None):
        """Take an answer.

        Parameters
        ----------
        name : str
            Of the picture, or of the row of a CSV.
        prediction : dict
            Of the HTTP contract.
        truth : str, optional
            The right label, if there is one.
        row : list, optional
            What to write; name, label, confidence, recognized if it is not given.
        """
        if self.as_json:
            print(json.dumps({"file": name, **prediction}, ensure_ascii=False), flush=True)
        elif not self.quiet:
            print(f"{name}: {in_words(prediction)}", flush=True)
        if self.write_row:
            self.write_row(row or [name, *(prediction[column] for column in COLUMNS)])
        if truth is None:
            self.unlabelled += 1
        else:
            self.judged.append((name, truth, prediction))

    def fail(self, name, error):
        """Take a failure: tell it in one line, as JSON too if that was asked for."""
        self.failed = 1
        print(f"client.py: {name}: {error}", file=sys.stderr)
        if self.as_json:
            print(json.dumps({"file": name, "error": str(error)}, ensure_ascii=False), flush=True)

    def score(self):
        """Compare with the right labels: text with the accuracy, its 95 % interval, the doubtful, and every miss."""
        if not self.judged:
            why = (
                "no label was found in names, folders or a label column" if self.unlabelled else "nothing was answered"
            )
            return f"No score: {why}"
        misses = [(name, truth, told) for name, truth, told in self.judged if told["label"] != truth]
        total = len(self.judged)
        right = total - len(misses)
        low, high = wilson_interval(right, total)
        lines = [
            f"{right:,} of {total:,} right: {100 * right / total:.1f} % "
            f"(95 % interval {100 * low:.1f} % to {100 * high:.1f} %){self._doubtful()}"
        ]
        lines += [_miss(*miss) for miss in misses[:LISTED]]
        if len(misses) > LISTED:
            lines.append(f"  and {len(misses) - LISTED:,} more")
        if self.unlabelled:
            verb = "is" if self.unlabelled == 1 else "are"
            lines.append(f"  {self.unlabelled:,} without a label in name or folder {verb} not counted")
        return "\n".join(lines)

    def _doubtful(self):
        """Return how many of the scored answers are not sure, and how many of these are right, as a clause."""
        right = [told["label"] == truth for _, truth, told in self.judged if not told["recognized"]]
        return f"; {len(right):,} not sure, {sum(right):,} of these right" if right else ""


def _miss(name, truth, prediction):
    """Return a miss as one line, whatever lines were read."""
    label = prediction["label"].replace("\n", " / ")
    return f"  {name} is {truth}, read as {in_words({**prediction, 'label': label})}"


@contextmanager
def open_table(path, header):
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
        Takes a row: a list.

    Raises
    ------
    RecognitionError
        If it cannot be written.
    """
    if path is None:
        yield None
        return
    with writing(path):
        file = path.open("w", newline="", encoding="utf-8")
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
