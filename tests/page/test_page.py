import json
import re

import pytest
from browser import NUMBER, answer, draw_with_mouse, drop, faults
from project import ROOT

STATIC = ROOT / "recognition" / "page" / "static"


@pytest.mark.parametrize("shape", [[128, 128, 3], [28, 28]])
def test_the_page_offers_what_the_model_can_be_asked(show, shape):
    def other_model(route):
        card = route.fetch().json()
        route.fulfill(json={**card, "shape": shape, "range": [0, 255]})

    page = show(routes={"**/model": other_model})
    offered = [tab.inner_text() for tab in page.get_by_role("tab").all() if tab.is_visible()]
    assert offered == ([] if len(shape) == 3 else ["Draw", "Pictures"])
    assert page.locator("#drop").is_visible() == (len(shape) == 3)
    assert page.locator("#pattern").is_visible() == (len(shape) == 2)


def test_the_card_tells_data_scores_and_date(page, project):
    card = json.loads((project / "model" / "digits.json").read_text(encoding="utf-8"))
    page.click("#card summary")
    facts = page.inner_text("#facts")
    assert f"{100 * card['scores']['test']['accuracy']:.2f} %" in facts
    assert "digits: 1,797 images of 10 classes" in facts
    assert card["date"][:4] in facts


def test_the_browsers_language_is_spoken_and_the_other_is_remembered(show):
    page = show(locale="zh-CN")
    assert page.title() == "digits – 图像识别"
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    page.click("#language")
    assert page.title() == "digits – Recognition"
    page.reload()
    assert page.inner_text("#tab-draw") == "Draw"


def test_nothing_is_cut_off_at_any_size(page):
    for width, height in [(320, 640), (360, 740), (740, 360), (820, 1180), (1440, 900)]:
        page.set_viewport_size({"width": width, "height": height})
        for tab in ("draw", "pictures", "cells"):
            page.click(f"#tab-{tab}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-GB"), ("dark", "zh-CN")])
def test_axe_finds_no_serious_fault(show, scheme, locale):
    page = show(color_scheme=scheme, locale=locale)
    draw_with_mouse(page, "7")
    answer(page)
    serious = faults(page)
    for name in ("small.png", "large.png"):
        drop(page, (name, NUMBER))
        answer(page, "#album .open .answer")
    page.click("#card summary")
    serious += faults(page)
    page.click("#tab-cells")
    page.get_by_role("gridcell").nth(12).click()
    answer(page, "#cells-answer")
    assert serious + faults(page) == []


def test_the_report_opens_from_the_page_and_from_its_file(browser, served, project):
    complaints, asked = [], []
    page = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    file = (project / "model" / "digits.html").as_uri()
    for address in (f"{served[0]}/report", file):
        page.goto(address)
        assert page.inner_text("h1") == "digits"
        assert page.evaluate("getComputedStyle(document.querySelector('.key')).display") == "flex"
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert faults(page) == []
    assert complaints == []
    assert {address for address in asked if not address.startswith("data:")} == {f"{served[0]}/report", file}
    page.context.close()


def words_of(language):
    table, *_ = (STATIC / "words" / f"{language}.js").read_text(encoding="utf-8").split("\n};")
    return re.findall(r"(\w+): \"", table)


def test_both_languages_have_the_same_words():
    assert len(words_of("en")) > 40
    assert words_of("en") == words_of("zh")


def test_every_word_of_the_page_is_used_somewhere():
    scripts = "".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*.js"))
    template = (STATIC.parent / "templates" / "index.html").read_text(encoding="utf-8")
    quoted = set(re.findall(r"[\"'](\w+)[\"']", scripts + template))
    keys = set(re.findall(r"^    (\w+): ", scripts, re.M))  # of tables whose keys are words
    assert set(words_of("en")) - quoted - keys == set()


def test_the_modules_of_the_script_are_small_and_import_each_other_in_no_circle():
    texts = {path.name: path.read_text(encoding="utf-8") for path in STATIC.glob("*.js")}
    assert max(text.count("\n") for text in texts.values()) <= 200
    waiting = {name: set(re.findall(r"\"\./(\w+\.js)\"", text)) for name, text in texts.items()}
    while ready := {name for name, others in waiting.items() if not others & waiting.keys()}:
        waiting = {name: others for name, others in waiting.items() if name not in ready}
    assert waiting == {}
