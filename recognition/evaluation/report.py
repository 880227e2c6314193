"""The record of a training -> one HTML file that needs nothing else: the data, the scores, the errors, the card."""

import numpy as np
from jinja2 import Environment, PackageLoader
from PIL import Image

from recognition.data.dataset import duplicates, repeated
from recognition.errors import counted
from recognition.evaluation import charts, summary
from recognition.evaluation.charts import Axis, Series
from recognition.evaluation.confusions import anchor, answered, matrix, shown_errors
from recognition.evaluation.reliability import (
    accuracy_of_rest,
    accuracy_where_recognized,
    calibration_error,
    reliability_bins,
)
from recognition.evaluation.scores import LIKELIEST
from recognition.inference.reading import data_url
from recognition.options import without_folders

SAMPLES = 10  # images of a class
MOST_CLASSES = 200  # whose samples are shown
LONGER_SIDE = 64  # pixels of a colour picture in the report
REFUSED = tuple(share / 100 for share in range(0, 21))  # shares of answers that a plot refuses
MANY = 20  # classes whose matrix is written small


def render(record, card):
    """Write the report of a training.

    Parameters
    ----------
    record : TrainingRecord
        What it found.
    card : dict
        Card of the model.

    Returns
    -------
    html : str
        A page with its style and its pictures inside.
    """
    page = Environment(
        loader=PackageLoader("recognition.evaluation"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    page.filters |= {"percent": summary.percent, "thousands": "{:,}".format, "counted": counted}
    bins, errors = reliability_bins(record.answers), _errors(record)
    return page.get_template("report.html").render(
        card=card,
        command=without_folders(card["command"]),
        record=record,
        data=_data(record.data),
        folds=_folds(record),
        matrix=matrix(record.scores),
        answered=answered(record.scores),
        many=len(record.scores.classes) > MANY,
        errors=errors,
        pictured={error["anchor"] for error in errors if error["images"]},
        likeliest=LIKELIEST,
        among_likeliest=record.answers.among_likeliest,
        largest=_largest(record.data),
        strips=record.distorted and [_strip(images, record.data.test.full) for images in record.distorted],
        compared=record.comparison and record.comparison.in_words,
        learning=record.curve and summary.learning(record.curve),
        search=record.search and _search(record.search),
        bins=bins,
        calibration_error=calibration_error(bins),
        plots={name: draw(record) for name, draw in PLOTS.items()},
        accepted=accuracy_where_recognized(record.answers),
        shown=summary.SHOWN,
    )


def _data(data):
    """Return counts and samples of the classes, and what is odd about the data."""
    dataset = data.source.training
    most = max(dataset.counts.values())
    return {
        "classes": [
            {"label": label, "count": count, "share": count / most, "strip": _samples(dataset, label, number)}
            for number, (label, count) in enumerate(dataset.counts.items())
        ],
        "range": dataset.range,
        "imbalance": most / min(dataset.counts.values()),
        "repeated": repeated(dataset),
        "leaked": duplicates(data.training, data.test),
    }


def _samples(dataset, label, number):
    """Return a strip of the first images of a class, and none for a class beyond the first many."""
    if number >= MOST_CLASSES:
        return None
    return _strip(dataset.images[np.flatnonzero(dataset.labels == label)[:SAMPLES]], dataset.full)


def _folds(record):
    """Return for each validation what was held out, mean and spread, and the accuracy of each fold."""
    validations = [("chosen at random", record.validation), ("blocks of neighbours", record.blocks)]
    return [(name, part.as_dict(), part.accuracies.tolist()) for name, part in validations if part is not None]


def _strip(images, full):
    """Return images side by side, a little apart, as one data URL."""
    images = [_reduced(image) for image in images]
    gap = np.full_like(images[0][:, :1], 0 if images[0].ndim == 2 else full)
    return _picture(np.concatenate([part for image in images for part in (image, gap)][:-1], axis=1), full)


def _picture(image, full):
    return data_url(image, full, "png" if image.ndim == 2 else "jpeg")


def _reduced(image):
    if image.ndim == 2 or max(image.shape[:2]) <= LONGER_SIDE:
        return image
    reduced = Image.fromarray(image)
    reduced.thumbnail((LONGER_SIDE, LONGER_SIDE))
    return np.asarray(reduced)


def _largest(data):
    """Return the largest class that was learnt, and its share of the test part, as if it were every answer."""
    counts = data.training.counts
    label = max(counts, key=counts.get)
    return label, data.test.counts.get(label, 0) / len(data.test)


def _errors(record):
    """Return the confusions, most frequent first, each with its anchor and misread test images."""
    answers, test, classes = record.answers, record.data.test, record.scores.classes
    return [
        {
            "truth": truth,
            "predicted": predicted,
            "count": count,
            "anchor": anchor(classes, truth, predicted),
            "images": [
                {
                    "picture": _picture(_reduced(test.images[[row]][0]), test.full),
                    "recognized": answers.recognized[row],
                    "likeliest": answers.likeliest(row, LIKELIEST),
                }
                for row in rows
            ],
        }
        for truth, predicted, count, rows in shown_errors(answers)
    ]


def _search(search):
    """Return the table of a search: values across, and rows with a cell for each point."""
    means, spreads = search.accuracies.mean(axis=2), search.accuracies.std(axis=2)
    low, high = means.min(), means.max()
    chosen = tuple(side.index(search.chosen[name]) for name, side in zip(search.names, search.values, strict=True))

    def cell(point):
        return {
            "mean": means[point],
            "spread": spreads[point],
            "learnt": search.learnt[point],
            "chosen": point == chosen,
            "look": f"right{round(5 * (means[point] - low) / ((high - low) or 1))}",
        }

    down, across = search.values
    rows = [(value, [cell((i, j)) for j in range(len(across))]) for i, value in enumerate(down)]
    sizes = np.unique(search.learnt).tolist()
    return {"across": across, "rows": rows, "names": search.names, "images": search.rows, "sizes": sizes}


def _learning(record):
    """Draw training and validation accuracy against the number of images, if there is a learning curve."""
    curve = record.curve
    if curve is None:
        return None
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


def _reliability(record):
    """Draw the share that is right against the confidence."""
    bins = reliability_bins(record.answers)
    total = sum(each.count for each in bins)
    sizes = [3 + 9 * (each.count / total) ** 0.5 for each in bins]
    confidences, accuracies = [each.confidence for each in bins], [each.accuracy for each in bins]
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


def _refusal(record):
    """Draw the accuracy on the rest against the share refused, and where the model's own “not sure” is."""
    answers = record.answers
    rest = accuracy_of_rest(answers, REFUSED)
    share, accuracy = 1 - float(answers.recognized.mean()), accuracy_where_recognized(answers)
    return charts.plot(
        [
            Series("the least confident refused", REFUSED, rest),
            Series("“not sure” of this model", [share], [accuracy], "second", sizes=[6]),
        ],
        Axis("refused", [(tick / 100, f"{tick} %") for tick in range(0, 21, 5)]),
        Axis("right of the rest", _percents(min([*rest, accuracy]))),
        f"Refusing {summary.percent(share)} as not sure leaves {summary.percent(accuracy)} right.",
    )


def _percents(lowest):
    """Return ticks of round percentages from below a share, by one percent or more, up to 100 %."""
    ticks = charts.round_ticks(100 * min(max(lowest, 0), 0.99), 100)
    return [(tick / 100, f"{tick:g} %") for tick in ticks]


PLOTS = {"learning": _learning, "reliability": _reliability, "refusal": _refusal}
