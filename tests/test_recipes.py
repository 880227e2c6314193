import pytest

from recognition import recipes
from recognition.errors import DataError


def test_small_images_get_the_small_recipe():
    assert recipes.choose((8, 8)).name == "small"


def test_a_named_recipe_overrides():
    assert recipes.choose((100, 100), "small").name == "small"


@pytest.mark.parametrize(("shape", "name", "match"), [((8, 8), "magic", "'magic'"), ((500, 500), None, "500x500")])
def test_rejects_what_no_recipe_is_for(shape, name, match):
    with pytest.raises(DataError, match=match):
        recipes.choose(shape, name)
