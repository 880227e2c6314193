"""Measure the page without a server: whether it answers as Python does, how large it is and how fast.

The folder has `mnist/`, an IDX set, and `drawings/`, `drawings-thick/` and `drawings-small/`, pictures of drawn digits.
They stand on the canvas as they are, those of 28x28 enlarged as a person would draw them.

example:
  python tests/benchmarks/export.py DATA_FOLDER --models digits mnist-fast mnist
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from browser import CHROMIUM, chromium, open_page
from drawing import png_url, saved
from page import drawn
from PIL import Image

from recognition.data import sources
from recognition.export.page import MODULES, render_page
from recognition.inference import artifact
from recognition.page.joining import join_modules

PROBE = Path(__file__).resolve().parents[1] / "export"
ROWS, AT_ONCE = 2000, 100
FIELD, ENLARGED = (800, 600), 400  # pixels of the canvas, and of a picture of 28x28 on it


def main(argv=None):
    """Print what was compared, and the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA_FOLDER", help="where rows and pictures are")
    parser.add_argument("--models", nargs="+", default=["digits"], help="in model/ (default: %(default)s)")
    parser.add_argument(
        "--every", type=int, default=1, help="take one row and drawing in so many (default: %(default)s)"
    )
    args = parser.parse_args(argv)
    if CHROMIUM is None:
        parser.error("Chromium is not installed")
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for name in args.models:
            measure(browser, artifact.load(name), Path(folder) / f"{name}.html", args)


def measure(browser, model, path, args):
    """Write the page of a model, and compare it with the model."""
    path.write_text(render_page(model), encoding="utf-8")
    print(f"{model.name}: {path.stat().st_size / 1e6:.2f} MB")
    page = open_page(browser, path.as_uri(), bypass_csp=True)
    print(f"open after          {page.evaluate('performance.now()'):.0f} ms")
    drawn(page, rounds=3)
    page.evaluate(join_modules("probe.js", [PROBE, *MODULES]))
    compare_rows(page, model.recognizer, rows_for(model, args.data)[:: args.every])
    compare_drawings(page, model, pictures(args.data)[:: args.every])
    page.context.close()


def rows_for(model, data):
    """Return rows of the shape of a model: all of load_digits, or the first of MNIST's test part."""
    if model.recognizer.shape == (8, 8):
        return np.asarray(sources.digits().images[:]).reshape(-1, 64)
    return np.asarray(sources.load([str(data / "mnist")]).test.images[:ROWS]).reshape(ROWS, -1)


def compare_rows(page, recognizer, rows):
    """Ask both about rows."""
    mine = recognizer.predict(rows)
    theirs = []
    for start in range(0, len(rows), AT_ONCE):
        theirs += page.evaluate("rows => answersToRows(rows)", rows[start : start + AT_ONCE].tolist())
    confidence, other = np.array([[one.confidence for one in mine], [one["confidence"] for one in theirs]])
    labels = sum(one.label != another["label"] for one, another in zip(mine, theirs, strict=True))
    doubts = [one.doubt != another.get("doubt", "") for one, another in zip(mine, theirs, strict=True)]
    near = np.abs(np.array([one["sure"] for one in theirs]) - recognizer.least) < 0.001
    apart = np.abs(confidence - other).max()
    print(f"{len(rows):,} rows          {labels} other labels, confidence at most {apart:.5f} apart")
    print(f"                    {sum(doubts)} other doubts, {sum(doubts & ~near)} of them not at the threshold")


def pictures(data):
    """List the files of drawings."""
    kinds = "drawings", "drawings-thick", "drawings-small"
    return [path for kind in kinds for path in sorted((data / kind).glob("*.*"))]


def on_canvas(path):
    """Return a picture as a canvas shows it."""
    picture = Image.open(path).convert("RGB")
    if max(picture.size) > ENLARGED // 2:
        return picture
    canvas = Image.new("RGB", FIELD, picture.getpixel((0, 0)))
    large = picture.resize((ENLARGED, ENLARGED), Image.Resampling.BICUBIC)
    canvas.paste(large, tuple((side - ENLARGED) // 2 for side in FIELD))
    return canvas


def compare_drawings(page, model, files):
    """Ask both about drawings, and list those that are read otherwise."""
    others, doubts = [], 0
    for path in files:
        file = saved(on_canvas(path))
        mine = model.read(file).as_dict(model.recognizer.full)
        theirs = page.evaluate("url => answerTo(url)", png_url(file))
        if mine["label"] != theirs["label"]:
            others.append(f"{path.parent.name}/{path.name}: {theirs['label']!r} for {mine['label']!r}")
        doubts += mine["recognized"] != theirs["recognized"]
    same = len(files) - len(others)
    print(
        f"{len(files):,} drawings      {same:,} with the same label ({same / len(files):.4f}), {doubts} otherwise sure"
    )
    print("".join(f"                    {other}\n" for other in others), end="")


if __name__ == "__main__":
    raise SystemExit(main())
