from dataclasses import replace

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from recognition.data import sources
from recognition.data.dataset import Dataset
from recognition.features.augmentation import distort
from recognition.learning import recipes
from recognition.learning.ensemble import Ensemble, augmentations, decide
from recognition.learning.fitting import fit
from recognition.learning.svm import KernelSVC

BUNCH = load_digits()
IMAGES, LABELS = BUNCH.images.astype(np.uint8), BUNCH.target.astype(str)
DIGITS = Dataset("digits", IMAGES[:500], LABELS[:500], 16)
NEW = IMAGES[500:].reshape(-1, 64)


def roots(rows):
    return np.sqrt(rows, dtype=np.float32)


def member(gamma=0.5):
    return Pipeline([("features", FunctionTransformer(roots)), ("classifier", KernelSVC(C=3, gamma=gamma))])


def shift(images, rng):
    """Move images one pixel to the right or left."""
    return np.roll(images, rng.choice([-1, 1]), axis=2)


def test_an_ensemble_of_one_decides_as_its_member():
    alone = fit(member(), DIGITS)
    ensemble = fit(Ensemble([member()], (8, 8)), DIGITS)
    for ours, theirs in zip(ensemble.decide(NEW), decide(alone, NEW), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(ensemble.decision_function(NEW), decide(alone, NEW)[0])
    assert ensemble.predict(NEW).tolist() == alone.predict(NEW).tolist()


def test_decision_values_are_the_mean_of_the_members():
    members = [member(0.3), member(1.0)]
    ensemble = fit(Ensemble(members, (8, 8)), DIGITS)
    each = [decide(clone(one).fit(DIGITS.rows, DIGITS.labels), NEW)[0] for one in members]
    np.testing.assert_allclose(ensemble.decide(NEW)[0], np.mean(each, axis=0), atol=1e-6)


def test_copies_teach_what_they_show():
    shifted = np.roll(NEW.reshape(-1, 8, 8), 1, axis=2).reshape(-1, 64)
    plain, taught = (fit(Ensemble([member()], (8, 8), shift, copies), DIGITS) for copies in (0, 4))
    assert taught.score(shifted, LABELS[500:]) > plain.score(shifted, LABELS[500:]) + 0.05


def test_support_vectors_are_copied(monkeypatch):
    copied = []
    monkeypatch.setattr(Ensemble, "augmented", lambda self, images, rows, seeds: copied.append(rows) or [images[rows]])
    fit(Ensemble([member()], (8, 8), shift, copies=2), DIGITS)
    (rows,) = copied
    support = member().fit(DIGITS.rows, DIGITS.labels)[-1].support_
    assert rows.tolist() == support.tolist() * 2
    assert len(support) < 500


def test_a_classifier_that_learns_from_chunk_after_chunk_meets_copies_and_rows_in_turn_in_random_order(monkeypatch):
    met = []
    monkeypatch.setattr("recognition.learning.ensemble.CHUNK", 100)

    def fit_nothing(pipeline, chunks, labels, weights, engine):
        assert {len(chunk) for chunk in chunks} == {100}  # that much is in memory, however many rows there are
        met.extend([np.concatenate([np.asarray(chunk).reshape(-1, 64) for chunk in chunks]), labels])
        return member().fit(DIGITS.rows, DIGITS.labels)

    monkeypatch.setattr("recognition.learning.ensemble.fit_pipeline", fit_nothing)
    by_class = DIGITS.take(np.argsort(DIGITS.labels, kind="stable"))
    fit(Ensemble([member()], (8, 8), distort, copies=2, mixed=True), by_class)
    rows, labels = met
    assert len(rows) == len(labels) == 2000
    assert all(len(np.unique(labels[start : start + 100])) == 10 for start in range(0, 2000, 100))
    first_copies, first, copies, last = (set(map(tuple, quarter)) for quarter in np.split(rows, 4))
    label_of = dict(zip(map(tuple, DIGITS.rows), DIGITS.labels, strict=True))
    assert first == last == set(label_of)
    assert max(len(first_copies & first), len(first_copies & copies), len(copies & last)) < 50
    assert [label_of[tuple(row)] for row in rows[1500:]] == labels[1500:].tolist()


def test_the_seed_decides_the_copies():
    first, again, other = (
        fit(Ensemble([member()], (8, 8), distort, copies=1, seed=seed), DIGITS).decide(NEW)[0] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_weights_reach_the_members():
    heavy = replace(DIGITS, weights=np.where(np.arange(500) < 100, 5.0, 1.0))
    weighted, plain = (fit(Ensemble([member()], (8, 8), shift, copies=1), data) for data in (heavy, DIGITS))
    assert np.abs(weighted.decide(NEW)[0] - plain.decide(NEW)[0]).max() > 0.01


def test_copies_are_made_in_chunks_and_keep_the_type_and_range_of_the_images(monkeypatch):
    monkeypatch.setattr("recognition.learning.ensemble.CHUNK", 20)
    chunks = Ensemble([], (8, 8), distort).augmented(DIGITS.images, np.arange(50), np.random.SeedSequence(0))
    assert [len(chunk) for chunk in chunks] == [20, 20, 10]
    copies = np.concatenate(chunks)
    assert copies.dtype == np.uint8
    assert copies.shape == (50, 64)
    assert copies.max() <= 16
    np.testing.assert_array_equal(chunks[1][[3, 19]], copies[[23, 39]])


def test_an_ensemble_can_be_cloned():
    ensemble = clone(Ensemble([member()], (8, 8), distort, copies=1, seed=3))
    assert (ensemble.seed, ensemble.augmentation) == (3, distort)


def test_distorted_images_belong_to_the_images_beside_them():
    digits = sources.digits()
    large = replace(digits, images=np.kron(digits.images[:50], np.ones((3, 3), np.uint8)), labels=digits.labels[:50])
    recipe = replace(recipes.choose((28, 28), 50, 10), copies=2)
    before, after = augmentations(recipe.estimator((24, 24), 16, 50), large, seed=0, count=5)
    assert before.shape == after.shape == (5, 24, 24)
    for image, bent in zip(before, after, strict=True):
        likeness = [np.corrcoef(bent.ravel(), other.ravel())[0, 1] for other in before]
        assert (before[int(np.argmax(likeness))] == image).all()
        assert not (bent == image).all()


def test_a_recipe_without_copies_shows_none():
    digits = sources.digits()
    assert augmentations(recipes.choose((8, 8), 100, 10).estimator((8, 8), 16, 100), digits, seed=0) is None
