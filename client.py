"""Ask a running server what is on a picture.

example:
  python client.py -f my_test_images/digit2.png
  python client.py -f my_test_images --score
"""

import argparse
import csv
import json
import os
import sys
from contextlib import nullcontext
from pathlib import Path

from recognition.errors import ImageError, RecognitionError
from recognition.filenames import label_of
from recognition.intervals import wilson_interval
from recognition.pixels import SUFFIXES, grey_levels, open_picture
from recognition.service import Service

COLUMNS = ("label", "confidence", "recognized")


def main(argv=None):
    """Ask about each picture; give the exit code."""
    args = parse(argv)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")
    try:
        return ask(args)
    except RecognitionError as error:
        return complain(error)
    except KeyboardInterrupt:
        return complain("stopped")
    except BrokenPipeError:  # the reader of our output has gone; so has the place to say so
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def ask(args):
    """Ask about each picture and tell the answers; what fails is told, and the rest still done."""
    service = Service(args.url, args.timeout)
    model = service.model()
    answers, failed = {}, 0
    with open_table(args.output) as table:
        for path in pictures(args.files):
            try:
                answers[path] = prediction = recognize(path, model, service)
            except RecognitionError as error:
                failed = complain(f"{path}: {error}")
                prediction = {"error": str(error)}
            if args.json:
                print(json.dumps({"file": str(path), **prediction}, ensure_ascii=False), flush=True)
            elif path in answers:
                print(f"{path}: {in_words(prediction)}", flush=True)
            if table and path in answers:
                csv.writer(table).writerow([path, *(prediction[column] for column in COLUMNS)])
    if args.score:
        print(score(answers, model["classes"]), file=sys.stderr if args.json else sys.stdout)
    return failed


def complain(remark):
    """Say in one line what failed; give the exit code of a failure."""
    print(f"client.py: {remark}", file=sys.stderr)
    return 1


def pictures(paths):
    """Give each file, and for a folder the pictures in it and below, by name."""
    for path in paths:
        found = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
        yield from found or [path]


def recognize(path, model, service):
    """Turn a picture into grey levels, post them, and give the prediction: dict."""
    if path.is_dir():
        raise ImageError(f"the folder holds no picture ({' '.join(sorted(SUFFIXES))})")
    height, width = model["shape"]
    with open_picture(path) as picture:
        if picture.size != (width, height):
            raise ImageError(
                f"the picture has {picture.width}x{picture.height} pixels, and this model takes "
                f"{width}x{height}; scale it to that size"
            )
        levels = grey_levels(picture, full=model["range"][1])
    return service.predict([levels.tolist()])[0]


def in_words(prediction):
    """Give an answer as a person reads it."""
    mark, doubt = ("", "") if prediction["recognized"] else ("?", ", not sure")
    return f"{prediction['label']}{mark} ({100 * prediction['confidence']:.1f} %{doubt})"


def open_table(path):
    """Open the CSV of the answers and write its head; without a path there is none."""
    if path is None:
        return nullcontext()
    try:
        file = path.open("w", newline="", encoding="utf-8")
    except OSError as error:
        raise RecognitionError(f"{path} cannot be written: {error.strerror}") from error
    csv.writer(file).writerow(["file", *COLUMNS])
    return file


def score(answers, classes):
    """Compare the answers with the labels that names and folders give: text with the accuracy and every miss."""
    truth = {path: label for path in answers if (label := label_of(path, classes)) is not None}
    if not answers:
        return "No score: no picture was answered"
    if not truth:
        return "No score: neither a picture's name nor its folder begins with one of the model's labels"
    misses = [path for path, label in truth.items() if answers[path]["label"] != label]
    right = len(truth) - len(misses)
    low, high = wilson_interval(right, len(truth))
    lines = [
        f"{right} of {len(truth)} right: {100 * right / len(truth):.1f} % "
        f"(95 % interval {100 * low:.1f} % to {100 * high:.1f} %)"
    ]
    lines += [f"  {path} is {truth[path]}, read as {in_words(answers[path])}" for path in misses]
    if unlabelled := len(answers) - len(truth):
        lines.append(f"  {unlabelled} without a label in name or folder are not counted")
    return "\n".join(lines)


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
        help="pictures, and folders of pictures, to ask about",
    )
    option("--url", default="http://localhost:5000", help="where the server is (default: %(default)s)")
    option("--json", action="store_true", help="print one JSON object a line")
    option("-o", "--output", type=Path, metavar="OUT.csv", help="write the answers to a CSV as well")
    option("--score", action="store_true", help="compare with the labels that names or folders give")
    option(
        "--timeout",
        type=float,
        default=10,
        metavar="S",
        help="seconds to wait for an answer (default: %(default)s)",
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    raise SystemExit(main())
