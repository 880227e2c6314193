"""What training tells on the terminal: text for data, validation and scores."""

import textwrap

from recognition.dataset import duplicates
from recognition.evaluation import calibration_error, reliability

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
        f"Data        {dataset.name}: {len(dataset):,} images of {sides}, values {low:g} to {high:g}, none missing",
        f"Classes     {len(dataset.counts)}, images of each  {_counts(dataset.counts)}",
        f"Split       {len(training):,} to train on, {len(test):,} to test on ({how})",
    ]
    if training.weights is not None:
        lines.append(f"            {(training.weights > 1).sum():,} images count {training.weights.max():g} times")
    rarest, commonest = min(dataset.counts.values()), max(dataset.counts.values())
    if commonest > IMBALANCED * rarest:
        lines.append(
            f"            imbalanced: from {rarest:,} to {commonest:,} images a class; "
            "mind the recall of the rare ones below"
        )
    if twice := duplicates(training, test):
        lines.append(
            f"            {twice:,} of the test images are in the training part too, which flatters the test accuracy"
        )
    lines += [f"Skipped     {line}" for line in source.skipped[:SHOWN]]
    if len(source.skipped) > SHOWN:
        lines.append(f"            and {len(source.skipped) - SHOWN:,} more")
    return "\n".join(lines)


def _counts(counts):
    """Give the number of images of each class, or of the ends where there are many."""
    told = [f"{label}: {count:,}" for label, count in counts.items()]
    return "  ".join(told if len(told) <= 12 else [*told[:5], "...", *told[-5:]])


def recipe(recipe, training, asked_for, search=None):
    """Describe the recipe and why it was chosen, and what a search for parameters found: text of two lines or three."""
    why = f"asked for with --recipe {asked_for}"
    if not asked_for:
        why = f"for {recipe.kind} images, {len(training.counts)} classes, {len(training):,} rows"
    lines = [f"Recipe      {recipe.name} ({why})", f"            {recipe.in_words}"]
    if search is not None:
        chosen = ", ".join(f"{name}={value:g}" for name, value in search.chosen.items())
        lines.append(
            f"            {chosen} is the best of {search.learnt.size} points tried, or as good; "
            f"the last {(search.learnt == search.learnt.max()).sum()} learnt from {search.learnt.max():,} images"
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
            f"Validation  {percent(validation.accuracies[0])} of {len(validation.truth):,} rows held out "
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
        f"Training    {percent(learnt.accuracy)} right on rows that it was fitted on: {_overfitting(scores, learnt)}",
        "",
        "            class  precision   recall       F1   images",
    ]
    for row in zip(scores.classes, scores.precision, scores.recall, scores.f1, scores.support, strict=True):
        lines.append("            {:>5}  {:9.4f} {:8.4f} {:8.4f} {:8,}".format(*row))
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
    """Say in a sentence whether more data would help.

    Parameters
    ----------
    curve : LearningCurve
        With one number of images or more.

    Returns
    -------
    text : str
        What the error was, and is expected to be with twice the images.
    """
    rows, errors = curve.rows, curve.errors
    found = f"with {rows[-1]:,} images {percent(errors[-1])} of the held-out ones are misread"
    if len(rows) > 1:
        found = (
            f"from {rows[0]:,} to {rows[-1]:,} images the error on held-out ones goes from {percent(errors[0])} "
            f"to {percent(errors[-1])}"
        )
    if not curve.more_helps:
        return f"More data of this kind would hardly help: {found}, and hardly falls any more."
    return f"More data would help: {found}, and twice the images may bring about {percent(curve.error_of_twice)}."


def confidence(answers):
    """Say how well confidence and accuracy agree, and what is right among the answers that are not “not sure”: text."""
    error = calibration_error(reliability(answers))
    sure = answers.right[answers.recognized]
    rest = f"; {percent(sure.mean())} right where it is sure" if len(sure) else ""
    return f"{percent(error)} off the accuracy in the mean (expected calibration error){rest}"


def elsewhere(account):
    """Say what ran on a cluster: list of str, empty if nothing did; see `Threads.account`."""
    return [
        f"            on the cluster, {workers} worker{'s' * (workers > 1)}: {stage} ({pieces:,})"
        for stage, pieces, workers in account
    ]


def wrapped(head, text):
    """Put a head before a text, in lines that fit a terminal: str."""
    return textwrap.fill(text, 112, initial_indent=f"{head:12}", subsequent_indent=12 * " ")


def _overfitting(scores, learnt):
    """Say what the distance between training and test accuracy means."""
    if learnt.accuracy - scores.accuracy < 0.02:
        return "it has not just learnt them by heart"
    return "it knows these better than new ones (overfitting); more data would help most"
