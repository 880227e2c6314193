"""Recognise all of a folder of pictures, of IDX files or of a CSV, without a server, and write the answers to a CSV.

example:
  python -m recognition.batch mnist/ -m mnist -o answers.csv
  python -m recognition.batch scans/ -m digits -o answers.csv
  python -m recognition.batch test.csv -m mine -o answers.csv --engine tcp://scheduler:8786
"""

import argparse
import csv
import hashlib
import os
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path

from threadpoolctl import threadpool_limits

from recognition.batch.chunks import answer, find
from recognition.console import as_exit_code
from recognition.data import idx
from recognition.engine import connect
from recognition.errors import RecognitionError, writing
from recognition.inference import artifact
from recognition.options import positive
from recognition.progress import Progress

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

COLUMNS = ["file", "row", "label", "confidence", "recognized", "error"]


@as_exit_code("recognition.batch", stopped="stopped; the same command goes on from there")
def main(argv=None):
    """Recognise what the command line names; return the exit code."""
    args = parse(argv)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return recognise(args)


def recognise(args):
    """Answer for all that was not answered before, and tell what came of it; give the exit code."""
    model = artifact.load(args.model)
    rows, find_pieces = find(args.path, model.recognizer)
    unfinished = args.output.with_name(f"{args.output.name}.{identity(args.path, model)}.part")
    with _opened(unfinished) as file:
        tally = Counter()
        pieces = resume(file, find_pieces, tally)
        if tally["rows"]:
            print(f"recognition.batch: {tally['rows']:,} of {rows:,} rows were answered before", file=sys.stderr)
        with connect(args.engine, args.jobs) as where:
            write(file, pieces, rows - tally["rows"], model.recognizer, where, tally)
    with writing(args.output):
        unfinished.replace(args.output)
    ran = "".join(f" by {workers} worker{'s' * (workers > 1)}" for _, _, workers in where.pop_work_done())
    print(f"{args.output}: {rows:,} rows{ran}, {tally['unsure']:,} not sure, {tally['unread']:,} not read")
    return int(tally["unread"] > 0)


def identity(path, model):
    """Tell one piece of work from another, so that only the same is gone on with: str.

    It is the same if the model, the path, and age and size of the files that hold many rows are.
    """
    files = [path] if path.is_file() else idx.find_images(path)
    states = [(file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files]
    return hashlib.sha256(repr((model.card["sha256"], str(path.absolute()), states)).encode()).hexdigest()[:12]


@contextmanager
def _opened(path):
    """Open the file that is to become the output, which no other run may write at the same time."""
    with writing(path):
        file = path.open("a+", newline="", encoding="utf-8", errors="surrogateescape")
    with file:
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RecognitionError("another run is writing this output; wait for its end, or choose another") from error
        except OSError:  # a shared folder that knows no locks
            pass
        yield file


def resume(file, find_pieces, tally):
    """Find out how far the run before came, and cut off what it did not finish.

    Parameters
    ----------
    file : text file
        What it wrote; all of it is cut off if it is about something else.
    find_pieces : callable
        Gives an iterator of `Piece`: all that is to be done.
    tally : Counter
        Takes the rows that were answered.

    Returns
    -------
    pieces : iterator of Piece
        What is left.
    """
    last, end = None, 0
    for row, ended in _whole_rows(file):
        end = ended
        if row != COLUMNS:
            last = row
            count(row, tally)
    pieces, left = find_pieces(), tally["rows"]
    for piece in pieces:
        if left <= len(piece.names):
            break
        left -= len(piece.names)
    if left and (left > len(piece.names) or [*map(str, piece.names[left - 1])] != last[:2]):
        tally.clear()
        pieces, end = find_pieces(), 0
    elif left < len(piece.names):
        pieces = chain([replace(piece, skip=left)], pieces)
    file.truncate(end)
    file.seek(0, os.SEEK_END)
    return pieces


def _whole_rows(file):
    """Give the rows of a CSV that were written to their end, and the byte at which each ends: iterator."""
    end, line = 0, ""

    def lines():
        nonlocal end, line
        for line in file:
            end += len(line.encode("utf-8", "surrogateescape"))
            yield line

    file.seek(0)
    for row in csv.reader(lines()):
        if len(row) == len(COLUMNS) and line.endswith("\n"):
            yield row, end


def write(file, pieces, left, recognizer, where, tally):
    """Recognise pieces on an engine and write the answers in order; what cannot be read is told as well."""
    table = csv.writer(file)
    if not file.tell():
        table.writerow(COLUMNS)
    with Progress("recognising: rows", left) as progress, threadpool_limits(1):  # no threads below threads
        for rows in where.stream("recognising", answer, pieces, (recognizer,)):
            progress.wipe()
            with writing(file.name):
                table.writerows(rows)
                file.flush()
            for row in rows:
                count(row, tally)
                if row[-1]:
                    name = ":".join(map(str, filter(None, row[:2])))
                    print(f"recognition.batch: {name}: {row[-1]}", file=sys.stderr)
            progress.step(len(rows))


def count(row, tally):
    """Count a row of the output."""
    *_, recognized, error = row
    tally.update({"rows": 1, "unread": bool(error), "unsure": str(recognized) == "False"})


def parse(argv):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m recognition.batch", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    option = parser.add_argument
    option("path", type=Path, metavar="PATH", help="a CSV, a folder of IDX files or of pictures at any depth")
    option("-m", "--model", default="digits", metavar="NAME", help="model to ask (default: %(default)s)")
    option(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT.csv",
        help="write file, row, label, confidence, recognized, and what could not be read; until it is whole to "
        "OUT.csv.*.part, from which the same command goes on",
    )
    option("--engine", metavar="URL", help="use the workers of a Dask scheduler, or local: of one started for this")
    option(
        "--jobs",
        type=positive,
        default=os.cpu_count(),
        metavar="N",
        help="pieces of work at a time here, or workers of --engine local (default: %(default)s, one a core)",
    )
    args = parser.parse_args(argv)
    if args.output.resolve() == args.path.resolve():
        parser.error(f"-o would overwrite {args.output}, which is to be read")
    if args.output.is_dir():
        parser.error(f"-o {args.output} is a folder; name a file in it")
    return args


if __name__ == "__main__":
    raise SystemExit(main())
