"""How well a recognizer does: cross-validation, scores with intervals, confusions."""

from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support
from sklearn.model_selection import KFold, StratifiedKFold, StratifiedShuffleSplit

from recognition.errors import DataError
from recognition.intervals import wilson_interval
from recognition.recognizer import judge


@dataclass(frozen=True)
class Validation:
    """What machines said of rows that they were not fitted on.

    Attributes
    ----------
    classes : ndarray of str, shape (n_classes,)
        Labels, sorted.
    truth : ndarray of int, shape (n_rows,)
        Index of the right class.
    margins : ndarray of float32, shape (n_rows, n_classes)
        See `KernelSVC.judge`; minus infinity for a class that the machine had not met.
    nearness : ndarray of float32, shape (n_rows,)
        See `KernelSVC.judge`.
    accuracies : ndarray of float64, shape (n_folds,)
        Share of each fold that was right.
    """

    classes: np.ndarray
    truth: np.ndarray
    margins: np.ndarray
    nearness: np.ndarray
    accuracies: np.ndarray

    def as_dict(self):
        """Give what the card shall say: dict."""
        return {
            "accuracy": float(self.accuracies.mean()),
            "standard_deviation": float(self.accuracies.std()),
            "folds": len(self.accuracies),
        }


def one_part(dataset, seed):
    """Split off one validation part of a fifth, for when cross-validation would cost too much."""
    return _splits(StratifiedShuffleSplit(1, test_size=0.2, random_state=seed), dataset)


def shuffled_folds(dataset, seed, folds=10):
    """Split into folds at random, each class in the same proportion."""
    return _splits(StratifiedKFold(folds, shuffle=True, random_state=seed), dataset)


def contiguous_folds(dataset, folds=10):
    """Split into blocks of neighbouring rows, so that what was collected together stays together."""
    return _splits(KFold(folds), dataset)


def _splits(splitter, dataset):
    """Give the splitter's list of (rows to fit on, rows to validate on)."""
    try:
        return list(splitter.split(dataset.rows, dataset.labels))
    except ValueError as error:
        raise DataError(f"the training part cannot be cut for validation: {error}") from error


def cross_validate(pipeline, dataset, splits, jobs=1):
    """Fit the pipeline on one side of each split and let it judge the other.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Unfitted; each split fits a copy.
    dataset : Dataset
        The training part.
    splits : list of (ndarray of int, ndarray of int)
        Rows to fit on, rows to validate on.
    jobs : int
        Splits at a time, each in a thread of its own; the results do not depend on it.

    Returns
    -------
    validation : Validation
        Of all the validated rows, split after split.
    """
    classes = np.unique(dataset.labels)
    truth = np.searchsorted(classes, dataset.labels)

    def held_out(fit_on, validate_on):
        fitted = clone(pipeline).fit(dataset.rows[fit_on], dataset.labels[fit_on])
        known, nearness = judge(fitted, dataset.rows[validate_on])
        margins = np.full((len(validate_on), len(classes)), -np.inf, dtype=np.float32)
        margins[:, np.searchsorted(classes, fitted.classes_)] = known
        return truth[validate_on], margins, nearness

    parts = Parallel(n_jobs=jobs, prefer="threads")(delayed(held_out)(*split) for split in splits)
    accuracies = [(margins.argmax(axis=1) == right).mean() for right, margins, _ in parts]
    return Validation(classes, *map(np.concatenate, zip(*parts, strict=True)), np.array(accuracies))


@dataclass(frozen=True)
class Scores:
    """How a recognizer did on rows that nothing had looked at.

    Attributes
    ----------
    classes : list of str
        Labels, sorted.
    confusion : ndarray of int, shape (n_classes, n_classes)
        Rows of class i that were taken for class j.
    precision, recall, f1 : list of float
        Of each class; 0 where there is nothing to divide by.
    refused : int
        Rows that were not recognized, whatever their label.
    """

    classes: list[str]
    confusion: np.ndarray
    precision: list[float]
    recall: list[float]
    f1: list[float]
    refused: int

    @property
    def total(self):
        """Number of rows."""
        return int(self.confusion.sum())

    @property
    def correct(self):
        """Number of rows that were given the right label."""
        return int(self.confusion.trace())

    @property
    def accuracy(self):
        """Share of the rows that were given the right label."""
        return self.correct / self.total

    @property
    def interval(self):
        """Bounds of the accuracy that hold with 95 %: (low, high)."""
        return wilson_interval(self.correct, self.total)

    @property
    def support(self):
        """Number of rows of each class: list of int."""
        return self.confusion.sum(axis=1).tolist()

    @property
    def confusions(self):
        """What was taken for what: list of (right label, given label, rows), most frequent first."""
        wrong = self.confusion - np.diag(self.confusion.diagonal())
        found = [(self.classes[i], self.classes[j], int(wrong[i, j])) for i, j in np.argwhere(wrong)]
        return sorted(found, key=lambda confusion: -confusion[2])

    def as_dict(self):
        """Give what the card shall say: dict."""
        return {
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "correct": self.correct,
            "total": self.total,
            "refused": self.refused,
        }


def evaluate(recognizer, dataset):
    """Let a recognizer answer for labelled rows and compare.

    Parameters
    ----------
    recognizer : Recognizer
        Fitted on other rows.
    dataset : Dataset
        The test part.

    Returns
    -------
    scores : Scores
        Over the classes of the recognizer and of the data.
    """
    probabilities, recognized = recognizer.probabilities(dataset.rows)
    given = recognizer.classes[probabilities.argmax(axis=1)]
    classes = np.union1d(recognizer.classes, dataset.labels)
    precision, recall, f1, _ = precision_recall_fscore_support(dataset.labels, given, labels=classes, zero_division=0)
    return Scores(
        classes=classes.tolist(),
        confusion=confusion_matrix(dataset.labels, given, labels=classes),
        precision=precision.tolist(),
        recall=recall.tolist(),
        f1=f1.tolist(),
        refused=int((~recognized).sum()),
    )
