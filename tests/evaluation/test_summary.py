import re
from dataclasses import replace

import numpy as np
import pytest
from answers import MIXED

from recognition.data import sources
from recognition.data.dataset import split
from recognition.data.sources import Source
from recognition.evaluation import summary
from recognition.evaluation.comparison import Comparison
from recognition.evaluation.record import Split
from recognition.evaluation.scores import Scores
from recognition.evaluation.validation import Validation
from recognition.learning.recipes import RECIPES

DIGITS = sources.digits()
TRAINING, TEST = split(DIGITS, 0.2, seed=0)
FAIR = Scores(["a", "b"], np.array([[8, 2], [1, 9]]), [1, 1], [1, 1], [1, 1], refused_of=[1, 0])


def tell(training=TRAINING, test=TEST, whole=DIGITS, skipped=()):
    return summary.data(Split(Source(whole, None, list(skipped)), training, test, "somehow", ""))


def test_says_nothing_odd_of_data_that_has_nothing_odd():
    assert len(tell().splitlines()) == 3


def test_tells_of_imbalance():
    few_nines = DIGITS.take(
        np.concatenate([np.flatnonzero(DIGITS.labels != "9"), np.flatnonzero(DIGITS.labels == "9")[:9]])
    )
    assert "imbalanced: from 9 to 183 images a class" in tell(whole=few_nines)


def test_tells_of_test_images_that_are_in_the_training_part():
    both = replace(TEST, images=np.concatenate([TEST.images, TRAINING.images[:7]]))
    both = replace(both, labels=np.concatenate([TEST.labels, TRAINING.labels[:7]]))
    assert "7 of the test images are in the training part too" in tell(test=both)


def test_lists_what_was_skipped_up_to_ten():
    text = tell(skipped=[f"{i}.png: is damaged" for i in range(15)])
    assert text.count("is damaged") == 10
    assert "and 5 more" in text


NASTY = "9\x1b[2J\udcff\n9"


def test_names_labels_and_skipped_lines_bring_no_control_signs_to_the_terminal():
    labels = np.where(DIGITS.labels == "9", NASTY, DIGITS.labels)
    whole = replace(DIGITS, name=NASTY, labels=labels, places=(labels == NASTY).astype(np.int32))
    source = Source(whole, None, [f"{NASTY}.png: is damaged"], [NASTY, "b"], [f"{NASTY}: taken whole"])
    text = summary.data(Split(source, whole, whole.take(labels != NASTY), "somehow", ""))
    assert (
        text.count("9\ufffd[2J\ufffd\ufffd9") == 6
    )  # data, counts, pictures, untested, share of the test part, skipped
    assert not {*"\x1b\udcff"} & {*text}


def test_scores_bring_no_control_signs_to_the_terminal():
    nasty = replace(FAIR, classes=["a", NASTY])
    assert not {*"\x1b\udcff"} & {*summary.scores(nasty, nasty)}


def test_tells_the_confusions_most_frequent_first():
    text = summary.scores(FAIR, FAIR)
    assert text.index("a was taken for b: 2 of 10") < text.index("b was taken for a: 1 of 10")


def test_the_gap_between_training_and_test_is_named_and_nothing_more():
    perfect = replace(FAIR, confusion=np.diag([10, 10]))
    line = next(line for line in summary.scores(FAIR, perfect).splitlines() if line.startswith("Training"))
    assert (
        line == "Training    100.00 % right on 20 rows that it was fitted on, 15.00 points more than on the test part"
    )
    assert "15.00 points less than on the test part" in summary.scores(perfect, FAIR)
    assert "fitted on, as on the test part" in summary.scores(perfect, perfect)
    assert "nothing was confused" in summary.scores(perfect, perfect)


def test_every_line_fits_a_terminal():
    once = Validation(np.array(["a", "b"]), np.zeros(4200, int), np.zeros((4200, 2)), np.zeros(4200), np.array([0.5]))
    texts = [summary.validation(once), *(summary.recipe(recipe, TRAINING, None) for recipe in RECIPES)]
    assert max(len(line) for text in texts for line in text.splitlines()) <= 112


def test_long_labels_keep_the_columns_below_their_heads():
    long = replace(FAIR, classes=["ant", "grasshopper"])
    rows = [line for line in summary.scores(long, FAIR).splitlines() if re.search("class|ant |grasshopper ", line)]
    assert len({len(row) for row in rows[:3]}) == 1


def test_a_class_without_test_images_has_no_scores():
    untested = replace(FAIR, confusion=np.array([[8, 2], [0, 0]]))
    (row,) = (line for line in summary.scores(untested, untested).splitlines() if line.split()[:1] == ["b"])
    assert row.split() == ["b", "-", "-", "-", "0", "0"]


@pytest.mark.parametrize(
    ("better", "worse", "told"),
    [
        (0, 0, "was right on the very same ones of these 500 test images."),
        (3, 1, "3 that it misread are right now, 1 that it had right is misread now: which may be chance"),
        (30, 9, "30 that it misread are right now, 9 that it had right are misread now: hardly by chance"),
    ],
)
def test_a_model_is_compared_with_the_one_that_it_replaces(better, worse, told):
    comparison = Comparison("2026-01-02T03:04:05+00:00", 400, 400 + better - worse, 500, better, worse)
    text = comparison.in_words
    assert text.startswith("The model that it replaces (2026-01-02 03:04 UTC)")
    assert told in text
    assert text in re.sub(r"\s+", " ", summary.standing(MIXED, comparison))


def joined(repeat_last, test_of=("digits", "mine")):
    """Describe 20 digits joined with 3 pictures of "mine"."""
    of_mine = np.arange(23) >= 20
    whole = replace(DIGITS.take(np.arange(23)), places=of_mine.astype(np.int32))
    if repeat_last > 1:
        whole = replace(whole, weights=np.where(of_mine, repeat_last, 1).astype(np.float32))
    parts = {"digits": [0, 1, 2], "mine": [22]}
    tested = np.isin(np.arange(23), [row for name in test_of for row in parts[name]])
    source = Source(whole, None, names=["digits", "mine"])
    return summary.data(Split(source, whole.take(~tested), whole.take(tested), "somehow", ""))


def test_of_joined_data_each_share_of_the_test_part_is_told():
    text = joined(repeat_last=1)
    assert "in the test part: 3 of digits, 1 of mine; --repeat-last keeps the last out of it" in text


def test_what_counts_several_times_is_told_not_to_be_in_the_test_part():
    text = joined(repeat_last=20, test_of=["digits"])
    assert "3 images of mine count 20 times, and none is in the test part" in text
    assert "none is in" not in joined(repeat_last=20)


def test_what_the_model_learns_to_refuse_is_told():
    training, test = (replace(part, places=np.zeros(len(part), int)) for part in (TRAINING, TEST))
    source = Source(DIGITS, None, names=["digits", "mine"], refused=DIGITS.take([0, 1]))
    text = summary.data(Split(source, training, test, "somehow", ""))
    assert "and 2 images of “no character”, which the model learns to refuse" in text
    assert "in the test part" not in text


def test_classes_that_are_not_tested_are_named():
    text = tell(test=TEST.take(TEST.labels != "7"))
    assert "not tested, since the test part has none of the class: 7" in text


def test_one_is_singular():
    text = tell(whole=DIGITS.take([0]), training=TRAINING.take([0]), test=TRAINING.take([0]))
    assert "digits: 1 image of 8x8" in text
    assert "1 of the test images is in" in text


def test_no_line_begins_with_a_sign_of_percent():
    lines = [summary.wrapped("Head", f"{'x' * width} 0.35 %, and more").splitlines() for width in range(80, 110)]
    assert max(map(len, lines)) == 2
    assert not any(line.strip().startswith("%") for pair in lines for line in pair)
