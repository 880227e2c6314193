"""What training tells on the terminal: text for data, validation and scores."""

import textwrap

import numpy as np

from recognition.console import printable
from recognition.data.dataset import duplicates
from recognition.data.filenames import NO_CHARACTER
from recognition.errors import counted
from recognition.evaluation.reliability import accuracy_where_recognized, calibration_error, reliability_bins

SHOWN = 10  # kinds of confusion, and of skipped things, to list
IMBALANCED = 3  # times as many images of one class as of another


def data(data):
    """Describe the data and its split.

    Parameters
    ----------
    data : Split
        Data and its parts.

    Returns
    -------
    text : str
        A few lines, with what is odd about the data at the end.
    """
    dataset, source = data.source.training, data.source
    sides = "x".join(map(str, dataset.shape))
    low, high = dataset.range
    lines = [
        f"Data        {printable(dataset.name)}: {counted(len(dataset), 'image')} of {sides}, "
        f"values {low:g} to {high:g}, none missing",
        f"Classes     {len(dataset.counts)}, images of each  {_counts(dataset.counts)}",
        *([f"Merged      {_merged(source.merged)}"] if source.merged else []),
        *(wrapped("Pictures", printable(line)) for line in source.kinds),
        f"Split       {len(data.training):,} to train on, {len(data.test):,} to test on ({data.method})",
        *(wrapped("", printable(line)) for line in _remarks(source, data.training, data.test)),
        *(f"Skipped     {printable(line)}" for line in source.skipped[:SHOWN]),
    ]
    if len(source.skipped) > SHOWN:
        lines.append(f"            and {len(source.skipped) - SHOWN:,} more")
    return "\n".join(lines)


def _counts(counts):
    words = [f"{printable(label)}: {count:,}" for label, count in counts.items()]
    return "  ".join(words if len(words) <= 12 else [*words[:5], "...", *words[-5:]])


def _merged(merged):
    """Return which classes were joined: `O and 0 are o; l and I are 1`."""
    groups = {}
    for label, name in merged.items():
        groups.setdefault(name, []).append(label)
    return "; ".join(
        f"{' and '.join(labels)} {'is' if len(labels) == 1 else 'are'} {name}" for name, labels in groups.items()
    )


def _remarks(source, training, test):
    """Yield what is odd or worth knowing about a split."""
    yield from _shares_of_places(source, training, test)
    yield from _imbalance(source.training.counts)
    if untested := [label for label in training.counts if label not in test.counts]:
        more = f" and {len(untested) - SHOWN:,} more" if len(untested) > SHOWN else ""
        yield f"not tested, since the test part has none of the class: {', '.join(untested[:SHOWN])}{more}"
    if copies := duplicates(training, test):
        are = "is" if copies == 1 else "are"
        yield f"{copies:,} of the test images {are} in the training part too, which flatters the test accuracy"


def _shares_of_places(source, training, test):
    """Yield what of several joined data counts several times, or what the test part has of each."""
    tested = np.bincount(test.places, minlength=len(source.names)) if len(source.names) > 1 else []
    if source.refused:
        yield f"and {counted(len(source.refused), 'image')} of “{NO_CHARACTER}”, which the model learns to refuse"
    if training.weights is not None:
        repeated = int((training.weights > 1).sum())
        times = f"{'counts' if repeated == 1 else 'count'} {training.weights.max():g} times"
        aside = ", and none is in the test part" if len(tested) and not tested[-1] else ""
        yield f"{counted(repeated, 'image')} of {source.names[-1]} {times}{aside}"
    elif len(tested) and np.ptp(training.places):
        of_each = ", ".join(f"{count:,} of {name}" for count, name in zip(tested, source.names, strict=True))
        yield f"in the test part: {of_each}{'' if source.test else '; --repeat-last keeps the last out of it'}"


def _imbalance(counts):
    rarest, commonest = min(counts.values()), max(counts.values())
    if commonest > IMBALANCED * rarest:
        spread = f"from {rarest:,} to {counted(commonest, 'image')} a class"
        yield f"imbalanced: {spread}; mind the recall of the rare ones below"


def recipe(recipe, training, requested, search=None):
    """Describe the recipe, why it was chosen, and what a search for parameters found.

    Parameters
    ----------
    recipe : Recipe
        What will be fitted.
    training : Dataset
        Training part.
    requested : str or None
        Name that `--recipe` gave.
    search : Search, optional
        Search for its parameters.

    Returns
    -------
    text : str
        The name and what it does, and with a search what was chosen.
    """
    why = f"asked for with --recipe {requested}"
    if not requested:
        classes, rows = counted(len(training.counts), "class"), counted(len(training), "row")
        why = f"for {recipe.kind} images, {classes}, {rows}"
    lines = [f"Recipe      {recipe.name} ({why})", wrapped("", recipe.in_words)]
    if search is not None:
        chosen = ", ".join(f"{name}={value:g}" for name, value in search.chosen.items())
        most = search.learnt.max()
        lines.append(
            f"            {chosen} is the best of {search.learnt.size} points tried, or as good; "
            f"the last {(search.learnt == most).sum()} learnt from {counted(most, 'image')}"
        )
    return "\n".join(lines)


def validation(validation, blocks=None):
    """Describe the accuracy on rows held out of the training part.

    Parameters
    ----------
    validation : Validation
        Validation in shuffled folds, or on one part.
    blocks : Validation, optional
        Validation in folds of neighbouring rows.

    Returns
    -------
    text : str
        A line or two, or four where there are blocks.
    """
    if len(validation.accuracies) == 1:
        return wrapped(
            "Validation",
            f"{percent(validation.accuracies[0])} of {counted(len(validation.truth), 'row')} held out once; "
            "folds are for little data with enough of every class, and left out by --quick",
        )
    lines = [f"Validation  {_folds(validation)} in shuffled folds"]
    if blocks is not None:
        lines += [
            f"            {_folds(blocks)} in contiguous blocks",
            "            Rows that come together are often of one writer. Shuffled folds have each writer on both",
            "            sides; blocks ask about writers hardly met before, so they tell more about a stranger.",
        ]
    return "\n".join(lines)


def _folds(validation):
    accuracies = validation.accuracies
    return f"{percent(accuracies.mean())} (standard deviation {percent(accuracies.std())}, {len(accuracies)} folds)"


def percent(share):
    """Return a share as a percentage with two decimals."""
    return f"{100 * share:.2f} %"


def scores(scores, training_scores):
    """Describe how the recognizer did on the test part.

    Parameters
    ----------
    scores, training_scores : Scores
        Scores on the test part, and on rows of the training part.

    Returns
    -------
    text : str
        The accuracy, a table of the classes, the confusions.
    """
    low, high = scores.interval
    width = max(5, *(len(printable(label)) for label in scores.classes))
    return "\n".join(
        [
            f"Test        {percent(scores.accuracy)} right: {scores.correct:,} of {scores.total:,} "
            f"(95 % interval {percent(low)} to {percent(high)})",
            f"            {percent(scores.refused / scores.total)} answered with “not sure”",
            f"Training    {percent(training_scores.accuracy)} right on {counted(training_scores.total, 'row')} "
            f"that it was fitted on{_gap(scores, training_scores)}",
            "",
            f"            {'class':>{width}}  precision   recall       F1  not sure   images",
            *(_class_row(row, width) for row in scores.per_class),
            "",
            *_confusions(scores),
        ]
    )


def _gap(scores, training_scores):
    points = 100 * (training_scores.accuracy - scores.accuracy)
    if abs(points) < 0.005:
        return ", as on the test part"
    return f", {abs(points):.2f} points {'more' if points > 0 else 'less'} than on the test part"


def _class_row(row, width):
    label, *shares, support, refused = row
    cells = [f"{share:.4f}" if support else "-" for share in shares]
    numbers = "{:>9} {:>8} {:>8} {:9,} {:8,}".format(*cells, refused, support)
    return f"            {printable(label):>{width}}  {numbers}"


def _confusions(scores):
    support = dict(zip(scores.classes, scores.support, strict=True))
    for truth, predicted, count in scores.confusions[:SHOWN]:
        yield f"            {printable(truth)} was taken for {printable(predicted)}: {count:,} of {support[truth]:,}"
    if len(scores.confusions) > SHOWN:
        yield f"            and {len(scores.confusions) - SHOWN:,} rarer confusions"
    if not scores.confusions:
        yield "            nothing was confused"


def learning(curve):
    """Describe a learning curve, and what more data would bring where it was drawn over the whole training part.

    Parameters
    ----------
    curve : LearningCurve
        Curve over one number of images or more.

    Returns
    -------
    text : str
        Errors at both ends, and the one to be expected of twice the images.
    """
    rows, errors = curve.rows, curve.errors
    trend = f"with {counted(rows[-1], 'image')} {percent(errors[-1])} of the held-out ones are misread"
    if len(rows) > 1:
        trend = (
            f"from {rows[0]:,} to {rows[-1]:,} images the error on held-out ones goes from {percent(errors[0])} "
            f"to {percent(errors[-1])}"
        )
    view = "; the curve is that of a simpler model, which learns from no distorted copies" if curve.first_view else ""
    if curve.drawn < curve.available:
        over = f"Drawn over {curve.drawn:,} of {curve.available:,} images, so it does not tell whether more would help"
        return f"{over}: {trend}{view}."
    if not curve.more_helps:
        return f"More data of this kind would hardly help: {trend}, and hardly falls any more{view}."
    twice = f"{2 * rows[-1]:,} may bring it to about {percent(curve.error_of_twice)}"
    return f"More data would help: {trend}, and {twice}{view}."


def standing(answers, comparison=None):
    """Describe how well confidence and accuracy agree, and how the model does beside the one that it replaces.

    Parameters
    ----------
    answers : Answers
        Answers to the test part.
    comparison : Comparison, optional
        Those of the model that it replaces, to the same images.

    Returns
    -------
    text : str
        A line or more.
    """
    error = calibration_error(reliability_bins(answers))
    sure = f"; {percent(accuracy_where_recognized(answers))} right where it is sure" if answers.recognized.any() else ""
    among = answers.among_likeliest
    top = "" if among is None else f"; the right label is one of the three likeliest in {percent(among)}"
    text = wrapped(
        "Confidence", f"{percent(error)} off the accuracy in the mean (expected calibration error){sure}{top}"
    )
    return text if comparison is None else f"{text}\n{wrapped('Before', comparison.in_words)}"


def elsewhere(work_done):
    """Return a line for each stage that ran on a cluster; see `Threads.pop_work_done`."""
    return [
        f"            on the cluster, {workers} worker{'s' * (workers > 1)}: {stage} ({pieces:,})"
        for stage, pieces, workers in work_done
    ]


def wrapped(head, text):
    """Return a text behind a head, in lines that fit a terminal; none begins with a sign of percent."""
    text = text.replace(" %", "\u00a0%")
    return textwrap.fill(text, 112, initial_indent=f"{head:12}", subsequent_indent=12 * " ").replace("\u00a0", " ")
