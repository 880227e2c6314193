"""What was taken for what: the confusion matrix with its heat, and which misread images a report shows of its cells."""

import math

import numpy as np

LEVELS = 6  # of heat; the page has a colour for each
MOST_PICTURES = 600  # of misread images: one of each confusion of 62 classes, in less than a megabyte


def matrix(scores):
    """Return the confusions row by row.

    Parameters
    ----------
    scores : Scores
        Scores on the test part.

    Returns
    -------
    rows : list of dict
        Label of the right class, number of images, recall, and cells: label of the answer, count, whether it is right,
        level of heat (0 where there is none), and the anchor of its pictures.
    """
    most = int((scores.confusion - np.diag(scores.confusion.diagonal())).max())
    return [
        {
            "label": truth,
            "total": sum(counts),
            "recall": recall,
            "cells": [
                {
                    "label": predicted,
                    "count": count,
                    "right": predicted == truth,
                    "heat": _share_heat(count / sum(counts)) if predicted == truth and count else _heat(count, most),
                    "anchor": anchor(scores.classes, truth, predicted),
                }
                for predicted, count in zip(scores.classes, counts, strict=True)
            ],
        }
        for truth, counts, recall in zip(scores.classes, scores.confusion.tolist(), scores.recall, strict=True)
    ]


def answered(scores):
    """Return a list of (label, number of answers, precision) of each class, for the foot of the matrix."""
    return list(zip(scores.classes, scores.confusion.sum(axis=0).tolist(), scores.precision, strict=True))


def anchor(classes, truth, predicted):
    """Return the id of the pictures of a cell, of the places of its labels among the classes."""
    return f"taken-{classes.index(truth)}-{classes.index(predicted)}"


def _share_heat(share):
    return max(1, math.ceil(share * LEVELS))


def _heat(count, most):
    """Return the level of a number of errors, on a logarithmic scale up to the largest: one and six are never alike."""
    if count == 0:
        return 0
    return 1 + round((LEVELS - 1) * math.log(count) / math.log(most)) if most > 1 else 1


def shown_errors(answers):
    """Choose the misread images to show: of each confusion the most confident first, then the second of each, ...

    Parameters
    ----------
    answers : Answers
        Answers to the test part.

    Returns
    -------
    groups : list of (str, str, int, list of int)
        Right label, predicted label and number of each confusion, and the rows to show of it, most confident first;
        the most frequent confusion first, of equals that with the most confident error.
    """
    groups, ranked = {}, []
    for row in answers.misread.tolist():
        group = groups.setdefault((str(answers.truth[row]), str(answers.predicted[row])), [])
        ranked.append((len(group), row))
        group.append(row)
    shown = {row for _, row in sorted(ranked, key=lambda pair: pair[0])[:MOST_PICTURES]}
    chosen = [(*pair, len(rows), [row for row in rows if row in shown]) for pair, rows in groups.items()]
    return sorted(chosen, key=lambda group: -group[2])
