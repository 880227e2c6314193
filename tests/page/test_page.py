import base64
import io
import json
import re

import numpy as np
import pytest
from drawing import LETTERS, draw, saved
from PIL import Image
from project import ROOT, copy_project, launch, run, stop

from recognition.imaging.pixels import grey_levels, open_picture
from recognition.serving.admission import Settings
from recognition.serving.application import build_application

pytest.importorskip("playwright", reason="the page is tested in a browser: pip install -r tests/requirements.txt")
from axe_playwright_python.sync_playwright import Axe
from browser import (
    ANSWERED,
    CHROMIUM,
    chromium,
    draw_with_mouse,
    open_page,
    paths,
    stroke_by_touch,
    stroke_with_mouse,
)
from playwright.sync_api import expect
from project import serving

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="the page is tested in Chromium, which is not installed")


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def served(project, tmp_path_factory):
    """The address of a server, and the folder in which it collects corrections."""
    folder = tmp_path_factory.mktemp("corrected")
    process, url = launch(project, "--collect", str(folder))
    yield url, folder
    stop(process)


@pytest.fixture
def show(browser, served):
    """Give a function that opens the page, which then must complain of nothing and ask no other host."""
    url, _ = served
    pages, complaints, strangers = [], [], []

    def watch(page):
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: strangers.append(request.url))
        pages.append(page)

    yield lambda **options: open_page(browser, url, watch, **options)
    for page in pages:
        page.context.close()
    assert complaints == []
    assert [address for address in strangers if not address.startswith((url, "data:", "blob:"))] == []


@pytest.fixture
def page(show):
    return show()


def answer(page, place="#draw-answer"):
    """Give the label that the page shows there, once it is the answer to what is there now."""
    return page.locator(f"{place}:not(.stale) .label").inner_text()


def transfer(page, *files):
    """Make what a drop or a paste carries, of files given as (name, content)."""
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
    page.dispatch_event("body", "drop", {"dataTransfer": transfer(page, *files)})


NUMBER = saved(draw("254", size=(800, 480), height=200, pen=18)).getvalue()


def test_a_digit_drawn_with_the_mouse_is_read(page):
    draw_with_mouse(page, "7")
    assert answer(page) == "7"
    bars = page.locator("#draw-answer .bars li")
    assert bars.count() == 5
    assert bars.first.inner_text().split()[0] == "7"
    assert page.get_by_alt_text("What the model saw").get_attribute("src").startswith("data:image/png")


def test_a_longer_bar_is_a_likelier_label(page):
    draw_with_mouse(page, "7")
    answer(page)
    widths = page.locator("#draw-answer .bar").evaluate_all("bars => bars.map(bar => bar.offsetWidth)")
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 10 * widths[-1]


def test_the_answer_comes_while_the_pen_is_down(page):
    (path,) = paths(page, "7")
    page.mouse.move(*path[0])
    page.mouse.down()
    for point in path[1:]:
        page.mouse.move(*point, steps=5)
    assert answer(page) == "7"
    page.mouse.up()


def test_a_digit_drawn_by_touch_is_read_and_the_page_stays_where_it_is(show):
    page = show(has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740})
    for path in paths(page, "7"):
        stroke_by_touch(page, path)
    assert answer(page) == "7"
    assert page.evaluate("scrollY") == 0


@pytest.fixture(scope="module")
def letters(project, tmp_path_factory):
    """The address of a server whose model knows a few letters, drawn large and small, upright and slanting."""
    rng = np.random.default_rng(0)
    rows = []
    for letter in LETTERS:
        for _ in range(40):
            height, slant = rng.uniform(150, 200), rng.uniform(-0.2, 0.2)
            strokes = {letter: [[(x + slant * (1 - y), y) for x, y in stroke] for stroke in LETTERS[letter]]}
            at = (140 - 0.3 * height, 140 - 0.5 * height)
            drawn = draw(letter, height=height, size=(280, 280), at=at, paper="white", ink="black", strokes=strokes)
            rows.append([letter, *(255 - np.asarray(drawn.convert("L").reduce(10)).ravel())])
    folder = copy_project(tmp_path_factory.mktemp("letters"))
    (folder / "letters.csv").write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="ascii")
    done = run(folder / "training.py", "--data", folder / "letters.csv", "--recipe", "fast", "--quick")
    assert done.returncode == 0, done.stderr
    process, url = launch(folder, "-m", "letters")
    yield url
    stop(process)


KEEP_WHAT_IS_ASKED = """() => {
    const send = window.fetch;
    window.fetch = (path, options) => {
        if (path.startsWith("/prediction")) asked = options.body.get("file");
        return send(path, options);
    };
}"""


def asked_picture(page):
    """Return the picture that the page asked about last, as grey levels; after `KEEP_WHAT_IS_ASKED`."""
    content = page.evaluate("asked.arrayBuffer().then(buffer => [...new Uint8Array(buffer)])")
    with Image.open(io.BytesIO(bytes(content))) as picture:
        return np.asarray(picture.convert("L"))


@pytest.mark.parametrize("words", [("144", "34", "45", "54", "1471"), ("HE",)])
@pytest.mark.parametrize("way", ["mouse", "touch"])
def test_every_stroke_of_every_character_is_drawn_and_asked_about(browser, served, letters, words, way):
    """Each stroke comes after the answer to those before, as from a person who pauses and looks."""
    touching = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}
    url = letters if words[0].isalpha() else served[0]
    page, errors = open_page(browser, url, **(touching if way == "touch" else {})), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.evaluate(KEEP_WHAT_IS_ASKED)
    stroke = stroke_with_mouse if way == "mouse" else stroke_by_touch
    for word in words:
        ends = []
        for place, character in enumerate(word):
            for path in paths(page, character, left=0.1 + 0.8 * place / len(word), top=0.3, height=0.7 / len(word)):
                stroke(page, path)
                ends += [path[0], path[-1]]
                page.wait_for_selector(ANSWERED)
                assert without_ink(page, asked_picture(page), ends) == []
        assert page.inner_text("#draw-answer .label") == word
        page.click("#clear")
    assert errors == []
    page.context.close()


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
    for place, digit in enumerate("4713025"):
        draw_with_mouse(page, digit, left=0.12 + 0.11 * place, top=0.45, height=0.1)
    assert answer(page) == "4713025"


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


def drawing(page):
    """Give what is drawn: ndarray of uint8, shape (height, width), 0 = black."""
    url = page.evaluate("document.querySelector('canvas').toDataURL()")
    with open_picture(saved_url(url)) as picture:
        return np.asarray(picture.convert("L"))


def saved_url(url):
    """Give the content of a data URL as a file in memory."""
    return io.BytesIO(base64.b64decode(url.split(",")[1]))


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
    page.wait_for_timeout(100)
    assert answer(page) == "7"


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


@pytest.mark.parametrize("way", ["chosen", "dropped", "pasted"])
def test_a_picture_is_read_and_its_characters_are_boxed(page, way):
    if way == "chosen":
        page.set_input_files("#choose", [{"name": "254.png", "mimeType": "image/png", "buffer": NUMBER}])
    elif way == "dropped":
        drop(page, ("254.png", NUMBER))
    else:
        pasted = transfer(page, ("254.png", NUMBER))
        page.evaluate("data => document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data}))", pasted)
    assert answer(page, "#album .answer") == "254"
    boxes = page.locator("#album .boxes rect").evaluate_all("boxes => boxes.map(box => Number(box.getAttribute('x')))")
    assert len(boxes) == 3
    assert boxes == sorted(boxes)


def test_a_box_and_a_tile_choose_the_character_that_is_explained(page):
    drop(page, ("254.png", NUMBER))
    answer(page, "#album .answer")
    for way in (".boxes rect", ".tiles button"):
        page.locator(f"#album {way}").nth(1).click()
        assert page.locator("#album .bars li").first.inner_text().split()[0] == "5"
        page.locator(f"#album {way}").nth(2).click()
        assert page.locator("#album .bars li").first.inner_text().split()[0] == "4"


def test_of_several_pictures_a_bad_one_is_explained_and_the_others_are_read(browser, served):
    page = open_page(browser, served[0])
    pictures = [(f"{digit}.png", saved(draw(digit)).getvalue()) for digit in "25"]
    drop(page, pictures[0], ("note.png", b"no picture"), pictures[1])
    expect(page.locator("#album .label")).to_have_text(["2", "5"])
    expect(page.locator("#album li", has_text="note.png").locator(".answer")).to_contain_text("not a picture")


@pytest.mark.parametrize("secure", [True, False])
def test_the_label_is_copied_with_and_without_https(page, secure):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    if not secure:
        page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    drop(page, ("254.png", NUMBER))
    page.locator("#album").get_by_text("Copy").click()
    expect(page.locator("#album").get_by_text("Copied")).to_be_visible()
    page.evaluate("document.body.append(document.createElement('textarea'))")
    page.focus("textarea")
    page.keyboard.press("Control+v")
    assert page.input_value("textarea") == "254"


def test_the_character_that_was_shown_is_kept_as_corrected_until_it_is_taken_back(page, served):
    _, folder = served
    draw_with_mouse(page, "7")
    answer(page)
    page.locator("#draw-answer .chips").get_by_text("1").click()
    expect(page.locator("#draw-answer")).to_contain_text("Kept as “1”")
    (kept,) = folder.glob("*/*.png")
    assert kept.parent.name == "1"
    assert page.inner_text("#draw-answer .headline").split() == ["1", "corrected", "Copy"]
    with Image.open(kept) as picture:
        assert 0 < ink_on(picture) == ink_on(Image.fromarray(drawing(page)))  # which lies in the box that was shown
        assert picture.width < drawing(page).shape[1]
    page.locator("#draw-answer .chips").get_by_text("7").click()
    expect(page.locator("#draw-answer")).to_contain_text("Kept as “7”")
    assert [path.relative_to(folder).parts for path in folder.glob("*/*.png")] == [("7", kept.name)]
    page.locator("#draw-answer").get_by_text("Take back").click()
    expect(page.locator("#draw-answer")).to_contain_text("Taken back. 0 corrected so far.")
    assert list(folder.glob("*/*.png")) == []
    expect(page.locator("#draw-answer .chips [aria-pressed=true]")).to_have_count(0)


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


def test_what_is_corrected_is_learnt_and_answered_without_a_restart(browser, project, tmp_path):
    folder, kept = copy_project(tmp_path), tmp_path / "corrected"
    (folder / "model").mkdir()
    for file in (project / "model").iterdir():
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
        done = run(folder / "training.py", "--data", "digits", "--data", kept, "--repeat-last", "40", "--quick")
        assert done.returncode == 0, done.stderr
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(page.locator("#status")).to_have_text("A newly trained model answers now.")
        expect(page.locator("#draw-answer .label")).to_have_text(right)
        page.context.close()
    finally:
        stop(process)


def test_a_lost_server_is_told_and_the_page_goes_on_when_it_is_back(browser, project):
    process, url = launch(project)
    port = url.rsplit(":", 1)[1]
    try:
        page = open_page(browser, url)
        stop(process)
        draw_with_mouse(page, "7")
        expect(page.locator("#status")).to_have_text("No connection to the server. Trying again …")
        process, _ = launch(project, "-p", port)
        expect(page.locator("#status")).to_have_text("The server is back.")
        assert answer(page) == "7"
        page.context.close()
    finally:
        stop(process)


def test_a_slow_server_is_told(page):
    held = []
    page.route("**/prediction?seen=1", lambda route: held.append(route))
    drop(page, ("254.png", NUMBER))
    expect(page.locator("#status")).to_have_text("The server takes its time …")
    held[0].continue_()
    assert answer(page, "#album .answer") == "254"
    expect(page.locator("#status")).to_be_empty()


def test_painted_cells_are_posted_as_they_are_and_saved_for_the_client(page):
    page.click("#tab-cells")
    painted = np.zeros((8, 8), dtype=int)
    cells = page.get_by_role("gridcell")
    for row in range(1, 8):
        cells.nth(8 * row + 4).click()
        painted[row, 4] = 16
    with page.expect_request("**/prediction") as asked:
        cells.nth(8 * 2 + 3).focus()
        page.keyboard.press("+")
    painted[2, 3] = 1
    assert asked.value.post_data_json == {"instances": [painted.ravel().tolist()]}
    assert answer(page, "#cells-answer") == "1"
    assert re.findall(r"\d+", page.inner_text("#posted")) == [str(level) for level in painted.ravel()]
    with page.expect_download() as download:
        page.click("#download")
    with open_picture(download.value.path()) as picture:
        assert grey_levels(picture, 16).tolist() == painted.ravel().tolist()


def test_cells_are_painted_with_arrows_and_the_space_bar(page):
    page.click("#tab-cells")
    page.get_by_role("gridcell").first.focus()
    for key in ("ArrowRight", "ArrowDown", " "):
        page.keyboard.press(key)
    assert page.get_by_label("row 2, column 2: 16").is_visible()


def test_what_the_model_saw_of_a_drawing_opens_pixel_by_pixel(page):
    draw_with_mouse(page, "7")
    assert answer(page) == "7"
    page.locator("#draw-answer").get_by_text("Open pixel by pixel").click()
    assert answer(page, "#cells-answer") == "7"
    assert len(set(re.findall(r"\d+", page.inner_text("#posted")))) > 5


@pytest.mark.parametrize("shape", [[128, 128, 3], [28, 28]])
def test_the_page_offers_what_the_model_can_be_asked(show, shape):
    def other_model(route):
        card = route.fetch().json()
        route.fulfill(json={**card, "shape": shape, "range": [0, 255]})

    page = show(routes={"**/model": other_model})
    offered = [tab.inner_text() for tab in page.get_by_role("tab").all() if tab.is_visible()]
    assert offered == ([] if len(shape) == 3 else ["Draw", "Pictures"])
    assert page.locator("#drop").is_visible() == (len(shape) == 3)


def test_the_card_tells_data_scores_and_date(page, project):
    card = json.loads((project / "model" / "digits.json").read_text(encoding="utf-8"))
    page.click("#card summary")
    facts = page.inner_text("#facts")
    assert f"{100 * card['scores']['test']['accuracy']:.2f} %" in facts
    assert "digits: 1,797 images of 10 classes" in facts
    assert card["date"][:4] in facts


def test_the_browsers_language_is_spoken_and_the_other_is_remembered(show):
    page = show(locale="zh-CN")
    assert page.inner_text("h1") == "图像识别"
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    page.click("#language")
    assert page.inner_text("h1") == "Recognition"
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
    faults = axe(page)
    drop(page, ("254.png", NUMBER))
    answer(page, "#album .answer")
    page.click("#card summary")
    faults += axe(page)
    page.click("#tab-cells")
    page.get_by_role("gridcell").nth(12).click()
    answer(page, "#cells-answer")
    assert faults + axe(page) == []


def axe(page):
    """List the serious faults that axe finds on the page as it is."""
    found = Axe().run(page).response["violations"]
    return [(fault["id"], fault["nodes"][0]["html"]) for fault in found if fault["impact"] in ("serious", "critical")]


def test_a_drawing_survives_another_size_of_the_window(page):
    draw_with_mouse(page, "7")
    page.set_viewport_size({"width": 400, "height": 800})
    page.wait_for_function("() => document.querySelector('canvas').width < 400")
    page.click("#tab-pictures")
    page.click("#tab-draw")
    assert (drawing(page) < 128).sum() > 1000


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
    assert axe(page) == []
    assert complaints == []
    assert {address for address in asked if not address.startswith("data:")} == {f"{served[0]}/report", file}
    page.context.close()


def test_both_languages_have_the_same_words():
    script = (ROOT / "recognition" / "page" / "static" / "page.js").read_text(encoding="utf-8")
    english, chinese = re.search(r"  en: {(.*?)\n  },\n  zh: {(.*?)\n  },", script, re.S).groups()
    words = re.findall(r"(\w+): \"", english)
    assert len(words) > 40
    assert words == re.findall(r"(\w+): \"", chinese)


def test_asks_for_the_token_where_the_server_wants_one(browser, model):
    with serving(build_application(lambda: model, Settings(token="a-token-of-some-length"))) as server:
        url = "http://{}:{}".format(*server.server_address)
        page = browser.new_context(locale="en-GB").new_page()
        page.goto(url)
        page.get_by_label("token").fill("not-the-right-token")
        page.get_by_role("button", name="Enter").click()
        expect(page.locator("#served")).to_be_empty()
        page.get_by_label("token").fill("a-token-of-some-length")
        page.get_by_role("button", name="Enter").click()
        page.wait_for_selector("#served:not(:empty)")
        draw_with_mouse(page, "4")
        expect(page.locator(ANSWERED)).to_have_text("4")
        page.locator("#card summary").click()
        with page.expect_download() as download:
            page.locator("#report").click()
        assert download.value.suggested_filename == "digits report.html"
        assert "<h1>" in download.value.path().read_text(encoding="utf-8")
        page.reload()
        page.wait_for_selector("#served:not(:empty)")
        page.context.close()
