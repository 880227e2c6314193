"""The one way to fit an estimator on a dataset, and to ask it about one, whatever engine does the work."""

from dataclasses import replace

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from recognition.data.images import joined
from recognition.engine.threads import HERE
from recognition.features.augmentation import distort
from recognition.features.fisher import FisherVectors
from recognition.learning.ensemble import Ensemble
from recognition.learning.pipelines import WHOLE, extract, fit_pipeline, in_chunks
from recognition.learning.recipes import kind_of

MOST_KEPT = 30_000  # pictures whose features are kept, in 2 GB; of more they are extracted each time


def extract_once(estimator, dataset, engine=HERE):
    """Extract what costs most and learns from no label, Fisher vectors, before anything is fitted in folds and on all.

    Parameters
    ----------
    estimator : sklearn.pipeline.Pipeline or Ensemble
        Unfitted; it stays so.
    dataset : Dataset
        Images.
    engine : Engine
        Does the work.

    Returns
    -------
    steps : list of (str, FisherVectors)
        First step of the pipeline, fitted; none where it is another one, or the images are too many.
    estimator : sklearn.pipeline.Pipeline or Ensemble
        What is left to fit.
    dataset : Dataset
        The same data for it, with rows of features instead of images if there are steps.
    """
    first = estimator[0] if isinstance(estimator, Pipeline) else None
    if not isinstance(first, FisherVectors) or len(dataset) > MOST_KEPT:
        return [], estimator, dataset
    (first,), chunks = extract([clone(first)], in_chunks(dataset.images), engine)
    features = np.concatenate(engine.map("extracting features", np.asarray, chunks))
    return [(estimator.steps[0][0], first)], estimator[1:], replace(dataset, images=features)


def completed(steps, fitted):
    """Return an estimator from images to labels: what was fitted, after the steps of `extract_once`."""
    return Pipeline([*steps, *fitted.steps]) if steps else fitted


def fit(estimator, dataset, engine=HERE):
    """Fit an estimator on a dataset.

    Parameters
    ----------
    estimator : sklearn.pipeline.Pipeline or Ensemble
        Unfitted; it stays so.
    dataset : Dataset
        Images; each counts as often as it weighs, see `counted_again`.
    engine : Engine
        Does the work. What it fits differs from what another fits by the rounding of sums alone.

    Returns
    -------
    estimator : sklearn.pipeline.Pipeline or Ensemble
        Fitted.
    """
    rows = counted_again(dataset.images, dataset.labels, dataset.weights, dataset.shape)
    return fit_rows(estimator, *rows, engine)


def counts_as_copies(weights, shape):
    """Return whether images that count several times do so as distorted copies."""
    return weights is not None and len(shape) == 2 and kind_of(shape) == "grey"


def counted_again(images, labels, weights, shape):
    """Turn the weights of grey images into distorted copies behind them: images, labels, weights that are left.

    To a classifier that already gets it right, the same image once more says nothing. Small images and colour pictures
    count again as they are.
    """
    if not counts_as_copies(weights, shape):
        return images, labels, weights
    again = np.repeat(np.arange(len(labels)), np.maximum(weights, 1).astype(int) - 1)
    originals = images[again].reshape(-1, *shape)
    copies = np.rint(distort(originals, np.random.default_rng(0))).astype(originals.dtype)
    images = joined([images, *in_chunks(copies.reshape(len(again), *images.shape[1:]))])
    return images, np.concatenate([labels, labels[again]]), None


def fit_rows(estimator, rows, labels, weights, engine):
    """Fit a copy of an estimator on images, ndarray or LazyArray, or on the features that it begins with."""
    weights = np.ones(len(labels)) if weights is None else weights.astype(np.float64)
    if isinstance(estimator, Ensemble):
        return clone(estimator).fit_on(engine, rows, labels, weights)
    return fit_pipeline(estimator, in_chunks(rows), labels, weights, engine)


def ask(question, dataset, engine, stage):
    """Ask about all images of a dataset.

    Parameters
    ----------
    question : callable
        Function from flat images to a tuple of arrays of as many rows; a method of what is fitted, say.
    dataset : Dataset
        Images.
    engine : Engine
        Does the work.
    stage : str
        Name of this work.

    Returns
    -------
    answers : tuple of ndarray
        Answers for all images, in their order.
    """
    return _concatenated(engine.map(stage, _answers, in_chunks(dataset.images), (question,)))


def _answers(chunk, question):
    """Ask about a chunk, a few rows at a time, so that few are in memory."""
    blocks = (chunk[start : start + WHOLE] for start in range(0, len(chunk), WHOLE))
    return _concatenated([question(block.reshape(len(block), -1)) for block in blocks])


def _concatenated(answers):
    return tuple(map(np.concatenate, zip(*answers, strict=True)))
