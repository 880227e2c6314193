"""The HTTP contract of a model as an OpenAPI 3.1 document, `GET /openapi.json`, and the model's card, `GET /model`."""

import math

from flask import jsonify

from recognition.inference.live import public_card
from recognition.inference.recognizer import TOP
from recognition.serving.admission import DEFAULT
from recognition.serving.corrections import labels
from recognition.serving.instances import MAX_INSTANCES
from recognition.serving.uploads import MAX_PICTURES, PICTURE_TYPES

PUBLIC_PATHS = ("/", "/health/live", "/health/ready")  # those of admission.PUBLIC
DONE = {
    "prediction": "The predictions, in the order asked",
    "correction": "It is kept, and can be taken back at its Location",
    "correction_taken_back": "It is kept no more",
}
REASONS = {
    400: "not strict JSON in UTF-8, a form without a picture, or a picture that cannot be read or is blank",
    401: "the token is missing or wrong",
    403: "asked by a page of another site",
    404: "there is none",
    408: "the request did not come in time",
    413: "too many bytes, pixels, pictures or instances",
    415: "another content type",
    422: "JSON, a label or a box that does not fit the model",
    421: "asked under a name that is not the server's",
    431: "a head that is too large",
    501: "the extra prometheus-client is not installed",
    503: "too busy; Retry-After says when to ask again",
    507: "no more can be kept",
}


def add_routes(app, current, settings):
    """Add the description and the card to a Flask application."""

    @app.get("/openapi.json")
    def openapi():
        return jsonify(openapi_document(current(), settings))

    @app.get("/model")
    def card():
        return jsonify(public_card(current().card))


def openapi_document(model, settings=DEFAULT):
    """Return the description of what the server takes and answers.

    Parameters
    ----------
    model : artifact.Model
        Model whose instances and labels are described.
    settings : admission.Settings, optional
        Whether a token is wanted, and whether the page can be taken along.

    Returns
    -------
    document : dict
        An OpenAPI 3.1 document.
    """
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": f"Recognition by the model {model.name}",
            "version": model.card["sha256"][:12],
            "description": "What is on pictures. Errors are problem+json (RFC 9457); `detail` says what to do.",
        },
        "paths": _paths(),
        "components": {"schemas": _schemas(model.recognizer)},
    }
    if not settings.export:
        del document["paths"]["/page.html"]
    if settings.token is not None:
        _lock(document)
    return document


def _lock(document):
    """Add the token to all operations but the public ones."""
    document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"token": []}]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if path in PUBLIC_PATHS:
                operation["security"] = []
            else:
                operation["responses"]["401"] = _problem(401)


def _paths():
    correction_id = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    seen = {
        "name": "seen",
        "in": "query",
        "description": "1 adds to each character what the model saw of it, as a PNG in a data URL; no other value does",
        "schema": {"type": "string"},
    }
    pattern = {
        "name": "pattern",
        "in": "query",
        "description": "what may be written on pictures, such as [0-9]{8}; one that cannot be is 422",
        "schema": {"type": "string"},
    }
    bodies = {"application/json": _schema("Question"), "multipart/form-data": _schema("Pictures")}
    prediction = _operation(
        "prediction", "Recognise instances or pictures", "Answers", 400, 403, 408, 413, 415, 422, 503
    )
    prediction |= {
        "parameters": [seen, pattern],
        "requestBody": _body(bodies | {kind: {} for kind in sorted(PICTURE_TYPES)}),
    }
    correction = _operation(
        "correction", "Keep a picture under its right label", "Collected", 400, 403, 408, 413, 415, 422, 507, status=201
    )
    correction |= {"requestBody": _body({"multipart/form-data": _schema("Correction")})}
    taken_back = _operation("correction_taken_back", "Take a correction back", "Collected", 403, 404)
    report = _operation("report", "The report of its training", "text/html", 404)
    report["responses"]["404"]["content"]["text/html"] = {"schema": {"type": "string"}}  # for browsers
    return {
        "/prediction": {"post": prediction},
        "/correction": {"post": correction},
        "/correction/{id}": {"delete": taken_back | {"parameters": [correction_id]}},
        "/model": {"get": _operation("model", "The card of the model", "Card")},
        "/report": {"get": report},
        "/metrics": {"get": _operation("metrics", "Counters, in the text format of Prometheus", "text/plain", 501)},
        "/health/live": {"get": _operation("live", "Whether the server runs", "Health")},
        "/health/ready": {"get": _operation("ready", "Whether it can answer", "Health")},
        "/openapi.json": {"get": _operation("openapi", "This document", "Document")},
        "/": {"get": _operation("page", "A page to draw on", "text/html")},
        "/page.html": {"get": _operation("exported_page", "The same as one file, without a server", "text/html", 404)},
    }


def _operation(name, summary, kind, *errors, status=200):
    """Return an operation that answers JSON of a schema, or text of a media type, or one of these errors."""
    content = {kind: {"schema": {"type": "string"}}} if "/" in kind else {"application/json": _schema(kind)}
    responses = {str(status): {"description": DONE.get(name, summary), "content": content}}
    responses |= {str(error): _problem(error) for error in errors}
    return {"summary": summary, "operationId": name, "responses": responses}


def _schema(name):
    return {"schema": {"$ref": f"#/components/schemas/{name}"}}


def _body(content):
    return {"required": True, "content": content}


def _problem(status):
    answer = {"description": REASONS[status], "content": {"application/problem+json": _schema("Problem")}}
    if status == 503:
        answer["headers"] = {"Retry-After": {"description": "seconds", "schema": {"type": "string"}}}
    return answer


def _schemas(recognizer):
    label = {"type": "string", "enum": recognizer.classes.tolist()}
    share = {"type": "number", "minimum": 0, "maximum": 1}
    text, flag = {"type": "string"}, {"type": "boolean"}
    doubt = {"type": "string", "description": "Why it is likely wrong, in a few words; where recognized is false"}
    picture = {"type": "string", "format": "binary"}
    candidate = _object(label=label, confidence=share)
    likeliest = {"type": "array", "items": candidate, "minItems": 1, "maxItems": TOP}
    readings = likeliest | {"items": _object(label=text, confidence=share)}
    seen = {"type": "string", "description": "A PNG in a data URL, if ?seen=1 was asked for"}
    example = {"type": "string", "description": "An image of the test part, as a data URL"}
    box = {"type": "array", "items": {"type": "integer"}, "minItems": 4, "maxItems": 4}
    character = _object(label=label, confidence=share, recognized=flag, top=likeliest, box=box)
    character["properties"] |= {"doubt": doubt, "seen": seen}
    prediction = _object(label=text, confidence=share, recognized=flag, top=readings)
    prediction["properties"] |= {
        "doubt": doubt,
        "seen": seen,
        "characters": {"type": "array", "items": character, "minItems": 1},
    }
    pictures = {"type": "array", "items": picture, "minItems": 1, "maxItems": MAX_PICTURES}
    correction = _object(file=picture, label={"type": "string", "enum": labels(recognizer)})
    correction["properties"]["box"] = {
        "type": "string",
        "description": "left,top,right,bottom of the character that is meant, as its prediction has it",
    }
    return {
        "Question": _object(
            instances={"type": "array", "items": _instance(recognizer), "minItems": 1, "maxItems": MAX_INSTANCES}
        ),
        "Pictures": _object(file=pictures),
        "Answers": _object(model=text, predictions={"type": "array", "items": prediction, "minItems": 1}),
        "Correction": correction,
        "Collected": _object(collected={"type": "integer", "minimum": 0}),
        "Card": {
            "type": "object",
            "required": ["name", "classes", "shape", "range"],
            "properties": {
                "examples": {"type": "array", "items": _object(label=label, image=example)},
                "merged": {"type": "object", "additionalProperties": text},
            },
        },
        "Health": _object(status=text),
        "Document": {"type": "object", "required": ["openapi", "paths"]},
        "Problem": _object(type=text, title=text, status={"type": "integer"}, code=text, detail=text),
    }


def _instance(recognizer):
    """Return the schema of an instance: flat, or nested as its shape is."""
    number = {"type": "number", "minimum": 0, "maximum": recognizer.full}

    def array(items, length):
        return {"type": "array", "items": items, "minItems": length, "maxItems": length}

    nested = number
    for length in reversed(recognizer.shape):
        nested = array(nested, length)
    return {"oneOf": [array(number, math.prod(recognizer.shape)), nested]}


def _object(**properties):
    """Return the schema of an object that has all of these properties."""
    return {"type": "object", "properties": properties, "required": list(properties)}
