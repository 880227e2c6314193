"""The Flask application: the HTTP contract around one model, and the page.

`POST /prediction` takes `{"instances": [[...], ...]}`, or pictures, and answers `{"model": ..., "predictions":
[...]}`; every error is `application/problem+json` (RFC 9457).
"""

import hashlib
import re
import shlex
import time
from base64 import b64encode

from flask import Flask, g, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException, NotFound

from recognition.inference.artifact import without_folders
from recognition.serving.access import admit, guard
from recognition.serving.collection import count
from recognition.serving.concurrency import Turnstile, overloaded
from recognition.serving.corrections import keep, take_back
from recognition.serving.instances import instances_in
from recognition.serving.observation import Observer
from recognition.serving.openapi import describe
from recognition.serving.problems import MAX_BODY, problem
from recognition.serving.uploads import pictures_of, read_picture

PRIVATE = ("command", "file")  # of the card: what tells about the machine, and helps no client
WAITING_INSTANCES, WAITING_PICTURES = 200, 40  # requests; the others are told to come again
SECONDS = 30  # for the pictures of a request
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

STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
REPORT_MAY = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
NO_REPORT = ("--quick", "--no-report")  # options of training.py that leave it out


def create_app(current, collection=None, token=None, cors=None, observer=None):
    """Build the application that serves a model.

    Parameters
    ----------
    current : callable
        Gives the artifact.Model to answer with; asked once a request.
    collection : pathlib.Path, optional
        Folder for the pictures that people correct; without it none are kept.
    token : str, optional
        Only who sends it is answered.
    cors : str, optional
        Origin of another site whose pages may ask, too.
    observer : observation.Observer, optional
        Takes note of requests; a new one if none is given.

    Returns
    -------
    app : flask.Flask
        A WSGI application.
    """
    app = Flask("recognition.page")  # whose templates and static files it serves
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.json.sort_keys = False
    app.register_error_handler(HTTPException, problem)
    instances, pictures = Turnstile(1, WAITING_INSTANCES), Turnstile(2, WAITING_PICTURES)
    (observer or Observer(current)).watch(app)

    @app.before_request
    def let_in():
        if request.routing_exception is None:  # what is not there is 404 for everybody
            admit(request, token, cors)

    @app.after_request
    def guarded(answer):
        return guard(answer, request, cors)

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
            return report_missing(current())
        answer = app.make_response(html)
        answer.headers["Content-Security-Policy"] = f"{REPORT_MAY}; style-src {style_hash(html)}"
        return answer

    @app.get("/openapi.json")
    def description():
        return jsonify(describe(current(), token is not None))

    @app.get("/health/live", endpoint="live")
    @app.get("/health/ready", endpoint="ready")
    def health():
        return jsonify(status="ok")

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
        parts = (part for prediction in predictions for part in prediction.get("characters", [prediction]))
        g.predicted = [(part["label"], part["recognized"]) for part in parts]
        return jsonify(model=model.name, predictions=predictions)

    @app.post("/correction")
    def correction():
        id = keep(collection, request, current().recognizer)
        return jsonify(collected=count(collection)), 201, {"Location": f"/correction/{id}"}

    @app.delete("/correction/<id>")
    def correction_taken_back(id):
        take_back(collection, id)
        return jsonify(collected=count(collection))

    return app


def report_missing(model):
    """Answer that a model has no report, and how it gets one: with a page to browsers, with a problem to programs.

    Parameters
    ----------
    model : artifact.Model
        Its card has the command that trained it.

    Returns
    -------
    answer : flask.Response
        404; what it is depends on the header `Accept` of the request.
    """
    words = shlex.split(without_folders(model.card["command"]))
    # argparse takes the beginning of an option for it
    kept = [word for word in words if not (word.startswith("--") and any(name.startswith(word) for name in NO_REPORT))]
    command = shlex.join(kept)
    if (
        request.accept_mimetypes.best_match(["application/problem+json", "application/json", "text/html"])
        == "text/html"
    ):
        answer = make_response(render_template("no_report.html", name=model.name, command=command), 404)
        answer.headers["Content-Security-Policy"] = REPORT_MAY
    else:
        reason = (
            f"this model has no report; training.py writes one, unless {' or '.join(NO_REPORT)} is given: {command}"
        )
        answer = problem(NotFound(reason))
    answer.vary.add("Accept")
    return answer


def read_in_time(recognizer, uploads, seen):
    """Recognise pictures one after the other, as long as there is time: yields an answer for each.

    Raises
    ------
    werkzeug.exceptions.HTTPException
        As of `read_picture`; 503 if there are still some left after `SECONDS`.
    """
    end = time.monotonic() + SECONDS
    for number, (name, content) in enumerate(uploads):
        if time.monotonic() > end:
            raise overloaded(f"{number} of {len(uploads)} pictures were read in {SECONDS} s; send fewer at once")
        yield read_picture(recognizer, name, content, seen)


def style_hash(html):
    """Give what a Content-Security-Policy must name to allow the style of a report: str, `'sha256-...'`."""
    style = STYLE.search(html)[1]
    return f"'sha256-{b64encode(hashlib.sha256(style.encode()).digest()).decode('ascii')}'"
