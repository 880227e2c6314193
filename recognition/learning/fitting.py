"""Estimators and a cluster: its workers read parts of the images, describe them, and fit or judge."""

from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from numpy.random import SeedSequence
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from recognition.data.images import ALL, Part
from recognition.features.fisher import FisherVectors
from recognition.learning.ensemble import Ensemble
from recognition.learning.nystroem import BLOCK, NystroemRidge

LEAST_PARTS, MOST_PARTS = 8, 64  # of the rows of a fit: to keep workers busy, and to send few sums
ROWS = 2**14  # of a part, or more if there would be too many of them
WHOLE = BLOCK  # rows; a larger part is a multiple, so that what is done in blocks is done in the same ones


@dataclass(frozen=True)
class Bent:
    """Distorted copies of some images.

    Attributes
    ----------
    part : Part
        The images.
    committee : Ensemble
        Distorts them.
    seed : SeedSequence
        Of the distortion.
    """

    part: Part
    committee: Ensemble
    seed: SeedSequence

    def __len__(self):
        """Count the images."""
        return len(self.part)

    def read(self, rows=ALL):
        """Read the images, bend all of them, and give those asked for: ndarray, shape (n_rows, n_values)."""
        return self.committee.bend(self.part.read(), self.seed)[rows]


@dataclass(frozen=True)
class Joined:
    """Some parts of images, one after the other, read as they are asked for by index, like an array.

    Attributes
    ----------
    parts : list of Part or Bent
        Those.
    """

    parts: list[Part | Bent]

    def __len__(self):
        """Count the images."""
        return sum(map(len, self.parts))

    def __getitem__(self, rows):
        """Read some images, by an ascending array of their places: ndarray, shape (n_rows, n_values)."""
        return np.concatenate([part.read(some) for part, some in self.places(rows)])

    def places(self, rows):
        """Give the parts that have any of these rows, by their ascending places, and which of the part: list."""
        ends = np.cumsum([len(part) for part in self.parts])
        found = np.split(rows, np.searchsorted(rows, ends[:-1]))
        begins = ends - [len(part) for part in self.parts]
        return [(part, some - b) for part, some, b in zip(self.parts, found, begins, strict=True) if len(some)]


def parts(origin):
    """Cut the images of a data set into parts, in their order, for the workers to read: list of Part."""
    count = len(origin.places)
    size = -(-count // min(MOST_PARTS, max(LEAST_PARTS, -(-count // ROWS))))
    if size > WHOLE:
        size += -size % WHOLE
    return [origin.part(slice(start, start + size)) for start in range(0, count, size)]


def fit(estimator, dataset, engine):
    """Fit an estimator on a cluster, as its own `fit` does here.

    What comes out differs from that by the rounding of sums alone, which are added up in another order.

    Parameters
    ----------
    estimator : sklearn.pipeline.Pipeline or Ensemble
        Unfitted.
    dataset : Dataset
        With an origin; its images are not looked at.
    engine : Cluster
        Does the work.

    Returns
    -------
    estimator : sklearn.pipeline.Pipeline or Ensemble
        Fitted.
    """
    weights = np.ones(len(dataset)) if dataset.weights is None else dataset.weights.astype(np.float64)
    originals = parts(dataset.origin)

    def member(pipeline, copied, seeds):
        unbent = Ensemble([], estimator.shape, estimator.distortion)  # what bends, without what is to be fitted
        bent = [Bent(dataset.origin.part(rows), unbent, seed) for rows, seed in estimator.strips(copied, seeds)]
        rows = np.concatenate([np.arange(len(dataset)), copied])
        return _fit_pipeline(pipeline, originals + bent, dataset.labels[rows], weights[rows], engine)

    if isinstance(estimator, Ensemble):
        return estimator.fit_members(member, len(dataset))
    return _fit_pipeline(estimator, originals, dataset.labels, weights, engine)


def _fit_pipeline(pipeline, some, labels, weights, engine):
    """Fit a pipeline on parts of images."""
    names, steps = zip(*clone(pipeline).steps, strict=True)
    *steps, machine = steps
    fixed = list(takewhile(lambda step: isinstance(step, FunctionTransformer), steps))
    learnt = steps[len(fixed) :]
    machine.classes_, codes = np.unique(labels, return_inverse=True)
    if isinstance(machine, NystroemRidge) and not learnt:
        _fit_by_sums(machine, fixed, some, codes, weights, engine)
        return Pipeline(list(zip(names, [*fixed, machine], strict=True)))
    of_patches = bool(learnt) and isinstance(learnt[0], FisherVectors)
    if of_patches:  # they learn from a few images
        fixed.append(engine.call("learning to describe", _fitted, learnt.pop(0), Joined(some), alike=True))
    rows = engine.joined(engine.keep("describing images", _described, some, (fixed,), alike=of_patches))
    if learnt:
        rows, learnt = _learn(learnt, rows, labels, engine)
    if isinstance(machine, NystroemRidge):
        machine = engine.call("fit", _fitted, machine, rows, labels, weights)
    else:
        machine.fit_on(engine, rows, codes, weights)
    return Pipeline(list(zip(names, [*fixed, *learnt, machine], strict=True)))


def _learn(steps, rows, labels, engine):
    """Let steps learn from rows, on one worker: what stands for the rows after them, and the fitted steps."""
    both = engine.keep("learning to describe", _fit_transform, [rows], (steps, labels), alike=True)
    (rows,) = engine.keep("learning to describe", _item, both, (0,))
    return rows, engine.call("learning to describe", _item, *both, 1)


def _fit_transform(rows, steps, labels):
    """Fit steps one after the other, and take rows through them: rows, steps."""
    for step in steps:
        rows = step.fit_transform(rows, labels)
    return rows, steps


def _item(several, number):
    """Give one of several."""
    return several[number]


def _fit_by_sums(machine, steps, some, codes, weights, engine):
    """Fit a machine whose fit is a sum over rows: no worker holds more of them than a part."""
    landmarks = engine.map("landmarks", _described_rows, Joined(some).places(machine.chosen(len(codes))), (steps,))
    machine.set_landmarks(np.concatenate(landmarks))
    ends = np.cumsum([len(part) for part in some])
    rows = [slice(end - len(part), end) for part, end in zip(some, ends, strict=True)]
    items = [(part, codes[row], weights[row]) for part, row in zip(some, rows, strict=True)]
    machine.solve(engine.total("fitting: parts of the rows", _sums, items, (machine, steps)))


def _sums(item, machine, steps):
    """Add up what a machine keeps of a part: see `NystroemRidge.sums`."""
    part, codes, weights = item
    blocks = (slice(start, start + WHOLE) for start in range(0, len(part), WHOLE))
    return machine.sums((_described_rows((part, rows), steps), codes[rows], weights[rows]) for rows in blocks)


def _described(part, steps):
    """Read a part and describe its images: ndarray of float32, shape (n_images, n_features)."""
    return _described_rows((part, ALL), steps)


def _described_rows(item, steps):
    """Read some images of a part and describe them."""
    part, rows = item
    return through(part.read(rows), steps)


def through(rows, steps):
    """Take rows through fitted steps, or through such as learn nothing: ndarray, shape (n_rows, n_features)."""
    for step in steps:
        rows = step.transform(rows)
    return rows


def _fitted(step, features, *targets):
    """Fit a step on features."""
    return step.fit(features, *targets)


def images_on(engine, dataset):
    """Have all images of a small data set on an engine.

    Parameters
    ----------
    engine : Threads or Cluster
        Its workers read them.
    dataset : Dataset
        With an origin, if it is a cluster.

    Returns
    -------
    rows : ndarray or distributed.Future
        What stands for the flat images in further work.
    """
    if not engine.remote:
        return dataset.rows
    return engine.joined(engine.keep("reading images", _read, parts(dataset.origin)))


def _read(part):
    """Read a part."""
    return part.read()


def ask(question, dataset, engine, stage):
    """Ask about all images of a data set, in parts that the workers of a cluster read.

    Parameters
    ----------
    question : callable
        From flat images to a tuple of arrays of as many rows; a method of what is fitted, say.
    dataset : Dataset
        With an origin, if the engine is a cluster.
    engine : Threads or Cluster
        Where to ask.
    stage : str
        What it is called.

    Returns
    -------
    answers : tuple of ndarray
        For all images, in their order.
    """
    if not engine.remote:
        return question(dataset.rows)
    answers = engine.map(stage, _answers, parts(dataset.origin), (question,))
    return tuple(np.concatenate(arrays) for arrays in zip(*answers, strict=True))


def _answers(part, question):
    """Read a part and ask about it, a few rows at a time."""
    answers = [question(part.read(slice(start, start + WHOLE))) for start in range(0, len(part), WHOLE)]
    return tuple(map(np.concatenate, zip(*answers, strict=True)))
