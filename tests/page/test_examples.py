import numpy as np
from browser import answer, expect

from recognition.inference.reading import data_url


def test_the_page_says_whose_it_is_and_what_it_reads(page):
    assert page.inner_text("h1") == "digits"
    assert "Reads 0 1 2 3 4 5 6 7 8 9, drawn or on pictures" in page.inner_text("#served")


def test_a_model_of_many_classes_names_some_of_them(show):
    facts = {"classes": [f"class {number:02}" for number in range(62)], "shape": [128, 128, 3], "examples": []}
    page = show(routes={"**/model": of_another_model(**facts)})
    assert "class 00, class 01" in page.inner_text("#served")
    assert "(62 classes)" in page.inner_text("#served")
    expect(page.locator(".examples button")).to_have_count(0)


def test_a_number_on_paper_is_an_example_to_click(page):
    page.locator("#draw .examples").get_by_alt_text("Example: a number on paper").click()
    assert answer(page, "#album .answer") == "74025"
    expect(page.locator("#pictures .examples")).to_be_hidden()


def test_examples_stand_on_the_empty_field_alone(page):
    expect(page.locator("#draw .examples")).to_be_visible()
    page.locator("#canvas").click()
    expect(page.locator("#draw .examples")).to_be_hidden()
    page.locator("#canvas").press("Escape")
    expect(page.locator("#draw .examples")).to_be_visible()


def test_test_images_that_the_card_brings_are_examples(page):
    assert page.locator("#draw .examples img").count() == 7  # and a number on paper
    page.locator("#draw").get_by_alt_text("Example: 7").click()
    assert answer(page, "#album .answer") == "7"
    assert page.locator("#album .photo img").bounding_box()["width"] > 100


def test_examples_may_be_colour_pictures(show):
    picture = np.full((40, 40, 3), 255, np.uint8)
    picture[5:35, 18:22] = 0  # a one, so that the server finds something
    url = data_url(picture, 255, "jpeg")
    page = show(routes={"**/model": of_another_model(examples=[{"label": "cats", "image": url}])})
    sent = []
    page.on("request", lambda request: sent.append(request) if request.url.endswith("/prediction?seen=1") else None)
    page.locator("#draw").get_by_alt_text("Example: cats").click()
    expect(page.locator("#album > li")).to_have_count(1)
    answer(page, "#album .answer")
    assert b"Content-Type: image/jpeg" in sent[0].post_data_buffer


def test_a_card_of_before_brings_no_examples(show):
    page = show(routes={"**/model": lambda route: route.fulfill(json=without(route.fetch().json(), "examples"))})
    expect(page.locator("#draw .examples img")).to_have_count(1)  # the number on paper


def without(card, name):
    return {key: fact for key, fact in card.items() if key != name}


def of_another_model(**facts):
    """Return a handler that answers with a card in which some facts are others."""
    return lambda route: route.fulfill(json={**route.fetch().json(), **facts})
