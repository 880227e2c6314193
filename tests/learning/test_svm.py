import pickle

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from recognition.learning.calibration import Calibration
from recognition.learning.svm import KernelSVC

DIGITS = load_digits()
X, Y = DIGITS.data[:600], DIGITS.target[:600].astype(str)


@parametrize_with_checks([KernelSVC()])
def test_keeps_scikit_learns_contract(estimator, check):
    check(estimator)


@pytest.mark.parametrize("few_rows", [0, 5000], ids=["one by one", "together"])
@pytest.mark.parametrize("classes", [("3", "8"), ("1", "3", "8"), tuple("0123456789")])
def test_duels_and_clear_labels_are_those_of_scikit_learns_svc(classes, few_rows, monkeypatch):
    monkeypatch.setattr("recognition.learning.svm.FEW_ROWS", few_rows)
    rows = np.isin(Y, classes)
    ours = KernelSVC(C=10, gamma=0.5).fit(X[rows][::2], Y[rows][::2])
    theirs = SVC(C=10, gamma=ours.gamma_, decision_function_shape="ovo").fit(X[rows][::2], Y[rows][::2])
    values = theirs.decision_function(X[rows][1::2])
    if len(classes) == 2:
        values = -values[:, None]  # scikit-learn turns the sign round for two classes
    np.testing.assert_allclose(ours.duels(X[rows][1::2]), values, atol=1e-4)
    # Votes and decisions name the same class wherever one wins all its duels.
    clear = ours.decide(X[rows][1::2])[0].max(axis=1) > 0
    assert clear.mean() > 0.9
    assert (ours.predict(X[rows][1::2]) == theirs.predict(X[rows][1::2]))[clear].all()


@pytest.mark.parametrize("few_rows", [0, 5000], ids=["one by one", "together"])
def test_rows_of_no_weight_are_as_if_they_were_not_there(few_rows, monkeypatch):
    monkeypatch.setattr("recognition.learning.svm.FEW_ROWS", few_rows)
    weights = (np.arange(600) % 3 > 0).astype(float)
    weighted = KernelSVC().fit(X, Y, sample_weight=weights)
    without = KernelSVC().fit(X[weights > 0], Y[weights > 0])
    np.testing.assert_allclose(weighted.decide(X)[0], without.decide(X)[0], atol=1e-4)
    np.testing.assert_array_equal(X[weighted.support_], X[weights > 0][without.support_])


def test_at_most_one_class_wins_all_its_duels():
    decisions, _ = KernelSVC().fit(X, Y).decide(DIGITS.data[600:])
    assert ((decisions > 0).sum(axis=1) <= 1).all()


def test_nearness_is_one_at_a_support_vector_and_falls_with_the_distance():
    machine = KernelSVC().fit(X, Y)
    place = X[machine.support_[:1]]
    similarity = [machine.decide(place + step)[1][0] for step in (0, 2, 4, 8)]
    assert similarity[0] == pytest.approx(1, abs=1e-4)
    assert similarity == sorted(similarity, reverse=True)


def test_blocks_of_rows_give_what_all_rows_give(monkeypatch):
    machine = KernelSVC().fit(X, Y)
    decisions, similarity = machine.decide(X)
    monkeypatch.setattr("recognition.learning.svm.KERNEL_VALUES", 7 * len(machine.support_vectors_))
    in_blocks, near_in_blocks = machine.decide(X)
    np.testing.assert_allclose(in_blocks, decisions, atol=1e-5)
    np.testing.assert_allclose(near_in_blocks, similarity, atol=1e-5)


def test_gamma_does_not_depend_on_the_units():
    near, far = (KernelSVC().fit(X * scale, Y).predict(DIGITS.data[600:] * scale) for scale in (1, 1000))
    assert near.tolist() == far.tolist()


def test_a_pickle_judges_alike():
    machine = KernelSVC().fit(X, Y)
    again = pickle.loads(pickle.dumps(machine))
    np.testing.assert_array_equal(again.decide(X)[0], machine.decide(X)[0])


def calibrated(decisions, truth, similarity=None, junk=None):
    similarity = np.linspace(0.5, 1, len(truth)) if similarity is None else similarity
    return Calibration.fit(decisions, similarity, truth, [np.zeros(10)] if junk is None else junk)


def test_confidence_is_how_often_it_is_right():
    # Of rows that all look the same, seven in ten are of class 0: the confidence shall be 0.7.
    decisions = np.tile(np.array([[0.3, -0.3]], dtype=np.float32), (1000, 1))
    truth = (np.arange(1000) % 10 >= 7).astype(int)
    assert calibrated(decisions, truth).probabilities(decisions)[0] == pytest.approx([0.7, 0.3], abs=1e-3)


def test_the_temperature_changes_no_label():
    machine = KernelSVC().fit(X, Y)
    decisions, _ = machine.decide(DIGITS.data[600:])
    truth = DIGITS.target[600:]
    probabilities = calibrated(decisions, truth).probabilities(decisions)
    assert (probabilities.argmax(axis=1) == decisions.argmax(axis=1)).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_refuses_as_much_junk_as_it_can_without_refusing_real_rows():
    decisions, truth = np.eye(2, dtype=np.float32)[np.zeros(1000, dtype=int)], np.zeros(1000, dtype=int)
    real = np.linspace(0.5, 1, 1000)
    apart = calibrated(decisions, truth, real, [np.linspace(0, 0.3, 1000), np.linspace(0, 0.1, 1000)])
    sure = apart.probabilities(decisions)
    assert apart.are_clear(sure).all()
    assert apart.are_near(real).all()
    assert not apart.are_near(np.array([0.0, 0.2, 0.29])).any()
    mixed = calibrated(decisions, truth, real, [np.linspace(0, 0.9, 1000)])
    assert 0.003 < (~mixed.are_near(real)).mean() <= 0.005


def test_refuses_what_may_be_this_or_that():
    decisions = np.array([[1.0, -1.0]] * 995 + [[0.01, -0.01]] * 5, dtype=np.float32)
    calibration = calibrated(decisions, np.zeros(1000, dtype=int))
    probabilities = np.array([[0.9, 0.1], [0.55, 0.45]])
    assert calibration.are_clear(probabilities).tolist() == [True, False]
