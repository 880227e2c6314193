"""Instances for a model of load_digits, how they are posted, and what an error must look like."""

import json

BLANK = [0] * 64
TWO = [
    [0, 0, 10, 16, 13, 0, 0, 0],
    [0, 6, 16, 9, 16, 4, 0, 0],
    [0, 2, 6, 0, 15, 6, 0, 0],
    [0, 0, 0, 2, 16, 4, 0, 0],
    [0, 0, 0, 9, 14, 0, 0, 0],
    [0, 0, 4, 16, 5, 0, 0, 0],
    [0, 0, 12, 16, 10, 8, 5, 0],
    [0, 0, 11, 16, 16, 16, 14, 1],
]
FLAT_TWO = [level for row in TWO for level in row]


def post(http, value):
    """Post JSON, or bytes that are none, to a test client of Flask's."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return http.post("/prediction", data=body, content_type="application/json")


def assert_problem(answer, status, words, code=None):
    """Check that an answer is the problem+json of RFC 9457 with this status, says these words, and has this code."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    problem = answer.get_json(force=True)
    assert problem.keys() == {"type", "title", "status", "code", "detail"}
    assert problem["status"] == status
    assert words in problem["detail"]
    assert problem["code"] == (code or problem["code"])
