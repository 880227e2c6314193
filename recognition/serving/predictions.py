"""`POST /prediction` of instances or pictures -> predictions."""

import io
import time

from flask import g, jsonify, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from recognition.errors import ImageError, TooLargeError
from recognition.inference.reading import read
from recognition.serving.concurrency import ConcurrencyLimit, overloaded
from recognition.serving.instances import instances_in

MAX_PICTURES = 100
PICTURE_TYPES = {f"image/{kind}" for kind in ("png", "jpeg", "gif", "bmp", "x-ms-bmp", "webp", "tiff")}
WAITING_INSTANCES, WAITING_PICTURES = 200, 40  # requests; the others are told to come again
SECONDS = 30  # for the pictures of a request


def add_routes(app, current, settings):
    """Add the predictions to a Flask application."""
    del settings
    instances, pictures = ConcurrencyLimit(1, WAITING_INSTANCES), ConcurrencyLimit(2, WAITING_PICTURES)

    @app.post("/prediction")
    def prediction():
        model = current()
        if request.mimetype == "application/json":
            body = request.get_data()
            with instances.turn():
                rows = instances_in(body, model.recognizer)
                predictions = [prediction.as_dict() for prediction in model.recognizer.predict(rows)]
        else:
            uploads = pictures_of(request)
            with pictures.turn():
                predictions = list(read_in_time(model.recognizer, uploads, seen=request.args.get("seen") == "1"))
        characters = (part for prediction in predictions for part in prediction.get("characters", [prediction]))
        g.predicted = [(character["label"], character["recognized"]) for character in characters]
        return jsonify(model=model.name, predictions=predictions)


def pictures_of(request):
    """Return the pictures of a request.

    Parameters
    ----------
    request : flask.Request
        A form of multipart/form-data, or a picture itself.

    Returns
    -------
    pictures : list of (str, bytes)
        Beginning of messages, which names one of several, and content of each.

    Raises
    ------
    werkzeug.exceptions.UnsupportedMediaType
        If it is of another type.
    werkzeug.exceptions.RequestEntityTooLarge
        If there are too many.
    werkzeug.exceptions.BadRequest
        If there is none.
    """
    if request.mimetype in PICTURE_TYPES:
        return [("", request.get_data())]
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType(
            f"the content type is {request.mimetype or 'missing'}; send application/json, multipart/form-data with "
            f"pictures in parts named file, or a picture as {', '.join(sorted(PICTURE_TYPES))}"
        )
    return form_pictures(request)


def form_pictures(request):
    """Return the pictures of a form, as `pictures_of` does: list of (str, bytes)."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType(
            f"the content type is {request.mimetype or 'missing'}; send multipart/form-data with a picture in file"
        )
    files = request.files.getlist("file")
    if not files:
        raise BadRequest("the form has no picture; send one or more in parts named file, each with a file name")
    if len(files) > MAX_PICTURES:
        raise RequestEntityTooLarge(f"{len(files)} pictures; send at most {MAX_PICTURES} at once")
    pictures = []
    for number, file in enumerate(files):
        pictures.append((f"picture {number} ({file.filename}): " if len(files) > 1 else "", file.read()))
        file.close()  # a large one is on the disk
    return pictures


def read_in_time(recognizer, pictures, seen):
    """Recognise pictures one after the other, as long as there is time.

    Parameters
    ----------
    recognizer : Recognizer
        Recognizer of the model.
    pictures : list of (str, bytes)
        Pictures from `pictures_of`.
    seen : bool
        Whether to show what the model saw.

    Yields
    ------
    prediction : dict
        Prediction of the HTTP contract for each picture.

    Raises
    ------
    werkzeug.exceptions.ServiceUnavailable
        If there are still some left after `SECONDS`.
    werkzeug.exceptions.RequestEntityTooLarge
        If one has too many pixels.
    werkzeug.exceptions.BadRequest
        If one cannot be read, or nothing is on it.
    """
    end = time.monotonic() + SECONDS
    for number, (name, content) in enumerate(pictures):
        if time.monotonic() > end:
            raise overloaded(f"{number} of {len(pictures)} pictures were read in {SECONDS} s; send fewer at once")
        try:
            yield read(recognizer, io.BytesIO(content)).as_dict(recognizer.full, seen)
        except TooLargeError as error:
            raise RequestEntityTooLarge(f"{name}{error}") from error
        except ImageError as error:
            raise BadRequest(f"{name}{error}") from error
