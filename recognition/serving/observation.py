"""What can be known of a running server: a log line for each request, and metrics for Prometheus.

A log line is a JSON object: time, id, method, path, status, milliseconds, bytes taken, and how many predictions were
made. No line holds a picture, a value of a pixel or a token.
"""

import json
import logging
import os
import re
import time
import warnings
from collections import Counter
from datetime import UTC, datetime
from secrets import token_hex

from flask import g, jsonify, request
from werkzeug import exceptions

try:
    import prometheus_client as prometheus
    from prometheus_client.core import GaugeMetricFamily
    from prometheus_client.multiprocess import MultiProcessCollector
except ImportError:  # an extra: without it the server counts nothing
    prometheus = None

LOG = logging.getLogger("recognition.requests")
PLAIN_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Observer:
    """Logs requests, and counts them if the extra is there.

    Parameters
    ----------
    current : callable
        Returns the artifact.Model of the moment.
    """

    def __init__(self, current):
        self.metrics = Metrics(current) if prometheus else None

    def note(self, *, id, client, method, path, route, status, begin, size, predicted):
        """Take note of an answered request.

        Parameters
        ----------
        id, client, method, path : str
            Id, address, method and path of the request.
        route : str
            Path of the contract that it was taken for, "other" if there is none.
        status : int
            Status of the answer.
        begin : float
            `time.perf_counter` when it came.
        size : int
            Bytes of its body.
        predicted : sequence of (str, bool)
            Label of each prediction, and whether it was recognised.
        """
        seconds = time.perf_counter() - begin
        if self.metrics:
            self.metrics.count(method if method in METHODS else "other", route, status, seconds, predicted)
        if LOG.isEnabledFor(logging.INFO):
            line = {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "id": id,
                "from": client,
                "method": method,
                "path": path,
                "status": status,
                "ms": round(1000 * seconds, 1),
                "bytes": size,
                "predictions": len(predicted),
            }
            LOG.info(json.dumps(line))

    def watch(self, app):
        """Take note of each request of a Flask application, and add `GET /metrics` and the health checks to it."""

        @app.before_request
        def begin():
            g.begin = time.perf_counter()
            g.predicted = ()
            g.id = id_of(request.headers.get("X-Request-ID", ""))

        @app.after_request
        def end(answer):
            answer.headers["X-Request-ID"] = g.id
            self.note(
                id=g.id,
                client=request.remote_addr,
                method=request.method,
                path=request.path,
                route=request.url_rule.rule if request.url_rule else "other",
                status=answer.status_code,
                begin=g.begin,
                size=request.content_length or 0,
                predicted=g.predicted,
            )
            return answer

        @app.get("/metrics")
        def metrics():
            if self.metrics is None:
                raise exceptions.NotImplemented(
                    "this server counts nothing; install the extra: pip install prometheus-client"
                )
            return self.metrics.text(), {"Content-Type": prometheus.CONTENT_TYPE_LATEST}

        @app.get("/health/live", endpoint="live")
        @app.get("/health/ready", endpoint="ready")
        def health():
            return jsonify(status="ok")


def log_requests():
    """Send the log to stderr, without warnings of Pillow: what is wrong with a picture is told to who sent it."""
    warnings.filterwarnings("ignore", module="PIL")
    LOG.setLevel(logging.INFO)
    LOG.addHandler(logging.StreamHandler())


def id_of(header):
    """Return the id that a request came with in `X-Request-ID`, or a new one if that is none."""
    return header if PLAIN_ID.fullmatch(header) else token_hex(8)


class Metrics:
    """Counters that Prometheus reads; with several workers those of all of them, whichever is asked.

    Workers share them through files in the folder that the environment variable PROMETHEUS_MULTIPROC_DIR names.

    Parameters
    ----------
    current : callable
        Returns the artifact.Model of the moment.
    """

    def __init__(self, current):
        self.current = current
        own = prometheus.CollectorRegistry()
        self.requests = prometheus.Counter(
            "recognition_requests_total", "Requests.", ["method", "path", "status"], registry=own
        )
        self.seconds = prometheus.Histogram(
            "recognition_request_seconds", "Time to answer.", ["path"], buckets=SECONDS, registry=own
        )
        self.predictions = prometheus.Counter("recognition_predictions_total", "Predictions.", ["label"], registry=own)
        self.refused = prometheus.Counter("recognition_refused_total", "Predictions that were not sure.", registry=own)
        self.registry = prometheus.CollectorRegistry() if "PROMETHEUS_MULTIPROC_DIR" in os.environ else own
        if self.registry is not own:
            MultiProcessCollector(self.registry)
        self.registry.register(self)

    def collect(self):
        """Yield which model answers, as prometheus_client asks a collector."""
        model = self.current()
        info = GaugeMetricFamily("recognition_model_info", "The model that answers.", labels=["model", "version"])
        info.add_metric([model.name, model.card["sha256"][:12]], 1)
        yield info

    def count(self, method, route, status, seconds, predicted):
        """Count a request; see `Observer.note`."""
        self.requests.labels(method, route, status).inc()
        self.seconds.labels(route).observe(seconds)
        for label, number in Counter(label for label, _ in predicted).items():
            self.predictions.labels(label).inc(number)
        if refused := sum(not recognized for _, recognized in predicted):
            self.refused.inc(refused)

    def text(self):
        """Return all of it in Prometheus' text format, as bytes."""
        return prometheus.generate_latest(self.registry)
