"""Measure the page in a real browser: drawings dropped on it, digits drawn on it, and how fast it answers.

The folder has `drawings/`, the right label at the head of each picture's name.

example:
  python tests/benchmarks/page.py DATA_FOLDER --model mnist
  python tests/benchmarks/page.py DATA_FOLDER --picture my_test_images/readme/page.png
"""

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from browser import ANSWERED, CHROMIUM, chromium, draw_with_mouse, expect, open_page
from project import ROOT, launch, stop

from recognition.data.filenames import head_of
from recognition.evaluation.reliability import wilson_interval

AT_ONCE = 40  # pictures dropped together
STOPWATCH = """() => {
    const host = document.querySelector("#draw-answer");
    document.querySelector("#canvas").addEventListener("pointerup", event => {
        lifted = event.timeStamp;
        answered = host.matches(".stale") ? null : performance.now();  // it may have been there before
    });
    new MutationObserver(() => requestAnimationFrame(() => {
        if (!host.matches(".stale") && host.querySelector(".label")) answered ??= performance.now();
    })).observe(host, { attributes: true, childList: true });
}"""


def main(argv=None):
    """Print what was read right, and the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA_FOLDER", help="where the pictures are")
    parser.add_argument("--model", default="mnist", help="in model/ (default: %(default)s)")
    parser.add_argument("--picture", type=Path, help="save a picture of the page as PNG, too")
    args = parser.parse_args(argv)
    if CHROMIUM is None:
        parser.error("Chromium is not installed")
    process, url = launch(ROOT, "-m", args.model)
    try:
        with chromium() as browser:
            page = open_page(browser, url, viewport={"width": 1000, "height": 800})
            dropped(page, sorted((args.data / "drawings").glob("*.png")))
            drawn(page, rounds=3)
            if args.picture:
                for place, digit in enumerate("472"):
                    draw_with_mouse(page, digit, left=0.1 + 0.3 * place, top=0.25, height=0.45)
                page.wait_for_selector(ANSWERED)
                page.screenshot(path=args.picture, clip={"x": 0, "y": 0, "width": 1000, "height": 580})
    finally:
        stop(process)


def dropped(page, files):
    """Drop pictures on the page and compare what it shows."""
    right = 0
    for start in range(0, len(files), AT_ONCE):
        dropped_files = files[start : start + AT_ONCE]
        page.reload()
        page.wait_for_selector("#served:not(:empty)")
        page.set_input_files("#choose", dropped_files)
        expect(page.locator("#album .label")).to_have_count(len(dropped_files), timeout=30_000)
        names = page.locator("#album .name-of-file").all_inner_texts()
        labels = page.locator("#album .label").all_inner_texts()
        right += sum(label == head_of(Path(name)) for name, label in zip(names, labels, strict=True))
    low, high = wilson_interval(right, len(files))
    print(f"drawings as files   {right} of {len(files)} right: {right / len(files):.3f} ({low:.3f} to {high:.3f})")


def drawn(page, rounds):
    """Draw each digit with the mouse, and time from the pen's lifting to the answer on the screen."""
    page.evaluate(STOPWATCH)
    page.click("#tab-draw")
    right, times = [], []
    for _ in range(rounds):
        for digit in "0123456789":
            draw_with_mouse(page, digit)
            page.wait_for_selector(ANSWERED)
            page.wait_for_function("() => answered !== null")
            times.append(page.evaluate("answered - lifted"))
            right.append(page.inner_text("#draw-answer .label") == digit)
            page.click("#clear")
    print(f"digits drawn        {sum(right)} of {len(right)} right")
    print(f"answer after lift   median {statistics.median(times):.0f} ms, slowest of {len(times)} {max(times):.0f} ms")


if __name__ == "__main__":
    raise SystemExit(main())
