"""The model in the page answers as the model in Python does."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawing import STROKES, draw, png_url, saved
from sklearn.datasets import load_digits

from recognition.errors import BlankError
from recognition.export.page import MODULES
from recognition.export.parameters import CONSTANTS, constants_of, steps_of
from recognition.learning import network
from recognition.learning.ensemble import decide, pipelines
from recognition.learning.recipes import RECIPES
from recognition.page.joining import join_modules

INK, PAPER = (27, 36, 64), (255, 253, 246)  # as of the page


@pytest.fixture(scope="module")
def probe(browser, file):
    """Yield the page with the functions of `probe.js`."""
    page = browser.new_context(bypass_csp=True).new_page()
    page.goto(file.as_uri())
    page.evaluate(join_modules("probe.js", [Path(__file__).parent, *MODULES]))
    yield page
    page.context.close()


def test_all_rows_of_load_digits_get_the_same_answers(probe, model):
    rows = load_digits().data
    theirs = probe.evaluate("rows => answersToRows(rows)", rows.tolist())
    mine = model.recognizer.predict(rows)
    assert [one["label"] for one in theirs] == [one.label for one in mine]
    confidence = [one.confidence for one in mine]
    np.testing.assert_allclose([one["confidence"] for one in theirs], confidence, atol=0.001)
    at_the_bound = np.abs(np.array([one["sure"] for one in theirs]) - model.recognizer.least) < 0.001
    differs = np.array([one.get("doubt", "") != other.doubt for one, other in zip(theirs, mine, strict=True)])
    assert not (differs & ~at_the_bound).any()


NUMBERS = [
    *("25", "907", "4711", "30", "86420", "1357", "99", "608", "2024", "17"),  # apart
    *("56", "2580", "33", "690", "8158", "04", "725", "6060", "45", "1984"),  # nearly or quite touching
]


@pytest.mark.parametrize(("place", "number"), enumerate(NUMBERS))
def test_drawings_of_several_characters_get_the_same_answers(probe, model, place, number):
    gap, height, pen = (0.3, 110, 9) if place < len(NUMBERS) // 2 else (0.04 * (place % 3) - 0.04, 150, 12)
    at = 40, 60 + 15 * place
    picture = draw(number, height=height, pen=pen, gap=gap, size=(800, 600), at=at, ink=INK, paper=PAPER)
    mine = model.read(saved(picture)).as_dict(model.recognizer.full)
    assert told(probe.evaluate("url => answerTo(url)", png_url(saved(picture)))) == told(mine)


FORM = {
    "o": [*STROKES["0"], [(0.15, -0.15), (0.2, -0.15)], [(0.4, -0.15), (0.45, -0.15)]],  # below the remains of a box
    "|": [[(0.05, 0.65), (0.05, 1.3)]],  # its side
}


@pytest.mark.parametrize("number", ["4o2|", "o7", "19oo"])
def test_drawings_with_what_is_left_of_a_form_get_the_same_answers(probe, model, number):
    picture = draw(
        number, height=140, pen=11, size=(800, 600), at=(60, 200), ink=INK, paper=PAPER, strokes=STROKES | FORM
    )
    mine = model.read(saved(picture)).as_dict(model.recognizer.full)
    assert told(probe.evaluate("url => answerTo(url)", png_url(saved(picture)))) == told(mine)


def told(answer):
    """Return what an answer says, but how likely it is."""
    return [(one["label"], one.get("doubt"), one.get("box")) for one in (answer, *answer["characters"])]


FEW = 100  # rows to fit on
GREY = [recipe for recipe in RECIPES if recipe.kind != "colour"]


@pytest.mark.parametrize("recipe", GREY, ids=lambda recipe: f"{recipe.kind}-{recipe.name}")
def test_every_recipe_of_grey_images_decides_the_same(probe, recipe, monkeypatch):
    monkeypatch.setattr(network, "LEAST_ROWS", FEW)
    digits = load_digits()
    rows = digits.images if recipe.kind == "small" else np.kron(digits.images, np.ones((3, 3)))
    shape, rows = rows.shape[1:], rows.reshape(len(rows), -1)
    options = {"networks": 2, "units": 32, "components": 20} if recipe.classifier == "networks" else recipe.options
    # Components are slow, and the novelty test has some.
    recipe = replace(recipe, copies=min(recipe.copies, 1), components=0, options=options)
    estimator = recipe.estimator(shape, 16, FEW).fit(rows[:FEW], digits.target[:FEW].astype(str))
    exported = json.dumps([steps_of(dict(pipeline.steps).values(), 16) for pipeline in pipelines(estimator)])
    theirs = probe.evaluate("([text, rows]) => decisions(text, rows)", [exported, rows[FEW : FEW + 10].tolist()])
    np.testing.assert_allclose(np.mean(theirs, axis=1), decide(estimator, rows[FEW : FEW + 10])[0], atol=2e-4)


def test_a_blank_field_is_refused_in_the_same_words(probe, model):
    picture = draw("", ink=INK, paper=PAPER)
    with pytest.raises(BlankError) as refused:
        model.read(saved(picture))
    sentence = probe.evaluate("url => answerTo(url).catch(error => error.message)", png_url(saved(picture)))
    assert sentence == str(refused.value)


def test_constants_are_taken_from_the_modules_that_python_uses():
    constants = {module.__name__.rpartition(".")[2]: constants_of(module) for module in CONSTANTS}
    named = 0
    for path in MODULES[0].glob("*.js"):
        for names, module in constants_in(path.read_text(encoding="utf-8")):
            assert set(names) <= constants[module].keys(), path.name
            named += len(names)
    assert named > 60


def constants_in(text):
    """Yield the names that a JavaScript module takes from the constants of a Python module, and that module."""
    for names, module in re.findall(r"\{([^{}]+)\} = constants\.(\w+)", text):
        yield [name.strip() for name in names.split(",")], module
