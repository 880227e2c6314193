"""The Flask application: the HTTP contract around one model, and the page, put together from the modules beside it.

`POST /prediction` takes `{"instances": [[...], ...]}`, or pictures, and answers `{"model": ..., "predictions":
[...]}`; every error is `application/problem+json` (RFC 9457).
"""

from flask import Flask
from werkzeug.exceptions import HTTPException

from recognition.serving import admission, corrections, openapi, pages, predictions
from recognition.serving.observation import Observer
from recognition.serving.problems import MAX_BODY, problem


def build_application(current, settings=admission.DEFAULT, observer=None):
    """Build the application that serves a model.

    Parameters
    ----------
    current : callable
        Returns the artifact.Model to answer with; called once a request.
    settings : admission.Settings, optional
        Settings of the server.
    observer : observation.Observer, optional
        Observer that takes note of requests; a new one if none is given.

    Returns
    -------
    app : flask.Flask
        A WSGI application.
    """
    app = Flask("recognition.page")  # whose templates and static files it serves
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.json.sort_keys = False
    app.register_error_handler(HTTPException, problem)
    (observer or Observer(current)).watch(app)
    admission.guard(app, settings)
    for module in (predictions, corrections, openapi, pages):
        module.add_routes(app, current, settings)
    return app
