"""How the accuracy depends on the number of images and on the classifier's parameters, on rows of the training part."""

from dataclasses import dataclass, replace

import numpy as np
from sklearn.base import clone

from recognition.engine.threads import HERE
from recognition.errors import DataError, counted
from recognition.evaluation.validation import MOST_ROWS_IN_FOLDS, sample, shuffled_folds
from recognition.learning import recipes
from recognition.learning.ensemble import Ensemble
from recognition.learning.pipelines import extract, in_chunks

MOST_ROWS = 10_000  # that a learning curve is drawn over, and a search looks at
SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)  # of the rows of a fold
ROUNDS = (1 / 9, 1 / 3, 1)  # of a search: shares of the rows of a fold; the better third goes on to the next
LEAST = 500  # images of a round, or chance would choose
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
    drawn : int
        Images of the training part that it was drawn over.
    available : int
        Images in the training part.
    first_view : bool
        Whether it is that of the first of several pipelines, or of one without the distorted copies that the model
        learns from.
    """

    rows: list[int]
    training: np.ndarray
    validation: np.ndarray
    drawn: int
    available: int
    first_view: bool = False

    @property
    def errors(self):
        """The error on held-out rows for each number of images, the mean over the folds, as an ndarray of float64."""
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
        """Return a dict of the facts for the card."""
        return {
            "drawn_over": self.drawn,
            "rows": self.rows,
            "training": self.training.mean(axis=1).round(6).tolist(),
            "validation": self.validation.mean(axis=1).round(6).tolist(),
            "standard_deviation": self.validation.std(axis=1).round(6).tolist(),
        }


def learning_curve(estimator, dataset, seed, engine=HERE):
    """Fit on more and more images of each fold, and see how well the held-out ones are recognised.

    Of an ensemble the first member is taken, without augmented copies. Features are extracted once: what they learn,
    they learn from no label.

    Parameters
    ----------
    estimator : sklearn.pipeline.Pipeline or Ensemble
        Unfitted.
    dataset : Dataset
        Training part; of more than `MOST_ROWS` images so many are chosen at random.
    seed : int
        Seed of all random choices.
    engine : Engine
        Fits; the results do not depend on it.

    Returns
    -------
    curve : LearningCurve or None
        Curve of five numbers of images, or fewer where the smallest would miss a class; none if there are too few of
        all classes but one.
    """
    chosen, folds = _sample(dataset, seed, MOST_ROWS)
    if len(chosen.counts) < 2:
        return None
    classifier, rows = _extracted(estimator, chosen, engine)
    splits, sizes = _growing(chosen, seed, folds, SHARES, len(chosen.counts))
    tasks = [(fit_on[:size], held_out) for size in reversed(sizes) for fit_on, held_out in splits]  # long ones first
    facts = (classifier, rows, chosen.labels)
    accuracies = engine.map("learning curve: fits", _accuracies, tasks, facts)
    table = np.array(accuracies).reshape(len(sizes), folds, 2)[::-1]
    drawn, first_view = min(MOST_ROWS, len(dataset)), isinstance(estimator, Ensemble)
    return LearningCurve(sizes, table[:, :, 0], table[:, :, 1], drawn, len(dataset), first_view)


def _sample(dataset, seed, at_most):
    """Return so many images at random, of the classes that have enough for each fold, and the number of folds."""
    chosen = sample(replace(dataset, weights=None), seed, at_most)
    folds = FOLDS if len(chosen) <= MOST_ROWS_IN_FOLDS else FEWER_FOLDS
    frequent = [label for label, count in chosen.counts.items() if count >= folds]
    return chosen.take(np.flatnonzero(np.isin(chosen.labels, frequent))), folds


def _growing(dataset, seed, folds, shares, classes):
    """Return folds with the rows to fit on mixed, and how many of these are some shares, with so many classes."""
    rng = np.random.default_rng(seed)
    splits = [(rng.permutation(rows), held_out) for rows, held_out in shuffled_folds(dataset, seed, folds)]
    full = min(len(fit_on) for fit_on, _ in splits)
    sizes = [round(share * full) for share in shares]
    least = {size: min(len(np.unique(dataset.labels[rows[:size]])) for rows, _ in splits) for size in sizes}
    return splits, [size for size in sizes if least[size] >= classes] or [full]


def _extracted(estimator, dataset, engine):
    """Return the classifier of an estimator, unfitted, and its features, or what stands for them on the engine."""
    pipeline = clone(estimator.members[0] if isinstance(estimator, Ensemble) else estimator)
    *steps, classifier = dict(pipeline.steps).values()
    _, chunks = extract(steps, in_chunks(dataset.images), engine)
    return classifier, engine.gather("extracting features", chunks)


def _accuracies(fold, classifier, rows, labels):
    """Fit on one side of a split: the share of right labels of rows learnt, and of those held out."""
    fit_on, held_out = fold
    fitted = clone(classifier).fit(rows[fit_on], labels[fit_on])
    return [fitted.score(rows[part], labels[part]) for part in (fit_on[:JUDGED], held_out)]


@dataclass(frozen=True)
class Search:
    """Accuracy at the points of a grid of two parameters.

    Attributes
    ----------
    names : tuple of str
        Names of the parameters: of the rows of the table, and of its columns.
    values : tuple of list of float
        Values tried, ascending.
    accuracies : ndarray of float64, shape (n_values, n_values, n_folds)
        Accuracies on held-out rows, in the last round that a point was in.
    learnt : ndarray of int, shape (n_values, n_values)
        Numbers of images learnt from in that round.
    rows : int
        Number of images looked at.
    chosen : dict
        Best point, or the recipe's own where that is as good up to the standard error.
    """

    names: tuple[str, str]
    values: tuple[list[float], list[float]]
    accuracies: np.ndarray
    learnt: np.ndarray
    rows: int
    chosen: dict


def choose(dataset, name, tune, seed, engine=HERE):
    """Choose the recipe for a training part, by its name if there is one, and tune its parameters if asked to.

    Returns
    -------
    recipe : Recipe
        With the parameters that the search has found.
    search : Search or None
        The search, if there was one.
    """
    recipe = recipes.choose(dataset.shape, len(dataset), len(dataset.counts), name)
    if not tune:
        return recipe, None
    found = search(recipe, dataset, seed, engine)
    return replace(recipe, options={**recipe.options, **found.chosen}), found


def search(recipe, dataset, seed, engine=HERE):
    """Try a grid of parameters around those of a recipe, on features as of `learning_curve`.

    By successive halving: all points learn from a few of the images, the better ones of them and the recipe's own again
    from more, and the best from all.

    Parameters
    ----------
    recipe : Recipe
        Recipe whose classifier's C and gamma, or gamma and alpha, are varied.
    dataset : Dataset
        Training part; of more than `MOST_ROWS` images so many are chosen at random.
    seed : int
        Seed of all random choices.
    engine : Engine
        Fits; the results do not depend on it.

    Returns
    -------
    search : Search
        Search with the parameters to use.

    Raises
    ------
    DataError
        If there are too few images.

    References
    ----------
    K. Jamieson, A. Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", AISTATS 2016.
    """
    chosen, folds = _sample(dataset, seed, MOST_ROWS)
    if len(chosen.counts) < 2:
        raise DataError(
            f"{counted(len(dataset), 'image')} are too few to look for parameters; leave --tune out, or give more"
        )
    classifier, rows = _extracted(recipe.estimator(chosen.shape, chosen.full, len(chosen), seed), chosen, engine)
    names = tuple(name for name in recipe.options if name != "n_components")
    values = tuple([round(factor * recipe.options[name], 6) for factor in FACTORS] for name in names)

    splits, sizes = _growing(chosen, seed, folds, ROUNDS, 2)
    sizes = [size for size in sizes if size >= LEAST] or sizes[-1:]
    accuracies, learnt = np.zeros((len(FACTORS), len(FACTORS), folds)), np.zeros((len(FACTORS), len(FACTORS)), int)
    points = list(np.ndindex(learnt.shape))
    own = points[len(points) // 2]
    for size in sizes:
        tasks = [
            ({name: side[at] for name, side, at in zip(names, values, point, strict=True)}, (fit_on[:size], held_out))
            for point in points
            for fit_on, held_out in splits
        ]
        facts = (classifier, rows, chosen.labels)
        shares = engine.map("search: fits", _candidate, tasks, facts)
        for point, scores in zip(points, np.reshape(shares, (len(points), folds)), strict=True):
            accuracies[point], learnt[point] = scores, size
        points.sort(key=lambda point: -accuracies[point].mean())
        if size < sizes[-1]:
            points = list(dict.fromkeys([*points[: -(-len(points) // 3)], own]))
    at = _choice(points[0], own, accuracies)
    best = {name: side[index] for name, side, index in zip(names, values, at, strict=True)}
    return Search(names, values, accuracies, learnt, len(chosen), best)


def _candidate(task, classifier, rows, labels):
    """Return the share of held-out rows that a classifier of some parameters labels right."""
    parameters, (fit_on, held_out) = task
    fitted = clone(classifier).set_params(**parameters).fit(rows[fit_on], labels[fit_on])
    return fitted.score(rows[held_out], labels[held_out])


def _choice(best, own, accuracies):
    """Return the best point, or the recipe's own if that is as good up to the standard error."""
    error = accuracies[best].std(ddof=1) / np.sqrt(accuracies.shape[2])
    return own if accuracies[own].mean() >= accuracies[best].mean() - error else best
