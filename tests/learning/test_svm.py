import pickle

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from recognition.learning.svm import KernelSVC

DIGITS = load_digits()
X, Y = DIGITS.data[:600], DIGITS.target[:600].astype(str)


CANNOT_HOLD = {
    "check_sample_weight_equivalence_on_dense_data": "libsvm stops at a tolerance",
    "check_methods_sample_order_invariance": "in single precision, rounding depends on a row's place among others",
}


@parametrize_with_checks([KernelSVC()], expected_failed_checks=lambda estimator: CANNOT_HOLD)
def test_keeps_scikit_learns_contract(estimator, check):
    check(estimator)


@pytest.mark.parametrize("few_rows", [0, 5000], ids=["one by one", "together"])
@pytest.mark.parametrize("classes", [("3", "8"), ("1", "3", "8"), tuple("0123456789")])
def test_one_vs_one_values_and_clear_labels_are_those_of_scikit_learns_svc(classes, few_rows, monkeypatch):
    monkeypatch.setattr("recognition.learning.svm.FEW_ROWS", few_rows)
    rows = np.isin(Y, classes)
    ours = KernelSVC(C=10, gamma=0.5).fit(X[rows][::2], Y[rows][::2])
    theirs = SVC(C=10, gamma=ours.gamma_, decision_function_shape="ovo").fit(X[rows][::2], Y[rows][::2])
    values = theirs.decision_function(X[rows][1::2])
    if len(classes) == 2:
        values = -values[:, None]  # scikit-learn turns the sign round for two classes
    np.testing.assert_allclose(ours.one_vs_one(X[rows][1::2]), values, atol=1e-4)
    # Votes and decisions name the same class wherever one wins against all others.
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


def test_at_most_one_class_wins_against_all_others():
    decisions, _ = KernelSVC().fit(X, Y).decide(DIGITS.data[600:])
    assert ((decisions > 0).sum(axis=1) <= 1).all()


def test_similarity_is_one_at_a_support_vector_and_falls_with_the_distance():
    classifier = KernelSVC().fit(X, Y)
    place = X[classifier.support_[:1]]
    similarity = [classifier.decide(place + step)[1][0] for step in (0, 2, 4, 8)]
    assert similarity[0] == pytest.approx(1, abs=1e-4)
    assert similarity == sorted(similarity, reverse=True)


def test_similarity_of_a_wide_kernel_falls_as_that_of_a_narrow_one():
    narrow, wide = KernelSVC(gamma=0.35).fit(X, Y), KernelSVC(gamma=0.05).fit(X, Y)
    wide.support_vectors_, wide.squares_ = narrow.support_vectors_, narrow.squares_
    wide.weights_, wide.n_support_ = narrow.weights_, narrow.n_support_
    np.testing.assert_allclose(wide.decide(X + 1)[1], narrow.decide(X + 1)[1], rtol=1e-3)


def test_blocks_of_rows_give_what_all_rows_give(monkeypatch):
    classifier = KernelSVC().fit(X, Y)
    decisions, similarity = classifier.decide(X)
    monkeypatch.setattr("recognition.learning.svm.KERNEL_VALUES", 7 * len(classifier.support_vectors_))
    in_blocks, similarity_in_blocks = classifier.decide(X)
    np.testing.assert_allclose(in_blocks, decisions, atol=1e-5)
    np.testing.assert_allclose(similarity_in_blocks, similarity, atol=1e-5)


def test_gamma_does_not_depend_on_the_units():
    near, far = (KernelSVC().fit(X * scale, Y).predict(DIGITS.data[600:] * scale) for scale in (1, 1000))
    assert near.tolist() == far.tolist()


def test_a_pickle_decides_alike():
    classifier = KernelSVC().fit(X, Y)
    again = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(again.decide(X)[0], classifier.decide(X)[0])
