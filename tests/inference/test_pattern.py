import re

import pytest

from recognition.errors import PatternError
from recognition.inference.pattern import parse_pattern

DIGITS = list("0123456789")
TEXTS = ["", "1", "12", "123", "12345678", "1234567890", "A1", "A12", "7A", "AA1", "aB3", "B", "0"]
PATTERNS = [
    "[0-9]{8}",
    "[0-9]{8,10}",
    "[1-9][0-9]*",
    "A?[0-9]+",
    "[A-Ca-c]+3?",
    "1{2}",
    "1{0,3}2?3{1,}",
    "[0-9]{0,1}",
    "12",
]


def accepts(automaton, text):
    """Return whether an automaton takes a text from its beginning to its end."""
    state = automaton.start
    for label in text:
        state = automaton.step(state, label)
    return automaton.accepts(state)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_allows_what_a_regular_expression_does(pattern):
    automaton = parse_pattern(pattern)
    for text in TEXTS:
        assert accepts(automaton, text) == bool(re.fullmatch(pattern, text)), text


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("", "has 0 characters"),
        ("1" * 201, "has 201 characters"),
        ("[0-9", r"cannot be read from '\[0-9' on"),
        ("[]", "cannot be read"),
        ("(1|2)", r"cannot be read from '\(1\|2\)' on"),
        ("1 2", "cannot be read from ' 2' on"),
        ("{8}", "cannot be read"),
        ("[9-0]", "range 9-0, which is empty"),
        ("[0-9]{10,8}", r"count \{10,8\}"),
        ("[0-9]{0}", r"count \{0\}"),
        ("[0-9]{201}", r"count \{201\}"),
        ("[0-9]{99999999999999999999}", "count"),
    ],
)
def test_refuses_what_is_no_pattern(pattern, sentence):
    with pytest.raises(PatternError, match=sentence):
        parse_pattern(pattern)


def test_refuses_a_pattern_that_no_class_of_the_model_fits():
    with pytest.raises(PatternError, match="wants one of ABC, and this model knows none of them"):
        parse_pattern("[0-9][A-C]", DIGITS)
    parse_pattern("[A-C]?[0-9A]+", DIGITS)


def test_a_pattern_of_many_open_counts_is_followed_in_few_states():
    automaton = parse_pattern("1*" * 100)
    state = automaton.start
    for _ in range(50):
        state = automaton.step(state, "1")
        assert len(state) <= 201
