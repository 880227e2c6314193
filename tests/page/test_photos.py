import pytest
from browser import NUMBER, answer, drop, expect, transfer
from drawing import draw, saved


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


def test_of_several_pictures_a_bad_one_is_explained_and_the_others_are_read(visit):
    page = visit()
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
