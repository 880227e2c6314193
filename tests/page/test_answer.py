import re

import pytest
from browser import ANSWERED, draw_with_mouse
from project import ROOT

from recognition.inference import recognizer, views

SURE = {"label": "7", "confidence": 0.99996, "recognized": True}
TOP = [{"label": "7", "confidence": 0.99996}, {"label": "1", "confidence": 0.00003}]


@pytest.fixture
def shown(show):
    """Return a function that opens the page on a server that answers the same to everything, and draws something."""

    def opened(prediction, **options):
        answered = {"**/prediction?seen=1": lambda route: route.fulfill(json={"predictions": [prediction]})}
        page = show(routes=answered, **options)
        draw_with_mouse(page, "7")
        page.wait_for_selector(ANSWERED)
        return page

    return opened


def character(label, other, confidence):
    top = [{"label": label, "confidence": confidence}, {"label": other, "confidence": 1 - confidence}]
    return {"label": label, "confidence": confidence, "recognized": True, "top": top, "box": [0, 0, 9, 9]}


def test_no_answer_is_certain_and_no_bar_stands_for_nothing(shown):
    page = shown({**SURE, "top": TOP})
    assert page.inner_text("#draw-answer .sure") == ">99.9 % confident"
    assert page.locator("#draw-answer .bars li").all_inner_texts() == ["7\n>99.9 %"]


def test_the_likeliest_of_the_other_readings_are_named(shown):
    readings = {"47": 0.7, "417": 0.2, "97": 0.08, "41": 0.01, "91": 0.005}
    top = [{"label": label, "confidence": confidence} for label, confidence in readings.items()]
    characters = [character("4", "9", 0.9), character("7", "1", 0.8)]
    page = shown({"label": "47", "confidence": 0.7, "recognized": True, "top": top, "characters": characters})
    assert page.inner_text("#draw-answer .others") == "Or 417 (20.0 %), 97 (8.0 %), 41 (1.0 %)"


@pytest.mark.parametrize(
    ("doubt", "words"),
    [
        ("the image is blank", "图片是空白的"),
        ("may be 4, 9 or 7", "可能是 4, 9 或 7"),
        ("may be 4, 9 or another", "可能是 4, 9 或其他"),
        ("the 2nd character looks like none of the classes", "第 2 个字符：不像任何一个类别"),
    ],
)
def test_the_reason_of_not_sure_is_in_the_language_of_the_page(shown, doubt, words):
    page = shown({**SURE, "recognized": False, "doubt": doubt, "top": TOP}, locale="zh-CN")
    assert page.inner_text("#draw-answer .doubt") == "不确定"
    assert page.inner_text("#draw-answer .hint") == words
    page.click("#language")
    assert page.inner_text("#draw-answer .hint") == doubt


def test_every_reason_that_the_server_gives_has_words_in_chinese():
    patterns = re.findall(r"\[/\^(.*?)\$/,", (ROOT / "recognition/page/static/words/zh.js").read_text(encoding="utf-8"))
    reasons = [recognizer.BLANK, recognizer.UNFAMILIAR, views.GRAINS, views.CLUTTER, views.DOT]
    assert [reason for reason in reasons if not any(re.fullmatch(pattern, reason) for pattern in patterns)] == []
