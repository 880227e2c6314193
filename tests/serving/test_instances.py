import json
from types import SimpleNamespace

import numpy as np
import pytest
from bad_input import MISFITS, NOT_JSON
from hypothesis import example, given
from hypothesis import strategies as st
from questions import FLAT_TWO, assert_problem, post
from werkzeug.exceptions import HTTPException

from recognition.serving.instances import _plain_instances, instances_in, read_instances, strict_json
from recognition.serving.problems import MAX_BODY


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

    try:
        expected = read_instances(strict_json(body), recognizer).tolist()
    except HTTPException:
        expected = None
    plain = _plain_instances(body, 4, 255)
    assert plain is None or plain.tolist() == expected
    if not change and separators[0] != " , ":
        assert plain.tolist() == rows


def test_long_bodies_are_read_as_short_ones(model):
    rows = [[(i * j) % 17 for j in range(64)] for i in range(100)]
    assert instances_in(json.dumps({"instances": rows}).encode(), model.recognizer).tolist() == rows


@pytest.mark.parametrize("case", NOT_JSON)
def test_what_is_no_json_gets_400(http, case):
    body, words = NOT_JSON[case]
    assert_problem(post(http, body), 400, words)


@pytest.mark.parametrize("case", MISFITS)
def test_json_that_does_not_fit_gets_422(http, case):
    value, words = MISFITS[case]
    assert_problem(post(http, value), 422, words)


def test_too_many_instances_get_413_whatever_they_are(http):
    assert_problem(post(http, {"instances": [FLAT_TWO] * 1001}), 413, "1001 instances; send at most 1000")
    assert_problem(post(http, {"instances": [None] * 1001}), 413, "at most 1000")


COSTLY = {
    "lists": (b'{"instances": [' + b"[]," * 200_000 + b"[]]}", 413, "more than 1,000 instances", "too_many_instances"),
    "objects": (b'{"instances": [' + b'{"":0},' * 120_000 + b"{}]}", 422, "objects where numbers", None),
    "numbers": (b'{"instances": [[' + b"0," * 200_000 + b"0]]}", 413, "more than 1,000 instances", None),
    "blanks": (b'{"instances": [' + b" " * 2_000_000 + b"]}", 413, "larger than", "body_too_large"),
}


@pytest.mark.parametrize("case", COSTLY)
def test_what_costs_more_than_instances_do_is_refused_unparsed(http, case, monkeypatch):
    monkeypatch.delattr("recognition.serving.instances.strict_json")
    body, status, words, code = COSTLY[case]
    assert_problem(post(http, body), status, words, code)


@pytest.mark.parametrize("nested", [False, True])
def test_a_thousand_instances_may_have_every_digit_of_a_float(http, nested):
    row = [15.123456789012345] * 64
    instance = [row[:8]] * 8 if nested else row
    assert post(http, {"instances": [instance] * 1000}).status_code == 200


def test_a_body_over_the_limit_gets_413(http):
    assert_problem(post(http, b" " * (MAX_BODY + 1)), 413, "33,554,432 bytes")
