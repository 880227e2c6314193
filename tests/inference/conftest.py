"""A function from a picture to what is read on it."""

import io

import pytest
from drawing import saved

from recognition.inference.reading import read


@pytest.fixture(scope="module")
def ask(model):
    """Give a function from a picture to the answer about it."""

    def ask(picture, form="PNG", seen=False, **options):
        file = picture if isinstance(picture, io.BytesIO) else saved(picture, form, **options)
        return read(model.recognizer, file).as_dict(model.recognizer.full, seen)

    return ask
