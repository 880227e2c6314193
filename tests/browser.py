"""A real browser for tests and benchmarks of pages: headless Chromium, driven by Playwright."""

import shutil
from contextlib import contextmanager

from drawing import LETTERS, STROKES
from playwright.sync_api import sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
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


@contextmanager
def chromium():
    """Start the browser, and stop it in the end: gives a playwright Browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIETLY)
        yield browser
        browser.close()


def open_page(browser, url, watch=None, routes=None, **options):
    """Open the page in a fresh profile, and wait until it knows its model: a playwright Page.

    `watch` is called with the page before it loads, `routes` has a handler for each pattern of addresses.
    """
    page = browser.new_context(**{"locale": "en-GB", **options}).new_page()
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
        page.mouse.move(*point, steps=3)
    page.mouse.up()


def stroke_by_touch(page, path):
    """Draw one stroke, given as points on the screen, with a finger."""
    touch = page.context.new_cdp_session(page)
    for kind, (x, y) in [("touchStart", path[0]), *(("touchMove", point) for point in path[1:])]:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()
