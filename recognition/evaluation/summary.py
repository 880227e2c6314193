"""What training tells on the terminal: text for data, validation and scores."""

import textwrap

import numpy as np

from recognition.data.dataset import duplicates
from recognition.errors import counted
from recognition.evaluation.scores import calibration_error, reliability

SHOWN = 10  # kinds of confusion, and of things skipped, to list
IMBALANCED = 3  # times as many images of one class as of another


def data(source, training, test, how):
    """Describe the data and its split.

    Parameters
    ----------
    source : Source
        What was loaded.
    training, test : Dataset
        Its two parts.
    how : str
        How it was split.

    Returns
    -------
    text : str
        A few lines, with what is odd about the data at the end.
    """
    dataset = source.training
    sides = "x".join(map(str, dataset.shape))
    low, high = dataset.range
    lines = [
        f"Data        {dataset.name}: {counted(len(dataset), 'image')} of {sides}, values {low:g} to {high:g}, "
        "none missing",
        f"Classes     {len(dataset.counts)}, images of each  {_counts(dataset.counts)}",
        *(wrapped("Pictures", line) for line in source.kinds),
        f"Split       {len(training):,} to train on, {len(test):,} to test on ({how})",
        *(wrapped("", line) for line in _remarks(source, training, test)),
    ]
    lines += [f"Skipped     {line}" for line in source.skipped[:SHOWN]]
    if len(source.skipped) > SHOWN:
        lines.append(f"            and {len(source.skipped) - SHOWN:,} more")
    return "\n".join(lines)


def _remarks(source, training, test):
    """Yield what is worth knowing about a split."""
    parts = np.bincount(test.places, minlength=len(source.names)) if len(source.names) > 1 else []
    if training.weights is not None:
        again = int((training.weights > 1).sum())
        times = f"{'counts' if again == 1 else 'count'} {training.weights.max():g} times"
        aside = ", and none is in the test part" if len(parts) and not parts[-1] else ""
        yield f"{counted(again, 'image')} of {source.names[-1]} {times}{aside}"
    elif len(parts):
        of_each = ", ".join(f"{count:,} of {name}" for count, name in zip(parts, source.names, strict=True))
        yield f"in the test part: {of_each}{'' if source.test else '; --repeat-last keeps the last out of it'}"
    counts = source.training.counts
    rarest, commonest = min(counts.values()), max(counts.values())
    if commonest > IMBALANCED * rarest:
        spread = f"from {rarest:,} to {counted(commonest, 'image')} a class"
        yield f"imbalanced: {spread}; mind the recall of the rare ones below"
    if untested := [label for label in training.counts if label not in test.counts]:
        more = f" and {len(untested) - SHOWN:,} more" if len(untested) > SHOWN else ""
        yield f"not tested, since the test part has none of the class: {', '.join(untested[:SHOWN])}{more}"
    if twice := duplicates(training, test):
        are = "is" if twice == 1 else "are"
        yield f"{twice:,} of the test images {are} in the training part too, which flatters the test accuracy"


def _counts(counts):
    """Give the number of images of each class, or of the ends where there are many."""
    told = [f"{label}: {count:,}" for label, count in counts.items()]
    return "  ".join(told if len(told) <= 12 else [*told[:5], "...", *told[-5:]])


def recipe(recipe, training, asked_for, search=None):
    """Describe the recipe and why it was chosen, and what a search for parameters found: text of two lines or three."""
    why = f"asked for with --recipe {asked_for}"
    if not asked_for:
        classes, rows = counted(len(training.counts), "class"), counted(len(training), "row")
        why = f"for {recipe.kind} images, {classes}, {rows}"
    lines = [f"Recipe      {recipe.name} ({why})", f"            {recipe.in_words}"]
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
        Of shuffled folds, or of one part.
    blocks : Validation, optional
        Of folds of neighbouring rows.

    Returns
    -------
    text : str
        One line, or four where there are blocks.
    """
    if len(validation.accuracies) == 1:
        return (
            f"Validation  {percent(validation.accuracies[0])} of {counted(len(validation.truth), 'row')} held out "
            "once; folds are for little data with enough of every class, and left out by --quick"
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
    """Give mean and spread of the accuracy over the folds."""
    accuracies = validation.accuracies
    return f"{percent(accuracies.mean())} (standard deviation {percent(accuracies.std())}, {len(accuracies)} folds)"


def percent(share):
    """Give a share as a percentage with two digits."""
    return f"{100 * share:.2f} %"


def scores(scores, learnt):
    """Describe how the recognizer did on the test part.

    Parameters
    ----------
    scores, learnt : Scores
        On the test part, and on rows of the training part.

    Returns
    -------
    text : str
        The accuracy, a table of the classes, the confusions.
    """
    low, high = scores.interval
    lines = [
        f"Test        {percent(scores.accuracy)} right: {scores.correct:,} of {scores.total:,} "
        f"(95 % interval {percent(low)} to {percent(high)})",
        f"            {percent(scores.refused / scores.total)} answered with “not sure”",
        f"Training    {percent(learnt.accuracy)} right on {counted(learnt.total, 'row')} that it was fitted on"
        f"{_gap(scores, learnt)}",
        "",
        "            class  precision   recall       F1   images",
    ]
    for label, *shares, support in zip(
        scores.classes, scores.precision, scores.recall, scores.f1, scores.support, strict=True
    ):
        shown = [f"{share:.4f}" if support else "-" for share in shares]
        lines.append("            {:>5}  {:>9} {:>8} {:>8} {:8,}".format(label, *shown, support))
    lines.append("")
    support = dict(zip(scores.classes, scores.support, strict=True))
    lines += [
        f"            {right} was taken for {given}: {count:,} of {support[right]:,}"
        for right, given, count in scores.confusions[:SHOWN]
    ]
    if len(scores.confusions) > SHOWN:
        lines.append(f"            and {len(scores.confusions) - SHOWN:,} rarer confusions")
    if not scores.confusions:
        lines.append("            nothing was confused")
    return "\n".join(lines)


def learning(curve):
    """Describe a learning curve, and what more data would bring where it was drawn over the whole training part.

    Parameters
    ----------
    curve : LearningCurve
        With one number of images or more.

    Returns
    -------
    text : str
        Errors at both ends, and the one to be expected of twice the images.
    """
    rows, errors = curve.rows, curve.errors
    found = f"with {counted(rows[-1], 'image')} {percent(errors[-1])} of the held-out ones are misread"
    if len(rows) > 1:
        found = (
            f"from {rows[0]:,} to {rows[-1]:,} images the error on held-out ones goes from {percent(errors[0])} "
            f"to {percent(errors[-1])}"
        )
    what = "; the curve is that of the recipe's first view, without distorted copies" if curve.first_view else ""
    if curve.drawn < curve.available:
        over = f"Drawn over {curve.drawn:,} of {curve.available:,} images, so it does not tell whether more would help"
        return f"{over}: {found}{what}."
    if not curve.more_helps:
        return f"More data of this kind would hardly help: {found}, and hardly falls any more{what}."
    twice = f"{2 * rows[-1]:,} may bring it to about {percent(curve.error_of_twice)}"
    return f"More data would help: {found}, and {twice}{what}."


def confidence(answers):
    """Say how well confidence and accuracy agree, and what is right among the answers that are not “not sure”: text."""
    error = calibration_error(reliability(answers))
    sure = answers.right[answers.recognized]
    rest = f"; {percent(sure.mean())} right where it is sure" if len(sure) else ""
    return f"{percent(error)} off the accuracy in the mean (expected calibration error){rest}"


def elsewhere(work_done):
    """Say what ran on a cluster: list of str, empty if nothing did; see `Engine.pop_work_done`."""
    return [
        f"            on the cluster, {workers} worker{'s' * (workers > 1)}: {stage} ({pieces:,})"
        for stage, pieces, workers in work_done
    ]


def wrapped(head, text):
    """Put a head before a text, in lines that fit a terminal: str."""
    return textwrap.fill(text, 112, initial_indent=f"{head:12}", subsequent_indent=12 * " ")


def _gap(scores, learnt):
    """Return how far the accuracies on the test part and on rows that were learnt are apart."""
    points = 100 * (learnt.accuracy - scores.accuracy)
    if abs(points) < 0.005:
        return ", as on the test part"
    return f", {abs(points):.2f} points {'more' if points > 0 else 'less'} than on the test part"
