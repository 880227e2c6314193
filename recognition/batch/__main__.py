"""Recognise all of a folder of pictures, of IDX files or of a CSV, without a server, and write the answers to a CSV.

example:
  python -m recognition.batch mnist/ -m mnist -o answers.csv
  python -m recognition.batch scans/ -m digits -o answers.csv
  python -m recognition.batch test.csv -m mine -o answers.csv --engine tcp://scheduler:8786
"""

from recognition.console import as_exit_code, printable, stop_at_once

if __name__ == "__main__":
    stop_at_once("recognition.batch")

import os
import sys
from pathlib import Path

from recognition.batch.chunks import answer_chunk, find_chunks
from recognition.batch.output import append_rows, count_row, identity, open_unfinished, resume
from recognition.engine import connect
from recognition.errors import writing
from recognition.inference import artifact
from recognition.options import Parser, positive
from recognition.progress import Progress


@as_exit_code("recognition.batch", stopped="stopped; the same command goes on from there")
def main(argv=None):
    """Recognise what the command line names; return the exit code."""
    args = parse(argv)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return recognise(args)


def recognise(args):
    """Answer for all that was not answered before, and print what came of it; return the exit code."""
    model = artifact.load(args.model)
    rows, make_chunks = find_chunks(args.path, model.recognizer, args.pattern)
    unfinished = args.output.with_name(f"{args.output.name}.{identity(args.path, model, args.pattern)}.part")
    with open_unfinished(unfinished) as file:
        chunks, tally = resume(file, make_chunks)
        if tally["rows"]:
            print(f"recognition.batch: {tally['rows']:,} of {rows:,} rows were answered before", file=sys.stderr)
        with connect(args.engine, args.jobs) as engine:
            answer_chunks(chunks, model.recognizer, engine, file, tally, rows)
            ran = "".join(f" by {workers} worker{'s' * (workers > 1)}" for _, _, workers in engine.pop_work_done())
    with writing(args.output):
        unfinished.replace(args.output)
    print(f"{args.output}: {rows:,} rows{ran}, {tally['unsure']:,} not sure, {tally['unread']:,} not read")
    return int(tally["unread"] > 0)


def answer_chunks(chunks, recognizer, engine, file, tally, total):
    """Answer for chunks on an engine, append the rows to a file in order, and print what cannot be read."""
    with Progress("recognising: rows", total - tally["rows"]) as progress:
        for rows in engine.stream("recognising", answer_chunk, chunks, (recognizer,)):
            progress.wipe()
            append_rows(file, rows)
            for row in rows:
                count_row(row, tally)
                if row[-1]:
                    name = ":".join(map(str, filter(None, row[:2])))
                    print(f"recognition.batch: {printable(f'{name}: {row[-1]}')}", file=sys.stderr)
            progress.step(len(rows))


def parse(argv):
    """Read the command line."""
    parser = Parser(__doc__, prog="python -m recognition.batch")
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
        "OUT.csv.*.part, from which the same command goes on (default: none, it must be given)",
    )
    option(
        "--pattern",
        metavar="P",
        help="what may be written on pictures, such as [0-9]{8} (default: anything)",
    )
    option(
        "--engine",
        metavar="URL",
        help="use the workers of a Dask scheduler, or local: of one started for this (default: threads)",
    )
    option(
        "--jobs",
        type=positive,
        default=os.cpu_count(),
        metavar="N",
        help="chunks at a time here, or workers of --engine local (default: %(default)s, one a core)",
    )
    args = parser.parse_args(argv)
    if args.output.resolve() == args.path.resolve():
        parser.error(f"-o would overwrite {args.output}, which is to be read")
    if args.output.is_dir():
        parser.error(f"-o {args.output} is a folder; name a file in it")
    return args


if __name__ == "__main__":
    raise SystemExit(main())
