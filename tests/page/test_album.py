import csv
import re

import pytest
from browser import drop, expect, transfer
from drawing import draw, saved

PICTURES = [(f"{digit}.png", saved(draw(digit)).getvalue()) for digit in "2547"]


@pytest.fixture
def album(visit):
    """Return a page with four pictures, and a file that is none."""
    page = visit()
    drop(page, *PICTURES, ("note.png", b"no picture"))
    expect(page.locator("#album .label")).to_have_count(4)
    return page


def test_many_pictures_are_small_with_an_answer_beside_each(album):
    expect(album.locator("#album .label")).to_have_text(["2", "5", "4", "7"])
    assert album.locator("#album").bounding_box()["height"] < 250
    expect(album.locator("#album .bars").first).to_be_hidden()


def test_one_picture_at_a_time_is_large(album):
    for digit in "25":
        album.get_by_label(f"{digit}.png, larger or smaller").click()
        expect(album.locator("#album .open")).to_have_count(1)
        expect(album.locator("#album .open .label")).to_have_text(digit)
        expect(album.locator("#album .open .bars")).to_be_visible()
    album.locator("#album .open img").first.click(position={"x": 9, "y": 9})  # where no box is
    expect(album.locator("#album .open")).to_have_count(0)


def test_a_single_picture_is_large_at_once(page):
    drop(page, PICTURES[0])
    expect(page.locator("#album .open .bars")).to_be_visible()


def test_the_summary_counts_what_was_read_and_what_could_not_be(album):
    expect(album.locator("#summary")).to_have_text("4 read, 1 could not be read")
    expect(album.locator("#album .trouble")).to_be_visible()
    album.get_by_label("Remove note.png").click()
    expect(album.locator("#summary")).to_have_text("4 read")


def test_another_pattern_asks_about_all_pictures_again_but_those_that_were_corrected(album):
    album.get_by_label("5.png, larger or smaller").click()
    album.locator("#album .open .chips button", has_text="5").first.click()
    expect(album.locator("#album .open .beside")).to_contain_text("corrected")
    pattern = album.get_by_label("Only what fits this pattern")
    pattern.fill("[0-3]")
    pattern.press("Enter")
    expect(album.locator("#album .label").last).to_have_text(re.compile("[0-3]"))
    assert album.locator("#album .label").nth(1).inner_text() == "5"
    pattern.fill("")
    pattern.press("Enter")
    expect(album.locator("#album .label")).to_have_text(["2", "5", "4", "7"])
    album.locator("#album .open").get_by_text("Take back").click()
    expect(album.locator("#album .open")).to_contain_text("Taken back")


def test_all_pictures_are_removed_and_the_examples_are_back(album):
    album.click("#remove-all")
    expect(album.locator("#album li")).to_have_count(0)
    expect(album.locator("#summary")).to_be_hidden()
    expect(album.locator("#pictures .examples")).to_be_visible()


def test_the_answers_are_saved_as_csv(album):
    drop(album, ('two, "thin".png', PICTURES[0][1]))
    expect(album.locator("#album .label")).to_have_count(5)
    with album.expect_download() as download:
        album.click("#table")
    with download.value.path().open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == ["2", "2", "5", "4", "7"]
    assert rows[0]["file"] == 'two, "thin".png'
    assert rows[0].keys() == {"file", "label", "confidence", "recognized"}
    assert {row["recognized"] for row in rows} == {"True"}


def test_a_file_that_is_gone_is_told_and_not_asked_about_again_and_again(page, tmp_path):
    path = tmp_path / "2.png"
    path.write_bytes(PICTURES[0][1])
    page.set_input_files("#choose", path)
    expect(page.locator("#album .label")).to_have_text("2")
    path.unlink()
    page.get_by_label("Only what fits this pattern").fill("[0-9]")
    page.keyboard.press("Enter")
    expect(page.locator("#album .trouble")).to_contain_text("the file cannot be read")
    page.click("#language")
    expect(page.locator("#album .trouble")).to_contain_text("文件无法读取")
    expect(page.locator("#status")).to_be_empty()


def test_the_answer_stands_right_beside_a_portrait_photo(page):
    drop(page, ("7.png", saved(draw("7", size=(400, 900), at=(90, 300))).getvalue()))
    photo = page.locator("#album .photo img").bounding_box()
    beside = page.locator("#album .label").bounding_box()["x"] - (photo["x"] + photo["width"])
    assert 0 < beside < 60


@pytest.mark.parametrize("tab", ["draw", "cells"])
def test_a_sign_shows_while_files_are_dragged_over_any_tab(page, tab):
    page.click(f"#tab-{tab}")
    page.dispatch_event("body", "dragover", {"dataTransfer": page.evaluate_handle("new DataTransfer()")})
    expect(page.locator("#release")).to_be_hidden()
    page.dispatch_event("body", "dragover", {"dataTransfer": transfer(page, PICTURES[0])})
    expect(page.locator("#release")).to_have_text("Let go to have it read")
    page.dispatch_event("body", "dragleave")
    expect(page.locator("#release")).to_be_hidden()
