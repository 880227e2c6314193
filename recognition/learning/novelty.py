"""Which images look like a character that was learnt: an SVM tells those from synthetic negatives."""

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA

from recognition.learning.ensemble import extract_features
from recognition.learning.negatives import negatives
from recognition.learning.svm import KernelSVC

ROWS = 5_000  # real images are enough to learn from, and a quarter more negatives
BOUND_ROWS = 2_000  # more of them, to learn the bound from
REFUSED = 0.01  # of those
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
    least : float
        Decision value of "real" below which an image is refused.
    """

    components: PCA
    classifier: KernelSVC
    least: float

    @classmethod
    def fit(cls, estimator, images, full, seed=0):
        """Learn from images and from negatives that are made out of them.

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

        Returns
        -------
        test : NoveltyTest
            It refuses one in a hundred real images that it has not learnt from.
        """
        rng = np.random.default_rng(seed)
        chosen = images[rng.permutation(len(images))[: ROWS + BOUND_ROWS]]
        count = min(ROWS, 2 * len(chosen) // 3)
        real, held_out = chosen[:count], chosen[count:]
        rows = np.concatenate([real, negatives(real, full, 5 * count // 4, rng)])
        features = _features(estimator, rows)
        components = PCA(min(COMPONENTS, *features.shape), svd_solver="covariance_eigh").fit(features)
        classifier = KernelSVC(C=3, gamma=2.0).fit(components.transform(features), np.arange(len(rows)) < count)
        decisions = cls(components, classifier, 0.0).decisions(_features(estimator, held_out))
        return cls(components, classifier, float(np.quantile(decisions, REFUSED)))

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
