import numpy as np
import pytest
from scipy.special import log_softmax
from sklearn.datasets import load_digits
from sklearn.utils.estimator_checks import parametrize_with_checks

from recognition.data.images import Chunk, LazyArray
from recognition.engine.threads import HERE, Threads
from recognition.learning import network
from recognition.learning.network import NeuralNetworks

DIGITS = load_digits()
X, Y = DIGITS.data.astype(np.float32), DIGITS.target.astype(str)
CODES, ONES = DIGITS.target, np.ones(len(Y))

CANNOT_HOLD = {
    "check_sample_weight_equivalence_on_dense_data": "steps are made for a few rows each",
}


def small(**parameters):
    return NeuralNetworks(**{"networks": 1, "units": 256, "components": 30, **parameters})


def fitted_on(chunks, codes=CODES, engine=HERE, **parameters):
    classifier = small(**parameters)
    classifier.classes_ = np.unique(Y)
    return classifier.fit_on(engine, chunks, codes, np.ones(len(codes)))


@parametrize_with_checks([small()], expected_failed_checks=lambda estimator: CANNOT_HOLD)
def test_keeps_scikit_learns_contract(estimator, check):
    check(estimator)


def test_it_learns_digits():
    assert small(networks=4).fit(X[:1200], Y[:1200]).score(X[1200:], Y[1200:]) > 0.93


def test_gradients_are_those_of_the_cross_entropy(monkeypatch):
    monkeypatch.setattr(network, "DROPPED", 0)
    monkeypatch.setattr(network, "SMOOTHING", 0)
    learner = fitted_on([X])._learner(0, steps=1)
    rows, weights = np.random.default_rng(0).normal(size=(50, 30)), np.linspace(0, 2, 50)
    learner.weights = [array.astype(np.float64) + 0.01 for array in learner.weights]

    def loss():
        hidden = np.maximum(rows @ learner.weights[0] + learner.weights[1], 0)
        logarithms = log_softmax(hidden @ learner.weights[2] + learner.weights[3], axis=1)
        return -np.mean(weights * logarithms[np.arange(50), CODES[:50]])

    for array, gradient in zip(learner.weights, learner.gradients(rows, CODES[:50], weights[:, None]), strict=True):
        at = tuple(size // 2 for size in array.shape)
        before = loss()
        array[at] += 1e-6
        assert (loss() - before) / 1e-6 == pytest.approx(gradient[at], rel=1e-3, abs=1e-7)
        array[at] -= 1e-6


def test_a_chunk_is_read_once_and_alone():
    reads = []

    def chunk(start):
        return LazyArray.of([Chunk(1000, lambda rows: reads.append(start) or X[:1000][rows])])

    fitted_on([chunk(start) for start in range(50)], np.tile(CODES[:1000], 50))
    assert reads[-50:] == list(range(50))
    assert len(reads) == 50 + network.SAMPLE // 1000


def test_few_rows_are_gone_through_again_and_again(monkeypatch):
    monkeypatch.setattr(network, "LEAST_ROWS", 300)
    once = fitted_on([X[:300]], CODES[:300]).decide(X[1200:])[0]
    monkeypatch.setattr(network, "LEAST_ROWS", 30_000)
    often = fitted_on([X[:300]], CODES[:300]).decide(X[1200:])[0]
    assert np.mean(often.argmax(axis=1) == CODES[1200:]) > np.mean(once.argmax(axis=1) == CODES[1200:]) + 0.2


def test_decisions_are_the_mean_over_the_networks():
    classifier = fitted_on([X], networks=2)
    both, (first, second) = classifier.decide(X)[0], classifier.weights_
    apart = []
    for classifier.weights_ in ([first], [second]):
        apart.append(classifier.decide(X)[0])
    np.testing.assert_allclose(both, np.mean(apart, axis=0), atol=1e-5)
    assert np.abs(apart[0] - apart[1]).max() > 0.1


def test_threads_change_nothing_and_the_seed_does():
    chunks = [X[:900], X[900:]]
    first, again, other = (
        fitted_on(chunks, engine=Threads(jobs), networks=2, seed=seed).decide(X)[0]
        for jobs, seed in ((1, 0), (2, 0), (1, 1))
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_rows_of_no_weight_teach_nothing():
    weights = (np.arange(len(Y)) % 2).astype(float)
    wrong = np.where(weights > 0, CODES, (CODES + 1) % 10)
    classifier = small()
    classifier.classes_ = np.unique(Y)
    decisions, _ = classifier.fit_on(HERE, [X], wrong, weights).decide(X)
    assert np.mean(decisions.argmax(axis=1) == CODES) > 0.95


def test_similarity_is_one_at_a_row_that_is_kept_and_small_far_away():
    classifier = fitted_on([X])
    _, similarity = classifier.decide(np.vstack([X[0], X[0] + 50]))
    assert similarity[0] == pytest.approx(1, abs=1e-3)
    assert similarity[1] < 0.01


def test_rows_that_do_not_vary_are_learnt_from():
    decisions, similarity = fitted_on([np.ones((50, 5), np.float32)], np.arange(50) % 10).decide(X[:3, :5])
    assert np.isfinite(decisions).all()
    assert np.isfinite(similarity).all()
