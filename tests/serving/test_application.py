import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from questions import BLANK, FLAT_TWO, TWO, assert_problem
from werkzeug.exceptions import HTTPException

from recognition.serving import instances
from recognition.serving.instances import instances_in, read_instances, strict_json
from recognition.serving.problems import MAX_BODY


def post(http, value):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return http.post("/prediction", data=body, content_type="application/json")


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


@pytest.mark.parametrize("shape", [(2, 3), (2, 2, 3)])
def test_takes_images_flat_and_nested_as_their_shape_is(shape):
    recognizer = SimpleNamespace(shape=shape, full=255)
    image = np.arange(np.prod(shape)).reshape(shape)
    rows = read_instances({"instances": [image.tolist(), image.ravel().tolist()]}, recognizer)
    assert rows.tolist() == [image.ravel().tolist()] * 2


@given(
    rows=st.lists(st.lists(st.integers(0, 255), min_size=4, max_size=4), min_size=1, max_size=3),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" , ", " :")]),
    place=st.floats(0, 1),
    change=st.sampled_from(["", "0", "9", " ", ",", "[", "]", "-", ".5", "e1", "],[", "\xff"]),
)
@example(rows=[[1, 99, 2, 16]], separators=(",", ":"), place=0.65, change="9")
def test_what_is_read_at_once_is_read_as_a_json_parser_does(rows, separators, place, change):
    recognizer = SimpleNamespace(shape=(2, 2), full=255)
    body = json.dumps({"instances": rows}, separators=separators).encode()
    at = int(place * len(body))
    body = body[:at] + change.encode("latin-1") + body[at:]

    def outcome(read):
        try:
            return read().tolist()
        except HTTPException as error:
            return error.code, error.description

    slowly = outcome(lambda: read_instances(strict_json(body), recognizer))
    assert outcome(lambda: instances_in(body, recognizer)) == slowly
    if not change and separators[0] != " , ":
        assert instances._plain_instances(body, 4, 255).tolist() == rows


NOT_JSON = {
    "nothing": (b"", "not JSON"),
    "half": (b'{"instances": [[1, 2', "not JSON"),
    "a word": (b"two", "not JSON"),
    "two values": (b"{} {}", "not JSON"),
    "NaN": (b'{"instances": [[NaN]]}', "NaN is no JSON number"),
    "Infinity": (b'{"instances": [[Infinity]]}', "Infinity is no JSON number"),
    "minus Infinity": (b'{"instances": [[-Infinity]]}', "-Infinity is no JSON number"),
    "100,000 brackets": (b"[" * 100_000, "nested too deep"),
    "100,000 objects": (b'{"a":' * 100_000, "nested too deep"),
    "no UTF-8": (b'{"instances": "\xff"}', "not UTF-8"),
    "UTF-16": ('{"instances": []}'.encode("utf-16"), "not UTF-8"),
    "a number of 5,000 digits": (b"1" * 5000, "not JSON"),
}


@pytest.mark.parametrize("case", NOT_JSON)
def test_what_is_no_json_gets_400(http, case):
    body, words = NOT_JSON[case]
    assert_problem(post(http, body), 400, words)


def changed(value):
    """An image of which one number is something else."""
    return {"instances": [FLAT_TWO, [*FLAT_TWO[:10], value, *FLAT_TWO[11:]]]}


def spoilt(literal):
    """The same, as JSON text with the number written in this way."""
    return json.dumps(changed("?")).replace('"?"', literal).encode()


MISFITS = {
    "a list": ([], 'no "instances"'),
    "null": (None, 'no "instances"'),
    "missing": ({}, 'no "instances"'),
    "misspelt": ({"instance": [FLAT_TWO]}, 'no "instances"'),
    "empty": ({"instances": []}, "it is []"),
    "a string": ({"instances": "2"}, 'it is "2"'),
    "an object": ({"instances": {"0": FLAT_TWO}}, "must be a list"),
    "null instances": ({"instances": None}, "it is null"),
    "one bare image": ({"instances": FLAT_TWO}, "instance 0 has 1 number; this"),
    "an empty image": ({"instances": [[]]}, "instance 0 has 0 numbers"),
    "a null image": ({"instances": [FLAT_TWO, None]}, "instance 1 holds null"),
    "an object for an image": ({"instances": [{}]}, "instance 0 holds {}"),
    "63 numbers": ({"instances": [FLAT_TWO, FLAT_TWO[1:]]}, "instance 1 has 63 numbers; this model takes 64 (8x8)"),
    "65 numbers": ({"instances": [[0, *FLAT_TWO]]}, "instance 0 has 65 numbers"),
    "ragged": ({"instances": [[*TWO[:7], [0] * 7]]}, "instance 0 has a row of 7 where 8 belong"),
    "ragged with the right sum": ({"instances": [[[0] * 7] * 4 + [[0] * 9] * 4]}, "where 8 belong"),
    "rows and numbers": ({"instances": [[*TWO[:7], 0]]}, "instance 0 holds [0, 0, 10"),
    "seven rows": ({"instances": [TWO[:7]]}, "instance 0 holds [0, 0, 10"),
    "nested five deep": ({"instances": [[[TWO]]]}, "instance 0 holds [["),
    "a string inside": (changed("5"), 'instance 1 holds "5"'),
    "a long string inside": (changed("x" * 10_000), 'instance 1 holds "xxx'),
    "half a surrogate inside": (changed("\ud800"), "instance 1 holds"),
    "null inside": (changed(None), "instance 1 holds null"),
    "true inside": (changed(True), "instance 1 holds true"),
    "only booleans": ({"instances": [[True] * 64]}, "instance 0 holds true"),
    "negative": (changed(-1), "instance 1 holds -1 at position 10"),
    "a little below": (changed(-0.001), "instance 1 holds -0.001"),
    "seventeen": (changed(17), "instance 1 holds 17 at position 10; this model takes numbers from 0"),
    "10^400": (changed(10**400), "instance 1 holds a number of many digits"),
    "minus 10^400": (changed(-(10**400)), "instance 1 holds a number of many digits"),
    "1e400": (spoilt("1e400"), "instance 1 holds Infinity"),
}


@pytest.mark.parametrize("case", MISFITS)
def test_json_that_does_not_fit_gets_422(http, case):
    value, words = MISFITS[case]
    assert_problem(post(http, value), 422, words)


def test_too_many_instances_get_413_whatever_they_are(http):
    assert_problem(post(http, {"instances": [FLAT_TWO] * 1001}), 413, "1001 instances; send at most 1000")
    assert_problem(post(http, {"instances": [None] * 1001}), 413, "at most 1000")


def test_a_body_over_the_limit_gets_413(http):
    assert_problem(post(http, b" " * (MAX_BODY + 1)), 413, "33,554,432 bytes")


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


def test_the_page_may_load_nothing_from_elsewhere_and_run_nothing_of_its_own(http):
    page = http.get("/")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    for name in ("page.css", "page.js"):
        assert f"/static/{name}" in page.text
        with http.get(f"/static/{name}") as file:
            assert file.status_code == 200
