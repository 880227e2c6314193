import json
import string

import pytest
from browser import ANSWERED, answer, draw_with_mouse, drop, expect
from drawing import draw, saved

BAD = ("note.png", b"no picture")


def outline(page, place):
    return page.locator(place).evaluate("element => getComputedStyle(element).outlineStyle")


def test_the_focus_is_marked_for_the_keyboard_alone(page):
    draw_with_mouse(page, "1")
    assert outline(page, "#field") == "none"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert outline(page, "#field") == "solid"


@pytest.mark.parametrize("number", ["25", "2547254"])
def test_copy_stands_in_the_line_of_the_label(page, number):
    size = (200 + 240 * len(number), 480)
    drop(page, ("number.png", saved(draw(number, height=200, size=size, at=(80, 120))).getvalue()))
    answer(page, "#album .answer")
    label, copy = page.locator("#album .label").bounding_box(), page.get_by_text("Copy").bounding_box()
    assert label["y"] < copy["y"] + copy["height"] / 2 < label["y"] + label["height"]
    assert copy["x"] > label["x"] + label["width"]


@pytest.mark.parametrize("width", [390, 1280])
def test_a_long_number_stands_in_one_line(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    drop(page, ("number.png", saved(draw("254725", height=200, size=(1640, 480), at=(80, 120))).getvalue()))
    assert answer(page, "#album .answer") == "254725"
    label = page.locator("#album .label").evaluate(
        "label => [label.clientHeight, parseFloat(getComputedStyle(label).lineHeight)]"
    )
    assert label[0] < 1.5 * label[1]


def test_a_browser_of_2022_is_enough(visit):
    def without_what_came_later(page):
        page.add_init_script("""
            delete AbortSignal.any;
            for (const name of ["role", "ariaHidden", "ariaLabel", "ariaPressed"]) delete Element.prototype[name];
        """)

    page = visit(without_what_came_later, color_scheme="light")
    draw_with_mouse(page, "7")
    assert answer(page) == "7"
    assert page.get_by_label("What will be kept").is_visible()
    page.click("#tab-cells")
    page.get_by_role("gridcell").nth(12).click()
    expect(page.locator("#cells-answer .label")).to_have_count(1)


def test_the_keyboard_stays_where_it_corrects(page):
    draw_with_mouse(page, "7")
    answer(page)
    one = page.locator("#draw-answer .chips").get_by_text("1")
    one.press("Enter")
    expect(one).to_have_attribute("aria-pressed", "true")
    expect(one).to_be_focused()
    page.get_by_text("Take back").press("Enter")
    expect(page.locator("#draw-answer")).to_contain_text("Taken back")
    expect(page.locator("#draw-answer").get_by_text("no character")).to_be_focused()


def test_a_quick_drag_fills_every_cell_that_it_crosses(page):
    page.click("#tab-cells")
    cells = [page.get_by_role("gridcell").nth(index).bounding_box() for index in (16, 23)]
    for cell, lower in zip(cells, (page.mouse.down, page.mouse.up), strict=True):
        page.mouse.move(cell["x"] + 5, cell["y"] + 5)
        lower()
    levels = page.get_by_role("gridcell").all_inner_texts()
    assert [index for index, level in enumerate(levels) if level == "16"] == list(range(16, 24))


def test_one_of_many_classes_is_found_by_typing(show):
    classes = list(string.digits + string.ascii_letters)
    corrected = []

    def other_card(route):
        route.fulfill(json={**route.fetch().json(), "classes": classes})

    def keep(route):
        corrected.append(route.request.post_data_buffer)
        route.fulfill(json={"collected": 1}, headers={"Location": "/correction/1"})

    page = show(routes={"**/model": other_card, "**/correction": keep})
    draw_with_mouse(page, "7")
    answer(page)
    page.locator("#draw-answer summary").click()
    page.get_by_label("Find a class").fill("q")
    expect(page.locator("#draw-answer .chips button:visible")).to_have_text(["q", "Q"])
    page.get_by_label("Find a class").fill("Q")
    page.get_by_label("Find a class").press("Enter")
    expect(page.locator("#draw-answer .label")).to_have_text("Q")
    assert b"\r\n\r\nQ\r\n" in corrected[0]


@pytest.mark.parametrize("size", [(844, 390), (740, 360), (667, 375), (568, 320), (390, 844), (360, 640)])
def test_on_a_phone_field_and_answer_are_seen_together(show, size):
    viewport = dict(zip(("width", "height"), size, strict=True))
    page = show(has_touch=True, is_mobile=True, viewport=viewport)
    draw_with_mouse(page, "7")
    page.wait_for_selector(ANSWERED)
    field, label = (page.locator(place).bounding_box() for place in ("#field", "#draw-answer .label"))
    assert field["y"] + field["height"] < size[1]
    assert label["y"] + label["height"] < size[1]


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ({"status": 400, "detail": "the picture is damaged", "code": "damaged_picture"}, "图片已损坏；请重新保存。"),
        ({"status": 503, "detail": "the server is busy"}, "服务器正忙；请过几秒再试。"),
        ({"status": 418, "detail": "this is a teapot"}, "this is a teapot"),
    ],
)
def test_what_the_server_refuses_is_said_in_the_language_of_the_page(visit, problem, words):
    def refuse(route):
        body = json.dumps(problem)
        route.fulfill(status=problem["status"], body=body, content_type="application/problem+json")

    page = visit(routes={"**/prediction?seen=1": refuse})
    drop(page, BAD)
    expect(page.locator("#album .trouble")).to_have_text(problem["detail"])
    page.click("#language")
    expect(page.locator("#album .trouble")).to_have_text(words)
