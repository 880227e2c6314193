"""The page as one file, opened from a disk, without a network."""

import json
from dataclasses import replace

import numpy as np
import pytest
from browser import answer, draw_with_mouse, drawing, expect, faults, open_page, paths, stroke_by_touch

from recognition.errors import ModelError
from recognition.export.page import render_page
from recognition.inference.live import public_card

PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}


def test_a_drawing_is_read_while_it_grows_and_escape_clears_it(page):
    empty = drawing(page)
    draw_with_mouse(page, "7", left=0.15)
    assert answer(page) == "7"
    draw_with_mouse(page, "2", left=0.6)
    expect(page.locator("#draw-answer:not(.stale) .label")).to_have_text("72")
    assert page.locator("#draw-answer .tiles img").count() == 2
    page.locator("canvas").first.press("Escape")
    np.testing.assert_array_equal(drawing(page), empty)
    expect(page.locator(".label")).to_have_count(0)


def test_what_the_model_saw_is_painted_further_pixel_by_pixel(page):
    draw_with_mouse(page, "7")
    answer(page)
    page.get_by_text("Open pixel by pixel").click()
    expect(page.locator("#cells-answer .label")).to_have_text("7")
    page.click("#blank")
    expect(page.locator("#cells-answer .label")).to_have_count(0)


def test_a_tap_is_not_sure_and_says_why_in_the_language_of_the_page(page):
    page.click("#language")
    field = page.locator("#canvas").bounding_box()
    page.mouse.click(field["x"] + 200, field["y"] + 150)
    expect(page.locator("#draw-answer .doubt")).to_have_text("不确定")
    assert page.locator("#draw-answer .hint").first.inner_text() == "只是一个点"
    page.click("#language")
    assert page.locator("#draw-answer .hint").first.inner_text() == "it is a dot"


def test_nothing_is_on_the_page_that_needs_a_server(page):
    for gone in ("#tab-pictures", "#pictures", "#lock", ".links", "#posted", ".wrong", "#needs"):
        assert page.locator(gone).count() == 0
    assert "Nothing leaves this page" in page.inner_text("footer")
    assert faults(page) == []


def test_a_finger_draws_on_a_phone(browser, file):
    page = open_page(browser, file.as_uri(), **PHONE)
    for path in paths(page, "4"):
        stroke_by_touch(page, path)
    assert answer(page) == "4"
    page.context.close()


def test_names_of_classes_are_text_and_nothing_else(browser, model, tmp_path):
    nasty = "</script><script>document.title='broken'</script><!--"
    card = {**model.card, "classes": [nasty, *model.card["classes"][1:]]}
    path = tmp_path / "nasty.html"
    path.write_text(render_page(replace(model, card=card)), encoding="utf-8")
    page = open_page(browser, path.as_uri())
    assert nasty in page.inner_text("#served")
    assert page.title().startswith("digits")
    page.context.close()


def test_what_is_not_of_the_file_does_not_run(browser, file):
    page = open_page(browser, file.as_uri())
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'changed'";
        document.body.append(script);
    }""")
    assert page.title().startswith("digits")
    asked = page.evaluate("fetch('https://example.org').then(() => 'sent', () => 'refused')")
    assert asked == "refused"
    page.context.close()


def test_the_card_in_the_file_is_the_public_one(file, model):
    (contents,) = [line for line in file.read_text(encoding="utf-8").splitlines() if 'id="model"' in line]
    card = json.loads(contents.partition(">")[2].rpartition("</script>")[0])["card"]
    assert card == json.loads(json.dumps(public_card(model.card)))
    assert not {"command", "file", "test_answers"} & card.keys()


def test_a_small_model_makes_a_small_file(file):
    assert file.stat().st_size < 1_000_000


def test_a_model_of_colours_is_refused(model):
    colours = replace(model, recognizer=replace(model.recognizer, normalizer=None, novelty=None))
    with pytest.raises(ModelError, match="colour"):
        render_page(colours)
