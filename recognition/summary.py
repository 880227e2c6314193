"""What training tells on the terminal: text for data, validation and scores."""

SHOWN = 10  # kinds of confusion to list


def data(dataset, train, test, how):
    """Describe the data and its split.

    Parameters
    ----------
    dataset, train, test : Dataset
        The whole, and its two parts.
    how : str
        How it was split.

    Returns
    -------
    text : str
        Three lines.
    """
    sides = "x".join(map(str, dataset.shape))
    low, high = dataset.images.min(), dataset.images.max()
    counts = "  ".join(f"{label}: {count}" for label, count in dataset.counts.items())
    return (
        f"Data        {dataset.name}: {len(dataset):,} images of {sides}, values {low} to {high}\n"
        f"Classes     {len(dataset.counts)}, images of each  {counts}\n"
        f"Split       {len(train):,} to train on, {len(test):,} to test on ({how})"
    )


def validation(shuffled, blocks):
    """Describe the cross-validated accuracy under both protocols.

    Parameters
    ----------
    shuffled, blocks : Validation
        With folds at random, and with folds of neighbouring rows.

    Returns
    -------
    text : str
        Four lines.
    """
    return (
        f"Validation  {_folds(shuffled)} in shuffled folds\n"
        f"            {_folds(blocks)} in contiguous blocks\n"
        "            Rows come grouped by writer. Shuffled folds have each writer on both sides; blocks ask about\n"
        "            writers that the machine has hardly met, so they tell more about a stranger's hand."
    )


def _folds(validation):
    """Give mean and spread of the accuracy over the folds."""
    accuracies = validation.accuracies
    return f"{percent(accuracies.mean())} (standard deviation {percent(accuracies.std())}, {len(accuracies)} folds)"


def percent(share):
    """Give a share as a percentage with two digits."""
    return f"{100 * share:.2f} %"


def scores(scores):
    """Describe how the recognizer did on the test part.

    Parameters
    ----------
    scores : Scores
        From `evaluation.evaluate`.

    Returns
    -------
    text : str
        The accuracy, a table of the classes, the confusions.
    """
    low, high = scores.interval
    lines = [
        f"Test        {percent(scores.accuracy)} right: {scores.correct} of {scores.total} "
        f"(95 % interval {percent(low)} to {percent(high)})",
        f"            {percent(scores.refused / scores.total)} answered with “not sure”",
        "",
        "            class  precision   recall       F1   images",
    ]
    for row in zip(scores.classes, scores.precision, scores.recall, scores.f1, scores.support, strict=True):
        lines.append("            {:>5}  {:9.4f} {:8.4f} {:8.4f} {:8}".format(*row))
    lines.append("")
    for right, given, count in scores.confusions[:SHOWN]:
        lines.append(
            f"            {right} was taken for {given}: {count} of {scores.support[scores.classes.index(right)]}"
        )
    if len(scores.confusions) > SHOWN:
        lines.append(f"            and {len(scores.confusions) - SHOWN} rarer confusions")
    return "\n".join(lines) if scores.confusions else "\n".join([*lines, "            nothing was confused"])
