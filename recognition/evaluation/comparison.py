"""A model beside the one that it replaces, where both were tested on the same images: what each card keeps for it."""

from base64 import b64decode, b64encode
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest


@dataclass(frozen=True)
class Comparison:
    """Right answers of two models to the same test images.

    Attributes
    ----------
    date : str
        When the earlier model was trained, as its card says it.
    before, now, total : int
        Number of images that it read right, that the new one reads right, and of all.
    better, worse : int
        Number of images that only the new one reads right, and that only the earlier one did.
    """

    date: str
    before: int
    now: int
    total: int
    better: int
    worse: int

    @property
    def chance(self):
        """Probability that two equally good models differ by as much: p of McNemar's exact test, 0 to 1.

        References
        ----------
        Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
        Psychometrika 12 (1947).
        """
        differing = self.better + self.worse
        return float(binomtest(self.better, differing).pvalue) if differing else 1.0


def packed(answers, digest):
    """Return which answers are right, for the card: dict.

    Parameters
    ----------
    answers : Answers
        Answers to the test part.
    digest : str
        SHA-256 of the test part, in its order.

    Returns
    -------
    facts : dict
        The digest, and a bit for each image, eight a byte, in base64.
    """
    return {"digest": digest, "right": b64encode(np.packbits(answers.correct)).decode("ascii")}


def compare(answers, digest, card):
    """Compare answers with those of an earlier model.

    Parameters
    ----------
    answers : Answers
        Answers to the test part.
    digest : str
        SHA-256 of the test part, in its order.
    card : dict or None
        Card of the earlier model, if there is one.

    Returns
    -------
    comparison : Comparison or None
        None unless the earlier model was tested on the very same images, and so had not learnt from them.
    """
    kept = (card or {}).get("test_answers", {})
    if kept.get("digest") != digest:
        return None
    now = answers.correct
    before = np.unpackbits(np.frombuffer(b64decode(kept["right"]), np.uint8), count=len(now)).astype(bool)
    return Comparison(
        card["date"],
        int(before.sum()),
        int(now.sum()),
        len(now),
        int((now & ~before).sum()),
        int((before & ~now).sum()),
    )
