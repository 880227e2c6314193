from itertools import count, islice

import numpy as np
import pytest

from recognition.engine import connect
from recognition.engine.threads import Threads


@pytest.mark.parametrize("jobs", [1, 2])
def test_threads_give_results_in_the_order_of_the_items(jobs):
    engine = Threads(jobs)
    assert engine.map("powers", pow, range(9), (2,)) == [n**2 for n in range(9)]
    assert engine.call("power", pow, 3, 2) == 9
    np.testing.assert_array_equal(engine.gather("rows", [[1.0], [2.0, 3.0]]), [1, 2, 3])
    assert engine.total("powers", pow_in_array, range(4), (2,)) == (14,)
    assert engine.pop_work_done() == []


def pow_in_array(base, exponent):
    return (np.array(base**exponent),)


@pytest.mark.parametrize("jobs", [1, 2])
def test_threads_take_items_only_a_few_ahead(jobs):
    taken = []

    def items():
        for n in count():
            taken.append(n)
            yield n

    assert list(islice(Threads(jobs).stream("same", int, items()), 3)) == [0, 1, 2]
    assert 3 <= len(taken) <= 3 + 2 * jobs


def test_without_a_url_there_are_threads():
    with connect(None, 3) as engine:
        assert engine.jobs == 3
