"""Pipelines on an engine: steps that learn see a few images or all, steps that don't are mapped over chunks of them."""

from functools import partial
from itertools import takewhile

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from recognition.data.images import joined, mapped, take
from recognition.features.fisher import FisherVectors
from recognition.learning.nystroem import BLOCK

LEAST_CHUNKS, MOST_CHUNKS = 8, 64  # of the rows of a fit: to keep workers busy, and to send few sums
ROWS = 2**14  # of a chunk, or more if there would be too many of them
WHOLE = BLOCK  # rows; a larger chunk is a multiple, so that what is done in blocks is done in the same ones


def in_chunks(images):
    """Cut images into chunks, in their order: list of ndarray or LazyArray."""
    size = -(-len(images) // min(MOST_CHUNKS, max(LEAST_CHUNKS, -(-len(images) // ROWS))))
    if size > WHOLE:
        size += -size % WHOLE
    return [take(images, slice(start, start + size)) for start in range(0, len(images), size)]


def fit_pipeline(pipeline, chunks, labels, weights, engine):
    """Fit a copy of a pipeline, whose last step is a `FeatureClassifier`, on chunks of images: Pipeline."""
    pipeline = clone(pipeline)
    *steps, classifier = dict(pipeline.steps).values()
    steps, chunks = extract(steps, chunks, labels, engine)
    classifier.classes_, codes = np.unique(labels, return_inverse=True)
    classifier.fit_on(engine, chunks, codes, weights)
    return Pipeline(list(zip(dict(pipeline.steps), [*steps, classifier], strict=True)))


def extract(steps, chunks, labels, engine):
    """Fit the steps that turn images into features, and take the images through them.

    Parameters
    ----------
    steps : list of transformers
        Unfitted. Those that learn nothing are mapped; Fisher vectors learn from a few images, others from all.
    chunks : list of ndarray or LazyArray
        Images.
    labels : ndarray of str, shape (n_images,)
        Labels.
    engine : Engine
        Does the work.

    Returns
    -------
    steps : list of transformers
        Fitted.
    chunks : list
        Features, as `FeatureClassifier.fit_on` takes them.
    """
    fitted = fixed_steps(steps)
    learning = steps[len(fitted) :]
    chunks = [mapped(partial(through, fitted), chunk) for chunk in chunks]
    if not learning:
        return fitted, chunks
    if isinstance(learning[0], FisherVectors):
        fisher = engine.call("learning features", _fitted, learning.pop(0), joined(chunks))
        fitted = [*fitted, fisher]
        chunks = [mapped(fisher.transform, chunk) for chunk in chunks]
    chunks = [engine.gather("extracting features", chunks)]
    if learning:
        both = engine.keep("learning features", _fit_transform, chunks, (learning, labels))
        chunks = engine.keep("learning features", _item, both, (0,))
        fitted = [*fitted, *engine.call("learning features", _item, *both, 1)]
    return fitted, chunks


def fixed_steps(steps):
    """Return the first steps, those that learn nothing: list of FunctionTransformer."""
    return list(takewhile(lambda step: isinstance(step, FunctionTransformer), steps))


def through(steps, images):
    """Return what steps make of images: ndarray, shape (n_images, n_features)."""
    rows = images.reshape(len(images), -1)
    for step in steps:
        rows = step.transform(rows)
    return rows


def _fitted(step, rows):
    return step.fit(rows)


def _fit_transform(rows, steps, labels):
    """Fit steps one after the other: rows that have gone through them, steps."""
    for step in steps:
        rows = step.fit_transform(rows, labels)
    return rows, steps


def _item(pair, index):
    return pair[index]
