"""Several pipelines on the same images, each fitted on augmented ones too, whose decisions are averaged."""

from functools import partial

import numpy as np
from sklearn.utils.validation import check_array, check_is_fitted

from recognition.data.images import Chunk, LazyArray, take
from recognition.engine.threads import HERE
from recognition.learning.classifier import DecidingClassifier
from recognition.learning.pipelines import fit_pipeline, in_chunks

CHUNK = 2000  # images augmented at a time, each chunk with chance of its own, so that nothing depends on threads


class Ensemble(DecidingClassifier):
    """Pipelines that see the images in different ways, and whose decisions are averaged.

    Each member is fitted twice: on the rows, which finds its support vectors; then on the rows and on augmented copies
    of the support vectors. Augmenting the others as well would cost more and teach nothing new. Where the classifier
    learns from one chunk after the other (`mixed`), it has none: it meets copies of all rows and the rows in turn, and
    these last.

    Parameters
    ----------
    members : list of sklearn.pipeline.Pipeline
        Unfitted, from flat rows to labels; the last step decides as `KernelSVC` does and has its `support_`.
    shape : tuple of int
        Shape of an image.
    augmentation : callable or None
        Function from images, ndarray of shape (n_images, *shape), and a `numpy.random.Generator` to as many others.
    copies : int
        Number of augmented copies of each support vector.
    mixed : bool
        Whether every row is copied, and copies and rows come in turn, all in random order.
    seed : int
        Seed of the augmentation.

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

    def __init__(self, members, shape, augmentation=None, copies=0, mixed=False, seed=0):
        self.members = members
        self.shape = shape
        self.augmentation = augmentation
        self.copies = copies
        self.mixed = mixed
        self.seed = seed

    def fit(self, X, y, sample_weight=None):
        """Fit the members on rows in memory.

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
        return self.fit_on(HERE, X, y, np.ones(len(y)) if sample_weight is None else sample_weight)

    def fit_on(self, engine, images, labels, weights):
        """Fit the members one after the other, on images as an engine reads them; as `fit`."""
        numbers = range(len(self.members))
        self.members_ = [self._fit_member(engine, number, images, labels, weights) for number in numbers]
        self.classes_ = self.members_[0].classes_
        return self

    def _fit_member(self, engine, number, images, labels, weights):
        """Fit a pipeline on images, and on augmented ones of its support vectors."""
        member, originals = self.members[number], in_chunks(images)
        if not self.copies:
            return fit_pipeline(member, originals, labels, weights, engine)
        seeds = np.random.SeedSequence([self.seed, number])
        if self.mixed:
            return self._fit_mixed(engine, member, images, labels, weights, seeds)
        support = fit_pipeline(member, originals, labels, weights, engine)[-1].support_
        copied = np.tile(support, self.copies)
        augmented = self.augmented(images, copied, seeds)
        rows = np.concatenate([np.arange(len(labels)), copied])
        return fit_pipeline(member, originals + augmented, labels[rows], weights[rows], engine)

    def _fit_mixed(self, engine, member, images, labels, weights, seeds):
        """Fit a pipeline on augmented images, then on the images, and again, all in random order."""
        order = np.random.default_rng(seeds).permutation(len(labels))
        originals = _few_at_a_time(images, order)
        chunks = [
            chunk for seed in seeds.spawn(self.copies) for chunk in self.augmented(images, order, seed) + originals
        ]
        rows = np.tile(order, 2 * self.copies)
        return fit_pipeline(member, chunks, labels[rows], weights[rows], engine)

    def augmented(self, images, rows, seeds):
        """Return augmented copies of some images.

        Parameters
        ----------
        images : ndarray or LazyArray, shape (n_images, ...)
            Images.
        rows : ndarray of int
            Indices of the images to copy.
        seeds : numpy.random.SeedSequence
            Source of all randomness.

        Returns
        -------
        chunks : list of LazyArray
            Copies in the order of `rows` and the type of `images`, which are made as they are read.
        """
        chunks = _few_at_a_time(images, rows)
        return [
            LazyArray.of([Chunk(len(chunk), partial(_augment, chunk, self.augmentation, self.shape, seed))])
            for chunk, seed in zip(chunks, seeds.spawn(len(chunks)), strict=True)
        ]

    def decide(self, X):
        """Return the mean of the members' decision values and similarities for flat images; see the base class."""
        return decide_features(self, extract_features(self, X))

    def _checked(self, X):
        check_is_fitted(self)
        return check_array(X, dtype=None)


def _few_at_a_time(images, rows):
    """Return a list of chunks, each an ndarray or `LazyArray`, of some of the images."""
    return [take(images, rows[start : start + CHUNK]) for start in range(0, len(rows), CHUNK)]


def _augment(images, augmentation, shape, seed, rows):
    """Augment all images of a chunk, and return some of the copies, flat."""
    images = np.asarray(images).reshape(-1, *shape)
    copies = augmentation(images, np.random.default_rng(seed)).reshape(len(images), -1)[rows]
    return np.rint(copies).astype(images.dtype) if images.dtype == np.uint8 else copies.astype(images.dtype)


def pipelines(estimator):
    """Return the pipelines of a fitted estimator: the members of an ensemble, or itself."""
    return estimator.members_ if isinstance(estimator, Ensemble) else [estimator]


def extract_features(estimator, rows):
    """Return the features of flat images, a list with an ndarray for each pipeline."""
    features = []
    for pipeline in pipelines(estimator):
        values = rows
        for _, step in pipeline.steps[:-1]:
            values = step.transform(values)
        features.append(values)
    return features


def decide_features(estimator, features):
    """Return decision values and similarity, as `KernelSVC.decide`, for what `extract_features` returned."""
    classifiers = (pipeline.steps[-1][1] for pipeline in pipelines(estimator))
    decided = [classifier.decide(values) for classifier, values in zip(classifiers, features, strict=True)]
    return decided[0] if len(decided) == 1 else tuple(np.mean(arrays, axis=0) for arrays in zip(*decided, strict=True))


def decide(estimator, rows):
    """Return decision values and similarity, as `KernelSVC.decide`, for flat images."""
    return decide_features(estimator, extract_features(estimator, rows))


def augmentations(estimator, dataset, seed, count=10):
    """Show what an estimator augments images to, to learn from.

    Parameters
    ----------
    estimator : sklearn.pipeline.Pipeline or Ensemble
        Estimator of a recipe.
    dataset : Dataset
        Training part.
    seed : int
        Seed of the choice of images, and of the augmentation.
    count : int
        Number of images to show.

    Returns
    -------
    before, after : ndarray, shape (count, *shape)
        Images and augmented ones; None instead of the pair if it learns from no copies.
    """
    if not getattr(estimator, "copies", 0):
        return None
    rows = np.random.default_rng(seed).permutation(len(dataset))[:count]
    before = dataset.take(rows).images[:]
    (after,) = estimator.augmented(before, np.arange(len(rows)), np.random.SeedSequence(seed))
    return before, np.asarray(after).reshape(-1, *dataset.shape)
