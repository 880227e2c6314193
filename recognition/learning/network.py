"""Small neural networks, fitted on chunk after chunk: the time grows with the rows, and the memory does not."""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, cos, pi, sqrt

import numpy as np
from scipy.special import softmax
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from recognition.engine.threads import HERE
from recognition.learning.classifier import FeatureClassifier, rbf_kernel, squared_lengths, with_rows
from recognition.progress import Progress

BATCH = 128  # rows of a step
ROUND = 16_000  # rows, or a chunk if that is more: then the networks come back from whoever fits them
LEAST_ROWS = 40_000  # to learn from; fewer are gone through again and again
SAMPLE, PROTOTYPES = 5_000, 1_000  # rows that show what varies, and of these, rows to measure similarity by
WARM_UP = 0.02  # share of the steps, which get longer first
DROPPED = 0.3  # share of the hidden units that a step leaves out
SMOOTHING = 0.05  # share of its label that a row gives to all classes
FIRST, SECOND, EPSILON = 0.9, 0.999, 1e-8  # decay of the means of gradients and of their squares
BLOCK = 1024  # rows answered at a time
NARROW = 0.55  # gamma of the similarity: half of held-out letters have 0.78 or more, as by `KernelSVC`, and noise 0.48


class NeuralNetworks(FeatureClassifier):
    """Networks of one hidden layer on principal components of the features, whose decision values are averaged.

    They differ by the chance of their first weights, and see the rows in the order of their chunks, mixed in each: what
    comes last is remembered best. Each few rows make a step down the slope of the cross-entropy (Adam), and steps get
    shorter along half a cosine. All that is kept of the rows are the weights, so any number of them fits into memory.

    Parameters
    ----------
    networks : int
        Number of networks.
    units : int
        Number of units of a hidden layer.
    components : int
        Number of principal components of the features; all if there are fewer.
    rate : float
        Length of a step.
    alpha : float
        Weight of the penalty on large weights.
    seed : int
        Seed of all chance.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        Labels, sorted.
    mean_ : ndarray of float32, shape (n_features,)
        Mean of some of the training rows.
    components_ : ndarray of float32, shape (n_features, n_components)
        Their principal components, scaled so that these have a mean variance of 1.
    prototypes_ : ndarray of float32, shape (n_prototypes, n_components)
        Components of a few training rows.
    weights_ : list of tuple of ndarray of float32
        Of each network the weights and offsets of the hidden units, and those of the classes.

    References
    ----------
    D. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", ICLR 2019.
    N. Srivastava and others, "Dropout", Journal of Machine Learning Research 15 (2014).
    """

    def __init__(self, networks=4, units=1024, components=300, rate=0.002, alpha=0.01, seed=0):
        self.networks = networks
        self.units = units
        self.components = components
        self.rate = rate
        self.alpha = alpha
        self.seed = seed

    def fit_on(self, engine, chunks, codes, weights):
        """Fit on chunks of rows, few of which are in memory at a time; see `FeatureClassifier.fit_on`."""
        items = with_rows(chunks, codes, weights)
        # Each piece of work has one thread, or those of one would wait for those of the other; HERE already is one.
        with threadpool_limits(None if engine is HERE else 1, user_api="blas"):
            self._find_components(engine, items)
            items *= ceil(LEAST_ROWS / len(codes))
            ends = np.cumsum([len(item_codes) for _, item_codes, _ in items])
            first = np.flatnonzero(np.diff((ends - 1) // ROUND, prepend=-1))
            rounds = [items[begin:end] for begin, end in pairwise([*first, len(items)])]
            steps = sum(ceil(sum(len(item_codes) for _, item_codes, _ in items) / BATCH) for items in rounds)
            learners = [self._learner(number, steps) for number in range(self.networks)]
            with Progress("fitting networks", len(rounds)) as progress:
                for chunks in rounds:
                    learners = self._learned(engine, chunks, learners)
                    progress.step()
        self.weights_ = [learner.weights for learner in learners]
        return self

    def _learned(self, engine, items, learners):
        """Return a list of the learners, fitted on chunks that are read first."""
        chunks, *facts = zip(*items, strict=True)
        rows = list(engine.stream("reading rows", _components_of, chunks, (self,)))
        facts = [np.concatenate(arrays) for arrays in (rows, *facts)]
        return list(engine.stream("fitting networks", _learned, learners, facts))

    def _find_components(self, engine, items):
        """Learn from the first chunks what varies, and keep a few of their rows."""
        ends = np.cumsum([len(codes) for _, codes, _ in items])
        first = [(chunk, SAMPLE) for chunk, *_ in items[: 1 + np.searchsorted(ends, SAMPLE)]]
        rows = np.concatenate(engine.map("learning features", _rows_of, first))
        self.n_features_in_, self.mean_ = rows.shape[1], rows.mean(axis=0, dtype=np.float32)
        rows = (rows - self.mean_).astype(np.float32)
        _, lengths, axes = randomized_svd(rows, min(self.components, *rows.shape), random_state=self.seed)
        spread = np.sqrt(np.mean(lengths**2) / len(rows)) or 1.0
        self.components_ = np.ascontiguousarray(axes.T / spread, dtype=np.float32)
        self.prototypes_ = rows[:: ceil(len(rows) / PROTOTYPES)] @ self.components_
        self.squares_ = squared_lengths(self.prototypes_)

    def _project(self, X):
        return (X.astype(np.float32, copy=False) - self.mean_) @ self.components_

    def _learner(self, number, steps):
        """Return a network of random weights, with so many steps before it."""
        rng = np.random.default_rng([self.seed, number])
        inputs, classes = self.components_.shape[1], len(self.classes_)
        hidden = rng.normal(0, np.sqrt(2 / inputs), (inputs, self.units))
        output = rng.normal(0, 1 / self.units, (self.units, classes))
        weights = [array.astype(np.float32) for array in (hidden, np.zeros(self.units), output, np.zeros(classes))]
        means = [[np.zeros_like(array) for array in weights] for _ in range(2)]
        return Learner(weights, *means, rng, self.rate, self.alpha, steps)

    def decide(self, X):
        """Return decision values, logarithms of odds, and similarity; see the base class."""
        blocks = [self._decide(self._project(X[start : start + BLOCK])) for start in range(0, len(X), BLOCK)]
        return tuple(np.concatenate(arrays) for arrays in zip(*blocks, strict=True))

    def _decide(self, rows):
        decisions = np.mean([_layer(_hidden(rows, w[0], w[1]), w[2], w[3]) for w in self.weights_], axis=0)
        kernel = rbf_kernel(rows, self.prototypes_, self.squares_, NARROW / rows.shape[1])
        return decisions, kernel.max(axis=1)


@dataclass
class Learner:
    """A network that is being fitted.

    Attributes
    ----------
    weights : list of ndarray of float32
        As of `NeuralNetworks.weights_`.
    means, squares : list of ndarray of float32
        Running means of their gradients, and of the squares of these.
    rng : numpy.random.Generator
        Source of all chance.
    rate, alpha : float
        As of `NeuralNetworks`.
    steps : int
        Number of steps of the whole fit.
    done : int
        Number of those that were made.
    """

    weights: list
    means: list
    squares: list
    rng: np.random.Generator
    rate: float
    alpha: float
    steps: int
    done: int = 0

    def learn(self, X, codes, weights):
        """Make a step for each few rows, in any order."""
        order = self.rng.permutation(len(X))
        for batch in (order[start : start + BATCH] for start in range(0, len(X), BATCH)):
            self._step(self.gradients(X[batch], codes[batch], weights[batch, None]))

    def gradients(self, X, codes, weights):
        """Return a list of the slopes of the mean cross-entropy along all weights."""
        to_hidden, offset, to_classes, class_offset = self.weights
        hidden = _hidden(X, to_hidden, offset)
        hidden *= (self.rng.random(hidden.shape, np.float32) >= DROPPED) / np.float32(1 - DROPPED)
        slopes = softmax(_layer(hidden, to_classes, class_offset), axis=1) - SMOOTHING / len(class_offset)
        slopes[np.arange(len(X)), codes] -= 1 - SMOOTHING
        slopes *= weights / len(X)
        back = slopes @ to_classes.T
        back *= (hidden > 0) / np.float32(1 - DROPPED)
        return [X.T @ back, back.sum(axis=0), hidden.T @ slopes, slopes.sum(axis=0)]

    def _step(self, gradients):
        """Change the weights against their gradients, by much the same whatever the size of these."""
        self.done += 1
        share = self.done / self.steps
        rate = self.rate * min(1, share / WARM_UP) * (1 + cos(pi * share)) / 2
        growing = sqrt(1 - SECOND**self.done) / (1 - FIRST**self.done)  # the means begin with 0
        for weights, mean, square, gradient in zip(self.weights, self.means, self.squares, gradients, strict=True):
            mean += (1 - FIRST) * (gradient - mean)
            square += (1 - SECOND) * (gradient**2 - square)
            weights -= rate * (growing * mean / (np.sqrt(square) + EPSILON) + self.alpha * weights)


def _hidden(X, weights, offset):
    """Return the hidden units of rows as an ndarray of float32, 0 or above."""
    values = _layer(X, weights, offset)
    return np.maximum(values, 0, out=values)


def _layer(rows, weights, offset):
    values = rows @ weights
    values += offset
    return values


def _rows_of(request):
    chunk, count = request
    return chunk[:count]


def _components_of(chunk, classifier):
    return classifier._project(chunk[:])


def _learned(learner, X, codes, weights):
    learner.learn(X, codes, weights)
    return learner
