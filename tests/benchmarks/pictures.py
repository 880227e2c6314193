"""Measure how well pictures are read: photos, drawings, scans, whole numbers, letters, and what is junk.

The folder has what `SOURCES` names, or some of it; the right label stands at the head of each picture's name.

  right       of all pictures
  sure        of the right ones, how many are not “not sure” (coverage)
  wrong       of the sure ones, how many are wrong (risk)
  at 95 %     the same if the 5 % with the least confidence were what is not sure
  taken       of junk, how much is taken for sure

example:
  python tests/benchmarks/pictures.py DATA_FOLDER
  python tests/benchmarks/pictures.py DATA_FOLDER --model mnist --only photos --every 3 --sheets misread/
"""

import argparse
import gzip
import io
import struct
import sys
import time
from itertools import islice
from pathlib import Path
from urllib.request import urlopen

import numpy as np
from PIL import Image, ImageDraw, ImageOps

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import training
from recognition.data import sources
from recognition.data.filenames import head_of
from recognition.errors import DataError, ImageError, ModelError
from recognition.evaluation.reliability import wilson_interval
from recognition.imaging.pixels import grey_levels
from recognition.inference import artifact
from recognition.inference.reading import read

CELL = 150  # pixels of the contact sheet
SHOWN = 120  # misread pictures on a sheet, at most


def main(argv=None):
    """Print the tables, and draw the contact sheets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    option = parser.add_argument
    option("data", type=Path, metavar="DATA_FOLDER", help="where the pictures are")
    option("--model", default="mnist", help="of MNIST; is trained if there is none (default: %(default)s)")
    option("--small", default="digits", help="of load_digits, likewise (default: %(default)s)")
    option("--letters", metavar="MODEL", help="of letters, to be asked about those")
    option("--only", default="", metavar="TEXT", help="take the rows with this in the name of the source or the model")
    option("--every", type=int, default=1, metavar="N", help="look at each Nth picture (default: %(default)s)")
    option("--sheets", type=Path, metavar="FOLDER", help="for contact sheets of what was misread")
    args = parser.parse_args(argv)
    if not args.data.is_dir():
        parser.error(f"{args.data} is no folder")
    models = {args.model: ["--data", str(args.data / "mnist")], args.small: [], args.letters: None}
    for name, asked in zip(models, (ASKED_OF_LARGE, ASKED_OF_SMALL, ("letters",)), strict=True):
        rows = [row for row in SOURCES if row[1] in asked and args.only in f"{name} {row[0]}"]
        if name and rows:
            table(name, recognizer(name, models[name]), rows, args)
    return 0


def recognizer(name, options):
    """Load a model, or train it first: Recognizer."""
    try:
        return artifact.load(name).recognizer
    except ModelError:
        training.main(["--name", name, *options])
        return artifact.load(name).recognizer


def table(name, model, rows, args):
    """Print a line for each source, and the mean of those of single characters."""
    print(f"\n{name:23} pictures  plain  right  95 % interval   sure  wrong  at 95 %  ms each")
    shares = []
    for source, kind, contents in rows:
        try:
            pictures = list(islice(contents(args.data / source.split()[0]), 0, None, args.every))
        except (FileNotFoundError, DataError):
            pictures = []
        if not pictures:
            print(f"{source:23} missing, skipped")
            continue
        shares.append((kind, line(source, kind, model, pictures, args.sheets and args.sheets / name)))
    ours = [values for kind, values in shares if kind in ("characters", "png")]
    if len(ours) > 1:
        right, sure, wrong = np.mean(ours, axis=0)
        print(f"{'mean, but for dida':31}        {right:7.3f}{sure:24.3f} {wrong:6.3f}")


def line(source, kind, model, pictures, sheets):
    """Print the line of a source; return the shares of right ones, of sure ones of these, of wrong ones of the sure."""
    answers, seconds, plain = [], [], 0
    for content, label in pictures:
        start = time.perf_counter()
        try:
            answers.append(read(model, io.BytesIO(content)).as_dict(model.full, seen=bool(sheets)))
        except ImageError as error:
            answers.append({"label": str(error), "confidence": 0.0, "recognized": False, "characters": []})
        seconds.append(time.perf_counter() - start)
        plain += kind in ("characters", "png") and resized(model, content) == label
    labels = [label for _, label in pictures]
    sure = np.array([answer["recognized"] for answer in answers])
    milliseconds = f"{1000 * np.median(seconds):8.1f}"
    if kind == "junk":
        low, high = wilson_interval(sure.sum(), len(sure))
        print(
            f"{source:23} {len(sure):8}  taken {sure.mean():5.3f}  {low:.3f} to {high:.3f} {milliseconds:>30}",
            flush=True,
        )
        return sure.mean(), 0, 0
    correct = np.array([answer["label"] == label for answer, label in zip(answers, labels, strict=True)])
    confidence = np.array([answer["confidence"] for answer in answers])
    kept = np.argsort(-confidence * (0.01 + sure), kind="stable")[: -(-len(sure) * 19 // 20)]
    covered, risk = share(sure[correct]), share(~correct[sure])
    low, high = wilson_interval(correct.sum(), len(correct))
    print(
        f"{source:23} {len(sure):8} {plain / len(sure):6.3f} {correct.mean():6.3f}  {low:.3f} to {high:.3f} "
        f"{covered:6.3f} {risk:6.3f} {share(~correct[kept]):8.3f} {milliseconds}",
        flush=True,
    )
    if kind == "letters":
        folded = [answer["label"].lower() == label.lower() for answer, label in zip(answers, labels, strict=True)]
        print(f"{'  case aside':23} {len(sure):8} {'':6} {np.mean(folded):6.3f}")
    if sheets:
        misread = [(content, label, answer) for (content, label), answer in zip(pictures, answers, strict=True)]
        draw([one for one in misread if one[1] != one[2]["label"]], sheets, f"{source.replace('/', '-')}.png")
    return correct.mean(), covered, risk


def share(values):
    """Return the mean, 0 of nothing: float."""
    return float(values.mean()) if len(values) else 0.0


def resized(model, content):
    """Read a picture as it is often done: made grey, shrunk to the model's size: str."""
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("L").resize(model.shape[::-1])
    try:
        return model.predict(grey_levels(picture, model.full)[None])[0].label
    except ImageError:
        return ""


def draw(misread, folder, name):
    """Draw a contact sheet: each misread picture, what the model saw of it, its label and what it was read as."""
    columns = 6
    sheet = Image.new("RGB", (2 * CELL * columns, (CELL + 20) * max(1, -(-len(misread[:SHOWN]) // columns))), "white")
    pen = ImageDraw.Draw(sheet)
    for number, (content, label, answer) in enumerate(misread[:SHOWN]):
        x, y = 2 * CELL * (number % columns), (CELL + 20) * (number // columns)
        sheet.paste(ImageOps.contain(Image.open(io.BytesIO(content)).convert("RGB"), (CELL - 4, CELL - 4)), (x, y))
        for place, character in enumerate(answer["characters"][:4]):
            with urlopen(character["seen"]) as file:
                seen = Image.open(io.BytesIO(file.read())).resize((CELL // 2 - 4,) * 2, Image.Resampling.NEAREST)
            sheet.paste(seen, (x + CELL + CELL // 2 * (place % 2), y + CELL // 2 * (place // 2)))
        sure = "" if answer["recognized"] else "?"
        pen.text((x, y + CELL), f"{label} read as {answer['label']!r}{sure}", "black")
    folder.mkdir(parents=True, exist_ok=True)
    sheet.save(folder / name)


# What is read: each yields the content of pictures and their labels, (bytes, str).


def files(pattern):
    """Return a source: the pictures of a folder, or those that the pattern names in it."""

    def labelled(folder):
        paths = sorted(folder.glob(pattern))
        return ((path.read_bytes(), head_of(path)) for path in paths)

    return labelled


def numbers(folder):
    """Yield pictures of whole numbers, whose label is all up to the first "_"."""
    return ((path.read_bytes(), path.stem.split("_")[0]) for path in sorted(folder.iterdir()))


def as_png(prefix):
    """Return a source: images of an IDX file, light on black."""

    def images(folder):
        labels = unpacked(folder / f"{prefix}-labels-idx1-ubyte.gz").tolist()
        rows = unpacked(folder / f"{prefix}-images-idx3-ubyte.gz")
        return ((png(image), str(label)) for image, label in zip(rows, labels, strict=True))

    return images


def letters(folder):
    """Yield EMNIST's letters, dark on white."""
    test = sources.load([str(folder)]).test if folder.is_dir() else None
    pairs = zip(test.images, test.labels.tolist(), strict=True) if test else ()
    return islice(((png(255 - image), "") for image, label in pairs if label.isalpha()), 1500)


def printed(folder):
    """Yield printed letters, dark on white, with some paper around them."""
    return (
        (png(np.pad(255 - image, 4, constant_values=255)), "")
        for image in unpacked(folder / "notmnist-images-idx3-ubyte.gz")
    )


def unpacked(path):
    """Read an IDX file, whatever it is called: ndarray of uint8."""
    with gzip.open(path) as file:
        content = file.read()
    sides = content[3]  # the magic number ends with how many there are
    return np.frombuffer(content, np.uint8, offset=4 + 4 * sides).reshape(struct.unpack_from(f">{sides}i", content, 4))


def noise(_folder):
    """Yield pictures of uniform noise, half of them in colours and as large as a photo."""
    rng = np.random.default_rng(0)
    for shape in [(240, 320, 3)] * 100 + [(64, 64)] * 100:
        yield png(rng.integers(0, 256, shape, dtype=np.uint8)), ""


def blank(_folder):
    """Yield photos of blank paper, unevenly lit and grainy, as JPEG files."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        down, across = (np.linspace(0, rng.uniform(-40, 40), size) for size in (240, 320))
        light = rng.uniform(120, 250) + down[:, None, None] + across[:, None]
        grain = rng.normal(0, rng.uniform(0, 4), (240, 320, 3))
        buffer = io.BytesIO()
        quality = int(rng.integers(30, 90))
        Image.fromarray((light + grain).clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=quality)
        yield buffer.getvalue(), ""


def png(image):
    """Return an image as a PNG file: bytes."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


# Name of the folder, and what else tells it from others; kind; what yields its pictures.
SOURCES = (
    *((f"photos/{name}", "characters", files("*")) for name in ("digits", "digits2", "digits3", "digits4")),
    *((name, "characters", files("*")) for name in ("drawings", "drawings-thick", "drawings-small")),
    ("scans/digits", "characters", files("*")),
    ("unipen/digits", "characters", files("*")),
    ("chars74k digits", "characters", files("digit_*/*")),
    ("semeion as PNG", "characters", as_png("semeion")),
    ("usps as PNG", "characters", as_png("usps-test")),
    ("mnist as PNG", "png", as_png("t10k")),
    ("dida/digits", "hard", files("*")),
    *((name, "numbers", numbers) for name in ("photos/numbers", "numbers/photos", "numbers/cheques")),
    *((name, "numbers", numbers) for name in ("numbers/forms", "numbers/cells")),
    ("noise", "junk", noise),
    ("blank paper", "junk", blank),
    ("cats_and_dogs_filtered", "junk", files("validation/cats/*")),
    ("emnist-byclass letters", "junk", letters),
    ("notmnist", "junk", printed),
    ("scans/letters", "letters", files("*/*")),
    ("unipen/letters", "letters", files("*/*")),
    ("chars74k letters", "letters", files("[ul]*_*/*")),
)
ASKED_OF_LARGE = ("characters", "hard", "numbers", "junk")
ASKED_OF_SMALL = ("characters", "png", "hard", "junk")


if __name__ == "__main__":
    raise SystemExit(main())
