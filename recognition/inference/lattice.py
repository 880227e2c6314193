"""Hypotheses with log-probabilities -> the likeliest ways to read a line; knows nothing of pictures or models."""

from dataclasses import dataclass

import numpy as np

KEPT = 12  # readings of the line so far that are followed at each place
KEPT_EACH = 4  # of them in each state of an automaton, if it may be in several
CLASSES = 5  # likeliest classes of a hypothesis that are followed


@dataclass(frozen=True)
class Path:
    """A way to read a line.

    Attributes
    ----------
    labels : tuple of str
        Of its characters.
    edges : tuple of int
        Indices of the hypotheses, one for each character.
    score : float
        Log-weight of the best way through the lattice that reads so.
    """

    labels: tuple[str, ...]
    edges: tuple[int, ...]
    score: float


def read_lattice(spans, scores, labels, prices, automaton=None):
    """Find the readings of the greatest weight: of those that read the same, the best way counts.

    Parameters
    ----------
    spans : sequence of (int, int)
        First piece of each hypothesis and the one after its last.
    scores : ndarray of float, shape (n_hypotheses, n_classes)
        Log-weight of each hypothesis as a character of each class.
    labels : sequence of str, length n_classes
        Names of the classes.
    prices : sequence of float
        What each piece costs that is left out, as a log-weight to be subtracted.
    automaton : Automaton, optional
        Says which labels may follow.

    Returns
    -------
    paths : list of Path
        By falling score, each of one character at least; no two read the same. Empty if the automaton allows none.
    """
    likeliest, scores = np.argsort(-scores, axis=1, kind="stable").tolist(), scores.tolist()
    begins = [[] for _ in prices]
    for number, (first, _) in enumerate(spans):
        begins[first].append(number)
    start = None if automaton is None else automaton.start
    nodes = [{} for _ in range(len(prices) + 1)]
    nodes[0][()] = ((), 0.0, start)
    allowed = {
        None: dict.fromkeys(range(len(labels)))
    }  # for each state: the classes that may follow, and the next state
    for place, price in enumerate(prices):
        for read, (edges, score, state) in _beam(nodes[place]):
            _offer(nodes[place + 1], read, edges, score - price, state)
            if state not in allowed:
                steps = [automaton.step(state, label) for label in labels]
                allowed[state] = {code: following for code, following in enumerate(steps) if following}
            follow = allowed[state]
            for number in begins[place]:
                after = nodes[spans[number][1]]
                for code in [code for code in likeliest[number] if code in follow][:CLASSES]:
                    weight = score + scores[number][code]
                    _offer(after, (*read, labels[code]), (*edges, number), weight, follow[code])
        nodes[place] = None
    ends = [
        Path(read, edges, score)
        for read, (edges, score, state) in nodes[-1].items()
        if read and (automaton is None or automaton.accepts(state))
    ]
    return sorted(ends, key=lambda path: -path.score)


def _beam(node):
    """Return the best ways to a place: the best of each state of the automaton, so that none that may end is lost."""
    by_state = {}
    for item in sorted(node.items(), key=lambda item: -item[1][1]):
        by_state.setdefault(item[1][2], []).append(item)
    return [item for items in by_state.values() for item in items[: KEPT if len(by_state) == 1 else KEPT_EACH]]


def _offer(node, read, edges, score, state):
    """Add a way to what ends at a place; of those that read the same the best is kept."""
    if read not in node or score > node[read][1]:
        node[read] = (edges, score, state)
