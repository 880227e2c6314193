"""How well a recognizer does: cross-validation, scores with intervals, confusions."""

import math
from dataclasses import dataclass
from functools import partial
from itertools import takewhile

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from recognition.engine.threads import HERE
from recognition.errors import DataError, counted
from recognition.features.augmentation import distort
from recognition.learning import fitting
from recognition.learning.ensemble import decide
from recognition.learning.fitting import ask, images_on, through
from recognition.learning.recipes import kind_of

FOLDS = 10
MOST_ROWS_IN_FOLDS = 5_000
MOST_VALUES_IN_FOLDS = 5_000_000  # about a hundred colour pictures


@dataclass(frozen=True)
class Validation:
    """What machines said of rows that they were not fitted on.

    Attributes
    ----------
    classes : ndarray of str, shape (n_classes,)
        Labels, sorted.
    truth : ndarray of int, shape (n_rows,)
        Index of the right class.
    decisions : ndarray of float32, shape (n_rows, n_classes)
        See `KernelSVC.decide`; minus infinity for a class that the machine had not met.
    similarity : ndarray of float32, shape (n_rows,)
        See `KernelSVC.decide`.
    accuracies : ndarray of float64, shape (n_folds,)
        Share of each fold that was right.
    """

    classes: np.ndarray
    truth: np.ndarray
    decisions: np.ndarray
    similarity: np.ndarray
    accuracies: np.ndarray

    def as_dict(self):
        """Give what the card shall say: dict."""
        return {
            "accuracy": float(self.accuracies.mean()),
            "standard_deviation": float(self.accuracies.std()),
            "folds": len(self.accuracies),
        }


def one_part(dataset, seed):
    """Split off one validation part of a fifth, for when cross-validation would cost too much.

    Rows of a class that is there only once stay on the side to fit on.

    Returns
    -------
    splits : list of (ndarray of int, ndarray of int)
        One pair: rows to fit on, rows to validate on.

    Raises
    ------
    DataError
        If there are too few rows for it.
    """
    _, codes, counts = np.unique(dataset.labels, return_inverse=True, return_counts=True)
    frequent = np.flatnonzero(counts[codes] > 1)
    lone = np.setdiff1d(np.arange(len(dataset)), frequent)
    try:
        fit, validate = train_test_split(frequent, test_size=0.2, random_state=seed, stratify=dataset.labels[frequent])
    except ValueError as error:
        raise DataError(
            f"{counted(len(dataset), 'image')} of {counted(len(counts), 'class')} are too few to put a validation part "
            "aside; give more"
        ) from error
    return [(np.sort(np.concatenate([fit, lone])), np.sort(validate))]  # as they come in their files


def shuffled_folds(dataset, seed, folds=FOLDS):
    """Split into folds at random, each class in the same proportion: list of (rows to fit on, rows to validate on)."""
    return list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(dataset.labels, dataset.labels))


def contiguous_folds(dataset, folds=FOLDS):
    """Split into blocks of neighbours, so that what was collected together stays together: as `shuffled_folds`."""
    return list(KFold(folds).split(dataset.labels))


def comes_mixed(dataset, folds=FOLDS):
    """Tell whether the classes come mixed, so that blocks of neighbours make sense: no block is full of one class."""
    classes, codes = np.unique(dataset.labels, return_inverse=True)
    blocks = [np.bincount(codes[held_out], minlength=len(classes)) for _, held_out in contiguous_folds(dataset, folds)]
    expected = np.bincount(codes) / folds
    return all((counts <= 1.5 * expected + 5).all() and (counts > 0).sum() > 1 for counts in blocks)


def folds_pay(dataset):
    """Tell whether folds are worth their time: they are for little data, whose one validation part would say little."""
    small = len(dataset) <= MOST_ROWS_IN_FOLDS and math.prod(dataset.images.shape) <= MOST_VALUES_IN_FOLDS
    return small and min(dataset.counts.values()) >= FOLDS


def sample(dataset, seed, at_most=10_000):
    """Give the dataset, or that many rows of it, chosen at random."""
    rows = np.random.default_rng(seed).permutation(len(dataset))[:at_most]
    return dataset.take(np.sort(rows))


def cross_validate(estimator, dataset, splits, engine=HERE):
    """Fit the estimator on one side of each split and let it judge the other.

    Parameters
    ----------
    estimator : sklearn.pipeline.Pipeline or Ensemble
        Unfitted; each split fits a copy.
    dataset : Dataset
        The training part.
    splits : list of (ndarray of int, ndarray of int)
        Rows to fit on, rows to validate on.
    engine : Threads or Cluster
        Takes a split at a time, each in a thread of its own; of a cluster all workers fit together on the only one.

    Returns
    -------
    validation : Validation
        Of all the validated rows, split after split.
    """
    classes = np.unique(dataset.labels)
    if len(splits) == 1 and engine.remote:
        ((fit_on, validate_on),) = splits
        fitted = fit(clone(estimator), dataset.take(fit_on), engine)
        judged = ask(partial(decide, fitted), dataset.take(validate_on), engine, "validation")
        parts = [_held_out_rows(classes, fitted, dataset.labels[validate_on], *judged)]
    else:
        rows, facts = images_on(engine, dataset), (dataset.labels, dataset.weights, dataset.shape)
        if len(splits) > 1 and isinstance(estimator, Pipeline) and not _counts_as_copies(*facts[1:]):
            steps = list(takewhile(lambda step: isinstance(step, FunctionTransformer), dict(estimator.steps).values()))
            (rows,) = engine.keep("describing images", through, [rows], (steps,))
            estimator = estimator[len(steps) :]
        parts = engine.map("validation: folds", _held_out, splits, (estimator, rows, *facts), alike=True)
    accuracies = [(decisions.argmax(axis=1) == right).mean() for right, decisions, _ in parts]
    return Validation(classes, *map(np.concatenate, zip(*parts, strict=True)), np.array(accuracies))


def _held_out(split, estimator, rows, labels, weights, shape):
    """Fit on one side of a split, and judge the other: index of the right class, decisions, similarity."""
    fit_on, validate_on = split
    some = None if weights is None else weights[fit_on]
    fitted = _fit(clone(estimator), rows[fit_on], labels[fit_on], some, shape)
    return _held_out_rows(np.unique(labels), fitted, labels[validate_on], *decide(fitted, rows[validate_on]))


def _held_out_rows(classes, fitted, labels, known, similarity):
    """Arrange what a fitted estimator said of rows by all classes, also those that it had not met."""
    decisions = np.full((len(labels), len(classes)), -np.inf, dtype=np.float32)
    decisions[:, np.searchsorted(classes, fitted.classes_)] = known
    return np.searchsorted(classes, labels), decisions, similarity


def fit(estimator, dataset, engine=HERE):
    """Fit an estimator on a dataset, each image counting as often as it weighs; give the estimator.

    Grey images count again as distorted copies, which are made here: to a machine that already gets them right, the
    same image once more says nothing. Small ones and colour pictures count again as they are.
    """
    if engine.remote and not _counts_as_copies(dataset.weights, dataset.shape):
        return fitting.fit(estimator, dataset, engine)
    return _fit(estimator, dataset.rows, dataset.labels, dataset.weights, dataset.shape)


def _counts_as_copies(weights, shape):
    """Tell whether the images that count several times do so as distorted copies."""
    return weights is not None and kind_of(shape) == "grey"


def _fit(estimator, rows, labels, weights, shape):
    """Fit an estimator on images, or on what describes them; give the estimator."""
    if _counts_as_copies(weights, shape):
        again = np.repeat(np.arange(len(rows)), np.maximum(weights, 1).astype(int) - 1)
        copies = distort(rows[again].reshape(-1, *shape), np.random.default_rng(0)).reshape(len(again), -1)
        rows = np.concatenate([rows, np.rint(copies).astype(rows.dtype)])
        return estimator.fit(rows, np.concatenate([labels, labels[again]]))
    key = "classifier__sample_weight" if isinstance(estimator, Pipeline) else "sample_weight"
    return estimator.fit(rows, labels, **({} if weights is None else {key: weights}))


def validate(estimator, dataset, quick, seed, engine=HERE):
    """Validate on rows held out of the training part: in folds, or where that costs too much on one part of it.

    Parameters
    ----------
    estimator : sklearn.pipeline.Pipeline or Ensemble
        Unfitted.
    dataset : Dataset
        The training part.
    quick : bool
        On one part in any case.
    seed : int
        Of the split.
    engine : Threads or Cluster
        Does the work; see `cross_validate`.

    Returns
    -------
    validation : Validation
        On rows chosen at random.
    blocks : Validation or None
        On blocks of neighbouring rows, where the classes come mixed and folds pay.
    """
    if quick or not folds_pay(dataset):
        return cross_validate(estimator, dataset, one_part(dataset, seed), engine), None
    validation = cross_validate(estimator, dataset, shuffled_folds(dataset, seed), engine)
    if not comes_mixed(dataset):
        return validation, None
    return validation, cross_validate(estimator, dataset, contiguous_folds(dataset), engine)
