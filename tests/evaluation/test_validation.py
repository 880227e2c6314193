from dataclasses import replace
from functools import partial
from operator import getitem

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC

from recognition.data import sources
from recognition.data.images import Chunk, LazyArray
from recognition.engine.threads import Threads
from recognition.errors import DataError
from recognition.evaluation.validation import (
    comes_mixed,
    contiguous_folds,
    cross_validate,
    hold_out,
    one_part,
    shuffled_folds,
)
from recognition.learning import recipes
from recognition.learning.ensemble import decide
from recognition.learning.fitting import counted_again, fit

DIGITS = sources.digits().take(np.arange(400))
PIPELINE = recipes.choose((8, 8), 400, 10).estimator((8, 8), 16, 400)


@pytest.mark.parametrize("splits", [contiguous_folds(DIGITS, 4), shuffled_folds(DIGITS, 0, 4)])
def test_fold_accuracies_are_those_of_scikit_learns_svc(splits):
    features, classifier = PIPELINE[:-1].transform(DIGITS.rows), PIPELINE[-1]
    gamma = classifier.gamma / features.var(axis=0).sum()
    theirs = cross_val_score(SVC(C=classifier.C, gamma=gamma), features, DIGITS.labels, cv=splits)
    ours = cross_validate(PIPELINE, DIGITS, splits).accuracies
    np.testing.assert_allclose(ours, theirs, atol=0.011)  # votes and decisions may part on a row, out of 100


def test_results_do_not_depend_on_the_number_of_jobs():
    splits = shuffled_folds(DIGITS, 0)
    one, two = (cross_validate(PIPELINE, DIGITS, splits, Threads(jobs)) for jobs in (1, 2))
    np.testing.assert_array_equal(one.decisions, two.decisions)
    np.testing.assert_array_equal(one.similarity, two.similarity)


def test_every_row_is_held_out_once():
    validation = cross_validate(PIPELINE, DIGITS, shuffled_folds(DIGITS, 0))
    assert np.bincount(validation.truth).tolist() == list(DIGITS.counts.values())
    assert validation.accuracies.shape == (10,)


def test_a_class_missing_from_a_fold_is_never_given():
    threes = np.flatnonzero(DIGITS.labels == "3")
    others = np.flatnonzero(DIGITS.labels != "3")
    validation = hold_out(PIPELINE, DIGITS, (others, threes))
    assert np.isneginf(validation.decisions[:, 3]).all()
    assert validation.accuracies.tolist() == [0]


def test_blocks_are_neighbours():
    for _, held_out in contiguous_folds(DIGITS):
        assert np.ptp(held_out) == len(held_out) - 1


def test_a_class_of_one_row_stays_on_the_side_to_fit_on():
    few = DIGITS.take(np.concatenate([np.flatnonzero(DIGITS.labels != "3"), np.flatnonzero(DIGITS.labels == "3")[:1]]))
    fit_on, validate_on = one_part(few, seed=0)
    assert len(fit_on) + len(validate_on) == len(few)
    assert few.labels[fit_on].tolist().count("3") == 1


def test_of_few_images_one_of_each_class_is_held_out():
    few = DIGITS.take(np.concatenate([np.flatnonzero(DIGITS.labels == label)[:3] for label in DIGITS.counts]))
    fit_on, validate_on = one_part(few, seed=0)
    assert set(few.take(validate_on).counts.values()) == {1}
    assert set(few.take(fit_on).counts.values()) == {2}


def test_rejects_too_few_rows_for_a_validation_part():
    with pytest.raises(DataError, match="too few"):
        one_part(DIGITS.take(np.arange(10)), seed=0)


def test_blocks_make_sense_only_where_classes_come_mixed():
    by_label = DIGITS.take(np.argsort(DIGITS.labels, kind="stable"))
    assert comes_mixed(DIGITS)
    assert not comes_mixed(by_label)


def test_weights_count_like_copies():
    heavy = np.where(np.arange(400) < 50, 3, 1).astype(np.float32)
    weighted = fit(clone(PIPELINE), replace(DIGITS, weights=heavy))
    copied = fit(clone(PIPELINE), DIGITS.take(np.repeat(np.arange(400), heavy.astype(int))))
    np.testing.assert_allclose(*(decide(fitted, DIGITS.rows)[0] for fitted in (weighted, copied)), atol=0.01)


def test_grey_images_that_count_again_are_learnt_in_distorted_copies():
    images = np.random.default_rng(0).integers(0, 256, (4, 28, 28), dtype=np.uint8)
    weights = np.array([1, 1, 3, 2], dtype=np.float32)
    lazy = LazyArray.of([Chunk(4, partial(getitem, images))], (28, 28))
    for array in (images, lazy):
        more, labels, left = counted_again(array, np.array(list("abcd")), weights, (28, 28))
        assert labels.tolist() == list("abcdccd")
        assert left is None
        assert (more[:4] == images).all()
        assert len(np.unique(more[:], axis=0)) == 7


def test_one_part_held_out_is_validated_as_one_fold_is():
    fold = one_part(DIGITS, seed=0)
    alone, only = hold_out(PIPELINE, DIGITS, fold), cross_validate(PIPELINE, DIGITS, [fold])
    np.testing.assert_allclose(alone.decisions, only.decisions, atol=5e-3)  # rounding, where libsvm stops
    np.testing.assert_array_equal(alone.truth, only.truth)
