"""How much an image looks like a character that was learnt: an SVM tells those from synthetic negatives."""

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA

from recognition.features.augmentation import distort
from recognition.learning.calibration import Familiarity
from recognition.learning.ensemble import extract_features
from recognition.learning.negatives import negatives
from recognition.learning.svm import KernelSVC

ROWS = 2_500  # real images, and as many distorted ones, are enough to learn from, and a quarter more negatives
STRANGER = {"rotation": 10, "shear": 0.2, "shift": 0.3, "elastic": 0.3, "grid": 3}  # how far hands differ; by trial
HELD_OUT = 2_000  # more of them, to learn from how likely what looks so is one
COMPONENTS = 100  # principal components of the features are enough


@dataclass(frozen=True)
class NoveltyTest:
    """A test that tells images of the classes from anything else.

    Attributes
    ----------
    components : PCA
        Principal components of the features that the estimator's first pipeline extracts.
    classifier : KernelSVC
        Classifier of the classes False (a negative) and True (real).
    """

    components: PCA
    classifier: KernelSVC

    @classmethod
    def fit(cls, estimator, images, full, seed=0, refused=None):
        """Learn from images, from negatives that are made out of them, and from others that people have seen.

        Parameters
        ----------
        estimator : Pipeline or Ensemble
            Fitted.
        images : ndarray of numbers, shape (n_images, height, width), or LazyArray
            Real ones, 0 = paper.
        full : int
            Value of full ink.
        seed : int
            Seed of all chance.
        refused : Dataset, optional
            Images that are no characters; of more than `ROWS`, so many at random.

        Returns
        -------
        test : NoveltyTest
            Fitted.
        familiarity : Familiarity
            What its decisions say of images that it has not learnt from, as they are and distorted: a stranger's hand
            lies farther from all that was learnt.
        """
        rng = np.random.default_rng(seed)
        chosen = images[rng.permutation(len(images))[: ROWS + HELD_OUT]]
        count = min(ROWS, 2 * len(chosen) // 3)
        real, held_out = chosen[:count], chosen[count:]
        real = np.concatenate([real, distort(real, rng, **STRANGER)])
        rows = np.concatenate([real, negatives(real, full, 5 * len(real) // 4, rng)])
        weights = np.ones(len(rows), np.float32)
        if refused is not None:
            refused = refused.take(rng.permutation(len(refused))[:ROWS])
            rows = np.concatenate([rows, refused.images[:]])
            weights = np.append(weights, np.ones(len(refused)) if refused.weights is None else refused.weights)
        test = cls.learn(_features(estimator, rows), np.arange(len(rows)) < len(real), weights)
        others = np.concatenate([held_out, distort(held_out, rng)]), negatives(held_out, full, len(held_out), rng)
        return test, Familiarity.fit(*(test.decisions(_features(estimator, images)) for images in others))

    @classmethod
    def learn(cls, features, real, weights=None):
        """Learn from rows of features: whether each is real, and how many times it counts."""
        components = PCA(min(COMPONENTS, *features.shape), svd_solver="covariance_eigh").fit(features)
        classifier = KernelSVC(C=3, gamma=2.0)
        return cls(components, classifier.fit(components.transform(features), real, weights))

    def decisions(self, features):
        """Return how real images look.

        Parameters
        ----------
        features : ndarray of float32, shape (n_rows, n_features)
            Features that the estimator's first pipeline extracts.

        Returns
        -------
        decisions : ndarray of float32, shape (n_rows,)
            Above 0 if rather real.
        """
        rows = (features - self.components.mean_) @ self.components.components_.T
        return self.classifier.decide(rows)[0][:, 1]


def _features(estimator, images):
    return extract_features(estimator, images.reshape(len(images), -1))[0]
