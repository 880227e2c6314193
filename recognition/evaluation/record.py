"""The record of a training: what each of its steps found, for the terminal, the card and the report."""

from dataclasses import asdict, dataclass

import numpy as np

from recognition.data.dataset import Dataset, split
from recognition.data.sources import Source
from recognition.evaluation.comparison import Comparison, packed
from recognition.evaluation.curves import LearningCurve, Search
from recognition.evaluation.scores import Answers, Scores
from recognition.evaluation.validation import Validation
from recognition.inference.reading import data_url
from recognition.learning.recipes import Recipe

EXAMPLES = 6  # stand in one line of the page


@dataclass(frozen=True)
class Split:
    """Loaded data and its two parts.

    Attributes
    ----------
    source : Source
        All that was loaded.
    training, test : Dataset
        Part to learn from, and part for the one evaluation at the end.
    method : str
        Words for how it was split.
    digest : str
        SHA-256 of the data as it was then.
    """

    source: Source
    training: Dataset
    test: Dataset
    method: str
    digest: str


def split_source(source, test_size, seed):
    """Put a test part aside, unless the data brings one.

    Parameters
    ----------
    source : Source
        What was loaded.
    test_size : float
        Share of the test part, between 0 and 1.
    seed : int
        Seed of the random choice.

    Returns
    -------
    data : Split
        With both parts.

    Raises
    ------
    DataError
        If a part would be too small to hold every class.
    """
    training, test = source.training, source.test
    method = "the data brings its test part, so --test-size has no say"
    if test is None:
        training, test = split(training, test_size, seed)
        method = f"stratified, seed {seed}"
    return Split(source, training, test, method, source.training.digest)


@dataclass(frozen=True)
class TrainingRecord:
    """What the steps of a training found.

    Attributes
    ----------
    data : Split
        Data and its parts.
    recipe : Recipe
        What was fitted.
    search : Search or None
        Search for parameters, if there was one.
    validation : Validation
        Validation on rows held out at random.
    blocks : Validation or None
        Validation on blocks of neighbouring rows.
    curve : LearningCurve or None
        Learning curve, if there were enough images.
    answers : Answers
        Answers to the test part.
    scores, training_scores : Scores
        Scores on the test part, and on rows that were learnt.
    distorted : (ndarray, ndarray) or None
        Images and distorted copies of them, if the recipe learns from such.
    comparison : Comparison or None
        Comparison with the model that it replaces, if that was tested on the same images.
    """

    data: Split
    recipe: Recipe
    search: Search | None
    validation: Validation
    blocks: Validation | None
    curve: LearningCurve | None
    answers: Answers
    scores: Scores
    training_scores: Scores
    distorted: tuple | None = None
    comparison: Comparison | None = None


def card_facts(record, normalizer, seconds, seed, command):
    """Return what the card of a model says about its training.

    Parameters
    ----------
    record : TrainingRecord
        What its steps found.
    normalizer : Normalizer or None
        Normalizer of the recognizer.
    seconds : float
        Duration of the fit.
    seed : int
        Seed of all random choices.
    command : str
        Command line that repeats it.

    Returns
    -------
    facts : dict
        Ready for JSON.
    """
    data = record.data
    scores = {
        "test": record.scores,
        "training": record.training_scores,
        "validation": record.validation,
        "contiguous_folds": record.blocks,
        "learning_curve": record.curve,
    }
    return {
        "recipe": record.recipe.parameters,
        "data": {
            "name": data.training.name,
            "digest": data.digest,
            "kind": data.source.kind,
            "counts": data.source.training.counts,
            "training": len(data.training),
            "test": len(data.test),
            "skipped": len(data.source.skipped),
            "refused": len(data.source.refused or ()),
        },
        "merged": data.source.merged,
        "normalizer": normalizer and asdict(normalizer),
        "fitted_on": "the training part alone, so that the test scores are those of this very model",
        "seconds": round(seconds, 1),
        "seed": seed,
        "command": command,
        "scores": {name: part.as_dict() for name, part in scores.items() if part},
        "test_answers": packed(record.answers, data.test.digest),
        "examples": examples(data.test),
    }


def examples(test):
    """Return a few test images for the page to offer, the first of each class, of classes as far apart as they are.

    Parameters
    ----------
    test : Dataset
        Test part.

    Returns
    -------
    examples : list of dict
        Right label, and the image as a data URL: PNG, or JPEG in colour.
    """
    labels = list(test.counts)
    chosen = [
        labels[place] for place in np.linspace(0, len(labels) - 1, min(EXAMPLES, len(labels))).round().astype(int)
    ]
    rows = [np.flatnonzero(test.labels == label)[0] for label in chosen]
    kind = "png" if len(test.shape) == 2 else "jpeg"
    images = test.images[rows]
    return [
        {"label": label, "image": data_url(image, test.full, kind)} for label, image in zip(chosen, images, strict=True)
    ]
