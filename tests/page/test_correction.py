import re

import numpy as np
from browser import NUMBER, answer, draw_with_mouse, drawing, drop, expect, open_page
from PIL import Image
from project import copy_project, launch, stop, train


def test_the_character_that_was_shown_is_kept_as_corrected_until_it_is_taken_back(page, served):
    _, folder = served
    draw_with_mouse(page, "7")
    answer(page)
    promised = canvas_size(page, "What will be kept")
    page.locator("#draw-answer .chips").get_by_text("1").click()
    expect(page.locator("#draw-answer")).to_contain_text("Kept as “1”")
    (kept,) = folder.glob("*/*.png")
    assert kept.parent.name == "1"
    assert page.inner_text("#draw-answer .headline").split() == ["1", "corrected", "Copy"]
    assert canvas_size(page, "What is kept") == promised
    with Image.open(kept) as picture:
        assert max(abs(np.subtract(picture.size, promised))) <= 1
        assert 0 < ink_on(picture) == ink_on(Image.fromarray(drawing(page)))  # which lies in the box that was shown
        assert picture.width < drawing(page).shape[1]
    page.locator("#draw-answer .chips").get_by_text("7").click()
    expect(page.locator("#draw-answer")).to_contain_text("Kept as “7”")
    assert [path.relative_to(folder).parts for path in folder.glob("*/*.png")] == [("7", kept.name)]
    page.locator("#draw-answer").get_by_text("Take back").click()
    expect(page.locator("#draw-answer")).to_contain_text("Taken back. 0 corrected so far.")
    assert list(folder.glob("*/*.png")) == []
    expect(page.locator("#draw-answer .chips [aria-pressed=true]")).to_have_count(0)


def canvas_size(page, label):
    """Return the size of a picture that is shown before and after it is kept, once it is painted."""
    shown = page.get_by_label(label)
    expect(shown).to_have_attribute("height", re.compile(r"\d"))
    return shown.evaluate("canvas => [canvas.width, canvas.height]")


def ink_on(picture):
    return int((np.asarray(picture.convert("L")) < 128).sum())


def test_one_character_of_several_is_corrected_alone(page, served):
    _, folder = served
    drop(page, ("254.png", NUMBER))
    answer(page, "#album .answer")
    page.locator("#album .tiles button").nth(1).click()
    page.locator("#album .chips").get_by_text("6").click()
    expect(page.locator("#album")).to_contain_text("Kept as “6”")
    assert page.inner_text("#album .label") == "264"
    (kept,) = (folder / "6").glob("*.png")
    with Image.open(kept) as picture:
        assert picture.width < 300


def test_what_is_no_character_is_kept_as_such_until_it_is_taken_back(page, served):
    _, folder = served
    draw_with_mouse(page, "7")
    answer(page)
    page.locator("#draw-answer .chips").get_by_text("no character").click()
    expect(page.locator("#draw-answer")).to_contain_text("Kept as “no character”")
    (kept,) = folder.glob("no character/*.png")
    assert page.inner_text("#draw-answer .label") == "no character"
    page.locator("#language").click()
    assert page.inner_text("#draw-answer .label") == "不是字符"
    expect(page.locator("#draw-answer .chips [aria-pressed=true]")).to_have_text("不是字符")
    page.locator("#language").click()  # the profile remembers it
    page.locator("#draw-answer").get_by_text("Take back").click()
    expect(page.locator("#draw-answer .label")).to_have_text("7")
    assert not kept.exists()


def test_a_number_is_read_without_what_is_no_character(page, served):
    _, folder = served
    drop(page, ("254.png", NUMBER))
    answer(page, "#album .answer")
    page.locator("#album .tiles button").nth(1).click()
    page.locator("#album .chips").get_by_text("no character").click()
    expect(page.locator("#album")).to_contain_text("Kept as “no character”")
    assert page.inner_text("#album .label") == "24"
    assert page.locator("#album .tiles button").all_inner_texts() == ["2", "–", "4"]
    assert len([*folder.glob("no character/*.png")]) == 1


def test_a_picture_of_a_model_of_pictures_is_of_some_class(show):
    page = show(routes={"**/model": lambda route: route.fulfill(json={**route.fetch().json(), "shape": [128, 128, 3]})})
    drop(page, ("254.png", NUMBER))
    answer(page, "#album .answer")
    expect(page.locator("#album .chips button")).to_have_count(10)


def test_what_is_corrected_is_learnt_and_answered_without_a_restart(browser, project, tmp_path):
    folder, kept = copy_project(tmp_path), tmp_path / "corrected"
    (folder / "model").mkdir()
    for file in (project / "model").glob("digits*"):
        (folder / "model" / file.name).write_bytes(file.read_bytes())
    process, url = launch(folder, "--collect", str(kept))
    try:
        page = open_page(browser, url)
        field = page.locator("#canvas").bounding_box()
        x, y = field["x"] + field["width"] / 2, field["y"] + field["height"] / 2
        for ends in ([(-100, 0), (100, 0)], [(0, -100), (0, 100)]):  # a cross, which is no digit
            page.mouse.move(x + ends[0][0], y + ends[0][1])
            page.mouse.down()
            page.mouse.move(x + ends[1][0], y + ends[1][1], steps=5)
            page.mouse.up()
        taken_for = answer(page)
        right = "8" if taken_for != "8" else "5"
        page.locator("#draw-answer .chips").get_by_text(right).click()
        expect(page.locator("#draw-answer")).to_contain_text("Kept as")
        done = train(folder / "model", "--data", "digits", "--data", kept, "--repeat-last", "40", "--quick")
        assert done.returncode == 0, done.stderr
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(page.locator("#status")).to_have_text("A newly trained model answers now.")
        expect(page.locator("#draw-answer .label")).to_have_text(right)
        page.context.close()
    finally:
        stop(process)
