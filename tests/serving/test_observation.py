import json
import logging
import re

import pytest
from drawing import draw, saved
from questions import BLANK, FLAT_TWO

from recognition.serving import observation

pytest.importorskip("prometheus_client", reason="metrics are an extra: pip install prometheus-client")


@pytest.fixture
def lines(caplog):
    """The log lines so far, read."""
    caplog.set_level(logging.INFO, logger="recognition.requests")
    return lambda: [json.loads(record.message) for record in caplog.records]


def measured(http, name):
    """The samples of a metric: {labels: value}."""
    text = http.get("/metrics").text
    return {labels: float(value) for labels, value in re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", text, re.MULTILINE)}


def test_each_request_is_a_line_of_json(http, lines):
    http.post("/prediction", json={"instances": [FLAT_TWO, BLANK]})
    http.get("/nothing?secret=1")
    asked, missing = lines()
    assert asked.keys() == {"time", "id", "from", "method", "path", "status", "ms", "bytes", "predictions"}
    assert (asked["method"], asked["path"], asked["status"], asked["predictions"]) == ("POST", "/prediction", 200, 2)
    assert asked["bytes"] > 200
    assert (missing["path"], missing["status"]) == ("/nothing", 404)


def test_no_line_breaks_out_of_its_line(http, caplog):
    caplog.set_level(logging.INFO, logger="recognition.requests")
    http.get('/%0a{"forged": 1}')
    assert "\n" not in caplog.records[0].message


def test_the_answer_carries_the_id_of_its_line(http, lines):
    answers = [http.get("/model") for _ in range(2)]
    ids = [answer.headers["X-Request-ID"] for answer in answers]
    assert ids == [line["id"] for line in lines()]
    assert len(set(ids)) == 2


@pytest.mark.parametrize(("given", "kept"), [("order-7.a_b", True), ("x" * 65, False), ("<b>", False), ("", False)])
def test_an_id_that_a_request_brings_is_kept_if_it_is_plain(http, given, kept):
    answer = http.get("/model", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is kept


def test_counts_requests_by_status(http):
    http.post("/prediction", json={"instances": [FLAT_TWO]})
    http.post("/prediction", json={})
    http.get("/nothing")
    http.get("/also-nothing")
    counts = measured(http, "recognition_requests_total")
    assert counts['method="POST",path="/prediction",status="200"'] == 1
    assert counts['method="POST",path="/prediction",status="422"'] == 1
    assert counts['method="GET",path="other",status="404"'] == 2
    assert measured(http, "recognition_request_seconds_count")['path="/prediction"'] == 2


def test_counts_predictions_by_label_and_those_that_were_not_sure(http):
    http.post("/prediction", json={"instances": [FLAT_TWO, FLAT_TWO, BLANK]})
    http.post("/prediction", data=saved(draw("2")), content_type="image/png")
    counts = measured(http, "recognition_predictions_total")
    assert counts['label="2"'] >= 3
    assert sum(counts.values()) == 4
    assert measured(http, "recognition_refused_total")[""] >= 1


def test_tells_which_model_answers(http, model):
    version = model.card["sha256"][:12]
    assert measured(http, "recognition_model_info") == {f'model="digits",version="{version}"': 1}


def test_without_the_extra_a_sentence_names_it(model, monkeypatch):
    from recognition.serving.application import build_application

    monkeypatch.setattr(observation, "prometheus", None)
    answer = build_application(lambda: model).test_client().get("/metrics")
    assert answer.status_code == 501
    assert "pip install prometheus-client" in answer.get_json(force=True)["detail"]
