"""Decision values -> honest confidences; looks -> how likely an image is of the classes; what is needed to be sure."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, softmax
from sklearn.linear_model import LogisticRegression

SURE = 0.4  # least probability that an answer is right; chosen on 12 sources of digits, by 2 models, and 3 of junk
REFUSED = 0.01  # of real rows, at most, are refused because classes compete


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
class Familiarity:
    """Turns how real an image looks into the probability that it is of the classes at all: a logistic function.

    Attributes
    ----------
    slope, offset : float
        Of the logarithm of the odds.

    References
    ----------
    J. Platt, "Probabilistic outputs for support vector machines", Advances in Large Margin Classifiers, 1999.
    """

    slope: float
    offset: float

    @classmethod
    def fit(cls, real, negatives):
        """Learn from real images that nothing was fitted on, and from synthetic negatives, which weigh as much.

        Parameters
        ----------
        real, negatives : ndarray of float32, shape (n_rows,)
            How real each looks, by any measure that grows with it.

        Returns
        -------
        familiarity : Familiarity
            Fitted.
        """
        rows = np.concatenate([real, negatives])[:, None]
        logistic = LogisticRegression(C=100, class_weight="balanced", solver="newton-cholesky")
        logistic.fit(rows, np.arange(len(rows)) < len(real))
        return cls(float(logistic.coef_[0, 0]), float(logistic.intercept_[0]))

    def probabilities(self, looks):
        """Return the probability that an image is of one of the classes: ndarray of float64, shape (n_rows,)."""
        return expit(self.slope * looks.astype(np.float64) + self.offset)


def least_sureness(confidence):
    """Return how likely right an answer has to be, by the confidences in held-out rows: float.

    That is `SURE`, or so much that `REFUSED` of them have less, where classes are hard to tell apart.
    """
    return float(min(SURE, np.quantile(confidence, REFUSED)))
