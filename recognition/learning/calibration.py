"""Decision values -> confidences; scores of an answer -> how likely it is right, and how likely it has to be."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, softmax
from sklearn.linear_model import LogisticRegression

SURE = 0.2  # least probability that an answer is right; chosen on 13 sources of digits, by 2 models, and on letters
REFUSED = 0.01  # of real rows, at most, are refused where classes compete


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

        One row more counts, for which the runner-up is right: no model is infallible because it misread none of a few.

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
            second = np.partition(logarithms, -2, axis=1)[:, -2]
            misread = second.mean(where=np.isfinite(second))  # minus infinity if the other class was not met
            return -(np.take_along_axis(logarithms, truth[:, None], axis=1).sum() + misread)

        return cls(float(np.exp(minimize_scalar(log_loss, bounds=(-6, 6), method="bounded").x)))

    def probabilities(self, decisions):
        """Return the probability of each class as an ndarray of float64, shape (n_rows, n_classes)."""
        return softmax(decisions.astype(np.float64) / self.temperature, axis=1)


@dataclass(frozen=True)
class LogisticScaling:
    """Turns the scores of a guess into the probability that it is right, by a logistic function.

    Attributes
    ----------
    weights : ndarray of float64, shape (n_scores,)
        How much a unit of each score adds to the logarithm of the odds.
    offset : float
        That logarithm where all scores are 0.

    References
    ----------
    J. Platt, "Probabilistic outputs for support vector machines", Advances in Large Margin Classifiers, 1999.
    """

    weights: np.ndarray
    offset: float

    @classmethod
    def fit(cls, scores, right):
        """Learn from guesses that are right and others that are wrong; together, each kind weighs as much.

        Parameters
        ----------
        scores : ndarray of float32, shape (n_rows, n_scores)
            Measures of each guess that grow with how good it is.
        right : ndarray of bool, shape (n_rows,)
            Whether each is right.

        Returns
        -------
        scaling : LogisticScaling
            Fitted.
        """
        logistic = LogisticRegression(C=100, class_weight="balanced", solver="newton-cholesky").fit(scores, right)
        return cls(logistic.coef_[0].astype(np.float64), float(logistic.intercept_[0]))

    def log_odds(self, scores):
        """Return the logarithm of the odds of being right as an ndarray of float64, shape (n_rows,)."""
        return scores @ self.weights + self.offset

    def probabilities(self, scores):
        """Return the probability of being right as an ndarray of float64, shape (n_rows,)."""
        return expit(self.log_odds(scores))


def least_sureness(sureness):
    """Return how likely right an answer has to be, or it is doubted.

    Parameters
    ----------
    sureness : ndarray of float64, shape (n_rows,)
        Probability of being right of the answers to real rows.

    Returns
    -------
    least : float
        `SURE`, or less where classes are hard to tell apart: no more than `REFUSED` of these answers are doubted.
    """
    return float(min(SURE, np.quantile(sureness, REFUSED)))
