from dataclasses import replace

import numpy as np
import pytest
from answers import MIXED

from recognition.evaluation.comparison import Comparison, compare, packed

DATE = "2026-01-02T03:04:05+00:00"


def card_of(answers, digest="same"):
    return {"date": DATE, "test_answers": packed(answers, digest)}


def flipped(answers, *rows):
    """Return answers that are right on these rows if they were wrong, and wrong if they were right."""
    truth = answers.truth.copy()
    truth[list(rows)] = np.where(truth[list(rows)] == "a", "b", "a")
    return replace(answers, truth=truth)


def test_counts_what_only_one_of_both_reads_right():
    misread = MIXED.misread.tolist()
    right = [row for row in range(len(MIXED.truth)) if row not in misread]
    before = flipped(MIXED, misread[0], *right[:1])
    comparison = compare(MIXED, "same", card_of(before))
    assert (comparison.better, comparison.worse) == (1, 1)
    assert (comparison.before, comparison.now, comparison.total) == (len(right), len(right), len(MIXED.truth))
    assert comparison.date == DATE


def test_the_same_answers_differ_nowhere():
    comparison = compare(MIXED, "same", card_of(MIXED))
    assert (comparison.better, comparison.worse, comparison.chance) == (0, 0, 1)


@pytest.mark.parametrize("card", [None, {}, card_of(MIXED, "of other images")], ids=["none", "older", "other images"])
def test_models_tested_on_other_images_are_not_compared(card):
    assert compare(MIXED, "same", card) is None


@pytest.mark.parametrize(("better", "worse", "chance"), [(5, 0, 2 / 32), (1, 4, 12 / 32), (3, 3, 1)])
def test_chance_is_that_of_a_coin_thrown_for_each_image_that_differs(better, worse, chance):
    assert Comparison(DATE, 9, 9, 20, better, worse).chance == pytest.approx(chance)
