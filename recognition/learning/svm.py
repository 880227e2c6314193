"""The support-vector machine: features -> decisions and similarity -> honest confidences."""

from itertools import combinations

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.svm import SVC
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from recognition.engine.threads import Threads

FEW_ROWS = 5000  # are fitted together before threads would be started
KERNEL_VALUES = 2**24  # of one block of rows: 64 MiB of float32


class KernelSVC(ClassifierMixin, BaseEstimator):
    """A support-vector machine with the RBF kernel whose answers are matrix products.

    scikit-learn's `SVC` does the fitting, one machine for each pair of classes, several pairs at a time. Its own
    prediction evaluates the kernel row by row; here the kernel values of a block of rows are one matrix product in
    float32, and those of all the pairs another few.

    Parameters
    ----------
    C : float
        Cost of a training row on the wrong side of its margin.
    gamma : float
        Sharpness of the kernel exp(-gamma |x - s|^2), for rows scaled to a total variance of 1: it does not
        depend on the units or the number of the features.
    n_jobs : int
        Duels fitted at a time, each in a thread; all cores if -1. The result does not depend on it.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        Labels, sorted.
    gamma_ : float
        `gamma` over the total variance of the training rows.
    support_ : ndarray of int, shape (n_support_vectors,)
        Which training rows the support vectors are, grouped by class, in the order of `classes_`.
    centre_ : ndarray of float32, shape (n_features,)
        Mean of the training rows; distances come out more exact from rows around zero.
    support_vectors_ : ndarray of float32, shape (n_support_vectors, n_features)
        Less the centre; each once, however many duels it supports.
    n_support_ : ndarray of int, shape (n_classes,)
        Support vectors of each class.
    squares_ : ndarray of float32, shape (n_support_vectors,)
        Their squared lengths.
    weights_ : ndarray of float32, shape (n_classes, n_support_vectors)
        What a support vector says for its class in the duel with each class; nothing in that with its own.
    intercept_ : ndarray of float32, shape (n_classes, n_classes)
        Of the duel of a row's class with a column's; infinity on the diagonal.
    """

    def __init__(self, C=10.0, gamma=0.5, n_jobs=-1):
        self.C = C
        self.gamma = gamma
        self.n_jobs = n_jobs

    def fit(self, X, y, sample_weight=None):
        """Fit one machine for each pair of classes.

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
        self : KernelSVC
            Fitted.
        """
        X, codes, weights = check_training_rows(self, X, y, sample_weight, dtype=[np.float32, np.float64])
        return self.fit_on(Threads(self.n_jobs), X, codes, weights)

    def fit_on(self, engine, X, codes, weights):
        """Fit on rows that an engine keeps.

        Parameters
        ----------
        engine : Threads or Cluster
            Fits the duels.
        X : ndarray of float, shape (n_rows, n_features)
            Features, or what stands for them on the engine.
        codes : ndarray of int, shape (n_rows,)
            Index of each row's class in `classes_`, which is set.
        weights : ndarray of float, shape (n_rows,)
            How many times each row counts.

        Returns
        -------
        self : KernelSVC
            Fitted.
        """
        self.centre_, spread = engine.call("fit", centre_and_spread, X, weights)
        self.n_features_in_ = len(self.centre_)
        self.gamma_ = float(self.gamma / (spread or 1.0))
        known = np.flatnonzero(weights > 0)  # libsvm would count its support vectors without the others
        svc = SVC(C=self.C, gamma=self.gamma_, cache_size=500)
        if len(known) <= FEW_ROWS:
            self.support_, values, intercept = engine.call("fit", _fit_together, svc, X, codes, weights, known)
        else:
            pairs = list(combinations(range(len(self.classes_)), 2))
            stage = f"fitting {len(known):,} rows: pairs of classes"
            duels = engine.map(stage, _fit_duel, pairs, (svc, X, codes, weights, known))
            self.support_, values, intercept = self._together(pairs, duels, codes)
        self.support_vectors_ = (engine.call("fit", _rows_at, X, self.support_) - self.centre_).astype(np.float32)
        self.squares_ = squared_lengths(self.support_vectors_)
        self.n_support_ = np.bincount(codes[self.support_], minlength=len(self.classes_))
        self.weights_ = self._by_opponent(values, codes[self.support_])
        self.intercept_ = self._antisymmetric(intercept)
        return self

    def _together(self, pairs, duels, codes):
        """Put duels together as scikit-learn would: `support_`, dual coefficients, intercepts."""
        support = np.unique(np.concatenate([rows for rows, _, _ in duels]))
        support = support[np.argsort(codes[support], kind="stable")]
        place = np.empty(len(codes), dtype=np.intp)
        place[support] = np.arange(len(support))
        values = np.zeros((len(self.classes_) - 1, len(support)))
        for (first, second), (rows, shares, _) in zip(pairs, duels, strict=True):
            opponent = np.where(codes[rows] == first, second - 1, first)
            values[opponent, place[rows]] = shares
        return support, values, np.array([intercept for _, _, intercept in duels])

    def _by_opponent(self, values, owner):
        """Arrange libsvm's dual coefficients, which favour the first of two classes, as `weights_`."""
        opponent = np.arange(len(values))[:, None]
        opponent = opponent + (opponent >= owner)
        weights = np.zeros((len(self.classes_), len(owner)), dtype=np.float32)
        np.put_along_axis(weights, opponent, np.where(opponent > owner, values, -values).astype(np.float32), axis=0)
        return weights

    def _antisymmetric(self, intercept):
        """Arrange the intercepts of the duels (0, 1), (0, 2), ..., (1, 2), ... as `intercept_`."""
        n_classes = len(self.classes_)
        first, second = np.triu_indices(n_classes, k=1)
        matrix = np.full((n_classes, n_classes), np.inf, dtype=np.float32)
        matrix[first, second], matrix[second, first] = intercept, -intercept
        return matrix

    def decide(self, X):
        """Say how strongly each class is favoured, and how near a row is to what was learnt.

        Parameters
        ----------
        X : ndarray of float, shape (n_rows, n_features)
            Features; not checked, since they are those of images that were.

        Returns
        -------
        decisions : ndarray of float32, shape (n_rows, n_classes)
            A class's value in its hardest duel: positive if it wins them all, which one class at most can do.
        similarity : ndarray of float32, shape (n_rows,)
            Kernel value of the nearest support vector, 1 = just there, 0 = far from all that was learnt.
        """
        X = X.astype(np.float32, copy=False)
        decisions = np.empty((len(X), len(self.classes_)), dtype=np.float32)
        similarity = np.empty(len(X), dtype=np.float32)
        step = max(1, KERNEL_VALUES // len(self.support_vectors_))
        for block in (slice(start, start + step) for start in range(0, len(X), step)):
            kernel = self._kernel(X[block])
            decisions[block] = self._duels(kernel).min(axis=2)
            similarity[block] = kernel.max(axis=1)
        return decisions, similarity

    def duels(self, X):
        """Give scikit-learn's one-vs-one decision values.

        Parameters
        ----------
        X : array-like of float, shape (n_rows, n_features)
            Features.

        Returns
        -------
        values : ndarray of float32, shape (n_rows, n_classes * (n_classes - 1) / 2)
            Of the duels (0, 1), (0, 2), ..., (1, 2), ...; positive where the first of the two wins.
        """
        first, second = np.triu_indices(len(self.classes_), k=1)
        return self._duels(self._kernel(self._checked(X)))[:, first, second]

    def predict(self, X):
        """Give the label with the largest margin: ndarray, shape (n_rows,)."""
        decisions, _ = self.decide(self._checked(X))
        return self.classes_[decisions.argmax(axis=1)]

    def _checked(self, X):
        """Give rows as float32, or refuse them as scikit-learn does."""
        check_is_fitted(self)
        return validate_data(self, X, dtype=np.float32, reset=False)

    def _kernel(self, X):
        """Give the kernel values of rows: float32, shape (n_rows, n_support_vectors)."""
        return rbf_kernel(X - self.centre_, self.support_vectors_, self.squares_, self.gamma_)

    def _duels(self, kernel):
        """Give each class's value against each other: shape (n_rows, n_classes, n_classes), infinity on the diagonal.

        A duel of i and j sums over the support vectors of both, so it is i's share minus j's.
        """
        shares = np.empty((len(kernel), len(self.classes_), len(self.classes_)), dtype=np.float32)
        ends = np.cumsum(self.n_support_)
        for i, (start, end) in enumerate(zip(ends - self.n_support_, ends, strict=True)):
            # Thousands of large terms of both signs: summed in double precision.
            shares[:, i] = kernel[:, start:end].astype(np.float64) @ self.weights_[:, start:end].T
        return shares - shares.transpose(0, 2, 1) + self.intercept_


def centre_and_spread(X, weights):
    """Give the mean of rows, float32, and their total variance, each row counting as often as it weighs."""
    centre = np.average(X, axis=0, weights=weights).astype(np.float32)
    return centre, np.average((X - centre) ** 2, axis=0, weights=weights).sum()


def _fit_together(svc, X, codes, weights, known):
    """Let scikit-learn fit all duels, one after the other: `support_`, dual coefficients, intercepts."""
    svc.fit(X[known], codes[known], sample_weight=weights[known])
    # For two classes scikit-learn turns libsvm's sign round, so that positive means the second.
    sign = -1 if len(svc.classes_) == 2 else 1
    return known[svc.support_], sign * svc.dual_coef_, sign * svc.intercept_


def _fit_duel(pair, svc, X, codes, weights, known):
    """Fit the duel of two classes: the rows that support it, their dual coefficients, the intercept."""
    rows = known[np.isin(codes[known], pair)]
    svc = clone(svc).fit(X[rows], codes[rows], sample_weight=weights[rows])
    return rows[svc.support_], -svc.dual_coef_[0], -svc.intercept_[0]


def _rows_at(X, rows):
    """Give some rows."""
    return X[rows]


def check_training_rows(estimator, X, y, sample_weight, dtype):
    """Check what a classifier is to be fitted on, and set its `classes_`.

    Parameters
    ----------
    estimator : sklearn.base.BaseEstimator
        The classifier.
    X, y, sample_weight
        As given to its `fit`.
    dtype : type or list of type
        Of the rows that it takes; others are converted.

    Returns
    -------
    X : ndarray, shape (n_rows, n_features)
        Rows.
    codes : ndarray of int, shape (n_rows,)
        Index of each row's class.
    weights : ndarray of float64, shape (n_rows,)
        1 where none were given.

    Raises
    ------
    ValueError
        If they do not fit together, or there is only one class.
    """
    X, y = validate_data(estimator, X, y, dtype=dtype)
    check_classification_targets(y)
    estimator.classes_, codes = np.unique(y, return_inverse=True)
    if len(estimator.classes_) < 2:
        raise ValueError("a classifier needs more than one class; found 1 class")
    return X, codes, _check_sample_weight(sample_weight, X, dtype=np.float64)


def rbf_kernel(X, centres, squares, gamma, out=None):
    """Give exp(-gamma |x - c|^2) of rows and centres by one matrix product.

    Parameters
    ----------
    X, centres : ndarray of float32 or float64, shape (n_rows, n_features) and (n_centres, n_features)
        Points.
    squares : ndarray of their type, shape (n_centres,)
        `squared_lengths` of the centres: they stay the same from call to call.
    gamma : float
        Sharpness.
    out : ndarray of their type, shape (n_rows, n_centres), optional
        Takes the values, since memory that is new each time costs time.

    Returns
    -------
    kernel : ndarray of their type, shape (n_rows, n_centres)
        From 0 to 1.
    """
    kernel = np.matmul(X, centres.T, out=out)
    kernel *= 2
    kernel -= squared_lengths(X)[:, None]
    kernel -= squares
    kernel *= gamma
    np.minimum(kernel, 0, out=kernel)  # rounding may take a distance below 0
    return np.exp(kernel, out=kernel)


def squared_lengths(rows):
    """Give |x|^2 of each row: ndarray, shape (n_rows,)."""
    return np.einsum("ij,ij->i", rows, rows)
