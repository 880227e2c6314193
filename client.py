"""Ask a running server what is on a picture, or in the rows of a CSV.

example:
  python client.py -f my_test_images/digit2.png
  python client.py -f my_test_images --score
  python client.py -f test.csv -o submission.csv
"""

import argparse
import math
import os
import sys
from pathlib import Path

from recognition.answers import COLUMNS, Answers, open_table
from recognition.errors import DataError, ImageError, RecognitionError
from recognition.filenames import label_of
from recognition.pixels import SUFFIXES, grey_levels, open_picture
from recognition.progress import Progress
from recognition.service import Service
from recognition.tables import count_rows, read_blocks
from recognition.tables import open_table as open_csv

KAGGLE = ("ImageId", "Label")
BATCH = 500  # rows of a CSV in a request


def main(argv=None):
    """Ask about each picture and row; give the exit code."""
    args = parse(argv)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")
    try:
        return ask(args)
    except RecognitionError as error:
        print(f"client.py: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("client.py: stopped", file=sys.stderr)
    except BrokenPipeError:  # the reader of our output has gone; so has the place to say so
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def ask(args):
    """Ask about everything and tell the answers; what fails is told, and the rest still done."""
    service = Service(args.url, args.timeout)
    model = service.model()
    tables = any(map(is_table, args.files))
    with open_table(args.output, KAGGLE if tables else ["file", *COLUMNS]) as table:
        answers = Answers(args.json, quiet=tables and args.output is not None and not args.json, table=table)
        for path in expand(args.files):
            try:
                (ask_rows if is_table(path) else ask_picture)(path, model, service, answers)
            except RecognitionError as error:
                answers.fail(str(path), error)
    if args.score:
        print(answers.score(), file=sys.stderr if args.json else sys.stdout)
    return answers.failed


def is_table(path):
    """Tell a CSV by its name."""
    return path.name.lower().endswith((".csv", ".csv.gz"))


def expand(paths):
    """Give each file, and for a folder the pictures in it and below, by name."""
    for path in paths:
        found = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
        yield from found or [path]


def ask_picture(path, model, service, answers):
    """Turn a picture into grey levels, post them, and pass the answer on."""
    if path.is_dir():
        raise ImageError(f"the folder holds no picture ({' '.join(sorted(SUFFIXES))})")
    if len(model["shape"]) == 3:
        raise ImageError("this model takes colour pictures, which this client cannot post yet")
    height, width = model["shape"]
    with open_picture(path) as picture:
        if picture.size != (width, height):
            raise ImageError(
                f"the picture has {picture.width}x{picture.height} pixels, and this model takes "
                f"{width}x{height}; scale it to that size"
            )
        levels = grey_levels(picture, full=model["range"][1])
    (prediction,) = service.predict([levels.tolist()])
    answers.add(str(path), prediction, truth=label_of(path, model["classes"]))


def ask_rows(path, model, service, answers):
    """Post the rows of a CSV in batches, and pass the answers on; rows are counted from 1."""
    table = open_csv(path)
    size = math.prod(model["shape"])
    if table.side**2 != size:
        sides = "x".join(map(str, model["shape"]))
        raise DataError(f"its rows have {table.side}x{table.side} pixels, and this model takes {sides}")
    number = 0
    with Progress("rows", count_rows(table)) as progress:
        for labels, pixels in read_blocks(table):
            whole = (pixels == pixels.astype(int)).all()
            for start in range(0, len(pixels), BATCH):
                batch = pixels[start : start + BATCH]
                predictions = service.predict((batch.astype(int) if whole else batch).tolist())
                for i, prediction in enumerate(predictions, start=start):
                    number += 1
                    truth = labels[i] if labels else None
                    answers.add(f"{path}:{number}", prediction, truth, row=[number, prediction["label"]])
                progress.step(len(batch))


def parse(argv):
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    option = parser.add_argument
    option(
        "-f",
        "--files",
        type=Path,
        nargs="+",
        required=True,
        metavar="PATH",
        help="pictures, folders of pictures, or CSV files of pixel rows, to ask about",
    )
    option("--url", default="http://localhost:5000", help="where the server is (default: %(default)s)")
    option("--json", action="store_true", help="print one JSON object a line")
    option(
        "-o",
        "--output",
        type=Path,
        metavar="OUT.csv",
        help="write the answers to a CSV: file, label, confidence, recognized; of a CSV: ImageId, Label",
    )
    option("--score", action="store_true", help="compare with the labels that names, folders or a column give")
    option(
        "--timeout", type=seconds, default=10, metavar="S", help="seconds to wait for an answer (default: %(default)s)"
    )
    args = parser.parse_args(argv)
    if args.output and len(set(map(is_table, args.files))) > 1:
        parser.error("-o takes the answers for pictures or for CSV files, not for both at once")
    if args.output and sum(map(is_table, args.files)) > 1:
        parser.error("-o takes the answers for one CSV file, since its rows are numbered from 1")
    if args.output and args.output.resolve() in [path.resolve() for path in args.files]:
        parser.error(f"-o would overwrite {args.output}, which -f asks about")
    return args


def seconds(text):
    """Read a time above 0."""
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no time to wait; give seconds above 0")
    return number


if __name__ == "__main__":
    raise SystemExit(main())
