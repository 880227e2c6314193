import json
import re

import pytest
from questions import BLANK, FLAT_TWO, TWO, assert_problem, post

from recognition.page.document import hash_of
from recognition.serving.problems import MAX_BODY


def test_answers_for_each_instance_in_order(http):
    answer = post(http, {"instances": [FLAT_TWO, BLANK, TWO]})
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    body = answer.get_json()
    assert body.keys() == {"model", "predictions"}
    assert body["model"] == "digits"
    two, blank, nested = body["predictions"]
    assert two == nested
    assert two.keys() == {"label", "confidence", "recognized", "top"}
    assert (two["label"], two["recognized"], len(two["top"])) == ("2", True, 5)
    assert two["top"][0] == {"label": two["label"], "confidence": two["confidence"]}
    assert (blank["recognized"], blank["doubt"]) == (False, "the image is blank")


def test_takes_a_charset_and_any_number_that_fits(http):
    body = json.dumps({"instances": [[0.5, 16.0, 0, -0.0] * 16]})
    answer = http.post("/prediction", data=body, content_type="application/json; charset=utf-8")
    assert answer.status_code == 200


def test_takes_a_thousand_instances(http):
    assert len(post(http, {"instances": [FLAT_TWO] * 1000}).get_json()["predictions"]) == 1000


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_another_content_type_gets_415_whatever_the_body(http, content_type):
    answer = http.post("/prediction", data=b" " * (MAX_BODY + 1), content_type=content_type)
    assert_problem(answer, 415, "send application/json")


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_another_method_gets_405_with_allow(http, method):
    answer = getattr(http, method)("/prediction", data="x", content_type="text/plain")
    assert_problem(answer, 405, "POST")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/predictions", "/prediction/", "/model/digits"])
def test_an_unknown_path_gets_404(http, path):
    assert_problem(http.post(path, data="x"), 404, "GET /")


@pytest.mark.parametrize("path", ["/static/../application.py", "/static/%2e%2e/application.py", "/static/none.js"])
def test_nothing_but_the_static_files_is_given_out(http, path):
    assert_problem(http.get(path), 404, "GET /")


def test_the_card_comes_without_command_and_paths(http, model):
    card = http.get("/model").get_json()
    assert card["name"] == "digits"
    assert card["shape"] == [8, 8]
    assert card["range"] == [0, 16]
    assert card["scores"] == model.card["scores"]
    assert not {"command", "file"} & card.keys()


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_is_ok(http, path):
    answer = http.get(path)
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


def test_the_page_runs_its_own_script_alone_and_loads_nothing_but_the_model_and_pictures(http):
    page = http.get("/")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    for kind in ("script", "style"):
        (content,) = re.findall(f"<{kind}>(.*?)</{kind}>", page.text, re.DOTALL)
        assert policy[f"{kind}-src"] == hash_of(content)
    assert (policy["connect-src"], policy["img-src"]) == ("'self'", "'self' data: blob:")
    assert " src=" not in page.text
    assert "stylesheet" not in page.text
