"""How likely ink is one whole character: an SVM tells those from parts of one, and from parts of neighbours."""

from dataclasses import dataclass

import numpy as np

from recognition.features.augmentation import distort
from recognition.imaging.characters import FAINTEST, find_characters
from recognition.imaging.normalization import cropped
from recognition.imaging.segmentation import in_lines, segment
from recognition.learning.calibration import LogisticScaling
from recognition.learning.ensemble import extract_features
from recognition.learning.novelty import STRANGER, NoveltyTest

ROWS = 2_000  # characters, or a quarter of all, are enough to learn from
HELD_OUT = 0.25  # of them, to learn from how likely what looks so is whole
LINE = 3  # characters beside each other
SIZE, SIZES = 32, 0.1  # pixels of their longer side, about as in a photo of a number, and deviation of its logarithm
GAP = -4, 2  # pixels between neighbours where they are nearest: most touch
WHOLE, BROKEN = 0.87, 0.7  # of the ink of both is shared by a character and what is it, or what is a fragment at most
FRAGMENTS = 2  # are learnt from for each whole character


@dataclass(frozen=True)
class FragmentTest:
    """A test that tells whole characters from all else that a line of them may be cut into.

    Attributes
    ----------
    test : NoveltyTest
        What tells them apart: a whole one is what it calls real.
    scaling : LogisticScaling
        Turns its decisions into the odds of being whole.
    """

    test: NoveltyTest
    scaling: LogisticScaling

    @classmethod
    def fit(cls, estimator, images, full, normalizer, seed=0):
        """Learn from lines of characters that touch, which are cut as those of a picture are.

        Parameters
        ----------
        estimator : Pipeline or Ensemble
            Fitted.
        images : ndarray of numbers, shape (n_images, height, width), or LazyArray
            Characters, 0 = paper.
        full : int
            Value of full ink.
        normalizer : Normalizer
            Brings what is cut out to canonical images.
        seed : int
            Seed of all chance.

        Returns
        -------
        test : FragmentTest or None
            Fitted; None where images are so few that nothing whole, or nothing else, was cut out.
        """
        rng = np.random.default_rng(seed)
        chosen = np.asarray(images[rng.permutation(len(images))[: min(ROWS, len(images) // 4)]])
        inks = [
            cropped(image, SIZE * np.exp(rng.normal(0, SIZES)))
            for image in distort(chosen, rng, **STRANGER)
            if image.max() > full / 2
        ]
        count = round(HELD_OUT * len(inks))
        (whole, broken), (held_out, others) = cut_lines(inks[count:], rng), cut_lines(inks[:count], rng)
        if not (whole and broken and held_out and others):
            return None
        features = _features(estimator, normalizer, whole + broken)
        test = NoveltyTest.learn(features, np.arange(len(features)) < len(whole), cost=3)
        looks = test.decisions(_features(estimator, normalizer, held_out + others))[:, None]
        return cls(test, LogisticScaling.fit(looks, np.arange(len(looks)) < len(held_out)))

    def log_odds(self, features):
        """Return the logarithm of the odds of being whole.

        Parameters
        ----------
        features : ndarray of float32, shape (n_rows, n_features)
            Features that the estimator's first pipeline extracts.

        Returns
        -------
        log_odds : ndarray of float64, shape (n_rows,)
            0 if it may as well be whole as not.
        """
        return self.scaling.log_odds(self.test.decisions(features)[:, None])


def cut_lines(inks, rng):
    """Put characters in lines, and cut these as the lines of a picture are.

    Parameters
    ----------
    inks : list of ndarray of float32, shape (height, width)
        The ink of one character each, 1 = full ink.
    rng : numpy.random.Generator
        Source of all chance.

    Returns
    -------
    whole, broken : list of ndarray of float32, shape (height, width)
        Hypotheses that are one of the characters, and a choice of those that are not.
    """
    whole, broken = [], []
    for start in range(0, len(inks), LINE):
        layers = _in_line(inks[start : start + LINE], rng)
        ink = layers.max(axis=0)
        for hypothesis in segment(in_lines(find_characters(ink, 0.0)), set(), ink)[0]:
            share = _shared(hypothesis.character, layers)
            if share >= WHOLE:
                whole.append(hypothesis.character.ink)
            elif share < BROKEN:
                broken.append(hypothesis.character.ink)
    return whole, [broken[number] for number in rng.permutation(len(broken))[: FRAGMENTS * len(whole)]]


def _in_line(inks, rng):
    """Write characters beside each other: the ink of each, float32, shape (n_characters, height, width)."""
    height, width = 2 * max(len(ink) for ink in inks), sum(ink.shape[1] + GAP[1] for ink in inks)
    layers = np.zeros((len(inks), height, width + 2), np.float32)
    edge = np.zeros(height, int)  # beyond the ink before, row by row
    for layer, ink in zip(layers, inks, strict=True):
        rows, columns = ink.shape
        top = (height - rows) // 2 + rng.integers(-2, 3)
        inked = ink > FAINTEST
        nearest = (edge[top : top + rows] - inked.argmax(axis=1))[inked.any(axis=1)].max()
        left = 1 + max(0, nearest + rng.integers(*GAP))
        layer[top : top + rows, left : left + columns] = ink[:, : layer.shape[1] - left]
        inked = layer > FAINTEST
        edge = np.where(inked.any(axis=1), inked.shape[1] - 1 - inked[:, ::-1].argmax(axis=1), edge)
    return layers


def _shared(character, layers):
    """Return the overlap of a hypothesis with the character it is most like: ink of both over ink of either."""
    left, top, right, bottom = character.box
    mask, inked = character.ink > FAINTEST, layers > FAINTEST
    both = (inked[:, top:bottom, left:right] & mask).sum(axis=(1, 2))
    return (both / (mask.sum() + inked.sum(axis=(1, 2)) - both)).max()


def _features(estimator, normalizer, inks):
    images = normalizer.normalize(inks)
    return extract_features(estimator, images.reshape(len(images), -1))[0]
