"""Measure how well pictures are read: photos, drawings, whole numbers, and what is refused.

The folder has `mnist/`, `photos/digits/`, `photos/numbers/` and `drawings/`, the right label at the head of each
picture's name; and, for what is to be refused, `emnist-byclass/` and `cats_and_dogs_filtered/`.

example:
  python tests/benchmarks/pictures.py DATA_FOLDER
  python tests/benchmarks/pictures.py DATA_FOLDER --model mnist --sheet misread.png
"""

import argparse
import io
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import numpy as np
from PIL import Image, ImageDraw, ImageOps

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import training
from recognition.data import sources
from recognition.errors import ImageError, ModelError
from recognition.evaluation.reliability import wilson_interval
from recognition.imaging.characters import find_characters
from recognition.imaging.ink import read_ink
from recognition.imaging.pixels import grey_levels, open_picture
from recognition.inference import artifact
from recognition.inference.reading import read

REFUSED = 0.02  # of the real photos, where junk is counted
CELL = 150  # pixels of the contact sheet
RNG = np.random.default_rng(0)


def main(argv=None):
    """Print the tables, and draw the contact sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA_FOLDER", help="where the pictures are")
    parser.add_argument(
        "--model", default="mnist", help="trained on MNIST; is trained if there is none (default: %(default)s)"
    )
    parser.add_argument("--sheet", type=Path, default=Path("misread.png"), help="PNG to draw (default: %(default)s)")
    args = parser.parse_args(argv)
    if not (args.data / "photos").is_dir():
        parser.error(f"{args.data} has no folder photos")
    mnist = recognizer(args.model, "--data", str(args.data / "mnist"))
    digits = recognizer("digits")
    misread = []
    print(f"{'pictures':34} {'model':8}  plain   here   95 % interval     not sure  ms each")
    for place in ("photos/digits", "photos/numbers", "drawings"):
        misread += row(place, args.model, mnist, labelled(args.data / place))
    misread += row("photos/digits", "digits", digits, labelled(args.data / "photos/digits"))
    row("MNIST's test digits, as PNG files", "digits", digits, test_digits(args.data / "mnist"))
    draw(misread, args.sheet)
    print(f"\nwhat was misread: {args.sheet}")
    preparation(args.data / "photos/digits", mnist)
    refusals(args.data, args.model, mnist)


def recognizer(name, *options):
    """Load a model, or train it first: Recognizer."""
    try:
        return artifact.load(name).recognizer
    except ModelError:
        training.main(["--name", name, *options])
        return artifact.load(name).recognizer


def labelled(folder):
    """Give the content of the pictures in a folder and their labels: list of (bytes, str)."""
    return [(path.read_bytes(), path.stem.split("_")[0]) for path in sorted(folder.iterdir())]


def test_digits(folder):
    """Give MNIST's test digits as PNG files: list of (bytes, str)."""
    test = sources.load([str(folder)]).test
    return [(png(image), label) for image, label in zip(test.images, test.labels.tolist(), strict=True)]


def png(image):
    """Give an image as a PNG file: bytes."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def row(place, name, model, pictures):
    """Print the accuracy on some pictures, beside that of a plain resize; give what was misread."""
    right, plain, unsure, seconds, misread = 0, 0, 0, [], []
    for content, label in pictures:
        start = time.perf_counter()
        try:
            answer = read(model, io.BytesIO(content)).as_dict(model.full, seen=True)
        except ImageError as error:
            answer = {"label": str(error), "recognized": False, "characters": []}
        seconds.append(time.perf_counter() - start)
        right += answer["label"] == label
        unsure += not answer["recognized"]
        plain += resized(model, content) == label
        if answer["label"] != label:
            misread.append((content, label, answer))
    total = len(pictures)
    low, high = wilson_interval(right, total)
    print(
        f"{place:34} {name:8} {plain / total:6.3f} {right / total:6.3f}   {low:.3f} to {high:.3f} "
        f"{unsure / total:12.3f} {1000 * np.median(seconds):8.1f}",
        flush=True,
    )
    return misread


def resized(model, content):
    """Read a picture as it is often done: made grey, shrunk to the model's size: str."""
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("L").resize(model.shape[::-1])
    try:
        return model.predict(grey_levels(picture, model.full)[None])[0].label
    except ImageError:
        return ""


def draw(misread, path):
    """Draw a contact sheet: each misread picture, what the model saw of it, its label and what it was read as."""
    columns = 6
    sheet = Image.new("RGB", (2 * CELL * columns, (CELL + 20) * max(1, -(-len(misread) // columns))), "white")
    pen = ImageDraw.Draw(sheet)
    for number, (content, label, answer) in enumerate(misread):
        x, y = 2 * CELL * (number % columns), (CELL + 20) * (number // columns)
        sheet.paste(ImageOps.contain(Image.open(io.BytesIO(content)).convert("RGB"), (CELL - 4, CELL - 4)), (x, y))
        for place, character in enumerate(answer["characters"][:4]):
            with urlopen(character["seen"]) as file:
                seen = Image.open(io.BytesIO(file.read())).resize((CELL // 2 - 4,) * 2, Image.Resampling.NEAREST)
            sheet.paste(seen, (x + CELL + CELL // 2 * (place % 2), y + CELL // 2 * (place // 2)))
        pen.text((x, y + CELL), f"{label} read as {answer['label']!r}", "black")
    sheet.save(path)


def preparation(folder, model):
    """Print how long it takes to prepare a 640x480 photo."""
    photos = [content for content, _ in labelled(folder) if sorted(Image.open(io.BytesIO(content)).size) == [480, 640]]
    seconds = []
    for content in photos:
        start = time.perf_counter()
        with open_picture(io.BytesIO(content)) as picture:
            ink, noise, _ = read_ink(picture)
        for character in find_characters(ink, noise):
            model.normalizer.normalize(character.ink)
        seconds.append(time.perf_counter() - start)
    print(f"\nfile to canonical image, {len(photos)} photos of 640x480: median {1000 * np.median(seconds):.1f} ms")


def refusals(data, name, model):
    """Print how much junk is taken for digits, at the model's own bounds and where 2 % of real photos are refused."""
    emnist = sources.load([str(data / "emnist-byclass")]).test
    letters = [png(255 - image) for image, label in zip(emnist.images, emnist.labels, strict=True) if label.isalpha()]
    kinds = {
        "real photos of digits": [content for content, _ in labelled(data / "photos/digits")],
        "real drawings": [content for content, _ in labelled(data / "drawings")],
        "uniform noise": [png(RNG.integers(0, 256, (240, 320, 3), dtype=np.uint8)) for _ in range(100)]
        + [png(RNG.integers(0, 256, (64, 64), dtype=np.uint8)) for _ in range(100)],
        "blank paper, JPEG": [blank() for _ in range(200)],
        "photos of cats": [
            path.read_bytes() for path in sorted((data / "cats_and_dogs_filtered/validation/cats").iterdir())
        ],
        "letters of EMNIST": letters[:1500],
    }
    accepted = {kind: np.array([surely(model, content) for content in pictures]) for kind, pictures in kinds.items()}
    print(f"\n{'accepted by ' + name:34}  at the model's own bound   where 2 % of real photos are refused")
    bound = np.quantile([sureness for _, sureness in accepted["real photos of digits"]], REFUSED)
    for kind, answers in accepted.items():
        own, swept = answers[:, 0].mean(), (answers[:, 0].astype(bool) & (answers[:, 1] > bound)).mean()
        print(f"{kind:34} {own:12.3f} {swept:30.3f}", flush=True)


def surely(model, content):
    """Read a picture; give whether it was recognised, and the confidence, 0 if nothing was seen."""
    try:
        answer = read(model, io.BytesIO(content)).as_dict(model.full)
    except ImageError:
        return False, 0.0
    return answer["recognized"], answer["confidence"] if answer["recognized"] else 0.0


def blank():
    """Make a photo of blank paper, unevenly lit, as a JPEG: bytes."""
    light = RNG.uniform(120, 250) + sum(
        np.linspace(0, RNG.uniform(-40, 40), size).reshape(shape)
        for size, shape in ((320, (1, 320, 1)), (240, (240, 1, 1)))
    )
    grain = RNG.normal(0, RNG.uniform(0, 4), (240, 320, 3))
    buffer = io.BytesIO()
    quality = int(RNG.integers(30, 90))
    Image.fromarray((light + grain).clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


if __name__ == "__main__":
    raise SystemExit(main())
