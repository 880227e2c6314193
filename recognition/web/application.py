"""The Flask application: the HTTP contract around one model, and the page.

`POST /prediction` takes `{"instances": [[...], ...]}`, or pictures, and answers `{"model": ..., "predictions":
[...]}`; every error is `application/problem+json` (RFC 9457).
"""

from flask import Flask, jsonify, render_template, request
from werkzeug.exceptions import HTTPException, NotFound

from recognition.report import style_hash
from recognition.web.corrections import keep
from recognition.web.instances import read_instances, strict_json
from recognition.web.problems import MAX_BODY, problem
from recognition.web.uploads import pictures_of, read_picture

PRIVATE = ("command", "file")  # of the card: what tells about the machine, and helps no client
PAGE_MAY = "; ".join(  # do no more than this, whatever gets into it
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

REPORT_MAY = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def create_app(current, collection=None):
    """Build the application that serves a model.

    Parameters
    ----------
    current : callable
        Gives the artifact.Model to answer with; asked once a request.
    collection : pathlib.Path, optional
        Folder for the pictures that people correct; without it none are kept.

    Returns
    -------
    app : flask.Flask
        A WSGI application.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.json.sort_keys = False
    app.register_error_handler(HTTPException, problem)

    @app.get("/")
    def page():
        answer = app.make_response(render_template("index.html", collecting=collection is not None))
        answer.headers["Content-Security-Policy"] = PAGE_MAY
        return answer

    @app.get("/model")
    def card():
        return jsonify({key: value for key, value in current().card.items() if key not in PRIVATE})

    @app.get("/report")
    def report():
        html = current().report
        if html is None:
            raise NotFound("this model has no report; training.py writes one, unless --quick or --no-report is given")
        answer = app.make_response(html)
        answer.headers["Content-Security-Policy"] = f"{REPORT_MAY}; style-src {style_hash(html)}"
        return answer

    @app.get("/health/live")
    @app.get("/health/ready")
    def health():
        return jsonify(status="ok")

    @app.post("/prediction")
    def prediction():
        model = current()
        if request.mimetype == "application/json":
            rows = read_instances(strict_json(request.get_data()), model.recognizer)
            predictions = [prediction.as_dict() for prediction in model.recognizer.predict(rows)]
        else:
            predictions = [
                read_picture(model.recognizer, name, content, seen=request.args.get("seen") == "1")
                for name, content in pictures_of(request)
            ]
        return jsonify(model=model.name, predictions=predictions)

    @app.post("/correction")
    def correction():
        return jsonify(collected=keep(collection, request, current().recognizer)), 201

    return app
