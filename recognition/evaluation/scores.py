"""How well a recognizer answers: scores with intervals, confusions, how confidence and accuracy agree."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from recognition.engine.threads import HERE
from recognition.evaluation.intervals import wilson_interval
from recognition.learning.fitting import ask


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
