"""A model beside the one that it replaces, where both were tested on the same images: what each card keeps for it."""

from base64 import b64decode, b64encode
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from recognition.errors import counted

SIGNIFICANT = 0.05  # probability below which a difference is hardly chance, by convention


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

    @property
    def in_words(self):
        """How the model does beside the one of before, in a sentence or two."""
        before = f"The model that it replaces ({self.date[:16].replace('T', ' ')} UTC)"
        images = counted(self.total, "test image")
        if not self.better + self.worse:
            return f"{before} was right on the very same ones of these {images}."
        verdict = "hardly by chance" if self.chance < SIGNIFICANT else "which may be chance"
        return (
            f"{before} had {self.before:,} of these {images} right. "
            f"{self.better:,} that it misread {'is' if self.better == 1 else 'are'} right now, {self.worse:,} that it "
            f"had right {'is' if self.worse == 1 else 'are'} misread now: {verdict} "
            f"(McNemar's exact test, p = {self.chance:.2g})."
        )


def packed(answers, digest):
    """Return what a card keeps for `compare`: the digest, and a bit for each right answer, eight a byte, in base64."""
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
        date=card["date"],
        before=int(before.sum()),
        now=int(now.sum()),
        total=len(now),
        better=int((now & ~before).sum()),
        worse=int((before & ~now).sum()),
    )
