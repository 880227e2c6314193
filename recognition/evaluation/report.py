"""A training -> one HTML file that needs nothing else: what was learnt from, how well it is known, where it errs."""

import io
from base64 import b64encode
from dataclasses import dataclass

import numpy as np
from jinja2 import Environment, PackageLoader
from PIL import Image

from recognition.data.dataset import Dataset, duplicates, repeated
from recognition.data.sources import Source
from recognition.errors import counted
from recognition.evaluation import charts, summary
from recognition.evaluation.charts import Axis, Series
from recognition.evaluation.curves import LearningCurve, Search
from recognition.evaluation.scores import Answers, Scores, accuracy_of_rest, calibration_error, reliability
from recognition.evaluation.validation import Validation
from recognition.inference.artifact import without_folders
from recognition.learning.recipes import Recipe

SAMPLES = 10  # images of a class
MOST_CLASSES = 200  # whose samples are shown
MOST_ERRORS = 200
RUNNERS_UP = 3
SHOWN = 10  # kinds of confusion, and of things skipped
THUMBNAIL = 64  # pixels of the longer side of a colour picture
REFUSED = tuple(share / 100 for share in range(0, 21))
SHADES = (0.0, 0.01, 0.05, 0.2, 0.5)  # shares of a row from which on a cell is darker


@dataclass(frozen=True)
class Training:
    """What a training found, step by step.

    Attributes
    ----------
    source : Source
        All that was loaded.
    learnt_from, test : Dataset
        Its two parts.
    split : str
        How it was split.
    recipe : Recipe
        What was fitted.
    validation : Validation
        On rows held out at random.
    blocks : Validation or None
        On blocks of neighbouring rows.
    answers : Answers
        To the test part.
    scores, known : Scores
        On the test part, and on rows that were learnt.
    curve : LearningCurve or None
        If there were enough images.
    search : Search or None
        If parameters were looked for.
    distorted : (ndarray, ndarray) or None
        Images, and what they were bent to, if the recipe learns from such.
    """

    source: Source
    learnt_from: Dataset
    test: Dataset
    split: str
    recipe: Recipe
    validation: Validation
    blocks: Validation | None
    answers: Answers
    scores: Scores
    known: Scores
    curve: LearningCurve | None
    search: Search | None = None
    distorted: tuple | None = None


def render(training, card):
    """Write the report.

    Parameters
    ----------
    training : Training
        What it found.
    card : dict
        Of the model.

    Returns
    -------
    html : str
        A page with its style and its pictures inside.
    """
    page = Environment(
        loader=PackageLoader("recognition.evaluation"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    page.filters |= {"percent": summary.percent, "thousands": "{:,}".format, "counted": counted}
    bins = reliability(training.answers)
    return page.get_template("report.html").render(
        card=card,
        command=without_folders(card["command"]),
        t=training,
        data=_data(training),
        folds=_folds(training),
        matrix=_matrix(training.scores),
        per_class=list(_per_class(training.scores)),
        errors=_errors(training),
        strips=training.distorted and [_strip(images, training.test.full) for images in training.distorted],
        learning=training.curve and summary.learning(training.curve),
        learning_plot=training.curve and _learning_plot(training.curve),
        search=training.search and _search(training.search),
        bins=bins,
        calibration_error=calibration_error(bins),
        reliability_plot=_reliability_plot(bins),
        refusal_plot=_refusal_plot(training),
        accepted=_accepted(training.answers),
        shown=SHOWN,
    )


def picture(image, full):
    """Give an image as a data URL: grey ones as they are, 0 white; colours reduced.

    Parameters
    ----------
    image : ndarray of numbers, shape (height, width) or (height, width, 3)
        0 to `full`.
    full : int
        The largest value.

    Returns
    -------
    url : str
        Of a PNG, or for colours of a JPEG.
    """
    levels = np.rint(np.asarray(image) * (255 / full)).astype(np.uint8)
    file = io.BytesIO()
    if image.ndim == 2:
        Image.fromarray(255 - levels).save(file, "PNG", optimize=True)
        kind = "png"
    else:
        Image.fromarray(levels).save(file, "JPEG", quality=75)
        kind = "jpeg"
    return f"data:image/{kind};base64,{b64encode(file.getvalue()).decode('ascii')}"


def _small(image):
    """Give an image, a colour picture reduced."""
    if image.ndim == 2 or max(image.shape[:2]) <= THUMBNAIL:
        return image
    reduced = Image.fromarray(image)
    reduced.thumbnail((THUMBNAIL, THUMBNAIL))
    return np.asarray(reduced)


def _strip(images, full):
    """Put images side by side, a little apart: a data URL."""
    images = [_small(image) for image in images]
    gap = np.full_like(images[0][:, :1], 0 if images[0].ndim == 2 else full)
    return picture(np.concatenate([part for image in images for part in (image, gap)][:-1], axis=1), full)


def _data(training):
    """Describe the data: counts, samples, and what is odd about it."""
    everything, test = training.source.training, training.test
    most = max(everything.counts.values())
    rows = []
    for label, count in everything.counts.items():
        some = np.flatnonzero(everything.labels == label)[:SAMPLES] if len(rows) < MOST_CLASSES else []
        strip = _strip(everything.images[some], everything.full) if len(some) else None
        rows.append({"label": label, "count": count, "share": count / most, "strip": strip})
    return {
        "classes": rows,
        "range": everything.range,
        "imbalance": most / min(everything.counts.values()),
        "repeated": repeated(everything),
        "leaked": duplicates(training.learnt_from, test),
        "skipped": training.source.skipped,
        "kinds": training.source.kinds,
    }


def _folds(training):
    """Give the accuracies of the folds: list of (what was held out, mean and spread, each)."""
    parts = [("chosen at random", training.validation), ("blocks of neighbours", training.blocks)]
    return [(how, part.as_dict(), part.accuracies.tolist()) for how, part in parts if part is not None]


def _per_class(scores):
    """Give a row of the table for each class."""
    for label, precision, recall, f1, support in zip(
        scores.classes, scores.precision, scores.recall, scores.f1, scores.support, strict=True
    ):
        yield {"label": label, "precision": precision, "recall": recall, "f1": f1, "support": support}


def _matrix(scores):
    """Give the confusions row by row: label, and cells with count, share of the row, shade, and whether it is right."""
    rows = []
    for right, (label, counts) in enumerate(zip(scores.classes, scores.confusion.tolist(), strict=True)):
        total = max(1, sum(counts))
        cells = [
            {
                "given": scores.classes[given],
                "count": count,
                "share": count / total,
                "look": f"{'right' if given == right else 'wrong'}{sum(count / total > bound for bound in SHADES)}",
            }
            for given, count in enumerate(counts)
        ]
        rows.append({"label": label, "total": sum(counts), "cells": cells})
    return rows


def _errors(training):
    """Describe the misread test images, most confident first."""
    answers = training.answers
    return [
        {
            "picture": picture(_small(training.test.images[[row]][0]), training.test.full),
            "truth": answers.truth[row],
            "given": answers.given[row],
            "confidence": answers.confidence[row],
            "recognized": answers.recognized[row],
            "likeliest": answers.likeliest(row, RUNNERS_UP),
        }
        for row in answers.misread[:MOST_ERRORS]
    ]


def _percents(lowest):
    """Return ticks of round percentages from below a share, by one percent or more, up to 100 %."""
    ticks = charts.round_ticks(100 * min(max(lowest, 0), 0.99), 100)
    return [(tick / 100, f"{tick:g} %") for tick in ticks]


def _learning_plot(curve):
    """Draw training and validation accuracy against the number of images."""
    parts = [("images that it learnt", curve.training, "second"), ("images held out", curve.validation, "first")]
    lowest = min((part.mean(axis=1) - part.std(axis=1)).min() for _, part, _ in parts)
    dots = [4] * len(curve.rows)
    numbers = curve.rows if len(curve.rows) > 1 else [1, *curve.rows]
    return charts.plot(
        [
            Series(name, curve.rows, part.mean(axis=1), look, sizes=dots, spread=part.std(axis=1))
            for name, part, look in parts
        ],
        Axis("images learnt from", [(rows, f"{rows:,}") for rows in numbers], logarithmic=True),
        Axis("right", _percents(lowest)),
        summary.learning(curve),
    )


def _reliability_plot(bins):
    """Draw the share that is right against the confidence."""
    total = sum(one.count for one in bins)
    sizes = [3 + 9 * (one.count / total) ** 0.5 for one in bins]
    confidences, accuracies = [one.confidence for one in bins], [one.accuracy for one in bins]
    fifths = [(share / 5, f"{20 * share} %") for share in range(6)]
    return charts.plot(
        [
            Series("as it should be", [0, 1], [0, 1], "plain"),
            Series("answers, a larger dot for more", confidences, accuracies, line=False, sizes=sizes),
        ],
        Axis("confidence", fifths),
        Axis("right", fifths),
        "The share of right answers against their confidence; the table below has the numbers.",
    )


def _refusal_plot(training):
    """Draw the accuracy on the rest against the share refused, and where the model's own “not sure” is."""
    answers = training.answers
    rest = accuracy_of_rest(answers, REFUSED)
    share, accuracy = 1 - float(answers.recognized.mean()), _accepted(answers)
    return charts.plot(
        [
            Series("the least confident refused", REFUSED, rest),
            Series("“not sure” of this model", [share], [accuracy], "second", sizes=[6]),
        ],
        Axis("refused", [(tick / 100, f"{tick} %") for tick in range(0, 21, 5)]),
        Axis("right of the rest", _percents(min([*rest, accuracy]))),
        f"Refusing {summary.percent(share)} as not sure leaves {summary.percent(accuracy)} right.",
    )


def _accepted(answers):
    """Give the accuracy on what was recognized; 0 if nothing was."""
    return float(answers.right[answers.recognized].mean()) if answers.recognized.any() else 0.0


def _search(search):
    """Give the table of a search: values across, and rows with cells of what is known of a point."""
    means, spreads = search.accuracies.mean(axis=2), search.accuracies.std(axis=2)
    low, high = means.min(), means.max()
    at = tuple(side.index(search.chosen[name]) for name, side in zip(search.names, search.values, strict=True))
    rows = [
        (
            value,
            [
                {
                    "mean": means[i, j],
                    "spread": spreads[i, j],
                    "learnt": search.learnt[i, j],
                    "chosen": (i, j) == at,
                    "look": f"right{round(5 * (means[i, j] - low) / ((high - low) or 1))}",
                }
                for j in range(len(search.values[1]))
            ],
        )
        for i, value in enumerate(search.values[0])
    ]
    sizes = np.unique(search.learnt).tolist()
    return {"across": search.values[1], "rows": rows, "names": search.names, "images": search.rows, "sizes": sizes}
