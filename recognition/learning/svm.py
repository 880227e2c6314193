"""The support-vector machine: features -> decision values and similarity."""

from itertools import combinations

import numpy as np
from sklearn.base import clone
from sklearn.svm import SVC

from recognition.learning.classifier import FeatureClassifier, rbf_kernel, squared_lengths

FEW_ROWS = 5000  # are fitted together, since single pairs of classes would take longer to begin with than to fit
NARROW = 0.35  # gamma; similarity of a wider kernel is that of this one, or all would be nearly as similar
KERNEL_VALUES = 2**24  # of one block of rows: 64 MiB of float32


class KernelSVC(FeatureClassifier):
    """A support-vector machine with the RBF kernel whose answers are matrix products.

    scikit-learn's `SVC` does the fitting, one classifier for each pair of classes. Its own prediction evaluates the
    kernel row by row; here the kernel values of a block of rows are one matrix product in float32, and those of all
    the pairs another few.

    Parameters
    ----------
    C : float
        Cost of a training row on the wrong side of its margin.
    gamma : float
        Sharpness of the kernel exp(-gamma |x - s|^2), for rows scaled to a total variance of 1: it does not
        depend on the units or the number of the features.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        Labels, sorted.
    gamma_ : float
        `gamma` over the total variance of the training rows.
    support_ : ndarray of int, shape (n_support_vectors,)
        Indices of the support vectors among the training rows, grouped by class, in the order of `classes_`.
    centre_ : ndarray of float32, shape (n_features,)
        Mean of the training rows; distances come out more exact from rows around zero.
    support_vectors_ : ndarray of float32, shape (n_support_vectors, n_features)
        Less the centre; each once, however many pairs of classes it supports.
    n_support_ : ndarray of int, shape (n_classes,)
        Number of support vectors of each class.
    squares_ : ndarray of float32, shape (n_support_vectors,)
        Their squared lengths.
    weights_ : ndarray of float32, shape (n_classes, n_support_vectors)
        Weight of a support vector for its own class against each class; 0 against its own.
    intercept_ : ndarray of float32, shape (n_classes, n_classes)
        Intercept for a row's class against a column's; infinity on the diagonal.
    """

    def __init__(self, C=10.0, gamma=0.5):
        self.C = C
        self.gamma = gamma

    def fit_on(self, engine, chunks, codes, weights):
        """Fit one classifier for each pair of classes; see `FeatureClassifier.fit_on`."""
        X = engine.gather("extracting features", chunks)
        self.centre_, spread = engine.call("fit", centre_and_spread, X, weights)
        self.n_features_in_ = len(self.centre_)
        self.gamma_ = float(self.gamma / (spread or 1.0))
        svc = SVC(C=self.C, gamma=self.gamma_, cache_size=500)
        self.support_, dual, intercepts = _fit_pairs(svc, engine, X, codes, weights, len(self.classes_))
        self.support_vectors_ = (engine.call("fit", _rows_at, X, self.support_) - self.centre_).astype(np.float32)
        self.squares_ = squared_lengths(self.support_vectors_)
        self.n_support_ = np.bincount(codes[self.support_], minlength=len(self.classes_))
        self.weights_, self.intercept_ = dual, _antisymmetric(intercepts, len(self.classes_))
        return self

    @property
    def sharpness(self):
        """Exponent that makes the largest kernel value the similarity: a kernel wider than `NARROW` gets that sharp."""
        return max(1.0, NARROW / self.gamma)

    def decide(self, X):
        """Return decision values and similarity; see the base class.

        The decision value of a class is its lowest one-vs-one value: positive if it wins against all others, which one
        class at most can do.
        """
        X = X.astype(np.float32, copy=False)
        decisions = np.empty((len(X), len(self.classes_)), dtype=np.float32)
        similarity = np.empty(len(X), dtype=np.float32)
        step = max(1, KERNEL_VALUES // len(self.support_vectors_))
        for block in (slice(start, start + step) for start in range(0, len(X), step)):
            kernel = self._kernel(X[block])
            decisions[block] = self._against_each(kernel).min(axis=2)
            similarity[block] = kernel.max(axis=1) ** self.sharpness
        return decisions, similarity

    def one_vs_one(self, X):
        """Return scikit-learn's one-vs-one decision values.

        Parameters
        ----------
        X : array-like of float, shape (n_rows, n_features)
            Features.

        Returns
        -------
        values : ndarray of float32, shape (n_rows, n_classes * (n_classes - 1) / 2)
            Values of the pairs (0, 1), (0, 2), ..., (1, 2), ...; positive where the first of the two wins.
        """
        first, second = np.triu_indices(len(self.classes_), k=1)
        return self._against_each(self._kernel(self._checked(X)))[:, first, second]

    def _kernel(self, X):
        """Return the kernel values of rows as float32, shape (n_rows, n_support_vectors)."""
        return rbf_kernel(X - self.centre_, self.support_vectors_, self.squares_, self.gamma_)

    def _against_each(self, kernel):
        """Return the value of each class against each, shape (n_rows, n_classes, n_classes), infinity on the diagonal.

        The value of i against j sums over the support vectors of both, so it is i's share minus j's.
        """
        shares = np.empty((len(kernel), len(self.classes_), len(self.classes_)), dtype=np.float32)
        ends = np.cumsum(self.n_support_)
        for i, (start, end) in enumerate(zip(ends - self.n_support_, ends, strict=True)):
            # Thousands of large terms of both signs: summed in double precision.
            shares[:, i] = kernel[:, start:end].astype(np.float64) @ self.weights_[:, start:end].T
        return shares - shares.transpose(0, 2, 1) + self.intercept_


def centre_and_spread(X, weights):
    """Return the mean of rows, float32, and their total variance, each row counting as often as it weighs."""
    centre = np.average(X, axis=0, weights=weights).astype(np.float32)
    return centre, np.average((X - centre) ** 2, axis=0, weights=weights).sum()


# Of three classes a, b and c, the pairs are (a, b), (a, c) and (b, c). A support vector of b has a weight in two of
# them. scikit-learn, and libsvm in it, lays the weights out as on the left, one row less than there are classes, and
# signs them for the first class of the pair; `weights_` is as on the right, always signed for the vector's own class:
#
#     vectors of a    of b     of c             vectors of a    of b      of c
#     (a, b)          (a, b)   (a, c)           0               -(a, b)   -(a, c)   against a
#     (a, c)          (b, c)   (b, c)           (a, b)          0         -(b, c)   against b
#                                               (a, c)          (b, c)    0         against c


def _fit_pairs(svc, engine, X, codes, weights, n_classes):
    """Fit an SVC for each pair of classes: `support_`, `weights_`, and the intercepts of the pairs."""
    rows = np.flatnonzero(weights > 0)  # libsvm would count its support vectors without the others
    if len(rows) <= FEW_ROWS:
        support, values, intercepts = engine.call("fit", _fit_together, svc, X, codes, weights, rows)
        return support, _own_signs(values, codes[support]), intercepts
    pairs = list(combinations(range(n_classes), 2))
    stage = f"fitting {len(rows):,} rows: pairs of classes"
    fits = engine.map(stage, _fit_pair, pairs, (svc, X, codes, weights, rows))
    support = np.unique(np.concatenate([supporting for supporting, _, _ in fits]))
    support = support[np.argsort(codes[support], kind="stable")]
    place = np.empty(len(codes), dtype=np.intp)
    place[support] = np.arange(len(support))
    dual = np.zeros((n_classes, len(support)), dtype=np.float32)
    for (first, second), (supporting, values, _) in zip(pairs, fits, strict=True):
        of_first = codes[supporting] == first
        dual[np.where(of_first, second, first), place[supporting]] = np.where(of_first, values, -values)
    return support, dual, np.array([intercept for _, _, intercept in fits])


def _fit_together(svc, X, codes, weights, rows):
    """Fit all pairs by scikit-learn, one after the other: `support_`, its layout of weights, intercepts."""
    svc.fit(X[rows], codes[rows], sample_weight=weights[rows])
    # For two classes scikit-learn turns libsvm's sign round, so that positive means the second.
    sign = -1 if len(svc.classes_) == 2 else 1
    return rows[svc.support_], sign * svc.dual_coef_, sign * svc.intercept_


def _fit_pair(pair, svc, X, codes, weights, rows):
    """Fit a pair of classes: the rows that support it, their weights, signed for the first, and the intercept."""
    rows = rows[np.isin(codes[rows], pair)]
    svc = clone(svc).fit(X[rows], codes[rows], sample_weight=weights[rows])
    return rows[svc.support_], -svc.dual_coef_[0], -svc.intercept_[0]


def _own_signs(values, owners):
    """Arrange weights in scikit-learn's layout, and the class of each vector, as `weights_`."""
    dual = np.zeros((len(values) + 1, len(owners)), dtype=np.float32)
    for row, weights in enumerate(values):
        behind, others = owners > row, owners <= row
        dual[row, behind], dual[row + 1, others] = -weights[behind], weights[others]
    return dual


def _antisymmetric(intercepts, n_classes):
    """Arrange the intercepts of the pairs (0, 1), (0, 2), ..., (1, 2), ... as `intercept_`."""
    first, second = np.triu_indices(n_classes, k=1)
    matrix = np.full((n_classes, n_classes), np.inf, dtype=np.float32)
    matrix[first, second], matrix[second, first] = intercepts, -intercepts
    return matrix


def _rows_at(X, rows):
    return X[rows]
