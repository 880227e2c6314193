import base64
import io

import numpy as np
import pytest
from browser import ANSWERED, answer, draw_with_mouse, drawing, expect, paths, stroke_by_touch, stroke_with_mouse
from PIL import Image

KEEP_WHAT_IS_ASKED = """() => {
    const send = window.fetch;
    window.fetch = (path, options) => {
        if (path.startsWith("/prediction")) asked = options.body.get("file");
        return send(path, options);
    };
}"""
PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}
KEEP_WHAT_IS_ASKED = """() => {
    const send = window.fetch;
    window.fetch = (path, options) => {
        if (path.startsWith("/prediction")) asked = options.body.get("file");
        return send(path, options);
    };
}"""
ASKED = """() => new Promise(resolve => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(",")[1]);
    reader.readAsDataURL(asked);
})"""


def test_a_digit_drawn_with_the_mouse_is_read(page):
    draw_with_mouse(page, "7")
    assert answer(page) == "7"
    assert page.locator("#draw-answer .bars li").first.inner_text().split()[0] == "7"
    assert page.get_by_alt_text("What the model saw").get_attribute("src").startswith("data:image/png")


def test_a_pattern_says_what_may_be_written(page):
    draw_with_mouse(page, "7")
    assert answer(page) == "7"
    page.get_by_label("Only what fits this pattern").fill("[0-68-9]")
    page.keyboard.press("Enter")
    expect(page.locator("#draw-answer .label").first).not_to_have_text("7")
    page.click("#tab-cells")
    expect(page.locator("#pattern")).to_be_hidden()  # cells are one character


def test_a_longer_bar_is_a_likelier_label(page):
    draw_with_mouse(page, "1")
    answer(page)
    widths = page.locator("#draw-answer .bar").evaluate_all("bars => bars.map(bar => bar.offsetWidth)")
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 2 * widths[-1]


def test_the_answer_comes_while_the_pen_is_down(page):
    (path,) = paths(page, "7")
    page.mouse.move(*path[0])
    page.mouse.down()
    for point in path[1:]:
        page.mouse.move(*point, steps=5)
    assert answer(page) == "7"
    page.mouse.up()


def test_a_digit_drawn_by_touch_is_read_and_the_page_stays_where_it_is(show):
    page = show(**PHONE)
    for path in paths(page, "7"):
        stroke_by_touch(page, path)
    assert answer(page) == "7"
    assert page.evaluate("scrollY") == 0


def asked_picture(page):
    """Return the picture that the page asked about last, as grey levels; after `KEEP_WHAT_IS_ASKED`."""
    with Image.open(io.BytesIO(base64.b64decode(page.evaluate(ASKED)))) as picture:
        return np.asarray(picture.convert("L"))


@pytest.mark.parametrize(
    ("options", "stroke", "words"),
    [({}, stroke_with_mouse, ("44", "H")), (PHONE, stroke_by_touch, ("45",))],
    ids=["mouse", "touch"],
)
def test_every_stroke_of_every_character_is_drawn_and_asked_about(show, options, stroke, words):
    """Each stroke comes after the answer to those before, as from a person who pauses and looks."""
    page = show(**options)
    page.evaluate(KEEP_WHAT_IS_ASKED)
    for word in words:
        ends = []
        for place, character in enumerate(word):
            for path in paths(page, character, left=0.1 + 0.8 * place / len(word), top=0.3, height=0.7 / len(word)):
                stroke(page, path)
                ends += [path[0], path[-1]]
                page.wait_for_selector(ANSWERED)
                assert without_ink(page, asked_picture(page), ends) == []
        if word.isdigit():  # the model knows no letters
            assert answer(page) == word
        page.click("#clear")


def without_ink(page, picture, points):
    """List the points on the screen at which there is no ink on a picture of the drawing field."""
    field = page.locator("#canvas").bounding_box()
    scale = picture.shape[1] / field["width"]
    places = [(int(scale * (y - field["y"])), int(scale * (x - field["x"]))) for x, y in points]
    near = [picture[max(0, down - 3) : down + 4, max(0, across - 3) : across + 4] for down, across in places]
    return [place for place, levels in zip(places, near, strict=True) if levels.min() > 128]


def test_the_mouse_goes_on_where_the_keys_had_put_the_pen_down(page):
    page.evaluate(KEEP_WHAT_IS_ASKED)
    page.focus("#canvas")
    page.keyboard.press(" ")
    (path,) = paths(page, "7")
    stroke_with_mouse(page, path)
    page.wait_for_selector(ANSWERED)
    assert without_ink(page, asked_picture(page), [path[0], path[-1]]) == []


def test_seven_small_digits_in_a_row_are_read(page):
    for place, digit in enumerate("4717147"):
        draw_with_mouse(page, digit, left=0.12 + 0.11 * place, top=0.45, height=0.1)
    assert answer(page) == "4717147"


def test_the_width_of_the_pen_is_chosen(page):
    ink = []
    for width in ("0.006", "0.066"):
        page.locator("#width").fill(width)
        draw_with_mouse(page, "7")
        ink.append((drawing(page) < 128).sum())
        page.click("#clear")
    assert ink[1] > 5 * ink[0]


def test_a_pen_that_is_pressed_harder_draws_a_thicker_stroke(page):
    pen = page.context.new_cdp_session(page)
    ink = []
    for force in (0.2, 0.9):
        (path,) = paths(page, "7")
        for kind, (x, y) in [("mousePressed", path[0]), ("mouseMoved", path[1]), ("mouseReleased", path[1])]:
            touching = {"button": "left", "clickCount": 1, "pointerType": "pen", "force": force}
            pen.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, **touching})
        ink.append((drawing(page) < 128).sum())
        page.click("#clear")
    assert ink[1] > 1.3 * ink[0]


def test_undo_takes_back_the_last_stroke_and_clear_all(page):
    empty = drawing(page)
    draw_with_mouse(page, "1")
    one = drawing(page)
    draw_with_mouse(page, "7", left=0.65)
    page.click("#undo")
    np.testing.assert_array_equal(drawing(page), one)
    assert answer(page) == "1"
    draw_with_mouse(page, "7", left=0.65)
    page.click("#clear")
    np.testing.assert_array_equal(drawing(page), empty)
    expect(page.locator("#draw-answer")).to_have_text("The answer appears here while you draw.")
    expect(page.locator("#undo")).to_be_disabled()


def test_a_digit_is_drawn_with_keys_alone(page):
    page.locator("body").focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "canvas":
            break
    page.keyboard.press(" ")
    for _ in range(11):
        page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    assert answer(page) == "1"
    page.keyboard.press("Control+z")
    expect(page.locator("#invitation")).to_be_visible()


def test_an_answer_that_comes_late_does_not_replace_a_newer_one(page):
    held = []

    def hold_the_first(route):
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/prediction?seen=1", hold_the_first)
    (path,) = paths(page, "7")
    page.mouse.move(*path[0])
    page.mouse.down()
    page.mouse.move(*path[1], steps=5)
    page.mouse.move(*path[2], steps=5)
    page.mouse.up()
    assert answer(page) == "7"
    late = {"label": "9", "confidence": 1, "recognized": True, "top": [{"label": "9", "confidence": 1}]}
    held[0].fulfill(json={"model": "digits", "predictions": [late]})
    page.evaluate("fetch('/health/live').then(answer => answer.text())")  # which comes after it
    assert answer(page) == "7"


def test_an_answer_that_comes_when_the_field_is_cleared_is_not_shown(page):
    held = []
    page.route("**/prediction?seen=1", lambda route: held.append(route))
    with page.expect_request("**/prediction?seen=1"):
        draw_with_mouse(page, "7")
    page.click("#clear")
    seven = {"label": "7", "confidence": 1, "recognized": True, "top": [{"label": "7", "confidence": 1}]}
    for route in held:
        route.fulfill(json={"model": "digits", "predictions": [seven]})
    page.evaluate("fetch('/health/live').then(answer => answer.text())")  # which comes after it
    expect(page.locator("#draw-answer .label")).to_have_count(0)


def test_what_looks_like_no_digit_is_shown_as_not_sure(page):
    field = page.locator("#canvas").bounding_box()
    rng = np.random.default_rng(1)
    page.mouse.move(field["x"] + 20, field["y"] + 20)
    page.mouse.down()
    for x, y in rng.uniform(0.1, 0.9, (25, 2)):
        page.mouse.move(field["x"] + x * field["width"], field["y"] + y * field["height"])
    page.mouse.up()
    page.wait_for_selector(ANSWERED)
    assert page.locator("#draw-answer .doubt").inner_text() == "not sure"
    assert page.locator("#draw-answer .hint").first.inner_text() != ""


def test_a_tap_on_the_field_is_no_digit(page):
    field = page.locator("#canvas").bounding_box()
    page.mouse.click(field["x"] + 200, field["y"] + 150)
    page.wait_for_selector(ANSWERED)
    expect(page.locator("#draw-answer")).to_contain_text("not sure")


def test_a_drawing_survives_another_size_of_the_window(page):
    draw_with_mouse(page, "7")
    page.set_viewport_size({"width": 400, "height": 800})
    page.wait_for_function("() => document.querySelector('canvas').width < 400")
    page.click("#tab-pictures")
    page.click("#tab-draw")
    assert (drawing(page) < 128).sum() > 1000
