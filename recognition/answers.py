"""What the client tells: answers as text, as JSON and as CSV, and how many are right."""

import csv
import json
import sys
from contextlib import contextmanager

from recognition.errors import RecognitionError
from recognition.intervals import wilson_interval

COLUMNS = ("label", "confidence", "recognized")
LISTED = 1000  # misses


def in_words(prediction):
    """Give a prediction, a dict of the HTTP contract, as a person reads it: str."""
    mark, doubt = ("", "") if prediction["recognized"] else ("?", ", not sure")
    label = prediction["label"].replace("\n", " / ")
    return f"{label}{mark} ({100 * prediction['confidence']:.1f} %{doubt})"


class Answers:
    """Takes answers as they come, tells each, and keeps what the score needs.

    Parameters
    ----------
    as_json : bool
        Print a JSON object a line instead of text.
    quiet : bool
        Print nothing for a good answer.
    table : csv.writer or None
        Where to write a row for each.
    """

    def __init__(self, as_json=False, quiet=False, table=None):
        self.as_json = as_json
        self.quiet = quiet
        self.table = table
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
            What to write into the table; name, label, confidence, recognized if it is not given.
        """
        if self.as_json:
            print(json.dumps({"file": name, **prediction}, ensure_ascii=False), flush=True)
        elif not self.quiet:
            print(f"{name}: {in_words(prediction)}", flush=True)
        if self.table:
            self.table.writerow(row or [name, *(prediction[column] for column in COLUMNS)])
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
        """Compare with the right labels: text with the accuracy, its 95 % interval, and every miss."""
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
            f"(95 % interval {100 * low:.1f} % to {100 * high:.1f} %)"
        ]
        lines += [f"  {name} is {truth}, read as {in_words(told)}" for name, truth, told in misses[:LISTED]]
        if len(misses) > LISTED:
            lines.append(f"  and {len(misses) - LISTED:,} more")
        if self.unlabelled:
            lines.append(f"  {self.unlabelled:,} without a label in name or folder are not counted")
        return "\n".join(lines)


@contextmanager
def open_table(path, header):
    """Open a CSV to write and write its header; without a path there is none.

    Parameters
    ----------
    path : pathlib.Path or None
        Of the file.
    header : sequence of str
        Names of the columns.

    Yields
    ------
    table : csv.writer or None
        For the rows.

    Raises
    ------
    RecognitionError
        If it cannot be written.
    """
    if path is None:
        yield None
        return
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(header)
            yield table
    except BrokenPipeError:  # of stdout, not of this file
        raise
    except OSError as error:
        raise RecognitionError(f"{path} cannot be written: {error.strerror}") from error
