"""Pipelines on an engine: steps that learn see a few images or all, steps that don't are mapped over chunks of them."""

from functools import partial
from itertools import takewhile
from operator import getitem

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
    """Return a list of chunks of images in their order, each an ndarray or `LazyArray`."""
    size = -(-len(images) // min(MOST_CHUNKS, max(LEAST_CHUNKS, -(-len(images) // ROWS))))
    if size > WHOLE:
        size += -size % WHOLE
    return [take(images, slice(start, start + size)) for start in range(0, len(images), size)]


def fit_pipeline(pipeline, chunks, labels, weights, engine):
    """Return a copy of a pipeline, whose last step is a `FeatureClassifier`, fitted on chunks of images."""
    pipeline = clone(pipeline)
    *steps, classifier = dict(pipeline.steps).values()
    steps, chunks = extract(steps, chunks, engine)
    classifier.classes_, codes = np.unique(labels, return_inverse=True)
    classifier.fit_on(engine, chunks, codes, weights)
    return Pipeline(list(zip(dict(pipeline.steps), [*steps, classifier], strict=True)))


def extract(steps, chunks, engine):
    """Fit the steps that turn images into features, and take the images through them.

    Parameters
    ----------
    steps : list of transformers
        Unfitted. Those that learn nothing are mapped; Fisher vectors learn from a few images, others from all.
    chunks : list of ndarray or LazyArray
        Images.
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
    if learning and isinstance(learning[0], FisherVectors):
        fitted = [*fitted, engine.call("learning features", _fitted, joined(chunks), learning.pop(0))]
        chunks = [mapped(fitted[-1].transform, chunk) for chunk in chunks]
    if learning:
        chunks = [engine.gather("extracting features", chunks)]
    for step in learning:
        both = engine.keep("learning features", _fit_transform, chunks, (step,))
        fitted = [*fitted, engine.call("learning features", getitem, *both, 1)]
        chunks = engine.keep("learning features", getitem, both, (0,))
    return fitted, chunks


def fixed_steps(steps):
    """Return a list of the first steps, those that learn nothing."""
    return list(takewhile(lambda step: isinstance(step, FunctionTransformer), steps))


def through(steps, images):
    """Return an ndarray of what steps make of images, shape (n_images, n_features)."""
    rows = images.reshape(len(images), -1)
    for step in steps:
        rows = step.transform(rows)
    return rows


def side_by_side(rows, *, views):
    """Return rows taken through the steps of each view, shape (n_rows, n_features of all views)."""
    return np.hstack([through(steps, rows) for steps in views])


def _fitted(rows, step):
    return step.fit(rows)


def _fit_transform(rows, step):
    """Fit a step: rows that have gone through it, which is more exact than to transform them later; step."""
    return step.fit_transform(rows), step
