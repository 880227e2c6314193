from dataclasses import replace

import numpy as np

from recognition import datasets, summary
from recognition.dataset import split
from recognition.datasets import Source
from recognition.evaluation import Scores

DIGITS = datasets.digits()
TRAINING, TEST = split(DIGITS, 0.2, seed=0)
FAIR = Scores(["a", "b"], np.array([[8, 2], [1, 9]]), [1, 1], [1, 1], [1, 1], refused=1)


def tell(training=TRAINING, test=TEST, whole=DIGITS, skipped=()):
    return summary.data(Source(whole, None, list(skipped)), training, test, "somehow")


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
    told = tell(skipped=[f"{i}.png: is damaged" for i in range(15)])
    assert told.count("is damaged") == 10
    assert "and 5 more" in told


def test_tells_the_confusions_most_frequent_first():
    told = summary.scores(FAIR, FAIR)
    assert told.index("a was taken for b: 2 of 10") < told.index("b was taken for a: 1 of 10")


def test_a_large_distance_between_training_and_test_is_called_overfitting():
    perfect = replace(FAIR, confusion=np.diag([10, 10]))
    assert "overfitting" in summary.scores(FAIR, perfect)
    assert "overfitting" not in summary.scores(FAIR, FAIR)
    assert "nothing was confused" in summary.scores(perfect, perfect)
