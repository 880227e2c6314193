"""How far shares and confidences can be trusted. Imports nothing heavy, since the client uses it too."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

BINS = 10  # between 0 and 1, of equal width
Z_95 = 1.959964  # the normal distribution holds 95 % within this many standard deviations


@dataclass(frozen=True)
class Bin:
    """Answers of about the same confidence: from `low` to `high`, how many, mean confidence, share that is right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability_bins(answers):
    """Compare confidence with accuracy in bins of equal width.

    Parameters
    ----------
    answers : Answers
        At least one.

    Returns
    -------
    bins : list of Bin
        Those that have any answers, ascending.
    """
    edges = np.linspace(0, 1, BINS + 1)
    positions = np.minimum((answers.confidence * BINS).astype(int), BINS - 1)
    bins = []
    for position in np.unique(positions):
        inside = positions == position
        confidence, accuracy = answers.confidence[inside].mean(), answers.correct[inside].mean()
        bins.append(Bin(edges[position], edges[position + 1], int(inside.sum()), float(confidence), float(accuracy)))
    return bins


def calibration_error(bins):
    """Return the expected calibration error: the mean distance of confidence and accuracy over all answers.

    Parameters
    ----------
    bins : list of Bin
        At least one.

    Returns
    -------
    error : float
        0 to 1.

    References
    ----------
    M. Naeini, G. Cooper, M. Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015.
    """
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.confidence - each.accuracy) for each in bins) / total


def accuracy_of_rest(answers, refused):
    """Return the accuracy on the rest where shares of the least confident answers are refused.

    Parameters
    ----------
    answers : Answers
        At least one.
    refused : sequence of float
        Shares, 0 to below 1.

    Returns
    -------
    accuracies : list of float
        One for each share.
    """
    correct = answers.correct[np.argsort(answers.confidence, kind="stable")]
    return [float(correct[int(share * len(correct)) :].mean()) for share in refused]


def accuracy_where_recognized(answers):
    """Return the accuracy of the answers that are not "not sure", and 0 if there are none."""
    return float(answers.correct[answers.recognized].mean()) if answers.recognized.any() else 0.0


def wilson_interval(successes, trials):
    """Return the 95 % interval of a share, which stays inside 0 and 1 also for few or perfect trials.

    Parameters
    ----------
    successes, trials : int
        Number of those that went well, and of all: at least one.

    Returns
    -------
    low, high : float
        Bounds of the true share, between 0 and 1.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22 (1927).
    """
    share = successes / trials
    centre = share + Z_95**2 / (2 * trials)
    spread = Z_95 * sqrt(share * (1 - share) / trials + (Z_95 / (2 * trials)) ** 2)
    scale = 1 + Z_95**2 / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
