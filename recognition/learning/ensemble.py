"""Several pipelines on the same images, each fitted on distortions too, that judge together."""

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

STRIP = 2000  # rows distorted at a time, each strip with chance of its own, so that threads change nothing


class Ensemble(ClassifierMixin, BaseEstimator):
    """Pipelines that see the images in different ways, and whose decisions are averaged.

    Each member is fitted twice: on the rows, which finds the hard ones, its support vectors; then on the rows and on
    distorted copies of the hard ones. Distorting the others as well would cost more and teach nothing new. Where nearly
    all rows are hard (`copy_all`), the first fit is left out.

    Parameters
    ----------
    members : list of sklearn.pipeline.Pipeline
        Unfitted, from flat rows to labels; the last step judges as `KernelSVC` does and has its `support_`.
    shape : tuple of int
        Of an image.
    distortion : callable or None
        From images, ndarray of shape (n_images, *shape), and a `numpy.random.Generator` to as many others.
    copies : int
        Distorted copies of each hard row.
    copy_all : bool
        Copy every row, not only the hard ones.
    seed : int
        Of the distortions.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        Labels, sorted.
    members_ : list of sklearn.pipeline.Pipeline
        Fitted.

    References
    ----------
    D. DeCoste, B. Schoelkopf, "Training invariant support vector machines", Machine Learning 46 (2002).
    """

    def __init__(self, members, shape, distortion=None, copies=0, copy_all=False, seed=0):
        self.members = members
        self.shape = shape
        self.distortion = distortion
        self.copies = copies
        self.copy_all = copy_all
        self.seed = seed

    def fit(self, X, y, sample_weight=None):
        """Fit the members one after the other.

        Parameters
        ----------
        X : ndarray of numbers, shape (n_rows, n_values)
            Flat images.
        y : ndarray, shape (n_rows,)
            Labels.
        sample_weight : ndarray of float, shape (n_rows,), optional
            How many times each row counts.

        Returns
        -------
        self : Ensemble
            Fitted.
        """
        weights = np.ones(len(y), dtype=np.float32) if sample_weight is None else sample_weight

        def fit(member, copied, seeds):
            more = self.distorted(X, copied, seeds)
            rows = np.concatenate([np.arange(len(y)), copied])
            return clone(member).fit(np.concatenate([X, more]), y[rows], classifier__sample_weight=weights[rows])

        return self.fit_members(fit, len(y))

    def fit_members(self, fit, count):
        """Fit the members by a function.

        Parameters
        ----------
        fit : callable
            From a member, the indices of the rows to learn from distorted copies of too, and the
            `numpy.random.SeedSequence` of these, to a fitted member.
        count : int
            Rows.

        Returns
        -------
        self : Ensemble
            Fitted.
        """
        none, self.members_ = np.arange(0), []
        for number, member in enumerate(self.members):
            seeds = np.random.SeedSequence([self.seed, number])
            hard = none
            if self.copies:
                hard = np.arange(count) if self.copy_all else fit(member, none, seeds)[-1].support_
            self.members_.append(fit(member, np.tile(hard, self.copies), seeds))
        self.classes_ = self.members_[0].classes_
        return self

    def distorted(self, X, rows, seeds):
        """Give distorted copies of some rows, in the type of `X`: ndarray, shape (len(rows), n_values)."""
        strips = self.strips(rows, seeds)
        parts = Parallel(n_jobs=-1, prefer="threads")(delayed(self.bend)(X[some], seed) for some, seed in strips)
        return np.concatenate([X[:0], *parts])

    def strips(self, rows, seeds):
        """Cut rows into strips, each with a seed of its own for `bend`: list of (ndarray of int, SeedSequence)."""
        starts = range(0, len(rows), STRIP)
        return [
            (rows[start : start + STRIP], seed) for start, seed in zip(starts, seeds.spawn(len(starts)), strict=True)
        ]

    def bend(self, X, seed):
        """Distort each of some flat images once: ndarray, as `X`."""
        images = X.reshape(-1, *self.shape)
        bent = self.distortion(images, np.random.default_rng(seed)).reshape(len(images), -1)
        return np.rint(bent).astype(X.dtype) if X.dtype == np.uint8 else bent.astype(X.dtype)

    def decide(self, X):
        """Average what the members say: decisions and similarity, as of `KernelSVC.decide`."""
        return decide_features(self, describe(self, X))

    def predict(self, X):
        """Give the label with the largest margin: ndarray, shape (n_rows,)."""
        check_is_fitted(self)
        decisions, _ = self.decide(X)
        return self.classes_[decisions.argmax(axis=1)]


def pipelines(estimator):
    """Give the pipelines of a fitted estimator: the members of a committee, or itself."""
    return estimator.members_ if isinstance(estimator, Ensemble) else [estimator]


def describe(estimator, rows):
    """Turn flat images into features: a list with an ndarray for each pipeline."""
    described = []
    for pipeline in pipelines(estimator):
        features = rows
        for _, step in pipeline.steps[:-1]:
            features = step.transform(features)
        described.append(features)
    return described


def decide_features(estimator, described):
    """Let a fitted estimator judge what `describe` gave: decisions and similarity, as of `KernelSVC.decide`."""
    machines = (pipeline.steps[-1][1] for pipeline in pipelines(estimator))
    opinions = [machine.decide(features) for machine, features in zip(machines, described, strict=True)]
    return opinions[0] if len(opinions) == 1 else tuple(np.mean(parts, axis=0) for parts in zip(*opinions, strict=True))


def decide(estimator, rows):
    """Let a fitted estimator judge flat images."""
    return decide_features(estimator, describe(estimator, rows))


def distortions(estimator, dataset, seed, count=10):
    """Show what an estimator bends images to, to learn from.

    Parameters
    ----------
    estimator : sklearn.pipeline.Pipeline or Ensemble
        Of a recipe.
    dataset : Dataset
        Its training part.
    seed : int
        Of the choice of images, and of the bending.
    count : int
        Images to show.

    Returns
    -------
    before, after : ndarray, shape (count, *shape)
        None at all, instead of the pair, if it learns from no copies.
    """
    if not getattr(estimator, "copies", 0):
        return None
    rows = np.random.default_rng(seed).permutation(len(dataset))[:count]
    before = dataset.take(rows)
    after = estimator.distorted(before.rows, np.arange(len(rows)), np.random.SeedSequence(seed))
    return before.images, after.reshape(-1, *dataset.shape)
