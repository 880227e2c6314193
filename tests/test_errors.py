import pytest

from recognition.errors import counted


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [
        (1, "image", "1 image"),
        (0, "image", "0 images"),
        (1797, "image", "1,797 images"),
        (1, "class", "1 class"),
        (62, "class", "62 classes"),
    ],
)
def test_one_is_singular(number, noun, words):
    assert counted(number, noun) == words
