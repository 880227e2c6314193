"""`POST /prediction` of instances or pictures -> predictions."""

import time

from flask import g, jsonify, request
from werkzeug.exceptions import UnprocessableEntity

from recognition.errors import PatternError
from recognition.inference.reading import automaton_for, read_opened
from recognition.serving.instances import instances_in
from recognition.serving.problems import coded, overloaded
from recognition.serving.uploads import ConcurrencyLimit, opened, pictures_of

WAITING_INSTANCES = 200  # requests; the others are told to come again
SECONDS = 30  # for the pictures of a request


def add_routes(app, current, settings):
    """Add the predictions to a Flask application."""
    del settings
    instances = ConcurrencyLimit(1, WAITING_INSTANCES)

    @app.post("/prediction")
    def prediction():
        model = current()
        if request.mimetype == "application/json":
            body = request.get_data()
            with instances.turn():
                rows = instances_in(body, model.recognizer)
                predictions = [prediction.as_dict() for prediction in model.recognizer.predict(rows)]
        else:
            uploads, automaton = pictures_of(request), _automaton(model.recognizer, request.args.get("pattern"))
            seen = request.args.get("seen") == "1"
            predictions = list(read_in_time(model.recognizer, uploads, seen, automaton))
        characters = (part for prediction in predictions for part in prediction.get("characters", [prediction]))
        g.predicted = [(character["label"], character["recognized"]) for character in characters]
        return jsonify(model=model.name, predictions=predictions)


def _automaton(recognizer, pattern):
    try:
        return automaton_for(recognizer, pattern)
    except PatternError as error:
        raise coded("bad_pattern", UnprocessableEntity(str(error))) from error


def read_in_time(recognizer, pictures, seen, automaton=None):
    """Recognise pictures one after the other, as long as there is time.

    Parameters
    ----------
    recognizer : Recognizer
        Recognizer of the model.
    pictures : list of (str, bytes)
        Pictures from `pictures_of`.
    seen : bool
        Whether to show what the model saw.
    automaton : Automaton, optional
        What may be written.

    Yields
    ------
    prediction : dict
        Prediction of the HTTP contract for each picture.

    Raises
    ------
    werkzeug.exceptions.HTTPException
        503 if there are still some left after `SECONDS`, 413 or 400 as of `opened`.
    """
    end = time.monotonic() + SECONDS
    for number, (name, content) in enumerate(pictures):
        if time.monotonic() > end:
            raise overloaded(f"{number} of {len(pictures)} pictures were read in {SECONDS} s; send fewer at once")
        with opened(content, name) as picture:
            reading = read_opened(recognizer, picture, automaton)
        yield reading.as_dict(recognizer.full, seen)
