"""The plots of a report: a table of them, and a function for each."""

from recognition.evaluation import charts, summary
from recognition.evaluation.charts import Axis, Series
from recognition.evaluation.reliability import accuracy_of_rest, accuracy_where_recognized, reliability_bins

REFUSED = tuple(share / 100 for share in range(0, 21))


def draw_plots(record):
    """Draw the plots that a record has the numbers for.

    Parameters
    ----------
    record : TrainingRecord
        What a training found.

    Returns
    -------
    plots : dict of str to markupsafe.Markup
        SVG texts, by the names that the page's template has for them.
    """
    drawn = {name: draw(record) for name, draw in PLOTS.items()}
    return {name: svg for name, svg in drawn.items() if svg}


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
