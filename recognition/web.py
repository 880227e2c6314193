"""The Flask application: the HTTP contract around one model.

`POST /prediction` takes `{"instances": [[...], ...]}`, or pictures, and answers `{"model": ..., "predictions":
[...]}`; every error is `application/problem+json` (RFC 9457).
"""

import io
import json
import math
from itertools import chain

import numpy as np
from flask import Flask, jsonify, render_template, request
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    RequestEntityTooLarge,
    UnprocessableEntity,
    UnsupportedMediaType,
)

from recognition.errors import ImageError, TooLargeError
from recognition.reading import read

MAX_BODY = 32 * 2**20  # bytes
MAX_INSTANCES = 1000
MAX_PICTURES = 100
PICTURE_TYPES = {f"image/{kind}" for kind in ("png", "jpeg", "gif", "bmp", "x-ms-bmp", "webp", "tiff")}
PRIVATE = ("command", "file")  # of the card: what tells about the machine, and helps no client


def create_app(model):
    """Build the application that serves a model.

    Parameters
    ----------
    model : artifact.Model
        Loaded.

    Returns
    -------
    app : flask.Flask
        A WSGI application.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.json.sort_keys = False
    app.register_error_handler(HTTPException, problem)

    @app.get("/")
    def page():
        return render_template("index.html", card=model.card)

    @app.get("/model")
    def card():
        return jsonify({key: value for key, value in model.card.items() if key not in PRIVATE})

    @app.get("/health/live")
    @app.get("/health/ready")
    def health():
        return jsonify(status="ok")

    @app.post("/prediction")
    def prediction():
        if request.mimetype == "application/json":
            rows = read_instances(strict_json(request.get_data()), model.recognizer)
            predictions = [prediction.as_dict() for prediction in model.recognizer.predict(rows)]
        else:
            predictions = [
                read_picture(model.recognizer, name, content, seen=request.args.get("seen") == "1")
                for name, content in pictures_of(request)
            ]
        return jsonify(model=model.name, predictions=predictions)

    return app


def problem(error):
    """Answer an HTTP error as problem+json, keeping its headers (`Allow`, say)."""
    response = error.get_response()
    response.data = json.dumps(
        {"type": "about:blank", "title": error.name, "status": error.code, "detail": _detail(error)}
    )
    response.content_type = "application/problem+json"
    return response


def _detail(error):
    """Give an error's own sentence, or for those that werkzeug raises itself one that says what to do."""
    if error.description != type(error).description:
        return error.description
    if error.code == 404:
        return f"there is nothing at {request.path}; GET / tells what there is"
    if error.code == 405:
        return f"{request.path} does not take {request.method}; use {' or '.join(sorted(error.valid_methods))}"
    if error.code == 413:
        return f"the body is larger than {MAX_BODY:,} bytes; send fewer instances at once"
    return error.description


def pictures_of(request):
    """Take the pictures out of a request.

    Parameters
    ----------
    request : flask.Request
        Of multipart/form-data, or a picture itself.

    Returns
    -------
    pictures : list of (str, bytes)
        What messages begin with, to name one of several, and the content.

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
    files = request.files.getlist("file")
    if not files:
        raise BadRequest("the form has no picture; send one or more in parts named file, each with a file name")
    if len(files) > MAX_PICTURES:
        raise RequestEntityTooLarge(f"{len(files)} pictures; send at most {MAX_PICTURES} at once")
    names = [f"picture {number} ({file.filename}): " if len(files) > 1 else "" for number, file in enumerate(files)]
    contents = []
    for file in files:
        contents.append(file.read())
        file.close()  # a large one is on the disk
    return list(zip(names, contents, strict=True))


def read_picture(recognizer, name, content, seen):
    """Recognise a picture of a request.

    Parameters
    ----------
    recognizer : Recognizer
        Of the model.
    name : str
        What messages begin with.
    content : bytes
        Of the picture.
    seen : bool
        Show what the model saw.

    Returns
    -------
    answer : dict
        Of the HTTP contract.

    Raises
    ------
    werkzeug.exceptions.RequestEntityTooLarge
        If it has too many pixels.
    werkzeug.exceptions.BadRequest
        If it cannot be read, or nothing is on it.
    """
    try:
        return read(recognizer, io.BytesIO(content)).as_dict(recognizer.full, seen)
    except TooLargeError as error:
        raise RequestEntityTooLarge(f"{name}{error}") from error
    except ImageError as error:
        raise BadRequest(f"{name}{error}") from error


def strict_json(body):
    """Read JSON as RFC 8259 has it: UTF-8, without NaN and Infinity.

    Parameters
    ----------
    body : bytes
        Of a request.

    Returns
    -------
    value : object
        What `json.loads` makes of it.

    Raises
    ------
    werkzeug.exceptions.BadRequest
        If it is anything else, or nested too deep to read.
    """

    def refuse(constant):
        raise ValueError(f"{constant} is no JSON number")

    try:
        return json.loads(body.decode("utf-8"), parse_constant=refuse)
    except RecursionError as error:
        raise BadRequest("the JSON is nested too deep; instances are lists of numbers") from error
    except UnicodeDecodeError as error:
        raise BadRequest(f"the body is not UTF-8 (byte {error.start}); send JSON in UTF-8") from error
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from error


def read_instances(value, recognizer):
    """Check the instances of a request and make them one array.

    Parameters
    ----------
    value : object
        From JSON; right is `{"instances": [[number, ...], ...]}`, each instance flat or a list of its image's rows.
    recognizer : Recognizer
        Says which shape and range fit.

    Returns
    -------
    rows : ndarray of float64, shape (n_instances, n_values)
        From 0 to `recognizer.full`.

    Raises
    ------
    werkzeug.exceptions.RequestEntityTooLarge
        If there are too many.
    werkzeug.exceptions.UnprocessableEntity
        If they do not fit; the message names the first that does not.
    """
    if not isinstance(value, dict) or "instances" not in value:
        raise UnprocessableEntity('the JSON has no "instances"; send {"instances": [[...], ...]}')
    instances = value["instances"]
    if not isinstance(instances, list) or not instances:
        raise UnprocessableEntity(f'"instances" must be a list of images; it is {_in_brief(instances)}')
    if len(instances) > MAX_INSTANCES:
        raise RequestEntityTooLarge(f"{len(instances)} instances; send at most {MAX_INSTANCES} at once")
    numbers = [_flatten(instance, index, recognizer.shape) for index, instance in enumerate(instances)]
    low, high = 0, recognizer.full
    try:
        rows = np.array(numbers, dtype=np.float64)
    except OverflowError:  # an integer too long for a float; any number out of range may stand for it
        rows = np.array([[min(max(number, low - 1), high + 1) for number in row] for row in numbers])
    outside = np.argwhere((rows < low) | (rows > high))
    if len(outside):
        index, position = outside[0].tolist()
        raise UnprocessableEntity(
            f"instance {index} holds {_in_brief(numbers[index][position])} at position {position}; "
            f"this model takes numbers from {low} (paper) to {high} (full ink)"
        )
    return rows


def _flatten(instance, index, shape):
    """Give an instance as a flat list of numbers, after checking that it is one of this shape."""
    size, sides = math.prod(shape), "x".join(map(str, shape))
    flat = instance if isinstance(instance, list) else [instance]
    for depth in range(1, len(shape)):
        if len(flat) != math.prod(shape[:depth]) or not all(isinstance(part, list) for part in flat):
            break
        lengths = {len(part) for part in flat} - {shape[depth]}
        if lengths:
            raise UnprocessableEntity(
                f"instance {index} has a row of {lengths.pop()} where {shape[depth]} belong; this model takes {sides}"
            )
        flat = list(chain.from_iterable(flat))
    strangers = [value for value in flat if type(value) not in (int, float)]  # a boolean is an int by inheritance
    if strangers:
        raise UnprocessableEntity(
            f"instance {index} holds {_in_brief(strangers[0])} where a number belongs; "
            f"an image is a list of {size} numbers, or lists of numbers that make {sides}"
        )
    if len(flat) != size:
        raise UnprocessableEntity(f"instance {index} has {len(flat)} numbers; this model takes {size} ({sides})")
    return flat


def _in_brief(value):
    """Name a JSON value in few words."""
    text = json.dumps(value) if not isinstance(value, int) or abs(value) < 10**40 else "a number of many digits"
    return text if len(text) <= 40 else f"{text[:37]}..."
