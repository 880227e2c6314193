"""`POST /correction` of a picture and its right label, `DELETE /correction/ID` -> a folder of corrections."""

from flask import jsonify, request
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, NotFound, UnprocessableEntity

from recognition.data.collection import collect, count, discard
from recognition.data.filenames import NO_CHARACTER
from recognition.errors import BoxError, CollectionError, DataError
from recognition.serving.problems import coded
from recognition.serving.uploads import form_pictures, opened


class InsufficientStorage(HTTPException):
    """Nothing more can be kept (RFC 4918)."""

    code = 507


def add_routes(app, current, settings):
    """Add the corrections to a Flask application."""
    folder = settings.collection

    @app.post("/correction")
    def correction():
        id = keep(folder, request, current().recognizer)
        return jsonify(collected=count(folder)), 201, {"Location": f"/correction/{id}"}

    @app.delete("/correction/<id>")
    def correction_taken_back(id):
        _check_collecting(folder)
        if not discard(folder, id):
            raise NotFound(f"no picture {id[:40]} is kept; POST /correction answers with the Location of one")
        return jsonify(collected=count(folder))


def keep(folder, request, recognizer):
    """Keep the picture of a request under the label that it gives.

    Parameters
    ----------
    folder : pathlib.Path or None
        Folder from `make_folder`; None if nothing is to be kept.
    request : flask.Request
        A form with one picture in `file`, its `label`, and for a character on it its `box` as
        "left,top,right,bottom".
    recognizer : Recognizer
        Recognizer with the labels that there are, and the shape of canonical images.

    Returns
    -------
    id : str
        Id of the kept picture.

    Raises
    ------
    werkzeug.exceptions.HTTPException
        403 if nothing is to be kept, 415, 413 or 400 as for a prediction, 422 for a label or box that does not fit,
        507 if the folder takes no more.
    """
    _check_collecting(folder)
    pictures = form_pictures(request)
    if len(pictures) != 1:
        raise BadRequest(f"the form has {len(pictures)} pictures; correct one at a time")
    label, box = _label(request.form.get("label", ""), labels(recognizer)), _box(request.form.get("box"))
    try:
        with opened(pictures[0][1]) as picture:
            return collect(folder, picture, label, recognizer.shape, box)
    except BoxError as error:
        raise coded("box_outside", UnprocessableEntity(str(error))) from error
    except DataError as error:
        raise UnprocessableEntity(str(error)) from error
    except CollectionError as error:
        raise InsufficientStorage(str(error)) from error


def labels(recognizer):
    """Return what a correction may say: a list of the model's classes, and of characters that it is none."""
    return [*recognizer.classes.tolist(), *([NO_CHARACTER] if len(recognizer.shape) == 2 else [])]


def _check_collecting(folder):
    if folder is None:
        raise coded("not_collecting", Forbidden("this server keeps no pictures; start it with --collect FOLDER"))


def _label(label, choices):
    """Return the label of a correction after checking that it is one of those that there are."""
    if label in choices:
        return label
    reason = f"is {label[:40]!r}" if label else "is missing"
    listed = ", ".join(choices if len(choices) <= 20 else [*choices[:10], "...", *choices[-5:]])
    raise coded("unknown_label", UnprocessableEntity(f"the label {reason}; give one of the model's: {listed}"))


def _box(text):
    """Return the box that a text gives as four int, or None if there is none."""
    if text is None:
        return None
    corners = text.split(",")
    if len(corners) != 4 or not all(corner.isdecimal() and len(corner) < 10 for corner in corners):
        wrong = f"the box is {text[:40]!r}; give left,top,right,bottom in upright pixels"
        raise coded("box_outside", UnprocessableEntity(wrong))
    return tuple(map(int, corners))
