"""Answers to labelled rows."""

import numpy as np

from recognition.evaluation.scores import Answers


def answers_of(*rows):
    """Return answers of two classes, one for each (right label, probability of "b", recognized)."""
    truth, probability, recognized = zip(*rows, strict=True)
    probabilities = np.array([[1 - each, each] for each in probability])
    return Answers(np.array(["a", "b"]), np.array(truth), probabilities, np.array(recognized))


MIXED = answers_of(("a", 0.02, True), ("b", 0.97, True), ("a", 0.95, True), ("b", 0.45, False), ("a", 0.35, True))
