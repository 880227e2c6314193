"""Decision values -> honest confidences, and which of these are too low to be sure."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

CONFIDENT = 0.8  # what is more likely than this is clear, however clear others are
REFUSED = 0.005  # of real rows, at most, are refused for one reason


@dataclass(frozen=True)
class Calibration:
    """What turns decisions into confidences, and which of these, and of similarity, are too low to be sure.

    Attributes
    ----------
    temperature : float
        Probabilities are softmax(decisions / temperature); it changes no label.
    least_confidence : float
        Rows of less may be this or that.
    least_similarity : float
        Rows of less look like nothing that was learnt.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017
    (temperature scaling).
    """

    temperature: float
    least_confidence: float
    least_similarity: float

    @classmethod
    def fit(cls, decisions, similarity, truth, junk):
        """Learn from rows that the machine was not fitted on, and from rows that are of no class.

        A stranger's hand lies farther from all that was learnt than the held-out rows of known hands. So the
        least similarity is set as low as junk allows, yet never so high that more than `REFUSED` of the held-out
        rows would be refused for it; nor for a confidence that is too low.

        Parameters
        ----------
        decisions, similarity : ndarray
            Of held-out rows, as `KernelSVC.decide` gives them.
        truth : ndarray of int, shape (n_rows,)
            Index of the right class of each held-out row.
        junk : list of ndarray
            Nearness of rows that are of no class, an array for each kind of junk.

        Returns
        -------
        calibration : Calibration
            With the temperature of the least log-loss, and refusing 99 % of each kind of junk if it can.
        """

        def log_loss(log_temperature):
            logarithms = log_softmax(decisions / np.exp(log_temperature), axis=1)
            return -np.take_along_axis(logarithms, truth[:, None], axis=1).mean()

        best = minimize_scalar(log_loss, bounds=(-6, 6), method="bounded")
        temperature = float(np.exp(best.x))
        confidence = softmax(decisions / temperature, axis=1).max(axis=1)
        enough = max(np.quantile(kind, 0.99) for kind in junk)
        return cls(
            temperature,
            float(min(CONFIDENT, np.quantile(confidence, REFUSED))),
            float(min(enough, np.quantile(similarity, REFUSED))),
        )

    def probabilities(self, decisions):
        """Give the probability of each class: ndarray of float64, shape (n_rows, n_classes)."""
        return softmax(decisions.astype(np.float64) / self.temperature, axis=1)

    def are_clear(self, probabilities):
        """Return which rows are of one class rather than of this or that: ndarray of bool, shape (n_rows,)."""
        return probabilities.max(axis=1) >= self.least_confidence

    def are_near(self, similarity):
        """Return which rows are near enough to what was learnt: ndarray of bool, shape (n_rows,)."""
        return similarity >= self.least_similarity
