"""A fitted recipe: rows of grey levels in, a `Prediction` for each out."""

from dataclasses import dataclass

import numpy as np
from sklearn.pipeline import Pipeline

from recognition.imaging.normalization import Normalizer
from recognition.learning.calibration import Familiarity, TemperatureScaling, least_sureness
from recognition.learning.ensemble import Ensemble, decide, decide_features, extract_features
from recognition.learning.fragments import FragmentTest
from recognition.learning.negatives import kinds_of_negatives
from recognition.learning.novelty import NoveltyTest

TOP = 5  # likeliest classes in an answer
NAMED = 3  # of the classes that an image may be of

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
        """Return what JSON shall say: dict."""
        top = [{"label": candidate.label, "confidence": candidate.confidence} for candidate in self.top]
        return {"label": self.label, "confidence": self.confidence, **certainty(self.doubt), "top": top}


def certainty(doubt):
    """Return how JSON says whether an answer is doubted, and why: dict."""
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
    familiarity : Familiarity
        Turns what the novelty test says of an image, or its similarity, into the probability that it is of a class.
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
    """

    estimator: Pipeline | Ensemble
    scaling: TemperatureScaling
    familiarity: Familiarity
    least: float
    shape: tuple[int, ...]
    full: int
    normalizer: Normalizer | None = None
    novelty: NoveltyTest | None = None
    fragments: FragmentTest | None = None

    @property
    def classes(self):
        """Labels, sorted: ndarray of str, shape (n_classes,)."""
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
            Empty where there is none. An answer is right if the image is of a class at all and that is the likeliest
            one; where the product of both probabilities is too low, the lower one is the reason. An image of one value
            is doubted, too.
        similarity : ndarray of float32, shape (n_rows,)
            Similarity of each to what was learnt, 0 to 1.
        whole : ndarray of float64, shape (n_rows,)
            Log-odds that each is one whole character; 0 where that is not known.
        """
        features = extract_features(self.estimator, rows)
        decisions, similarity = decide_features(self.estimator, features)
        probabilities = self.scaling.probabilities(decisions)
        looks = similarity if self.novelty is None else self.novelty.decisions(features[0])
        familiar, confidence = self.familiarity.probabilities(looks), probabilities.max(axis=1)
        doubts = np.full(len(rows), "", dtype=object)
        doubtful = familiar * confidence < self.least
        unclear = doubtful & (confidence <= familiar)
        doubts[doubtful] = UNFAMILIAR
        doubts[unclear] = [self._rivals(*pair) for pair in zip(probabilities[unclear], familiar[unclear], strict=True)]
        doubts[rows.min(axis=1) == rows.max(axis=1)] = BLANK
        whole = np.zeros(len(rows)) if self.fragments is None else self.fragments.log_odds(features[0])
        return probabilities, doubts, similarity, whole

    def _rivals(self, probabilities, familiar):
        """Name the likeliest classes of a row that together, but not alone, are as likely as an answer has to be."""
        order = np.argsort(-probabilities, kind="stable")
        count = 1 + int(np.searchsorted(probabilities[order].cumsum(), self.least / familiar))
        names = self.classes[order[:NAMED]].tolist()
        names = names[:count] if count <= NAMED else [*names[:-1], "another"]
        return f"may be {', '.join(names[:-1])} or {names[-1]}"

    def predict(self, rows):
        """Return a `Prediction` for each row, in their order: list; see `examine`."""
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
        probabilities : ndarray of float64, shape (n_rows, n_classes)
            In the order of `classes`.
        similarity : ndarray of float32, shape (n_rows,)
            Similarities from 0 to 1, as of `probabilities`.
        whole : ndarray of float64, shape (n_rows,)
            Log-odds that each is one whole character; 0 where that is not known.
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
    least = least_sureness(scaling.probabilities(validation.decisions).max(axis=1))
    if len(dataset.shape) == 2:
        normalizer = Normalizer.measure(dataset.images, dataset.full)
        novelty, familiarity = NoveltyTest.fit(estimator, dataset.images, dataset.full, seed, refused)
        fragments = FragmentTest.fit(estimator, dataset.images, dataset.full, normalizer, seed)
    else:
        normalizer = novelty = fragments = None
        negatives = [decide(estimator, rows)[1] for rows in kinds_of_negatives(dataset, seed).values()]
        familiarity = Familiarity.fit(validation.similarity, np.concatenate(negatives))
    shape, full = dataset.shape, dataset.full
    return Recognizer(estimator, scaling, familiarity, least, shape, full, normalizer, novelty, fragments)
