"""How much an image looks like a character that was learnt: an SVM tells those from synthetic negatives."""

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA

from recognition.features.augmentation import distort
from recognition.learning.ensemble import extract_features
from recognition.learning.negatives import negatives
from recognition.learning.svm import KernelSVC

ROWS = 2_500  # real images, and as many distorted ones, are enough to learn from, and a quarter more negatives
STRANGER = {"rotation": 10, "shear": 0.2, "shift": 0.3, "elastic": 0.3, "grid": 3}  # how far hands differ; by trial
COMPONENTS = 64  # principal components of the features are enough: 100 do no better
COST = 30  # C of the classifier: other characters are near to real ones; with 3 more misread ones look real


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
    def fit(cls, estimator, images, full, others, rng, refused=None):
        """Learn from images, from negatives that are made out of them, from other negatives, and from refused images.

        Parameters
        ----------
        estimator : Pipeline or Ensemble
            Fitted.
        images : ndarray of numbers, shape (n_images, height, width)
            Real ones, 0 = paper; they are learnt from as they are, and distorted as other hands would write them.
        full : int
            Value of full ink.
        others : ndarray of numbers, shape (n_others, height, width)
            Further negatives, of characters that are none of the classes.
        rng : numpy.random.Generator
            Source of all chance.
        refused : Dataset, optional
            Images that people have marked as no character; of more than `ROWS`, so many at random.

        Returns
        -------
        test : NoveltyTest
            Fitted.
        """
        real = np.concatenate([images, distort(images, rng, **STRANGER)])
        rows = np.concatenate([real, negatives(real, full, 5 * len(real) // 4, rng), others])
        weights = np.ones(len(rows), np.float32)
        if refused is not None:
            refused = refused.take(rng.permutation(len(refused))[:ROWS])
            rows = np.concatenate([rows, refused.images[:]])
            weights = np.append(weights, np.ones(len(refused)) if refused.weights is None else refused.weights)
        features = extract_features(estimator, rows.reshape(len(rows), -1))[0]
        return cls.learn(features, np.arange(len(rows)) < len(real), COST, weights)

    @classmethod
    def learn(cls, features, real, cost, weights=None):
        """Learn from rows of features: whether each is real, and how many times it counts."""
        components = PCA(min(COMPONENTS, *features.shape), svd_solver="covariance_eigh").fit(features)
        classifier = KernelSVC(C=cost, gamma=2.0)
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
