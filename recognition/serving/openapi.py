"""The HTTP contract of a model, as an OpenAPI 3.1 document: what `GET /openapi.json` answers."""

import math

from recognition.inference.recognizer import TOP
from recognition.serving.instances import MAX_INSTANCES
from recognition.serving.uploads import MAX_PICTURES, PICTURE_TYPES

PROBLEM = {"$ref": "#/components/schemas/Problem"}
REASONS = {
    400: "not strict JSON in UTF-8, a form without a picture, or a picture that cannot be read or is blank",
    401: "the token is missing or wrong",
    403: "asked by a page of another site",
    404: "there is none",
    408: "the request did not come in time",
    413: "too many bytes, pixels, pictures or instances",
    415: "another content type",
    422: "JSON, a label or a box that does not fit the model",
    501: "the extra prometheus-client is not installed",
    503: "too busy; Retry-After says when to ask again",
    507: "no more can be kept",
}


def describe(model, locked=False):
    """Describe what the server takes and answers.

    Parameters
    ----------
    model : artifact.Model
        Says what its instances and labels are.
    locked : bool
        Whether a token is wanted.

    Returns
    -------
    document : dict
        OpenAPI 3.1.
    """
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": f"Recognition by the model {model.name}",
            "version": model.card["sha256"][:12],
            "description": "What is on pictures. Errors are problem+json (RFC 9457); `detail` says what to do.",
        },
        "paths": _paths(model),
        "components": {"schemas": _schemas(model)},
    }
    if locked:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
        for path in ("/", "/health/live", "/health/ready"):
            document["paths"][path]["get"]["security"] = []
        for path in document["paths"].values():
            for operation in path.values():
                if operation.get("security") != []:
                    operation["responses"]["401"] = _problem(401)
    return document


def _paths(model):
    """Describe the paths."""
    json = {"application/json": {"schema": {"$ref": "#/components/schemas/Question"}}}
    form = {"multipart/form-data": {"schema": {"$ref": "#/components/schemas/Pictures"}}}
    seen = {
        "name": "seen",
        "in": "query",
        "description": "1 adds to each character what the model saw of it, as a PNG in a data URL",
        "schema": {"type": "string", "enum": ["0", "1"]},
    }
    return {
        "/prediction": {
            "post": {
                "summary": "Recognise instances or pictures",
                "operationId": "prediction",
                "parameters": [seen],
                "requestBody": {
                    "required": True,
                    "content": json | form | {kind: {} for kind in sorted(PICTURE_TYPES)},
                },
                "responses": _answers(
                    "Answers", "The predictions, in the order asked", 400, 403, 408, 413, 415, 422, 503
                ),
            }
        },
        "/correction": {
            "post": {
                "summary": "Keep a picture under its right label",
                "operationId": "correction",
                "requestBody": {
                    "required": True,
                    "content": {"multipart/form-data": {"schema": {"$ref": "#/components/schemas/Correction"}}},
                },
                "responses": _answers(
                    "Collected",
                    "It is kept, and can be taken back at its Location",
                    400,
                    403,
                    408,
                    413,
                    415,
                    422,
                    507,
                    status="201",
                ),
            }
        },
        "/correction/{id}": {
            "delete": {
                "summary": "Take a correction back",
                "operationId": "correction_taken_back",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": _answers("Collected", "It is kept no more", 403, 404),
            },
        },
        "/model": {"get": _get("model", "The card of the model", "Card")},
        "/report": {"get": _report()},
        "/metrics": {"get": _get("metrics", "Counters, in the text format of Prometheus", "text/plain", 501)},
        "/health/live": {"get": _get("live", "Whether the server runs", "Health")},
        "/health/ready": {"get": _get("ready", "Whether it can answer", "Health")},
        "/openapi.json": {"get": _get("openapi", "This document", "Document")},
        "/": {"get": _get("page", "A page to draw on", "text/html")},
    }


def _get(name, summary, kind, *errors):
    """Describe a GET."""
    return {"summary": summary, "operationId": name, "responses": _answers(kind, summary, *errors)}


def _report():
    """Describe the GET of the report; where there is none, browsers get a page that says so."""
    operation = _get("report", "The report of its training", "text/html", 404)
    operation["responses"]["404"]["content"]["text/html"] = {"schema": {"type": "string"}}
    return operation


def _answers(kind, description, *errors, status="200"):
    """Describe the answers: JSON of a schema, or text of a media type."""
    schema = {"type": "string"} if "/" in kind else {"$ref": f"#/components/schemas/{kind}"}
    content = {kind if "/" in kind else "application/json": {"schema": schema}}
    return {status: {"description": description, "content": content}} | {str(code): _problem(code) for code in errors}


def _problem(code):
    """Describe an error."""
    answer = {"description": REASONS[code], "content": {"application/problem+json": {"schema": PROBLEM}}}
    if code == 503:
        answer["headers"] = {"Retry-After": {"description": "seconds", "schema": {"type": "string"}}}
    return answer


def _schemas(model):
    """Describe what is sent and answered."""
    recognizer = model.recognizer
    label = {"type": "string", "enum": recognizer.classes.tolist()}
    share = {"type": "number", "minimum": 0, "maximum": 1}
    text, flag = {"type": "string"}, {"type": "boolean"}
    doubt = {"type": "string", "description": "Why it is likely wrong, in a few words; where recognized is false"}
    picture = {"type": "string", "format": "binary"}
    candidate = _object(label=label, confidence=share)
    likeliest = {"type": "array", "items": candidate, "minItems": 1, "maxItems": TOP}
    seen = {"type": "string", "description": "A PNG in a data URL, if ?seen=1 was asked for"}
    box = {"type": "array", "items": {"type": "integer"}, "minItems": 4, "maxItems": 4}
    character = _object(label=label, confidence=share, recognized=flag, top=likeliest, box=box)
    character["properties"] |= {"doubt": doubt, "seen": seen}
    prediction = _object(label=text, confidence=share, recognized=flag)
    prediction["properties"] |= {
        "doubt": doubt,
        "top": likeliest,
        "seen": seen,
        "characters": {"type": "array", "items": character, "minItems": 1},
    }
    pictures = {"type": "array", "items": picture, "minItems": 1, "maxItems": MAX_PICTURES}
    correction = _object(file=picture, label=label)
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
        "Card": {"type": "object", "required": ["name", "classes", "shape", "range"]},
        "Health": _object(status=text),
        "Document": {"type": "object", "required": ["openapi", "paths"]},
        "Problem": _object(type=text, title=text, status={"type": "integer"}, detail=text),
    }


def _instance(recognizer):
    """Describe an instance: flat, or nested as its shape is."""
    number = {"type": "number", "minimum": 0, "maximum": recognizer.full}

    def array(items, length):
        return {"type": "array", "items": items, "minItems": length, "maxItems": length}

    nested = number
    for length in reversed(recognizer.shape):
        nested = array(nested, length)
    return {"oneOf": [array(number, math.prod(recognizer.shape)), nested]}


def _object(**properties):
    """Describe an object that has all of these."""
    return {"type": "object", "properties": properties, "required": list(properties)}
