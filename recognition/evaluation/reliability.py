"""How well the confidence of answers agrees with their accuracy."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Bin:
    """Answers of about the same confidence: from `low` to `high`, how many, mean confidence, share that is right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability_bins(answers, count=10):
    """Compare confidence with accuracy in bins of equal width.

    Parameters
    ----------
    answers : Answers
        At least one.
    count : int
        Number of bins between 0 and 1.

    Returns
    -------
    bins : list of Bin
        Those that have any answers, ascending.
    """
    edges = np.linspace(0, 1, count + 1)
    positions = np.minimum((answers.confidence * count).astype(int), count - 1)
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
