"""How many answers are right: predictions and right labels -> a few lines."""

from recognition.client.results import in_words
from recognition.console import printable
from recognition.data.filenames import NO_CHARACTER
from recognition.evaluation.reliability import wilson_interval

LISTED = 1000  # misses


def score(labelled, unlabelled, merged=None):
    """Compare predictions with the right labels.

    Parameters
    ----------
    labelled : list of (str, str, dict)
        Name, right label and prediction of the HTTP contract of each answer that has a label.
    unlabelled : int
        Number of the other answers.
    merged : dict of str to str, optional
        Class that each character belongs to whose own was joined with another.

    Returns
    -------
    text : str
        The accuracy, its 95 % interval, the doubtful, and every miss.
    """
    if not labelled:
        reason = "no label was found in names, folders or a label column" if unlabelled else "nothing was answered"
        return f"No score: {reason}"
    table = str.maketrans(merged or {})
    labelled = [
        (name, truth if truth == NO_CHARACTER else truth.translate(table), prediction)
        for name, truth, prediction in labelled
    ]
    misses = [_miss(*answer) for answer in labelled if not _is_right(*answer)]
    lines = [_accuracy(len(labelled) - len(misses), len(labelled)) + _doubtful(labelled), *misses[:LISTED]]
    if len(misses) > LISTED:
        lines.append(f"  and {len(misses) - LISTED:,} more")
    if unlabelled:
        verb = "is" if unlabelled == 1 else "are"
        lines.append(f"  {unlabelled:,} without a label in name or folder {verb} not counted")
    return "\n".join(lines)


def _accuracy(right, total):
    low, high = wilson_interval(right, total)
    share = f"{100 * right / total:.1f} % (95 % interval {100 * low:.1f} % to {100 * high:.1f} %)"
    return f"{right:,} of {total:,} right: {share}"


def _doubtful(labelled):
    """Return how many answers are not sure, and how many of these are right, as a clause."""
    right = [_is_right(*answer) for answer in labelled if not answer[-1]["recognized"]]
    return f"; {len(right):,} not sure, {sum(right):,} of these right" if right else ""


def _is_right(_name, truth, prediction):
    """Return whether the label is right, or what is no character was not recognized."""
    return prediction["label"] == truth or (truth == NO_CHARACTER and not prediction["recognized"])


def _miss(name, truth, prediction):
    """Return a miss as one line, whatever lines were read."""
    label = prediction["label"].replace("\n", " / ")
    return f"  {printable(name)} is {printable(truth)}, read as {in_words({**prediction, 'label': label})}"
