"""Draw the README's gallery: digits in bad light and on ruled paper, and beside each what the model saw of it.

example:
  python tests/benchmarks/gallery.py
"""

import io
import sys
from base64 import b64decode
from pathlib import Path

from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from drawing import WAYS, saved

from recognition.inference import artifact
from recognition.inference.reading import read

FILE = artifact.FOLDER.parent / "my_test_images" / "readme" / "gallery.png"
SHOWN = (
    "uneven light", "hard shadow", "vignette", "ruled paper", "squared paper", "paper edge",
    "faint pencil", "yellow marker", "chalk", "thick marker", "thin pen", "finger at the border",
)  # fmt: skip
COLUMNS, CELL, TEXT = 6, 120, 34


def main():
    """Take each way in turn with the next digit, ask the model of load_digits, and paste what it saw."""
    recognizer = artifact.load("digits").recognizer
    rows = -(-len(SHOWN) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (CELL + 12), rows * (2 * CELL + TEXT)), "white")
    pen = ImageDraw.Draw(sheet)
    for number, way in enumerate(SHOWN):
        picture = WAYS[way](str((number + 2) % 10))
        (character,) = read(recognizer, saved(picture)).as_dict(recognizer.full, seen=True)["characters"]
        seen = Image.open(io.BytesIO(b64decode(character["seen"].partition(",")[2]))).convert("RGB")
        x, y = (CELL + 12) * (number % COLUMNS), (2 * CELL + TEXT) * (number // COLUMNS)
        sheet.paste(picture.convert("RGB").resize((CELL, CELL), Image.Resampling.LANCZOS), (x, y))
        sheet.paste(seen.resize((CELL, CELL), Image.Resampling.NEAREST), (x, y + CELL))
        mark = "" if character["recognized"] else "?"
        told = f"{character['label']}{mark} ({100 * character['confidence']:.1f} %)"
        pen.text((x, y + 2 * CELL + 2), f"{way}\n{told}", "black")
    FILE.parent.mkdir(exist_ok=True)
    sheet.save(FILE, optimize=True)
    print(FILE)


if __name__ == "__main__":
    raise SystemExit(main())
