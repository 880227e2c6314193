import numpy as np

from recognition.data import sources
from recognition.data.dataset import split
from recognition.imaging.normalization import LIKE_MNIST, cropped
from recognition.learning.ensemble import extract_features
from recognition.learning.fragments import FragmentTest, cut_lines

_, TEST = split(sources.digits(), 0.2, seed=42)
INKS = [cropped(image.astype(np.float32), 32) for image in TEST.images]


def test_tells_digits_from_fragments_that_it_has_not_seen(model):
    recognizer = model.recognizer
    for inks, are_whole in zip(cut_lines(INKS, np.random.default_rng(5)), (True, False), strict=True):
        rows = recognizer.normalizer.normalize(inks).reshape(-1, 64)
        log_odds = recognizer.fragments.log_odds(extract_features(recognizer.estimator, rows)[0])
        assert ((log_odds > 0) == are_whole).mean() > 0.75


def test_a_line_is_cut_into_digits_and_twice_as_many_fragments_at_most():
    whole, broken = cut_lines(INKS, np.random.default_rng(5))
    assert len(whole) > len(INKS) / 4
    assert len(whole) < len(broken) <= 2 * len(whole)


def test_nothing_is_learnt_where_there_is_too_little_to_cut():
    blank = np.zeros((40, 28, 28), np.uint8)
    assert FragmentTest.fit(None, blank, 255, LIKE_MNIST) is None
    assert FragmentTest.fit(None, blank[:2], 255, LIKE_MNIST) is None
