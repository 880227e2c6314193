"""Decision values -> honest confidences, and which of these are too low to be sure."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

CONFIDENT = 0.8  # what is more likely than this is clear, however clear others are
REFUSED = 0.005  # of real rows, at most, are refused for one reason


@dataclass(frozen=True)
class TemperatureScaling:
    """Turns decision values into probabilities, softmax(decisions / temperature), which changes no label.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017.
    """

    temperature: float

    @classmethod
    def fit(cls, decisions, truth):
        """Learn the temperature of the least log-loss.

        Parameters
        ----------
        decisions : ndarray of float32, shape (n_rows, n_classes)
            Decision values of rows that the classifier was not fitted on.
        truth : ndarray of int, shape (n_rows,)
            Index of the right class of each row.

        Returns
        -------
        scaling : TemperatureScaling
            Fitted.
        """

        def log_loss(log_temperature):
            logarithms = log_softmax(decisions / np.exp(log_temperature), axis=1)
            return -np.take_along_axis(logarithms, truth[:, None], axis=1).mean()

        return cls(float(np.exp(minimize_scalar(log_loss, bounds=(-6, 6), method="bounded").x)))

    def probabilities(self, decisions):
        """Return the probability of each class: ndarray of float64, shape (n_rows, n_classes)."""
        return softmax(decisions.astype(np.float64) / self.temperature, axis=1)


@dataclass(frozen=True)
class RejectionThresholds:
    """Bounds below which an answer is not sure.

    Attributes
    ----------
    confidence : float
        Rows of less may be of several classes.
    similarity : float
        Rows of less look like nothing that was learnt.
    """

    confidence: float
    similarity: float

    @classmethod
    def fit(cls, confidence, similarity, negatives):
        """Learn from rows that the classifier was not fitted on, and from rows that are of no class.

        A stranger's hand lies farther from all that was learnt than the held-out rows of known hands. So the
        least similarity is set as low as the negatives allow, yet never so high that more than `REFUSED` of the
        held-out rows would be refused for it; nor for a confidence that is too low.

        Parameters
        ----------
        confidence : ndarray of float64, shape (n_rows,)
            Probability of the likeliest class of each held-out row.
        similarity : ndarray of float32, shape (n_rows,)
            Similarity of each held-out row, as of `KernelSVC.decide`.
        negatives : list of ndarray
            Similarity of rows that are of no class, an array for each kind of them.

        Returns
        -------
        thresholds : RejectionThresholds
            They refuse 99 % of each kind of negatives if they can.
        """
        refusing = max(np.quantile(kind, 0.99) for kind in negatives)
        return cls(
            float(min(CONFIDENT, np.quantile(confidence, REFUSED))),
            float(min(refusing, np.quantile(similarity, REFUSED))),
        )

    def are_clear(self, probabilities):
        """Return which rows are of one class rather than of several: ndarray of bool, shape (n_rows,)."""
        return probabilities.max(axis=1) >= self.confidence

    def are_near(self, similarity):
        """Return which rows are near enough to what was learnt: ndarray of bool, shape (n_rows,)."""
        return similarity >= self.similarity
