"""What the classifiers have in common: checks, decision values and labels, and the kernel."""

from abc import ABC, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from recognition.engine.threads import HERE


class DecidingClassifier(ClassifierMixin, BaseEstimator, ABC):
    """A classifier whose decision values come with the similarity to what was learnt."""

    @abstractmethod
    def decide(self, X):
        """Return how strongly each class is favoured, and how similar a row is to what was learnt.

        Parameters
        ----------
        X : ndarray of numbers, shape (n_rows, n_features)
            Rows; not checked, since they come from images that were.

        Returns
        -------
        decisions : ndarray of float32, shape (n_rows, n_classes)
            Decision values; the largest names the class.
        similarity : ndarray of float32, shape (n_rows,)
            Largest value of a sharp kernel: 1 at a row that was learnt, 0 far from all of them.
        """

    @abstractmethod
    def _checked(self, X):
        """Return rows as an array, or raise what scikit-learn does if they do not fit."""

    def decision_function(self, X):
        """Return decision values as scikit-learn's classifiers do.

        Parameters
        ----------
        X : array-like of numbers, shape (n_rows, n_features)
            Rows.

        Returns
        -------
        decisions : ndarray of float32, shape (n_rows, n_classes), or (n_rows,) for two classes
            Decision values; of two classes, how much the second is favoured.
        """
        decisions, _ = self.decide(self._checked(X))
        return decisions[:, 1] - decisions[:, 0] if len(self.classes_) == 2 else decisions

    def predict(self, X):
        """Return the label with the largest decision value as an ndarray of shape (n_rows,)."""
        decisions, _ = self.decide(self._checked(X))
        return self.classes_[decisions.argmax(axis=1)]


class FeatureClassifier(DecidingClassifier):
    """A classifier that is fitted on rows of features."""

    def fit(self, X, y, sample_weight=None):
        """Fit on rows in memory.

        Parameters
        ----------
        X : array-like of float, shape (n_rows, n_features)
            Features.
        y : array-like, shape (n_rows,)
            Labels, at least two different ones.
        sample_weight : array-like of float, shape (n_rows,), optional
            How many times each row counts.

        Returns
        -------
        self : FeatureClassifier
            Fitted.

        Raises
        ------
        ValueError
            If they do not fit together, or there is only one class.
        """
        X, y = validate_data(self, X, y, dtype=[np.float32, np.float64])
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("a classifier needs more than one class; found 1 class")
        return self.fit_on(HERE, [X], codes, _check_sample_weight(sample_weight, X, dtype=np.float64))

    @abstractmethod
    def fit_on(self, engine, chunks, codes, weights):
        """Fit on rows that an engine reads or holds.

        Parameters
        ----------
        engine : Engine
            Does the work.
        chunks : list
            Features: arrays, lazily read ones, or a single one that stands for an array on the engine.
        codes : ndarray of int, shape (n_rows,)
            Index of each row's class in `classes_`, which is set.
        weights : ndarray of float64, shape (n_rows,)
            How many times each row counts.

        Returns
        -------
        self : FeatureClassifier
            Fitted.
        """

    def _checked(self, X):
        check_is_fitted(self)
        return validate_data(self, X, dtype=np.float32, reset=False)


def with_rows(chunks, codes, weights):
    """Return a list of the chunks, as `fit_on` takes them, each with the codes and weights of its rows."""
    counts = [len(codes)] if len(chunks) == 1 else [len(chunk) for chunk in chunks]
    ends = np.cumsum(counts)
    return [(chunk, codes[a:z], weights[a:z]) for chunk, a, z in zip(chunks, ends - counts, ends, strict=True)]


def rbf_kernel(X, centres, squares, gamma, out=None):
    """Return exp(-gamma |x - c|^2) of rows and centres by one matrix product.

    Parameters
    ----------
    X, centres : ndarray of float32 or float64, shape (n_rows, n_features) and (n_centres, n_features)
        Points.
    squares : ndarray of their type, shape (n_centres,)
        `squared_lengths` of the centres: they stay the same from call to call.
    gamma : float
        Sharpness.
    out : ndarray of their type, shape (n_rows, n_centres), optional
        Array for the values, since memory that is new each time costs time.

    Returns
    -------
    kernel : ndarray of their type, shape (n_rows, n_centres)
        Values from 0 to 1.
    """
    kernel = np.matmul(X, centres.T, out=out)
    kernel *= 2
    kernel -= squared_lengths(X)[:, None]
    kernel -= squares
    kernel *= gamma
    np.minimum(kernel, 0, out=kernel)  # rounding may take a distance below 0
    return np.exp(kernel, out=kernel)


def squared_lengths(rows):
    """Return |x|^2 of each row as an ndarray of shape (n_rows,)."""
    return np.einsum("ij,ij->i", rows, rows)
