import re

import numpy as np
import pytest
from answers import MIXED

from recognition.data import sources
from recognition.data.dataset import Dataset, split
from recognition.evaluation.scores import Answers, Scores, answer, score
from recognition.evaluation.summary import standing


def test_scores_count_what_was_taken_for_what():
    scores = Scores(["a", "b"], np.array([[8, 2], [1, 9]]), [], [], [], refused_of=[3, 0])
    assert (scores.correct, scores.total, scores.accuracy) == (17, 20, 0.85)
    assert scores.confusions == [("a", "b", 2), ("b", "a", 1)]
    assert (scores.support, scores.refused) == ([10, 10], 3)
    assert scores.interval[0] < 0.85 < scores.interval[1]


def test_evaluation_compares_with_the_labels(model):
    _, test = split(sources.digits(), 0.2, seed=42)
    wrong = test.labels.copy()
    wrong[0] = "7" if wrong[0] != "7" else "8"
    honest = score(answer(model.recognizer, test))
    mislabelled = score(answer(model.recognizer, Dataset("digits", test.images, wrong, 16)))
    assert honest.correct - mislabelled.correct == 1
    assert mislabelled.confusions
    assert all(0.9 < value <= 1 for value in honest.precision + honest.recall + honest.f1)


def test_not_sure_is_counted_by_the_right_class():
    scores = score(MIXED)
    assert scores.refused_of == [int((~MIXED.recognized & (MIXED.truth == label)).sum()) for label in ("a", "b")]
    assert scores.refused == (~MIXED.recognized).sum() > 0


def test_the_right_label_may_be_among_the_three_likeliest():
    probabilities = np.array([[0.4, 0.3, 0.2, 0.1], [0.4, 0.1, 0.3, 0.2], [0.3, 0.1, 0.2, 0.4], [0.1, 0.2, 0.3, 0.4]])
    answers = Answers(np.array([*"abcd"]), np.array([*"abca"]), probabilities, np.ones(4, bool))
    assert answers.among_likeliest == 0.5
    assert "the right label is one of the three likeliest in 50.00 %" in re.sub(r"\s+", " ", standing(answers))
    assert MIXED.among_likeliest is None
    assert "likeliest" not in standing(MIXED)


def test_the_most_confident_error_comes_first():
    assert MIXED.misread.tolist() == [2, 3]
    assert MIXED.likeliest(3, 2) == [("a", pytest.approx(0.55)), ("b", pytest.approx(0.45))]
