"""A real browser for tests and benchmarks of pages: headless Chromium, driven by Playwright."""

import base64
import io
import shutil
from contextlib import contextmanager

import numpy as np
from drawing import LETTERS, STROKES, draw, saved
from PIL import Image

try:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # ms, on a busy machine; it goes on as soon as what is expected is there
except ImportError:  # tests are skipped aloud by their fixture of the browser
    Axe = expect = sync_playwright = None

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"))), None
)
QUIETLY = [  # no sandbox, which root cannot have, and no connections of the browser's own
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ANSWERED = "#draw-answer:not(.stale) .label"
NUMBER = saved(draw("254", size=(800, 480), height=200, pen=18)).getvalue()


@contextmanager
def chromium():
    """Start the browser, yield it as a playwright Browser, and stop it in the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIETLY)
        yield browser
        browser.close()


def open_page(browser, url, watch=None, routes=None, **options):
    """Open the page in a fresh profile, and wait until it knows its model; return the playwright Page; see `load`."""
    return load(browser.new_context(**{"locale": "en-GB", **options}).new_page(), url, watch, routes)


def load(page, url, watch=None, routes=None):
    """Load the page into a playwright Page, wait until it knows its model, and return it.

    `watch` is called with the page before it loads, `routes` has a handler for each pattern of addresses.
    """
    if watch:
        watch(page)
    for pattern, handle in (routes or {}).items():
        page.route(pattern, handle)
    page.goto(url)
    page.wait_for_selector("#served:not(:empty)")
    return page


def paths(page, character, left=0.35, top=0.15, height=0.7):
    """Return the strokes of a character as points on the screen; place and height are parts of the drawing field."""
    field = page.locator("#canvas").bounding_box()
    x, y, scale = field["x"] + left * field["width"], field["y"] + top * field["height"], height * field["height"]
    return [
        [(x + scale * across, y + scale * down) for across, down in stroke]
        for stroke in {**STROKES, **LETTERS}[character]
    ]


def draw_with_mouse(page, character, **place):
    """Draw a character with the mouse, and return when the button of its last stroke is up."""
    for path in paths(page, character, **place):
        stroke_with_mouse(page, path)


def stroke_with_mouse(page, path):
    """Draw one stroke, given as points on the screen, with the mouse."""
    page.mouse.move(*path[0])
    page.mouse.down()
    for point in path[1:]:
        page.mouse.move(*point, steps=3 if len(path) < 10 else 1)
    page.mouse.up()


def stroke_by_touch(page, path):
    """Draw one stroke, given as points on the screen, with a finger."""
    touch = page.context.new_cdp_session(page)
    for kind, (x, y) in [("touchStart", path[0]), *(("touchMove", point) for point in path[1:])]:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()


def answer(page, place="#draw-answer"):
    """Return the label that the page shows at a place, once it is the answer to what is there now."""
    return page.locator(f"{place}:not(.stale) .label").inner_text()


def drawing(page):
    """Return what is drawn: ndarray of uint8, shape (height, width), 0 = black."""
    url = page.evaluate("document.querySelector('canvas').toDataURL()")
    with Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))) as picture:
        return np.asarray(picture.convert("L"))


def transfer(page, *files):
    """Return what a drop or a paste carries, of files given as (name, content)."""
    encoded = [(name, base64.b64encode(content).decode()) for name, content in files]
    return page.evaluate_handle(
        """files => {
            const transfer = new DataTransfer();
            for (const [name, content] of files) {
                const bytes = Uint8Array.from(atob(content), sign => sign.charCodeAt(0));
                transfer.items.add(new File([bytes], name, { type: "image/png" }));
            }
            return transfer;
        }""",
        encoded,
    )


def drop(page, *files):
    """Drop files, given as (name, content), on the page."""
    page.dispatch_event("body", "drop", {"dataTransfer": transfer(page, *files)})


def faults(page):
    """List the serious faults that axe finds on the page as it is."""
    violations = Axe().run(page).response["violations"]
    serious = [fault for fault in violations if fault["impact"] in ("serious", "critical")]
    return [(fault["id"], fault["nodes"][0]["html"]) for fault in serious]
