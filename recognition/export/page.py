"""A model -> the page as one file, in which the model answers: HTML that asks nobody anything."""

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from recognition.export.parameters import parameters_of
from recognition.inference.live import public_card
from recognition.page.document import PAGE, STATIC, page_contents

MODULES = Path(__file__).parent / "static", STATIC  # those here stand in for those of the page of their name


def render_page(model):
    """Return the page of a model.

    Parameters
    ----------
    model : artifact.Model
        Of grey images.

    Returns
    -------
    html : str
        A whole file. Its Content-Security-Policy allows its own script and style by their hashes, and no request.

    Raises
    ------
    ModelError
        If the model is of colour pictures.
    """
    model_and_card = {**parameters_of(model.recognizer), "card": public_card(model.card)}
    exported = json.dumps(model_and_card, ensure_ascii=False).replace("<", r"\u003c")  # so that none ends the script
    templates = Environment(loader=FileSystemLoader(PAGE / "templates"), autoescape=True, trim_blocks=True)
    return templates.get_template("index.html").render(exported=exported, **page_contents(MODULES))
