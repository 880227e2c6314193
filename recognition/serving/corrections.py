"""`POST /correction` of a picture and its right label, `DELETE /correction/ID` -> the folder of corrections."""

from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    NotFound,
    RequestEntityTooLarge,
    UnprocessableEntity,
)

from recognition.errors import CollectionError, DataError, ImageError, TooLargeError
from recognition.serving import collection
from recognition.serving.uploads import form_pictures


class InsufficientStorage(HTTPException):
    """Nothing more can be kept (RFC 4918)."""

    code = 507


def keep(folder, request, recognizer):
    """Keep the picture of a request under the label that it gives.

    Parameters
    ----------
    folder : pathlib.Path or None
        Where; None if nothing is to be kept.
    request : flask.Request
        A form with one picture in `file`, its `label`, and for a character on it its `box` as
        "left,top,right,bottom".
    recognizer : Recognizer
        Says which labels there are, and the shape of canonical images.

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
    label, classes = request.form.get("label", ""), recognizer.classes.tolist()
    if label not in classes:
        found = f"is {label[:40]!r}" if label else "is missing"
        raise UnprocessableEntity(f"the label {found}; give one of the model's: {_some(classes)}")
    try:
        return collection.collect(folder, pictures[0][1], label, recognizer.shape, _box(request.form.get("box")))
    except TooLargeError as error:
        raise RequestEntityTooLarge(str(error)) from error
    except ImageError as error:
        raise BadRequest(str(error)) from error
    except DataError as error:
        raise UnprocessableEntity(str(error)) from error
    except CollectionError as error:
        raise InsufficientStorage(str(error)) from error


def take_back(folder, id):
    """Remove a picture that was kept.

    Parameters
    ----------
    folder : pathlib.Path or None
        The folder of corrections; None if nothing is to be kept.
    id : str
        Id of the picture, as `keep` returned it.

    Raises
    ------
    werkzeug.exceptions.HTTPException
        403 if nothing is to be kept, 404 if no such picture is.
    """
    _check_collecting(folder)
    if not collection.discard(folder, id):
        raise NotFound(f"no picture {id[:40]} is kept; POST /correction answers with the Location of one")


def _check_collecting(folder):
    if folder is None:
        raise Forbidden("this server keeps no pictures; start it with --collect FOLDER")


def _some(classes):
    """Name the classes, or the ends of them where there are many."""
    return ", ".join(classes if len(classes) <= 20 else [*classes[:10], "...", *classes[-5:]])


def _box(text):
    """Read a box; None if there is none."""
    if text is None:
        return None
    parts = text.split(",")
    if len(parts) != 4 or not all(part.isdecimal() and len(part) < 10 for part in parts):
        raise UnprocessableEntity(f"the box is {text[:40]!r}; give left,top,right,bottom in upright pixels")
    return tuple(map(int, parts))
