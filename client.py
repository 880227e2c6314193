"""Ask a running server what is on a picture, or in the rows of a CSV.

example:
  python client.py my_test_images/digit2.png
  python client.py -f photo.jpg --seen what_the_model_saw
  python client.py -f my_test_images --score
  python client.py -f test.csv -o submission.csv
"""

from recognition.console import as_exit_code, stop_at_once

if __name__ == "__main__":
    stop_at_once("client.py")

import sys
from pathlib import Path

from recognition.client.inputs import ask_pictures, ask_rows, find_pictures
from recognition.client.results import COLUMNS, ResultWriter, row_writer
from recognition.client.scores import score
from recognition.client.service import Service
from recognition.data.filenames import is_table
from recognition.options import Parser, seconds, token_in

KAGGLE = ("ImageId", "Label")


@as_exit_code("client.py")
def main(argv=None):
    """Ask about each picture and row; return the exit code."""
    args = parse(argv)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")
    return ask(args)


def ask(args):
    """Ask about everything and write the results; what fails is named, and the rest still done."""
    service = Service(args.url, args.timeout, args.token_file)
    model = service.model()
    tables = [path for path in args.files if is_table(path)]
    quiet = bool(tables and args.output and not args.json)
    with row_writer(args.output, KAGGLE if tables else ["file", *COLUMNS]) as write_row:
        results = ResultWriter(args.json, quiet, write_row)
        for path in tables:
            ask_rows(path, model, service, results)
        ask_pictures(find_pictures(args.files), model, service, results, args.seen, args.pattern)
    if args.score:
        scored = score(results.labelled, results.unlabelled, model.get("merged"))
        print(scored, file=sys.stderr if args.json else sys.stdout)
    return int(results.failures > 0)


def parse(argv):
    """Read the command line."""
    parser = Parser(__doc__)
    option = parser.add_argument
    shared = {"type": Path, "default": [], "metavar": "PATH"}
    option("paths", nargs="*", help="the same as those of -f (default: none)", **shared)
    option(
        "-f",
        "--files",
        nargs="+",
        action="extend",
        help="pictures, folders of pictures, or CSV files of pixel rows, to ask about (default: none)",
        **shared,
    )
    option("--url", default="http://localhost:5000", help="where the server is (default: %(default)s)")
    option("--json", action="store_true", help="print one JSON object a line (default: text)")
    option(
        "-o",
        "--output",
        type=Path,
        metavar="OUT.csv",
        help="write the answers to a CSV: file, label, confidence, recognized; of a CSV: ImageId, Label "
        "(default: none)",
    )
    option(
        "--seen",
        type=Path,
        metavar="FOLDER",
        help="save what the model saw of each picture, as PNG files (default: none)",
    )
    option(
        "--pattern",
        metavar="P",
        help="what may be written on pictures, such as [0-9]{8} (default: anything)",
    )
    option(
        "--score",
        action="store_true",
        help="compare with the labels that names, folders or a column give (default: no)",
    )
    option(
        "--timeout",
        type=seconds,
        default=10,
        metavar="S",
        help="seconds a whole answer may take (default: %(default)s)",
    )
    option("--token-file", type=token_in, metavar="F", help="send the token that this file holds (default: none)")
    args = parser.parse_intermixed_args(argv)
    args.files = args.paths + args.files
    if not args.files:
        parser.error("there is nothing to ask about; name pictures, folders of pictures or CSV files")
    if args.output and len(set(map(is_table, args.files))) > 1:
        parser.error("-o takes the answers for pictures or for CSV files, not for both at once")
    if args.output and sum(map(is_table, args.files)) > 1:
        parser.error("-o takes the answers for one CSV file, since its rows are numbered from 1")
    if args.output and args.output.resolve() in [path.resolve() for path in args.files]:
        parser.error(f"-o would overwrite {args.output}, which is asked about")
    return args


if __name__ == "__main__":
    raise SystemExit(main())
