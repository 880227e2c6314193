"""How the accuracy depends on the number of images and on the machine's parameters, on rows of the training part."""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from sklearn.base import clone

from recognition import evaluation
from recognition.committee import Committee
from recognition.engine import HERE
from recognition.errors import DataError
from recognition.fitting import images_on

MOST_ROWS = 10_000  # that a learning curve is drawn over
MOST_TUNED = 5_000  # rows that a search looks at
SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)  # of the rows of a fold
FOLDS, FEWER_FOLDS = 5, 3  # for little data and for more
JUDGED = 1_000  # of the rows that were learnt, to see how well they are known
FACTORS = (1 / 9, 1 / 3, 1, 3, 9)  # of the recipe's own parameters, that a search tries


@dataclass(frozen=True)
class LearningCurve:
    """Accuracy against the number of images learnt from.

    Attributes
    ----------
    rows : list of int
        Images, ascending.
    training, validation : ndarray of float64, shape (n_sizes, n_folds)
        Share of right answers on rows that were learnt, and on rows held out.
    available : int
        Images in the training part.
    """

    rows: list[int]
    training: np.ndarray
    validation: np.ndarray
    available: int

    @property
    def errors(self):
        """Mean error on held-out rows for each number of images: ndarray of float64."""
        return 1 - self.validation.mean(axis=1)

    @property
    def error_of_twice(self):
        """The error to be expected of twice the largest number of images, if it goes on falling as a power of it."""
        errors = np.maximum(self.errors, 1e-6)
        if len(errors) == 1:
            return float(errors[0])
        slope, level = np.polyfit(np.log(self.rows[-3:]), np.log(errors[-3:]), 1)
        return float(np.exp(level + min(slope, 0) * np.log(2 * self.rows[-1])))

    @property
    def more_helps(self):
        """Whether twice the images would take away more of the error than it varies by chance between the folds."""
        by_chance = self.validation[-1].std(ddof=1) / np.sqrt(self.validation.shape[1])
        return bool(self.errors[-1] - self.error_of_twice > by_chance)

    def as_dict(self):
        """Give what the card shall say: dict."""
        return {
            "rows": self.rows,
            "training": self.training.mean(axis=1).round(6).tolist(),
            "validation": self.validation.mean(axis=1).round(6).tolist(),
            "standard_deviation": self.validation.std(axis=1).round(6).tolist(),
        }


def learning_curve(estimator, dataset, seed, engine=HERE):
    """Fit on more and more images of each fold, and see how well the held-out ones are recognised.

    Of a committee the first member is taken, without distorted copies. The images are described once: the
    descriptions learn from no label.

    Parameters
    ----------
    estimator : sklearn.pipeline.Pipeline or Committee
        Unfitted.
    dataset : Dataset
        The training part; of more than `MOST_ROWS` images so many are chosen at random.
    seed : int
        Of all chance.
    engine : Threads or Cluster
        Fits; the results do not depend on it.

    Returns
    -------
    curve : LearningCurve or None
        At five numbers of images, or fewer where the smallest would miss a class; none if there are too few of all
        classes but one.
    """
    chosen, folds = _sample(dataset, seed, MOST_ROWS)
    if len(chosen.counts) < 2:
        return None
    machine, rows = _described(estimator, chosen, engine)
    rng = np.random.default_rng(seed)
    splits = [(rng.permutation(some), others) for some, others in evaluation.shuffled_folds(chosen, seed, folds)]
    full = min(len(fit_on) for fit_on, _ in splits)
    sizes = [round(share * full) for share in SHARES]
    sizes = [size for size in sizes if all(_all_there(chosen, fit_on[:size]) for fit_on, _ in splits)] or [full]

    tasks = [(fit_on[:size], held_out) for size in reversed(sizes) for fit_on, held_out in splits]  # long ones first
    found = engine.map("learning curve: fits", _accuracies, tasks, (machine, rows, chosen.labels), alike=True)
    table = np.array(found).reshape(len(sizes), folds, 2)[::-1]
    return LearningCurve(sizes, table[:, :, 0], table[:, :, 1], len(dataset))


def _sample(dataset, seed, at_most):
    """Give so many images at random, of the classes that have enough for each fold, and the number of folds."""
    chosen = evaluation.sample(replace(dataset, weights=None), seed, at_most)
    folds = FOLDS if len(chosen) <= evaluation.MOST_ROWS_IN_FOLDS else FEWER_FOLDS
    frequent = [label for label, count in chosen.counts.items() if count >= folds]
    return chosen.take(np.flatnonzero(np.isin(chosen.labels, frequent))), folds


def _described(estimator, dataset, engine):
    """Give the machine of an estimator, unfitted, and what stands on the engine for the rows that it learns from."""
    pipeline = estimator.members[0] if isinstance(estimator, Committee) else estimator
    images = images_on(engine, dataset)
    work = (clone(pipeline[:-1]), dataset.labels)
    (rows,) = engine.keep("describing images", _fit_transform, [images], work, alike=True)
    return pipeline[-1], rows


def _fit_transform(images, steps, labels):
    """Describe images by steps that learn how from them."""
    return steps.fit_transform(images, labels)


def _accuracies(split, machine, rows, labels):
    """Fit a machine on one side of a split: the share that it labels right of rows learnt, and of those held out."""
    fit_on, held_out = split
    fitted = clone(machine).fit(rows[fit_on], labels[fit_on])
    return [_accuracy(fitted, rows[some], labels[some]) for some in (fit_on[:JUDGED], held_out)]


def _all_there(dataset, rows):
    """Tell whether these rows have every class."""
    return len(np.unique(dataset.labels[rows])) == len(dataset.counts)


def _accuracy(machine, rows, labels):
    """Give the share of rows that a fitted machine labels right."""
    margins, _ = machine.judge(rows)
    return float((machine.classes_[margins.argmax(axis=1)] == labels).mean())


@dataclass(frozen=True)
class Search:
    """Accuracy at each point of a grid of two parameters.

    Attributes
    ----------
    names : tuple of str
        Of the parameters: of the rows of the table, and of its columns.
    values : tuple of list of float
        Tried, ascending.
    accuracies : ndarray of float64, shape (n_values, n_values, n_folds)
        On held-out rows.
    rows : int
        Images looked at.
    chosen : dict
        The best point, or the recipe's own where that is as good up to the standard error.
    """

    names: tuple[str, str]
    values: tuple[list[float], list[float]]
    accuracies: np.ndarray
    rows: int
    chosen: dict


def search(recipe, dataset, seed, engine=HERE):
    """Try a grid of parameters around those of a recipe, on descriptions as of `learning_curve`.

    Parameters
    ----------
    recipe : Recipe
        Whose machine's first and second number are varied: C and gamma, or gamma and ridge.
    dataset : Dataset
        The training part; of more than `MOST_TUNED` images so many are chosen at random.
    seed : int
        Of all chance.
    engine : Threads or Cluster
        Fits; the results do not depend on it.

    Returns
    -------
    search : Search
        With the parameters to use.

    Raises
    ------
    DataError
        If there are too few images.
    """
    chosen, folds = _sample(dataset, seed, MOST_TUNED)
    if len(chosen.counts) < 2:
        raise DataError(f"{len(dataset)} images are too few to look for parameters; leave --tune out, or give more")
    machine, rows = _described(recipe.estimator(chosen.shape, chosen.full, len(chosen), seed), chosen, engine)
    names = tuple(name for name in recipe.options if name != "landmarks")
    values = tuple([round(factor * recipe.options[name], 6) for factor in FACTORS] for name in names)

    splits = evaluation.shuffled_folds(chosen, seed, folds)
    tasks = [(dict(zip(names, point, strict=True)), split) for point in product(*values) for split in splits]
    found = engine.map("search: fits", _candidate, tasks, (machine, rows, chosen.labels), alike=True)
    accuracies = np.array(found).reshape(len(FACTORS), len(FACTORS), folds)
    return Search(names, values, accuracies, len(chosen), _choice(names, values, accuracies))


def _candidate(task, machine, rows, labels):
    """Give the share of held-out rows that a machine of these parameters labels right."""
    parameters, (fit_on, held_out) = task
    fitted = clone(machine).set_params(**parameters).fit(rows[fit_on], labels[fit_on])
    return _accuracy(fitted, rows[held_out], labels[held_out])


def _choice(names, values, accuracies):
    """Choose the best point, or the middle of the grid if that is as good up to the standard error."""
    means = accuracies.mean(axis=2)
    best = np.unravel_index(means.argmax(), means.shape)
    middle = tuple(len(side) // 2 for side in values)
    error = accuracies[best].std(ddof=1) / np.sqrt(accuracies.shape[2])
    at = middle if means[middle] >= means[best] - error else best
    return {name: side[index] for name, side, index in zip(names, values, at, strict=True)}
