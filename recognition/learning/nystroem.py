"""A machine for big data: its fit is a sum over blocks of rows, so that its time grows with them, not faster."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.blas import dsyrk
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from recognition.learning.svm import check_training_rows, rbf_kernel, squared_lengths
from recognition.progress import Progress

BLOCK = 1024  # rows


class NystroemRidge(ClassifierMixin, BaseEstimator):
    """Least squares on kernel values to landmarks: the RBF kernel machine of the subspace that some rows span.

    With the kernel values k(x) of a row to the landmarks and its class as a vector of zeros and a one, the weights W
    minimise the sum over all rows of |k(x) W - y|^2, plus `ridge` |W|^2. All that is kept of the rows are two sums,
    of k k' and of k y', so any number of them fits into memory.

    Parameters
    ----------
    landmarks : int
        Rows, chosen at random, that serve as landmarks; all if there are fewer.
    gamma : float
        Sharpness of the kernel exp(-gamma |x - l|^2), for rows scaled to a total variance of 1.
    ridge : float
        Weight of the penalty.
    seed : int
        Of the choice of the landmarks.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        Labels, sorted.
    gamma_ : float
        `gamma` over the total variance of the training rows.
    landmarks_ : ndarray of float32, shape (n_landmarks, n_features)
        Training rows.
    squares_ : ndarray of float32, shape (n_landmarks,)
        Their squared lengths.
    weights_ : ndarray of float64, shape (n_landmarks, n_classes)
        From kernel values to classes: large ones of both signs.

    References
    ----------
    C. Williams, M. Seeger, "Using the Nystroem method to speed up kernel machines", NIPS 2000.
    """

    def __init__(self, landmarks=4000, gamma=0.5, ridge=0.03, seed=0):
        self.landmarks = landmarks
        self.gamma = gamma
        self.ridge = ridge
        self.seed = seed

    def fit(self, X, y, sample_weight=None):
        """Choose the landmarks, add up the sums, solve.

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
        self : NystroemRidge
            Fitted.
        """
        X, codes, weights = check_training_rows(self, X, y, sample_weight, dtype=np.float32)
        self.set_landmarks(X[self.chosen(len(X))])
        with Progress("fitting: rows", len(X)) as progress:
            return self.solve(self.sums(_blocks(X, codes, weights, progress.step)))

    def chosen(self, count):
        """Choose the landmarks among so many rows: ndarray of int, ascending."""
        return np.sort(np.random.default_rng(self.seed).permutation(count)[: self.landmarks])

    def set_landmarks(self, landmarks):
        """Take these rows, ndarray of float32 of shape (n_landmarks, n_features), for landmarks."""
        self.landmarks_ = landmarks
        self.n_features_in_ = landmarks.shape[1]
        self.squares_ = squared_lengths(landmarks)
        self.gamma_ = float(self.gamma / (landmarks.var(axis=0).sum() or 1.0))

    def sums(self, blocks):
        """Add up what the fit keeps of rows; the sums of several parts of the rows can be added up too.

        Parameters
        ----------
        blocks : iterable of (X, codes, weights)
            Some rows, `BLOCK` at most: features, ndarray of float32 of shape (n_rows, n_features), the index of each
            row's class, and how many times each counts.

        Returns
        -------
        gram : ndarray of float64, shape (n_landmarks, n_landmarks)
            Sum of k k', of which only the lower half is filled in.
        targets : ndarray of float64, shape (n_landmarks, n_classes)
            Sum of k y'.
        """
        # In double precision, or the sum of many rows would not stay positive definite, and its rounding would show.
        landmarks, squares = self.landmarks_.astype(np.float64), self.squares_.astype(np.float64)
        gram = np.zeros((len(landmarks), len(landmarks)), order="F")
        targets = np.zeros((len(landmarks), len(self.classes_)))
        values = np.empty((BLOCK, len(landmarks)))
        for X, codes, weights in blocks:
            roots = np.sqrt(weights[:, None])
            kernel = rbf_kernel(X.astype(np.float64), landmarks, squares, self.gamma_, out=values[: len(X)])
            kernel *= roots
            gram = dsyrk(1.0, kernel.T, 1.0, gram, lower=1, overwrite_c=1)
            targets += kernel.T @ (roots * (codes[:, None] == np.arange(len(self.classes_))))
        return gram, targets

    def solve(self, sums):
        """Find the weights, given the `sums` over all rows: NystroemRidge, fitted."""
        gram, targets = sums
        gram[np.diag_indices_from(gram)] += self.ridge
        self.weights_ = cho_solve(cho_factor(gram, lower=True, overwrite_a=True), targets)
        return self

    def decide(self, X):
        """Return decision values, near 1 for the right class and else near 0, and similarity, as `KernelSVC.decide`."""
        X = X.astype(np.float32, copy=False)
        kernels = (
            rbf_kernel(X[i : i + BLOCK], self.landmarks_, self.squares_, self.gamma_) for i in range(0, len(X), BLOCK)
        )
        parts = [((kernel @ self.weights_).astype(np.float32), kernel.max(axis=1)) for kernel in kernels]
        return tuple(np.concatenate(part) for part in zip(*parts, strict=True))

    def predict(self, X):
        """Give the label with the largest margin: ndarray, shape (n_rows,)."""
        check_is_fitted(self)
        decisions, _ = self.decide(validate_data(self, X, dtype=np.float32, reset=False))
        return self.classes_[decisions.argmax(axis=1)]


def _blocks(X, codes, weights, done):
    """Go through rows, telling how many are done: generator of (X, codes, weights)."""
    for start in range(0, len(X), BLOCK):
        rows = slice(start, start + BLOCK)
        yield X[rows], codes[rows], weights[rows]
        done(len(codes[rows]))
