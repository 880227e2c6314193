import re

import numpy as np
from browser import answer, draw_with_mouse

from recognition.imaging.pixels import grey_levels, open_picture


def test_painted_cells_are_posted_as_they_are_and_saved_for_the_client(page):
    page.click("#tab-cells")
    painted = np.zeros((8, 8), dtype=int)
    cells = page.get_by_role("gridcell")
    for row in range(1, 8):
        cells.nth(8 * row + 4).click()
        painted[row, 4] = 16
    painted[2, 3] = 1
    with page.expect_request(lambda request: request.post_data_json == {"instances": [painted.ravel().tolist()]}):
        cells.nth(8 * 2 + 3).focus()
        page.keyboard.press("+")
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
