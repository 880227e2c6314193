import numpy as np
import pytest
from answers import MIXED

from recognition.evaluation import confusions
from recognition.evaluation.scores import Scores


def heats(confusion):
    """Return the level of heat of each cell, ndarray of int."""
    labels = [str(number) for number in range(len(confusion))]
    nothing = [0.0] * len(confusion)
    rows = confusions.matrix(Scores(labels, np.array(confusion), nothing, nothing, nothing, [0] * len(confusion)))
    return np.array([[cell["heat"] for cell in row["cells"]] for row in rows])


@pytest.mark.parametrize("most", [6, 30, 1_000, 20_000])
def test_one_error_and_six_never_look_alike(most):
    heat = heats([[50, 1, 6], [most, 50, 0], [0, 0, 50]])
    assert 0 == heat[1, 2] < heat[0, 1] < heat[0, 2] <= heat[1, 0] == confusions.LEVELS


def test_where_every_error_is_alone_all_look_alike():
    assert heats([[50, 1], [1, 50]])[[0, 1], [1, 0]].tolist() == [1, 1]


def test_the_diagonal_is_the_stronger_the_more_of_the_class_is_right():
    heat = heats([[1, 9, 0], [5, 5, 0], [0, 0, 50]]).diagonal()
    assert 0 < heat[0] < heat[1] < heat[2] == confusions.LEVELS


def test_a_class_that_is_never_right_has_no_heat_on_the_diagonal():
    assert heats([[0, 9], [0, 0]]).tolist() == [[0, confusions.LEVELS], [0, 0]]


def test_misread_rows_are_grouped_by_what_they_were_taken_for():
    groups = confusions.shown_errors(MIXED)
    rows = [row for *_, rows in groups for row in rows]
    assert sorted(rows) == sorted(MIXED.misread)
    for truth, predicted, count, rows in groups:
        assert count == len(rows) == ((MIXED.truth == truth) & (MIXED.predicted == predicted)).sum()


def test_of_equally_frequent_confusions_that_with_the_most_confident_error_comes_first():
    assert confusions.shown_errors(MIXED)[0][3][0] == MIXED.misread[0]
