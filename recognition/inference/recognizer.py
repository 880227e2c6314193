"""A fitted recipe: rows of grey levels in, a `Prediction` for each out."""

import math
from dataclasses import dataclass

import numpy as np
from sklearn.pipeline import Pipeline

from recognition.errors import DataError
from recognition.features.augmentation import distort
from recognition.imaging.normalization import Normalizer
from recognition.learning.calibration import REFUSED, LogisticScaling, TemperatureScaling, least_sureness
from recognition.learning.ensemble import Ensemble, decide_features, extract_features
from recognition.learning.fragments import FragmentTest
from recognition.learning.negatives import kinds_of_negatives, other_characters, scrawls
from recognition.learning.novelty import ROWS, NoveltyTest

TOP = 5  # likeliest classes in an answer
STRANGE = -3.0  # decision of the novelty test: much less like a character than what it has learnt to refuse
NAMED = 3  # of the classes that an image may be of
CLEAR = 1.0  # decision value of an answer that is clear: at the margin, of a support-vector machine
OTHERS = 5  # times as many images of a class as of another character that it is not to be taken for
LOOKS = 20  # ways, at least, in which what was refused is looked at
HELD_OUT = 2_000  # images that the novelty test is not fitted on, to learn from how likely an answer is right

BLANK, UNFAMILIAR = "the image is blank", "looks like none of the classes"  # why an answer is doubted


@dataclass(frozen=True)
class Candidate:
    """A class, and how likely it is the right one (0 to 1)."""

    label: str
    confidence: float


@dataclass(frozen=True)
class Prediction:
    """The answer for one image.

    Attributes
    ----------
    label : str
        Likeliest class.
    confidence : float
        Its probability.
    top : tuple of Candidate
        The five likeliest classes, or all if there are fewer, likeliest first.
    doubt : str
        Reason why the answer is likely wrong, in a few words; empty if it is not. The label is still the best guess.
    """

    label: str
    confidence: float
    top: tuple[Candidate, ...]
    doubt: str = ""

    @property
    def recognized(self):
        """Whether nothing gives cause for doubt."""
        return not self.doubt

    def as_dict(self):
        """Return a dict of what JSON shall say."""
        top = [{"label": candidate.label, "confidence": candidate.confidence} for candidate in self.top]
        return {"label": self.label, "confidence": self.confidence, **certainty(self.doubt), "top": top}


def certainty(doubt):
    """Return a dict of how JSON says whether an answer is doubted, and why."""
    return {"recognized": False, "doubt": doubt} if doubt else {"recognized": True}


@dataclass(frozen=True)
class Recognizer:
    """Everything that turns canonical images into answers, as training fitted it and as the server uses it.

    Attributes
    ----------
    estimator : sklearn.pipeline.Pipeline or Ensemble
        Fitted, from flat rows to labels; it decides as `KernelSVC` does.
    scaling : TemperatureScaling
        Turns decision values into probabilities; learnt on rows held out of the fit.
    sureness : LogisticScaling
        Turns the scores of an answer, as of `_scores`, into the probability that it is right.
    least : float
        How likely right an answer has to be, or it is doubted.
    shape : tuple of int
        Height and width of a canonical image, and 3 if it has colours.
    full : int
        Largest value: full ink, or full light of a colour; 0 is paper, or no light.
    normalizer : Normalizer or None
        Brings the characters of a picture to canonical images; None for colours.
    novelty : NoveltyTest or None
        Tells characters from what is none; None for colours.
    fragments : FragmentTest or None
        Tells whole characters from fragments; None for colours, and where there is too little to learn it from.
    strangest : float
        Least decision of the novelty test, or an answer is doubted, too.
    """

    estimator: Pipeline | Ensemble
    scaling: TemperatureScaling
    sureness: LogisticScaling
    least: float
    shape: tuple[int, ...]
    full: int
    normalizer: Normalizer | None = None
    novelty: NoveltyTest | None = None
    fragments: FragmentTest | None = None
    strangest: float = STRANGE

    @property
    def classes(self):
        """The labels, sorted, as an ndarray of str, shape (n_classes,)."""
        return self.estimator.classes_

    def probabilities(self, rows):
        """Return the probability of each class, and why the likeliest one may be wrong.

        Parameters
        ----------
        rows : ndarray of numbers, shape (n_rows, n_values)
            Flat canonical images, 0 to `full`.

        Returns
        -------
        probabilities : ndarray of float64, shape (n_rows, n_classes)
            In the order of `classes`; each row sums to 1.
        doubts : ndarray of str, shape (n_rows,)
            Empty where there is none. An answer that is too unlikely to be right is doubted, and the reason is what is
            less likely: that the image is of a class at all, or that this is the one. What is as strange as what was
            learnt to be refused is doubted in any case, and so is an image of one value.
        similarity : ndarray of float32, shape (n_rows,)
            Similarity of each to what was learnt, 0 to 1.
        whole : ndarray of float64, shape (n_rows,)
            Log-odds that each is one whole character; 0 where that is not known.
        """
        features, decisions, scores = _scores(self.estimator, self.novelty, rows)
        probabilities, similarity = self.scaling.probabilities(decisions), scores[:, 1]
        strange = (scores[:, 2:] < self.strangest).any(axis=1)
        doubtful = strange | (self.sureness.probabilities(scores) < self.least)
        scores[:, 0] = np.maximum(scores[:, 0], CLEAR)
        familiar = self.sureness.probabilities(scores)
        doubts = np.full(len(rows), "", dtype=object)
        unclear = doubtful & ~strange & (probabilities.max(axis=1) <= familiar)
        doubts[doubtful] = UNFAMILIAR
        doubts[unclear] = [self._rivals(*pair) for pair in zip(probabilities[unclear], familiar[unclear], strict=True)]
        doubts[rows.min(axis=1) == rows.max(axis=1)] = BLANK
        whole = np.zeros(len(rows)) if self.fragments is None else self.fragments.log_odds(features)
        return probabilities, doubts, similarity, whole

    def _rivals(self, probabilities, familiar):
        """Name the likeliest classes of a row, two or more, that together are as likely as an answer has to be."""
        order = np.argsort(-probabilities, kind="stable")
        count = max(2, 1 + int(np.searchsorted(probabilities[order].cumsum(), self.least / familiar)))
        names = self.classes[order[:NAMED]].tolist()
        names = names[:count] if count <= NAMED else [*names[:-1], "another"]
        return f"may be {', '.join(names[:-1])} or {names[-1]}"

    def checked(self, images):
        """Return images as the rows that `predict` takes, an ndarray of shape (n_images, n_values).

        Raises
        ------
        DataError
            If they are no canonical images.
        """
        images, size = np.asarray(images), math.prod(self.shape)
        if images.ndim < 2 or math.prod(images.shape[1:]) != size:
            sides = "x".join(map(str, self.shape))
            raise DataError(f"images of {sides} belong here: give a list of rows of {size} numbers, or of such images")
        if not ((images >= 0) & (images <= self.full)).all():  # nor is NaN
            raise DataError(f"this model takes numbers from 0 to {self.full}, and there are others")
        return images.reshape(-1, size)

    def predict(self, rows):
        """Return a list of a `Prediction` for each row, in their order; see `examine`."""
        return self.examine(rows)[0]

    def examine(self, rows):
        """Return a prediction for each row, and what it is made of.

        Parameters
        ----------
        rows : ndarray of numbers, shape (n_rows, n_values)
            Flat canonical images, 0 to `full`.

        Returns
        -------
        predictions : list of Prediction
            Predictions in the order of the rows.
        probabilities, similarity, whole : ndarray
            As of `probabilities`.
        """
        probabilities, doubts, similarity, whole = self.probabilities(rows)
        order = np.argsort(-probabilities, axis=1, kind="stable")[:, :TOP]
        labels = self.classes[order].tolist()
        confidences = np.take_along_axis(probabilities, order, axis=1).round(6).tolist()
        predictions = [
            Prediction(names[0], values[0], tuple(map(Candidate, names, values)), doubt)
            for names, values, doubt in zip(labels, confidences, doubts.tolist(), strict=True)
        ]
        return predictions, probabilities, similarity, whole


def assemble(estimator, dataset, validation, seed, refused=None):
    """Complete a fitted estimator with all that it takes to answer.

    Parameters
    ----------
    estimator : sklearn.pipeline.Pipeline or Ensemble
        Fitted.
    dataset : Dataset
        Data that it was fitted on.
    validation : Validation
        Decisions of estimators like it on rows held out, from which is learnt how sure it may be.
    seed : int
        Seed of the synthetic negatives, from which is learnt what to refuse.
    refused : Dataset, optional
        Further images of no character, to refuse as well.

    Returns
    -------
    recognizer : Recognizer
        Ready to answer.
    """
    scaling = TemperatureScaling.fit(validation.decisions, validation.truth)
    if len(dataset.shape) == 2:
        normalizer, rng = Normalizer.measure(dataset.images, dataset.full), np.random.default_rng(seed)
        chosen = dataset.take(rng.permutation(len(dataset))[: ROWS + HELD_OUT])
        count = min(ROWS, 2 * len(chosen) // 3)
        classes = estimator.classes_.tolist()
        others = other_characters(classes, normalizer, count // (OTHERS * len(classes)), rng)
        novelty = NoveltyTest.fit(estimator, chosen.images[:count], dataset.full, others, rng, refused)
        scores, right = _trial(estimator, novelty, chosen.take(np.arange(count, len(chosen))), normalizer, rng)
        real = scores[: len(chosen) - count]
        strangest = STRANGE if refused is None else _strangest(estimator, novelty, refused, real[:, 2], rng)
        fragments = FragmentTest.fit(estimator, dataset.images, dataset.full, normalizer, seed)
    else:
        normalizer, novelty, fragments, strangest = None, None, None, STRANGE
        negatives = [_scores(estimator, None, rows)[2] for rows in kinds_of_negatives(dataset, seed).values()]
        real = np.stack([validation.decisions.max(axis=1), validation.similarity], axis=1)
        right = np.zeros(len(real) + sum(map(len, negatives)), dtype=bool)
        right[: len(real)] = validation.decisions.argmax(axis=1) == validation.truth
        scores = np.concatenate([real, *negatives])
    sureness = LogisticScaling.fit(scores, right)
    least = least_sureness(sureness.probabilities(real))
    shape, full = dataset.shape, dataset.full
    return Recognizer(estimator, scaling, sureness, least, shape, full, normalizer, novelty, fragments, strangest)


def _trial(estimator, novelty, held_out, normalizer, rng):
    """Try an estimator on images that the novelty test has not learnt from: scores, and whether the answers are right.

    They are the images as they are, distorted, since a stranger's hand lies farther from all that was learnt, and
    scrawls: negatives of a kind that it has not learnt from either, as what it will meet.
    """
    images = held_out.images[:]
    rows = np.concatenate([images, distort(images, rng), scrawls(normalizer, len(images), rng)])
    _, decisions, scores = _scores(estimator, novelty, rows.reshape(len(rows), -1))
    right = estimator.classes_[decisions.argmax(axis=1)] == np.resize(held_out.labels, len(rows))
    right[2 * len(images) :] = False
    return scores, right


def _strangest(estimator, novelty, refused, looks, rng):
    """Return the decision below which lies what is like an image to be refused, if hardly any real one does."""
    images = refused.images[:ROWS]
    images = distort(np.resize(images, (max(LOOKS, len(images)), *images.shape[1:])), rng)
    _, _, scores = _scores(estimator, novelty, images.reshape(len(images), -1))
    return float(min(scores[:, 2].max(), np.quantile(looks, REFUSED)))


def _scores(estimator, novelty, rows):
    """Return features, decision values, and the scores of the answers that these are, shape (n_rows, n_scores).

    Those are the value of the likeliest class, the similarity to what was learnt, and how much it looks like it.
    """
    features = extract_features(estimator, rows)
    decisions, similarity = decide_features(estimator, features)
    looks = [] if novelty is None else [novelty.decisions(features[0])]
    return features[0], decisions, np.stack([decisions.max(axis=1), similarity, *looks], axis=1)
