"""A fitted recipe: rows of grey levels in, a `Prediction` for each out."""

from dataclasses import dataclass

import numpy as np
from sklearn.pipeline import Pipeline

from recognition.committee import Committee, describe, judge, judge_described
from recognition.dataset import junk
from recognition.imaging.placement import Placement
from recognition.novelty import NoveltyTest
from recognition.svm import Calibration

TOP = 5  # likeliest classes in an answer


@dataclass(frozen=True)
class Candidate:
    """A class, and how likely it is the right one (0 to 1)."""

    label: str
    confidence: float


@dataclass(frozen=True)
class Prediction:
    """The answer for one image.

    Attributes
    ----------
    label, confidence
        Those of the likeliest class.
    recognized : bool
        False where the image looks like none of the classes; the label is still the best guess.
    top : tuple of Candidate
        The five likeliest classes, or all if there are fewer, likeliest first.
    """

    label: str
    confidence: float
    recognized: bool
    top: tuple[Candidate, ...]

    def as_dict(self):
        """Give what JSON shall say: dict."""
        top = [{"label": one.label, "confidence": one.confidence} for one in self.top]
        return {"label": self.label, "confidence": self.confidence, "recognized": self.recognized, "top": top}


@dataclass(frozen=True)
class Recognizer:
    """Everything that turns canonical images into answers, as training fitted it and as the server uses it.

    Attributes
    ----------
    estimator : sklearn.pipeline.Pipeline or Committee
        From flat rows to labels; judges as `KernelSVC` does.
    calibration : Calibration
        Learnt on rows held out of the fit.
    shape : tuple of int
        Height and width of a canonical image, and 3 if it has colours.
    full : int
        The largest value: full ink, or full light of a colour; 0 is paper, or no light.
    placement : Placement or None
        How the characters of a picture are brought to canonical images; None for colours.
    novelty : NoveltyTest or None
        Refuses what is no character; None for colours.
    """

    estimator: Pipeline | Committee
    calibration: Calibration
    shape: tuple[int, ...]
    full: int
    placement: Placement | None = None
    novelty: NoveltyTest | None = None

    @property
    def classes(self):
        """Labels, sorted: ndarray of str, shape (n_classes,)."""
        return self.estimator.classes_

    def probabilities(self, rows):
        """Give the probability of each class, and whether the row looks like any.

        Parameters
        ----------
        rows : ndarray of numbers, shape (n_rows, n_values)
            Flat canonical images, 0 to `full`.

        Returns
        -------
        probabilities : ndarray of float64, shape (n_rows, n_classes)
            In the order of `classes`; each row sums to 1.
        recognized : ndarray of bool, shape (n_rows,)
            False for what is far from all that was learnt, and for an image of one value only.
        nearness : ndarray of float32, shape (n_rows,)
            How near each is to what was learnt, 0 to 1.
        """
        described = describe(self.estimator, rows)
        margins, nearness = judge_described(self.estimator, described)
        probabilities = self.calibration.probabilities(margins)
        recognized = self.calibration.recognizes(probabilities, nearness) & (rows.min(axis=1) < rows.max(axis=1))
        if self.novelty is not None and recognized.any():
            recognized[recognized] = self.novelty.recognizes(described[0][recognized])
        return probabilities, recognized, nearness

    def predict(self, rows):
        """Answer for each row: list of `Prediction`, in their order; see `examine`."""
        return self.examine(rows)[0]

    def examine(self, rows):
        """Answer for each row, and tell how near it is to what was learnt.

        Parameters
        ----------
        rows : ndarray of numbers, shape (n_rows, n_values)
            Flat canonical images, 0 to `full`.

        Returns
        -------
        predictions : list of Prediction
            In the order of the rows.
        nearness : ndarray of float32, shape (n_rows,)
            0 to 1.
        """
        probabilities, recognized, nearness = self.probabilities(rows)
        order = np.argsort(-probabilities, axis=1, kind="stable")[:, :TOP]
        labels = self.classes[order].tolist()
        confidences = np.take_along_axis(probabilities, order, axis=1).round(6).tolist()
        predictions = [
            Prediction(names[0], values[0], known, tuple(map(Candidate, names, values)))
            for names, values, known in zip(labels, confidences, recognized.tolist(), strict=True)
        ]
        return predictions, nearness


def assemble(estimator, dataset, validation, seed):
    """Complete a fitted estimator with all that it takes to answer.

    Parameters
    ----------
    estimator : sklearn.pipeline.Pipeline or Committee
        Fitted.
    dataset : Dataset
        What it was fitted on.
    validation : Validation
        What machines like it said of rows held out; tells how sure it may be.
    seed : int
        Of the junk, from which is learnt what to refuse.

    Returns
    -------
    recognizer : Recognizer
        Ready to answer.
    """
    strange = [judge(estimator, rows)[1] for rows in junk(dataset, seed).values()]
    calibration = Calibration.fit(validation.margins, validation.nearness, validation.truth, strange)
    placement = novelty = None
    if len(dataset.shape) == 2:
        placement = Placement.measure(dataset.images, dataset.full)
        novelty = NoveltyTest.fit(estimator, dataset.images, dataset.full, seed)
    return Recognizer(estimator, calibration, dataset.shape, dataset.full, placement, novelty)
