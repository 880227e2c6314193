import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from recognition.features.augmentation import distort
from recognition.learning.ensemble import Ensemble, decide
from recognition.learning.svm import KernelSVC

DIGITS = load_digits()
X, Y = DIGITS.data[:500].astype(np.uint8), DIGITS.target[:500].astype(str)
NEW = DIGITS.data[500:].astype(np.uint8)


def member(gamma=0.5):
    return Pipeline([("features", FunctionTransformer(np.sqrt)), ("classifier", KernelSVC(C=3, gamma=gamma))])


def shift(images, rng):
    """Move images one pixel to the right or left."""
    return np.roll(images, rng.choice([-1, 1]), axis=2)


def test_a_committee_of_one_judges_as_its_member():
    alone = member().fit(X, Y)
    committee = Ensemble([member()], (8, 8)).fit(X, Y)
    for ours, theirs in zip(committee.decide(NEW), decide(alone, NEW), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert committee.predict(NEW).tolist() == committee.classes_[decide(alone, NEW)[0].argmax(axis=1)].tolist()


def test_margins_are_the_mean_of_the_members():
    members = [member(0.3), member(1.0)]
    committee = Ensemble(members, (8, 8)).fit(X, Y)
    each = [decide(clone(one).fit(X, Y), NEW)[0] for one in members]
    np.testing.assert_allclose(committee.decide(NEW)[0], np.mean(each, axis=0), atol=1e-6)


def test_copies_teach_what_they_show():
    shifted = np.roll(NEW.reshape(-1, 8, 8), 1, axis=2).reshape(-1, 64)
    labels = DIGITS.target[500:].astype(str)
    plain, taught = (Ensemble([member()], (8, 8), shift, copies).fit(X, Y) for copies in (0, 4))
    assert taught.score(shifted, labels) > plain.score(shifted, labels) + 0.05


def test_only_hard_rows_are_copied(monkeypatch):
    seen = []
    monkeypatch.setattr(Ensemble, "distorted", lambda self, X, rows, seeds: seen.append(rows) or X[rows])
    Ensemble([member()], (8, 8), shift, copies=2).fit(X, Y)
    (_, rows) = seen
    hard = member().fit(X, Y)[-1].support_
    assert rows.tolist() == hard.tolist() * 2
    assert len(hard) < len(X)


def test_the_seed_decides_the_distortions():
    first, again, other = (
        Ensemble([member()], (8, 8), distort, copies=1, seed=seed).fit(X, Y).decide(NEW)[0] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_weights_reach_the_members():
    heavy = np.where(np.arange(500) < 100, 5.0, 1.0)
    weighted = Ensemble([member()], (8, 8), shift, copies=1).fit(X, Y, sample_weight=heavy)
    plain = Ensemble([member()], (8, 8), shift, copies=1).fit(X, Y)
    assert np.abs(weighted.decide(NEW)[0] - plain.decide(NEW)[0]).max() > 0.01


def test_copies_keep_the_type_and_range_of_the_rows():
    committee = Ensemble([member()], (8, 8), distort, copies=1)
    copies = committee.distorted(X, np.arange(50), np.random.SeedSequence(0))
    assert copies.dtype == np.uint8
    assert copies.shape == (50, 64)
    assert copies.max() <= 16


@pytest.mark.parametrize("copies", [0, 1])
def test_a_committee_can_be_cloned(copies):
    committee = Ensemble([member()], (8, 8), distort, copies, seed=3)
    assert clone(committee).get_params()["seed"] == 3
