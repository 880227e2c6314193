import pytest
from sklearn.base import clone

from recognition.errors import DataError
from recognition.learning import recipes
from recognition.learning.ensemble import Ensemble


@pytest.mark.parametrize(
    ("shape", "rows", "classes", "name"),
    [
        ((8, 8), 1_437, 10, "fast"),
        ((8, 8), 1_000_000, 10, "linear"),
        ((28, 28), 60_000, 10, "best"),
        ((28, 28), 100_000, 62, "many"),
        ((28, 28), 700_000, 62, "many"),
        ((28, 28), 700_000, 10, "many"),
        ((28, 28), 7_000_000, 62, "many"),
        ((128, 128, 3), 2_000, 2, "best"),
        ((128, 128, 3), 200_000, 2, "linear"),
    ],
)
def test_data_gets_the_recipe_that_suits_it(shape, rows, classes, name):
    assert recipes.choose(shape, rows, classes).name == name


def test_a_named_recipe_overrides():
    assert recipes.choose((28, 28), 60_000, 10, "fast").name == "fast"
    assert recipes.choose((8, 8), 100, 10, "linear").kind == "small"


@pytest.mark.parametrize("shape", [(8, 8), (28, 28), (128, 128, 3)])
@pytest.mark.parametrize("name", recipes.NAMES)
def test_every_name_is_there_for_every_kind_of_images(shape, name):
    recipe = recipes.choose(shape, 1000, 10, name)
    assert (recipe.name, recipe.kind) == (name, recipes.kind_of(shape))


def test_many_is_networks_where_a_support_vector_machine_would_be_large_and_slow():
    few, much, more = (recipes.choose((28, 28), rows, 62, "many") for rows in (20_000, 20_001, 7_000_000))
    assert (few.classifier, much.classifier, more.classifier) == ("svc", "networks", "networks")
    assert [much.estimator((28, 28), 255, rows).copies for rows in (30_000, 150_000, 500_000, 900_000)] == [6, 2, 1, 1]


def test_rejects_a_recipe_that_there_is_not():
    with pytest.raises(DataError, match="'magic'"):
        recipes.check_name("magic")


@pytest.mark.parametrize("recipe", recipes.RECIPES, ids=lambda recipe: f"{recipe.name} {recipe.kind}")
def test_every_recipe_builds_an_estimator_and_tells_what_it_is(recipe):
    estimator = clone(recipe.estimator((32, 32, 3) if recipe.kind == "colour" else (28, 28), 255, 1000))
    assert isinstance(estimator, Ensemble) == (recipe.copies > 0 or len(recipe.views) > 1)
    assert recipe.in_words
    assert recipe.parameters["name"] == recipe.name


def test_fast_is_one_classifier_without_augmented_images():
    for recipe in recipes.RECIPES:
        if recipe.name == "fast":
            assert (len(recipe.views), recipe.copies, recipe.classifier) == (1, 0, "svc")
