"""The page on grokking: its own code, with other seeds and for longer than a reader would wait."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from conftest import definitions, weekly


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """The names that the page defines, none of its experiments run; on one thread, as on the page."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield definitions("grokking", "p", "pairs", "answers")
    torch.set_num_threads(threads)


def times(page: Any, path: Any, seed: int) -> list[Any]:
    """The steps at which the table is learnt and the holes are filled, None if that did not happen."""
    return [page["first_step"](page["curve"](path, seed, k), level) for k, level in ((0, 0.99), (1, 0.95))]


@pytest.mark.parametrize("seed", [2, *weekly(3, 4)])
def test_the_pair(page: Any, seed: int) -> None:
    _, unseen = page["split"](seed)
    free, decayed = (page["run"](seed, lam) for lam in (0, 2))
    table, holes = times(page, decayed, seed)
    assert table <= 60
    assert 200 <= holes <= 250
    assert page["accuracy"](decayed[-1], unseen) > 0.95
    assert page["accuracy"](free[-1], unseen) < 0.01
    assert page["accuracy"](page["wave"](free[-1]), unseen) > 0.9


@pytest.mark.parametrize("seed", [1, *weekly(2)])
def test_how_much_decay(page: Any, seed: int) -> None:
    _, unseen = page["split"](seed)
    steps = {0.5: 600, 1: 450, 2: 400, 4: 350, 8: 200}
    runs = {lam: page["run"](seed, lam, steps=n, stop=unseen) for lam, n in steps.items()}
    table, holes = ({lam: times(page, path, seed)[k] for lam, path in runs.items()} for k in (0, 1))
    assert holes[0.5] > holes[1] > holes[2]
    assert 1.7 < holes[0.5] / holes[2] < 2.6
    assert holes[4] > 0.85 * holes[2]
    assert holes[8] is None
    assert table[8] > 1.5 * table[2]


@pytest.mark.parametrize("seed", [1, 2])
def test_with_a_tenth_of_the_table_decay_forgets_the_rule(page: Any, seed: int) -> None:
    shown, unseen = page["split"](seed)
    knows, few = page["run"](seed, lam=2)[-1], shown[:184]
    free, decayed = (page["train"](knows, few, page["answers"][few], lam)[-1] for lam in (0, 2))
    assert page["accuracy"](knows, unseen) > 0.98
    assert page["accuracy"](free, unseen) > 0.75
    assert page["accuracy"](decayed, unseen) < 0.01
    assert page["accuracy"](decayed, few) == 1


@pytest.mark.weekly
def test_without_decay_2000_steps_in_double_precision_fill_fewer_than_2_percent_of_the_holes(page: Any) -> None:
    shown, unseen = page["split"](0)
    end = page["train"](page["start"](0).double(), shown, page["answers"][shown], lam=0, steps=2000)[-1]
    assert end.dtype == torch.float64
    assert page["accuracy"](end, shown) == 1
    assert page["accuracy"](end, unseen) < 0.02
