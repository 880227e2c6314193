"""A classifier for big data: its fit is a sum over rows, so that its time grows with them, not faster."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.blas import dsyrk

from recognition.learning.classifier import FeatureClassifier, rbf_kernel, squared_lengths, with_rows

BLOCK = 1024  # rows


class NystroemRidge(FeatureClassifier):
    """Least squares on kernel values to components: the RBF kernel classifier of the subspace that some rows span.

    With the kernel values k(x) of a row to the components and its class as a vector of zeros and a one, the weights W
    minimise the sum over all rows of |k(x) W - y|^2, plus `alpha` |W|^2. All that is kept of the rows are two sums,
    of k k' and of k y', so any number of them fits into memory.

    Parameters
    ----------
    n_components : int
        Number of training rows, chosen at random, that serve as components; all if there are fewer.
    gamma : float
        Sharpness of the kernel exp(-gamma |x - c|^2), for rows scaled to a total variance of 1.
    alpha : float
        Weight of the penalty.
    seed : int
        Seed of the choice of the components.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        Labels, sorted.
    gamma_ : float
        `gamma` over the total variance of the training rows.
    components_ : ndarray of float32, shape (n_components, n_features)
        Training rows.
    squares_ : ndarray of float32, shape (n_components,)
        Their squared lengths.
    weights_ : ndarray of float64, shape (n_components, n_classes)
        Weights from kernel values to classes: large ones of both signs.

    References
    ----------
    C. Williams, M. Seeger, "Using the Nystroem method to speed up kernel machines", NIPS 2000.
    """

    def __init__(self, n_components=4000, gamma=0.5, alpha=0.03, seed=0):
        self.n_components = n_components
        self.gamma = gamma
        self.alpha = alpha
        self.seed = seed

    def fit_on(self, engine, chunks, codes, weights):
        """Fit on chunks of rows, few of which are in memory at a time; see `FeatureClassifier.fit_on`."""
        rows = np.sort(np.random.default_rng(self.seed).permutation(len(codes))[: self.n_components])
        items = with_rows(chunks, codes, weights)
        ends = np.cumsum([len(codes) for _, codes, _ in items])
        wanted = np.split(rows, np.searchsorted(rows, ends[:-1]))
        begins = [0, *ends[:-1]]
        requests = [(chunk, places - begin) for (chunk, *_), places, begin in zip(items, wanted, begins, strict=True)]
        requests = [(chunk, places) for chunk, places in requests if len(places)]
        self._set_components(np.concatenate(engine.map("components", _rows_of, requests)))
        gram, targets = engine.total("fitting: chunks of rows", _sums, items, (self,))
        gram[np.diag_indices_from(gram)] += self.alpha
        self.weights_ = cho_solve(cho_factor(gram, lower=True, overwrite_a=True), targets)
        return self

    def _set_components(self, components):
        self.components_ = components
        self.n_features_in_ = components.shape[1]
        self.squares_ = squared_lengths(components)
        self.gamma_ = float(self.gamma / (components.var(axis=0).sum() or 1.0))

    def decide(self, X):
        """Return decision values, near 1 for the right class and else near 0, and similarity; see the base class."""
        X = X.astype(np.float32, copy=False)
        kernels = (
            rbf_kernel(X[i : i + BLOCK], self.components_, self.squares_, self.gamma_) for i in range(0, len(X), BLOCK)
        )
        blocks = [((kernel @ self.weights_).astype(np.float32), kernel.max(axis=1)) for kernel in kernels]
        return tuple(np.concatenate(arrays) for arrays in zip(*blocks, strict=True))


def _rows_of(request):
    chunk, places = request
    return chunk[places].astype(np.float32, copy=False)


def _sums(item, classifier):
    """Add up what the fit keeps of the rows of a chunk.

    Parameters
    ----------
    item : (chunk, codes, weights)
        Features that are read `BLOCK` rows at a time, the index of each row's class, and how many times each counts.
    classifier : NystroemRidge
        With its components.

    Returns
    -------
    gram : ndarray of float64, shape (n_components, n_components)
        Sum of k k', of which only the lower half is filled in.
    targets : ndarray of float64, shape (n_components, n_classes)
        Sum of k y'.
    """
    chunk, codes, weights = item
    # In double precision, or the sum of many rows would not stay positive definite, and its rounding would show.
    components, squares = classifier.components_.astype(np.float64), classifier.squares_.astype(np.float64)
    gram = np.zeros((len(components), len(components)), order="F")
    targets = np.zeros((len(components), len(classifier.classes_)))
    values = np.empty((BLOCK, len(components)))
    for rows in (slice(start, start + BLOCK) for start in range(0, len(codes), BLOCK)):
        X, roots = chunk[rows].astype(np.float64), np.sqrt(weights[rows, None])
        kernel = rbf_kernel(X, components, squares, classifier.gamma_, out=values[: len(X)])
        kernel *= roots
        gram = dsyrk(1.0, kernel.T, 1.0, gram, lower=1, overwrite_c=1)
        targets += kernel.T @ (roots * (codes[rows, None] == np.arange(len(classifier.classes_))))
    return gram, targets
