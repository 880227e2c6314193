"""A model -> the page as one file, in which the model answers: HTML that asks nobody anything."""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from recognition.export.joining import join_modules
from recognition.export.parameters import parameters_of
from recognition.inference.live import public_card

PAGE = Path(__file__).parents[1] / "page"
MODULES = Path(__file__).parent / "static", PAGE / "static"  # those here stand in for those of the page of their name


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
    contents = {**parameters_of(model.recognizer), "card": public_card(model.card)}
    style, script = (PAGE / "static/page.css").read_text(encoding="utf-8"), join_modules("page.js", MODULES)
    exported = {
        "model": json.dumps(contents, ensure_ascii=False).replace("<", r"\u003c"),  # so that none ends the script
        "style": style,
        "script": script,
        "policy": "; ".join(
            (
                "default-src 'none'",
                f"script-src {_hash_of(script)}",
                f"style-src {_hash_of(style)}",
                "img-src data: blob:",
                "base-uri 'none'",
                "form-action 'none'",
            )
        ),
    }
    templates = Environment(loader=FileSystemLoader(PAGE / "templates"), autoescape=True, trim_blocks=True)
    return templates.get_template("index.html").render(exported=exported)


def _hash_of(text):
    """Return what a Content-Security-Policy must name to allow a script or style: str, `'sha256-...'`."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}'"
