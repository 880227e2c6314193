"""How well a recognizer does: cross-validation, scores with intervals, confusions."""

import math
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import takewhile

import numpy as np
from sklearn.base import clone
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from recognition import fitting
from recognition.committee import judge
from recognition.engine import HERE
from recognition.errors import DataError, counted
from recognition.fitting import ask, images_on, through
from recognition.intervals import wilson_interval
from recognition.recipes import kind_of
from recognition.warping import distort

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
    estimator : sklearn.pipeline.Pipeline or Committee
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
        judged = ask(partial(judge, fitted), dataset.take(validate_on), engine, "validation")
        parts = [_held_out_rows(classes, fitted, dataset.labels[validate_on], *judged)]
    else:
        rows, facts = images_on(engine, dataset), (dataset.labels, dataset.weights, dataset.shape)
        if len(splits) > 1 and isinstance(estimator, Pipeline) and not _counts_as_copies(*facts[1:]):
            steps = list(takewhile(lambda step: isinstance(step, FunctionTransformer), dict(estimator.steps).values()))
            (rows,) = engine.keep("describing images", through, [rows], (steps,))
            estimator = estimator[len(steps) :]
        parts = engine.map("validation: folds", _held_out, splits, (estimator, rows, *facts), alike=True)
    accuracies = [(margins.argmax(axis=1) == right).mean() for right, margins, _ in parts]
    return Validation(classes, *map(np.concatenate, zip(*parts, strict=True)), np.array(accuracies))


def _held_out(split, estimator, rows, labels, weights, shape):
    """Fit on one side of a split, and judge the other: index of the right class, margins, nearness."""
    fit_on, validate_on = split
    some = None if weights is None else weights[fit_on]
    fitted = _fit(clone(estimator), rows[fit_on], labels[fit_on], some, shape)
    return _held_out_rows(np.unique(labels), fitted, labels[validate_on], *judge(fitted, rows[validate_on]))


def _held_out_rows(classes, fitted, labels, known, nearness):
    """Arrange what a fitted estimator said of rows by all classes, also those that it had not met."""
    margins = np.full((len(labels), len(classes)), -np.inf, dtype=np.float32)
    margins[:, np.searchsorted(classes, fitted.classes_)] = known
    return np.searchsorted(classes, labels), margins, nearness


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
    key = "svm__sample_weight" if isinstance(estimator, Pipeline) else "sample_weight"
    return estimator.fit(rows, labels, **({} if weights is None else {key: weights}))


def validate(estimator, dataset, quick, seed, engine=HERE):
    """Validate on rows held out of the training part: in folds, or where that costs too much on one part of it.

    Parameters
    ----------
    estimator : sklearn.pipeline.Pipeline or Committee
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


@dataclass(frozen=True)
class Answers:
    """What a recognizer said of labelled rows.

    Attributes
    ----------
    classes : ndarray of str, shape (n_classes,)
        Those of the recognizer.
    truth : ndarray of str, shape (n_rows,)
        The right labels.
    probabilities : ndarray of float64, shape (n_rows, n_classes)
        Of each class.
    recognized : ndarray of bool, shape (n_rows,)
        False for "not sure".
    """

    classes: np.ndarray
    truth: np.ndarray
    probabilities: np.ndarray
    recognized: np.ndarray

    @cached_property
    def given(self):
        """The likeliest label of each row: ndarray of str."""
        return self.classes[self.probabilities.argmax(axis=1)]

    @cached_property
    def confidence(self):
        """The probability of the likeliest label of each row: ndarray of float64."""
        return self.probabilities.max(axis=1)

    @cached_property
    def right(self):
        """Which rows were given the right label: ndarray of bool."""
        return self.given == self.truth

    @property
    def misread(self):
        """The rows that were given a wrong label, most confident first: ndarray of int."""
        wrong = np.flatnonzero(~self.right)
        return wrong[np.argsort(-self.confidence[wrong], kind="stable")]

    def likeliest(self, row, count):
        """Give so many likeliest labels of a row, with their probabilities: list of (str, float)."""
        order = np.argsort(-self.probabilities[row], kind="stable")[:count]
        return [(str(self.classes[index]), float(self.probabilities[row, index])) for index in order]


def answer(recognizer, dataset, engine=HERE):
    """Let a recognizer answer for labelled rows: Answers."""
    probabilities, doubts, _ = ask(recognizer.probabilities, dataset, engine, "evaluation")
    return Answers(recognizer.classes, dataset.labels, probabilities, doubts == "")


def score(answers):
    """Compare answers with the right labels: Scores, over the classes of the recognizer and of the data."""
    classes = np.union1d(answers.classes, answers.truth)
    precision, recall, f1, _ = precision_recall_fscore_support(
        answers.truth, answers.given, labels=classes, zero_division=0
    )
    return Scores(
        classes=classes.tolist(),
        confusion=confusion_matrix(answers.truth, answers.given, labels=classes),
        precision=precision.tolist(),
        recall=recall.tolist(),
        f1=f1.tolist(),
        refused=int((~answers.recognized).sum()),
    )


@dataclass(frozen=True)
class Bin:
    """Answers of about the same confidence: from `low` to `high`, how many, mean confidence, share that was right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability(answers, bins=10):
    """Compare confidence with accuracy, in bins of equal width that have any answers: list of Bin, ascending."""
    edges = np.linspace(0, 1, bins + 1)
    places = np.minimum((answers.confidence * bins).astype(int), bins - 1)
    found = []
    for place in np.unique(places):
        inside = places == place
        confidence, accuracy = answers.confidence[inside].mean(), answers.right[inside].mean()
        found.append(Bin(edges[place], edges[place + 1], int(inside.sum()), float(confidence), float(accuracy)))
    return found


def calibration_error(bins):
    """Give the expected calibration error: the distance of confidence and accuracy in the mean over all answers.

    References
    ----------
    M. Naeini, G. Cooper, M. Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015.
    """
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.confidence - each.accuracy) for each in bins) / total


def accuracy_of_rest(answers, refused):
    """Give the accuracy on the rest if the least confident share of the answers is refused.

    Parameters
    ----------
    answers : Answers
        At least one.
    refused : sequence of float
        Shares, 0 to below 1.

    Returns
    -------
    accuracies : list of float
        For each share.
    """
    right = answers.right[np.argsort(answers.confidence, kind="stable")]
    return [float(right[int(share * len(right)) :].mean()) for share in refused]


def evaluate(recognizer, dataset, engine=HERE):
    """Let a recognizer answer for labelled rows, and compare: Scores."""
    return score(answer(recognizer, dataset, engine))
