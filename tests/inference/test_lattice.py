import numpy as np
import pytest

from recognition.inference.lattice import read_lattice

LABELS = ["1", "3", "8"]


def scores(**weights):
    """Return a row of log-weights: those given, of labels like `_8`, and next to nothing for the others."""
    return [weights.get(f"_{label}", -20.0) for label in LABELS]


def test_reads_the_whole_where_it_weighs_more_than_its_parts():
    spans, rows = [(0, 1), (1, 2), (0, 2)], np.array([scores(_1=-2), scores(_3=-2), scores(_8=-1)])
    (best, *_) = read_lattice(spans, rows, LABELS, [5.0, 5.0])
    assert (best.labels, best.edges) == (("8",), (2,))


def test_reads_the_parts_where_they_weigh_more():
    spans, rows = [(0, 1), (1, 2), (0, 2)], np.array([scores(_1=1), scores(_3=1), scores(_8=-1)])
    (best, *_) = read_lattice(spans, rows, LABELS, [5.0, 5.0])
    assert (best.labels, best.edges, best.score) == (("1", "3"), (0, 1), 2.0)


def test_leaves_out_a_piece_that_nothing_explains_at_its_price():
    (best, *_) = read_lattice([(0, 1), (2, 3)], np.array([scores(_1=1), scores(_3=1)]), LABELS, [9.0, 0.5, 9.0])
    assert (best.labels, best.score) == (("1", "3"), 1.5)


def test_of_ways_that_read_the_same_the_best_counts():
    spans, rows = [(0, 1), (0, 2), (0, 2)], np.array([scores(_8=0), scores(_8=0.4), scores(_3=0.5)])
    paths = read_lattice(spans, rows, LABELS, [30.0, 0.0])
    assert [(path.labels, path.score) for path in paths[:2]] == [(("3",), 0.5), (("8",), 0.4)]


def test_the_readings_all_differ_and_have_a_character_at_least():
    rng = np.random.default_rng(0)
    spans = [(first, after) for first in range(8) for after in range(first + 1, min(9, first + 4))]
    paths = read_lattice(spans, rng.normal(0, 1, (len(spans), 3)), LABELS, rng.uniform(0, 3, 8))
    assert len({path.labels for path in paths}) == len(paths) > 5
    assert all(path.labels for path in paths)
    assert [path.score for path in paths] == sorted((path.score for path in paths), reverse=True)


def test_the_best_path_is_that_of_an_exhaustive_search():
    rng = np.random.default_rng(1)
    spans = [(first, after) for first in range(5) for after in range(first + 1, min(6, first + 3))]
    weights, prices = rng.normal(0, 2, (len(spans), 3)), rng.uniform(0, 3, 5)

    def search(place, score):
        if place == 5:
            return score
        ways = [search(place + 1, score - prices[place])]
        ways += [
            search(after, score + weight.max())
            for (first, after), weight in zip(spans, weights, strict=True)
            if first == place
        ]
        return max(ways)

    paths = read_lattice(spans, weights, LABELS, prices)
    assert max(path.score for path in paths) == pytest.approx(search(0, 0.0))
