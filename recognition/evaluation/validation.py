"""How well an estimator does on rows that it was not fitted on: in folds, or on one part held out."""

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline

from recognition.engine.threads import HERE
from recognition.errors import DataError, counted
from recognition.learning.ensemble import decide
from recognition.learning.fitting import ask, counted_again, counts_as_copies, fit, fit_rows
from recognition.learning.pipelines import extract, fixed_steps, in_chunks

FOLDS = 10
MOST_ROWS_IN_FOLDS = 5_000
MOST_VALUES_IN_FOLDS = 5_000_000  # a few hundred colour pictures' features


@dataclass(frozen=True)
class Validation:
    """Decisions about rows by classifiers that were not fitted on them.

    Attributes
    ----------
    classes : ndarray of str, shape (n_classes,)
        Labels, sorted.
    truth : ndarray of int, shape (n_rows,)
        Index of the right class.
    decisions : ndarray of float32, shape (n_rows, n_classes)
        Decision values, see `KernelSVC.decide`; minus infinity for a class that the classifier had not met.
    similarity : ndarray of float32, shape (n_rows,)
        Similarity to what was learnt, see `KernelSVC.decide`.
    accuracies : ndarray of float64, shape (n_folds,)
        Share of right decisions in each fold.
    """

    classes: np.ndarray
    truth: np.ndarray
    decisions: np.ndarray
    similarity: np.ndarray
    accuracies: np.ndarray

    def as_dict(self):
        """Return a dict of the facts for the card."""
        return {
            "accuracy": float(self.accuracies.mean()),
            "standard_deviation": float(self.accuracies.std()),
            "folds": len(self.accuracies),
        }


def one_part(dataset, seed):
    """Return one split, with a validation part of a fifth, for when cross-validation would cost too much.

    Rows of a class that is there only once stay on the side to fit on.

    Returns
    -------
    fold : (ndarray of int, ndarray of int)
        Rows to fit on, rows to validate on.

    Raises
    ------
    DataError
        If there are too few rows for it.
    """
    _, codes, counts = np.unique(dataset.labels, return_inverse=True, return_counts=True)
    frequent = np.flatnonzero(counts[codes] > 1)
    lone = np.setdiff1d(np.arange(len(dataset)), frequent)
    share = max(0.2, (counts > 1).sum() / max(len(frequent), 1))  # at least one image a class
    try:
        labels = dataset.labels[frequent]
        fit_on, validate_on = train_test_split(frequent, test_size=share, random_state=seed, stratify=labels)
    except ValueError as error:
        raise DataError(
            f"{counted(len(dataset), 'image')} of {counted(len(counts), 'class')} are too few to put a validation part "
            "aside; give more"
        ) from error
    return np.sort(np.concatenate([fit_on, lone])), np.sort(validate_on)  # as they come in their files


def shuffled_folds(dataset, seed, folds=FOLDS):
    """Return a list of random folds with the classes in proportion, each as rows to fit on and rows to validate on."""
    return list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(dataset.labels, dataset.labels))


def contiguous_folds(dataset, folds=FOLDS):
    """Return folds of neighbours, so that what was collected together stays together: as `shuffled_folds`."""
    return list(KFold(folds).split(dataset.labels))


def comes_mixed(dataset, folds=FOLDS):
    """Return whether the classes come mixed, so that folds of neighbours make sense: none is full of one class."""
    classes, codes = np.unique(dataset.labels, return_inverse=True)
    held_out = [np.bincount(codes[rows], minlength=len(classes)) for _, rows in contiguous_folds(dataset, folds)]
    expected = np.bincount(codes) / folds
    return all((counts <= 1.5 * expected + 5).all() and (counts > 0).sum() > 1 for counts in held_out)


def folds_pay(dataset):
    """Return whether folds are worth their time: they are for little data, whose one part held out would say little."""
    small = len(dataset) <= MOST_ROWS_IN_FOLDS and math.prod(dataset.images.shape) <= MOST_VALUES_IN_FOLDS
    return small and min(dataset.counts.values()) >= FOLDS


def sample(dataset, seed, at_most=10_000):
    """Return a `Dataset` of all rows, or of that many chosen at random."""
    rows = np.random.default_rng(seed).permutation(len(dataset))[:at_most]
    return dataset.take(np.sort(rows))


def hold_out(estimator, dataset, fold, engine=HERE):
    """Fit the estimator on one side of a split, and let it judge the other.

    Parameters
    ----------
    estimator : sklearn.pipeline.Pipeline or Ensemble
        Unfitted; a copy is fitted.
    dataset : Dataset
        Training part.
    fold : (ndarray of int, ndarray of int)
        Rows to fit on, rows to validate on.
    engine : Engine
        Does the work, all of it for this one fit.

    Returns
    -------
    validation : Validation
        Validation on the rows held out.
    """
    fit_on, validate_on = fold
    fitted = fit(estimator, dataset.take(fit_on), engine)
    decided = ask(partial(decide, fitted), dataset.take(validate_on), engine, "validation")
    classes = np.unique(dataset.labels)
    return _joined(classes, [_held_out_rows(classes, fitted, dataset.labels[validate_on], *decided)])


def cross_validate(estimator, dataset, folds, engine=HERE):
    """Fit the estimator on one side of each of several splits, and let it judge the other.

    Parameters
    ----------
    estimator : sklearn.pipeline.Pipeline or Ensemble
        Unfitted; each fold fits a copy.
    dataset : Dataset
        Training part; little, since each fold is one piece of work.
    folds : list of (ndarray of int, ndarray of int)
        Rows to fit on, rows to validate on.
    engine : Engine
        Does the work, several folds at a time.

    Returns
    -------
    validation : Validation
        Validation on all the rows held out, fold after fold.
    """
    steps = []  # that learn nothing, and are the same for all folds
    if isinstance(estimator, Pipeline) and not counts_as_copies(dataset.weights, dataset.shape):
        steps = fixed_steps(list(dict(estimator.steps).values()))
        estimator = estimator[len(steps) :]
    _, chunks = extract(steps, in_chunks(dataset.images), engine)
    rows = engine.gather("extracting features", chunks)
    facts = (estimator, rows, dataset.labels, dataset.weights, dataset.shape)
    return _joined(np.unique(dataset.labels), engine.map("validation: folds", _fold, folds, facts))


def _fold(fold, estimator, rows, labels, weights, shape):
    """Fit on one side of a split, and judge the other: as `_held_out_rows`."""
    fit_on, validate_on = fold
    weights = None if weights is None else weights[fit_on]
    fitted = fit_rows(estimator, *counted_again(rows[fit_on], labels[fit_on], weights, shape), HERE)
    return _held_out_rows(np.unique(labels), fitted, labels[validate_on], *decide(fitted, rows[validate_on]))


def _held_out_rows(classes, fitted, labels, decided, similarity):
    """Arrange what a fitted estimator decided by all classes: indices of the right class, decisions, similarity."""
    decisions = np.full((len(labels), len(classes)), -np.inf, dtype=np.float32)
    decisions[:, np.searchsorted(classes, fitted.classes_)] = decided
    return np.searchsorted(classes, labels), decisions, similarity


def _joined(classes, folds):
    """Return a `Validation` of what `_held_out_rows` returned for each fold."""
    accuracies = np.array([(decisions.argmax(axis=1) == truth).mean() for truth, decisions, _ in folds])
    return Validation(classes, *map(np.concatenate, zip(*folds, strict=True)), accuracies)


def validate(estimator, dataset, quick, seed, engine=HERE):
    """Validate on rows held out of the training part: in folds, or where that costs too much on one part of it.

    Parameters
    ----------
    estimator : sklearn.pipeline.Pipeline or Ensemble
        Unfitted.
    dataset : Dataset
        Training part.
    quick : bool
        Whether one part is enough in any case.
    seed : int
        Seed of the split.
    engine : Engine
        Does the work.

    Returns
    -------
    validation : Validation
        Validation on rows chosen at random.
    blocks : Validation or None
        Validation on folds of neighbouring rows, where the classes come mixed and folds pay.
    """
    if quick or not folds_pay(dataset):
        return hold_out(estimator, dataset, one_part(dataset, seed), engine), None
    validation = cross_validate(estimator, dataset, shuffled_folds(dataset, seed), engine)
    if not comes_mixed(dataset):
        return validation, None
    return validation, cross_validate(estimator, dataset, contiguous_folds(dataset), engine)
