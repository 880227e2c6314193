"""How well a recognizer answers labelled rows: its answers, and scores with intervals and confusions."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from recognition.engine.threads import HERE
from recognition.evaluation.reliability import wilson_interval
from recognition.learning.fitting import ask

LIKELIEST = 3  # labels of a row that the right one is looked for among


@dataclass(frozen=True)
class Answers:
    """Answers of a recognizer to labelled rows.

    Attributes
    ----------
    classes : ndarray of str, shape (n_classes,)
        Classes of the recognizer.
    truth : ndarray of str, shape (n_rows,)
        Right labels.
    probabilities : ndarray of float64, shape (n_rows, n_classes)
        Probability of each class.
    recognized : ndarray of bool, shape (n_rows,)
        False for "not sure".
    """

    classes: np.ndarray
    truth: np.ndarray
    probabilities: np.ndarray
    recognized: np.ndarray

    @cached_property
    def predicted(self):
        """Likeliest label of each row, an ndarray of str."""
        return self.classes[self.probabilities.argmax(axis=1)]

    @cached_property
    def confidence(self):
        """Probability of the likeliest label of each row, an ndarray of float64."""
        return self.probabilities.max(axis=1)

    @cached_property
    def correct(self):
        """Whether the likeliest label of each row is the right one, an ndarray of bool."""
        return self.predicted == self.truth

    @property
    def misread(self):
        """Indices of the rows with a wrong label, most confident first, an ndarray of int."""
        wrong = np.flatnonzero(~self.correct)
        return wrong[np.argsort(-self.confidence[wrong], kind="stable")]

    @property
    def among_likeliest(self):
        """Share of the rows whose right label is one of the three likeliest; None of no more classes than that."""
        if len(self.classes) <= LIKELIEST:
            return None
        likeliest = self.classes[np.argsort(-self.probabilities, axis=1, kind="stable")[:, :LIKELIEST]]
        return float((likeliest == self.truth[:, None]).any(axis=1).mean())

    def likeliest(self, row, count):
        """Return the likeliest labels of a row with their probabilities.

        Parameters
        ----------
        row : int
            Index of the row.
        count : int
            Number of labels.

        Returns
        -------
        labels : list of (str, float)
            Likeliest first.
        """
        order = np.argsort(-self.probabilities[row], kind="stable")[:count]
        return [(str(self.classes[index]), float(self.probabilities[row, index])) for index in order]


@dataclass(frozen=True)
class Scores:
    """Scores of a recognizer on labelled rows.

    Attributes
    ----------
    classes : list of str
        Labels, sorted.
    confusion : ndarray of int, shape (n_classes, n_classes)
        Number of rows of class i that were taken for class j.
    precision, recall, f1 : list of float
        A number for each class; 0 where there is nothing to divide by.
    refused_of : list of int
        Number of rows of each class that were not recognized, whatever their label.
    """

    classes: list[str]
    confusion: np.ndarray
    precision: list[float]
    recall: list[float]
    f1: list[float]
    refused_of: list[int]

    @property
    def total(self):
        """Number of rows."""
        return int(self.confusion.sum())

    @property
    def correct(self):
        """Number of rows with the right label."""
        return int(self.confusion.trace())

    @property
    def refused(self):
        """Number of rows that were not recognized."""
        return sum(self.refused_of)

    @property
    def accuracy(self):
        """Share of the rows with the right label."""
        return self.correct / self.total

    @property
    def interval(self):
        """Bounds of the accuracy that hold with 95 %, as (low, high)."""
        return wilson_interval(self.correct, self.total)

    @property
    def support(self):
        """Number of rows of each class, a list of int."""
        return self.confusion.sum(axis=1).tolist()

    @property
    def confusions(self):
        """What was taken for what, a list of (right label, predicted label, rows), most frequent first."""
        wrong = self.confusion - np.diag(self.confusion.diagonal())
        pairs = [(self.classes[i], self.classes[j], int(wrong[i, j])) for i, j in np.argwhere(wrong)]
        return sorted(pairs, key=lambda pair: -pair[2])

    @property
    def per_class(self):
        """A row for each class, a list of (label, precision, recall, F1, rows, rows not recognized)."""
        columns = (self.classes, self.precision, self.recall, self.f1, self.support, self.refused_of)
        return list(zip(*columns, strict=True))

    def as_dict(self):
        """Return the entry of the card."""
        return {
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "correct": self.correct,
            "total": self.total,
            "refused": self.refused,
        }


def answer(recognizer, dataset, engine=HERE):
    """Ask a recognizer about labelled rows.

    Parameters
    ----------
    recognizer : Recognizer
        Ready to answer.
    dataset : Dataset
        Images of its shape.
    engine : Threads or Cluster
        Where it runs.

    Returns
    -------
    answers : Answers
        In the order of the dataset.
    """
    probabilities, doubts, *_ = ask(recognizer.probabilities, dataset, engine, "evaluation")
    return Answers(recognizer.classes, dataset.labels, probabilities, doubts == "")


def score(answers):
    """Compare answers with the right labels.

    Parameters
    ----------
    answers : Answers
        At least one.

    Returns
    -------
    scores : Scores
        Over the classes of the recognizer and of the data.
    """
    classes = np.union1d(answers.classes, answers.truth)
    precision, recall, f1, _ = precision_recall_fscore_support(
        answers.truth, answers.predicted, labels=classes, zero_division=0
    )
    return Scores(
        classes=classes.tolist(),
        confusion=confusion_matrix(answers.truth, answers.predicted, labels=classes),
        precision=precision.tolist(),
        recall=recall.tolist(),
        f1=f1.tolist(),
        refused_of=[int((answers.truth[~answers.recognized] == label).sum()) for label in classes],
    )
