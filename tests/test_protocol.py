"""What every training shares: the record, the limit at which a run counts as diverged, and the error it ends with."""

import pickle
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from wdlesson import checks, concise, data, history, protocol, ridge, scratch, sweep

F64 = torch.float64
TRAININGS = pytest.mark.parametrize("train", [scratch.train, concise.train])


def one_weight(objective: float, dtype: torch.dtype = F64) -> data.Problem:
    """One example, X = (0), whose half-MSE is what the bias makes it: `objective` at b = 0."""
    zero, y = torch.zeros(1, 1, dtype=dtype), torch.tensor([(2 * objective) ** 0.5], dtype=dtype)
    return data.Problem(zero, y, zero, y)


def recorded(problem: data.Problem, states: list[tuple[float, float]], lam: float = 0.0, **settings: Any) -> Any:
    """The record of a run that passes through these (w, b), one a step."""
    like = problem.X_train
    iterates = ((like.new_tensor([w]), like.new_tensor(b)) for w, b in states)
    shared = dict(lam=lam, lr=0.1, epochs=len(states) - 1, batch_size=1) | settings
    return protocol.run_and_record(problem, iterates, shared, progress=False)


# ---- The record ----


def test_the_record_begins_at_the_start_and_takes_the_last_state_of_every_epoch() -> None:
    p = data.noisy_problem(0, n=5, n_val=3, d=2, dtype=F64)
    states = [(torch.full((2,), float(t), dtype=F64), torch.tensor(-float(t), dtype=F64)) for t in range(7)]
    settings = dict(lam=0.5, lr=0.1, epochs=2, batch_size=2)  # 3 steps an epoch
    h = protocol.run_and_record(p, iter(states), settings, progress=False)
    np.testing.assert_allclose(h.weight_norm, [0.0, 3 * 2**0.5, 6 * 2**0.5])
    for t, (w, b) in enumerate([states[0], states[3], states[6]]):
        assert h.train_loss[t] == history.half_mse(p.X_train, p.y_train, w, b)
        assert h.val_loss[t] == history.half_mse(p.X_val, p.y_val, w, b)
    assert torch.equal(h.w, states[6][0])
    assert h.b == states[6][1]
    assert h.lam == 0.5
    assert h.settings == settings


@pytest.mark.parametrize("batch_size", [20, 21, 10**9, 2**53])
def test_a_batch_of_all_the_data_is_one_step_an_epoch(batch_size: int) -> None:
    h = scratch.train(data.d2l_problem(dtype=F64), lam=3.0, epochs=3, batch_size=batch_size)
    assert torch.equal(h.w, scratch.train(data.d2l_problem(dtype=F64), lam=3.0, epochs=3, batch_size=20).w)
    assert not torch.equal(h.weight_norm[:-1], h.weight_norm[1:])


# ---- When a run counts as diverged ----


@pytest.mark.parametrize(("growth", "lost"), [(0.99e12, False), (1.01e12, True)])
def test_the_limit_is_1e12_times_the_objective_at_the_start(growth: float, lost: bool) -> None:
    p = one_weight(1.0)
    b = 2**0.5 * (1 - growth**0.5)  # half-MSE = growth
    if not lost:
        assert recorded(p, [(0.0, 0.0), (0.0, b)]).train_loss[1] == pytest.approx(growth)
        return
    with pytest.raises(protocol.DivergenceError, match="at step 1 "):
        recorded(p, [(0.0, 0.0), (0.0, b)])


def test_the_limit_is_measured_on_the_objective_not_on_the_loss() -> None:
    p = one_weight(1.0)
    # At the start the penalty is 2 * 1e4^2 / 2 = 1e8: a loss of 1e18 is within 1e12 of loss and penalty together.
    recorded(p, [(1e4, 0.0), (0.0, 2**0.5 * 1e9)], lam=2.0)
    # And a penalty that grows counts, whatever the loss does: 2 * 1e7^2 / 2 = 1e14.
    with pytest.raises(protocol.DivergenceError, match="at step 1 "):
        recorded(p, [(0.0, 0.0), (1e7, 0.0)], lam=2.0)
    recorded(p, [(0.0, 0.0), (1e7, 0.0)], lam=0.0)


@pytest.mark.parametrize("state", [(float("nan"), 0.0), (float("inf"), 0.0), (0.0, float("nan")), (0.0, float("inf"))])
def test_a_state_that_is_not_finite_is_found_in_the_middle_of_an_epoch(state: tuple[float, float]) -> None:
    p = data.noisy_problem(0, n=3, n_val=3, d=1, dtype=F64)
    with pytest.raises(protocol.DivergenceError, match="at step 2 "):
        recorded(p, [(0.0, 0.0), (0.0, 0.0), state, (0.0, 0.0)], epochs=1)


@pytest.mark.parametrize("start", [1e300, 1e305])
def test_the_limit_is_finite_so_that_what_is_infinite_is_above_it(start: float) -> None:
    limit = protocol.divergence_limit(torch.tensor([start, 1.0], dtype=F64), F64)
    assert not torch.tensor(float("inf")) <= limit[0]
    assert limit[1] == 1e12


def test_a_weight_whose_square_is_beyond_the_floats_is_a_divergence() -> None:
    with pytest.raises(protocol.DivergenceError, match="at step 1 "):
        recorded(one_weight(1.0), [(0.0, 0.0), (1e200, 0.0)], lam=2.0)


@TRAININGS
def test_a_start_beyond_the_dtype_is_not_called_divergence(train: Any) -> None:
    p = data.diabetes_problem(dtype=torch.float16)  # progressions up to 346, whose squares half precision cannot hold
    with pytest.raises(ValueError, match=r"an objective of inf at the start, in torch\.float16; .*take a wider dtype"):
        train(p, lam=1.0, init_std=0.0)


# ---- The error ----


def error_of(train: Any, *args: Any, **settings: Any) -> str:
    with pytest.raises(protocol.DivergenceError) as error:
        train(*args, **settings)
    return str(error.value)


def rate_in(message: str) -> float:
    """The rate that the error names as stable or safe."""
    found = re.search(r"(?:learning rate is|learning rate up to) ([\d.e+-]+)", message)
    assert found, message
    return float(found[1])


LOSSES: list[tuple[Any, float]] = [
    (concise.half_mse_loss, 1.0),
    (nn.MSELoss(), 2.0),
    (nn.MSELoss(reduction="sum"), 200.0),  # 100 examples
    (lambda prediction, target: 0.05 * (prediction - target).square().mean(), 0.1),
]


@pytest.mark.parametrize(("loss", "curvature"), LOSSES)
@pytest.mark.parametrize("lam", [0.0, 0.9, 30.0])
def test_with_the_full_batch_the_error_names_the_limit_of_the_loss_in_use(
    loss: Any, curvature: float, lam: float
) -> None:
    p = data.noisy_problem(0, dtype=F64)
    A = torch.cat([p.X_train, torch.ones(p.n, 1, dtype=F64)], dim=1)
    decay = torch.diag(torch.tensor([lam] * p.d + [0.0], dtype=F64))
    limit = 2 / float(torch.linalg.eigvalsh(curvature * A.T @ A / p.n + decay)[-1])
    settings: dict[str, Any] = dict(lam=lam, batch_size=p.n, loss=loss)
    message = error_of(concise.train, p, lr=1.2 * limit, epochs=400, **settings)
    assert "with the full batch" in message
    assert 0.99 * limit <= rate_in(message) <= limit
    concise.train(p, lr=0.999 * limit, epochs=100, **settings)


def test_scratch_names_the_full_batch_limit_too() -> None:
    p = data.d2l_problem(dtype=F64)
    message = error_of(scratch.train, p, lam=3.0, lr=0.5, batch_size=20)
    assert message.startswith("the training diverged at step ")
    assert "with lr = 0.5; for lam = 3 the largest stable learning rate is 0.1" in message


@TRAININGS
@pytest.mark.parametrize("batch_size", [1, 3, 5, 19])
def test_with_minibatches_the_error_names_a_rate_that_is_safe_whatever_is_drawn(train: Any, batch_size: int) -> None:
    p = data.d2l_problem(dtype=F64)
    message = error_of(train, p, lam=3.0, lr=0.5, batch_size=batch_size)
    assert "is safe, whatever batches of" in message
    assert "largest stable" not in message
    safe = rate_in(message)
    A = torch.cat([p.X_train, torch.ones(20, 1, dtype=F64)], dim=1)
    g = torch.Generator().manual_seed(0)
    for size in {batch_size, 20 % batch_size or batch_size}:
        for _ in range(50):
            rows = A[torch.randperm(20, generator=g)[:size]]
            assert float(torch.linalg.matrix_norm(rows, 2)) ** 2 / size + 3 <= 2 / safe
    train(p, lam=3.0, lr=safe, batch_size=batch_size, epochs=50)


def test_the_safe_rate_allows_for_the_loss_and_for_a_smaller_last_batch() -> None:
    p = data.noisy_problem(0, n=7, d=3, dtype=F64)
    half = rate_in(error_of(concise.train, p, lam=0.0, lr=9.0, batch_size=3))
    safe = 2 / float(p.X_train.square().sum(1).max() + 1)  # the last batch is one example, maybe the longest
    assert 0.99 * safe <= half <= safe
    mse = rate_in(error_of(concise.train, p, lam=0.0, lr=9.0, batch_size=3, loss=nn.MSELoss()))
    assert mse == pytest.approx(half / 2, rel=0.01)


def test_the_sweep_names_the_same_rate() -> None:
    p = data.d2l_problem(dtype=F64)
    for batch_size in (5, 20):
        grid: dict[str, Any] = dict(lams=[3.0], lrs=[0.5], epochs=100, batch_size=batch_size)
        ours = error_of(sweep.run, p, **grid, on_divergence="raise")
        assert rate_in(ours) == rate_in(error_of(scratch.train, p, lam=3.0, lr=0.5, batch_size=batch_size))


def test_for_a_loss_that_is_no_multiple_of_the_half_mse_no_rate_is_named() -> None:
    def quartic(prediction: Tensor, target: Tensor) -> Tensor:
        return (prediction - target).pow(4).mean()

    for batch_size in (5, 20):
        message = error_of(concise.train, data.d2l_problem(), lam=3.0, lr=0.5, batch_size=batch_size, loss=quartic)
        assert "no stable learning rate is known" in message


@TRAININGS
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, F64])
@pytest.mark.parametrize("batch_size", [5, 20])
@pytest.mark.parametrize(("lam", "lr"), [(3.0, 0.5), (0.0, 1e30), (1e300, 0.003), (1e38, 1e-3), (1e-300, 3.0)])
def test_the_error_neither_crashes_nor_contradicts_itself(
    train: Any, dtype: torch.dtype, batch_size: int, lam: float, lr: float
) -> None:
    p = data.d2l_problem(dtype=dtype)
    with pytest.raises((protocol.DivergenceError, ValueError)) as error:  # ValueError: beyond the range of the dtype
        train(p, lam=lam, lr=lr, batch_size=batch_size)
    message = str(error.value)
    if isinstance(error.value, protocol.DivergenceError):
        assert lr > rate_in(message)
        assert "lr is below it" not in message
    else:
        assert "at the start" in message or "the largest number of" in message


def test_a_run_that_leaves_its_dtype_at_a_stable_rate_is_told_so() -> None:
    p = data.noisy_problem(0, n=8, d=1, dtype=torch.float16)
    w = torch.tensor([1.0], dtype=torch.float16)
    iterates: Iterator[tuple[Tensor, Tensor]] = iter([(w, w[0]), (w * float("inf"), w[0])])
    with pytest.raises(protocol.DivergenceError, match=r"lr is below it: the numbers left the range of torch\.float16"):
        protocol.run_and_record(p, iterates, dict(lam=0.0, lr=0.01, epochs=1, batch_size=8), progress=False)


@given(x=st.floats(1e-300, 1e300))
def test_a_rate_is_rounded_down(x: float) -> None:
    assert 0.99 * x <= float(checks.rounded_down(x)) <= x


# ---- History ----


def test_a_history_is_shown_by_its_settings_and_its_end() -> None:
    train, val, norm = (torch.tensor([9.0, value]) for value in (0.25, 0.125, 3.0))
    end = "train loss 0.25, validation loss 0.125, ||w|| 3)"
    h = history.History(0.5, train, val, norm, torch.ones(2), torch.ones(()))
    assert repr(h) == f"History(lam=0.5, epochs=1: {end}"
    settings = dict(lam=0.5, lr=0.003, epochs=1, batch_size=10**9, init_std=1.0, seed=2**63)
    h = history.History(0.5, train, val, norm, torch.ones(2), torch.ones(()), settings | {"loss": nn.MSELoss()})
    told = f"lam=0.5, lr=0.003, epochs=1, batch_size=1000000000, init_std=1, seed={2**63}, loss=MSELoss"
    assert repr(h) == f"History({told}: {end}"


@TRAININGS
def test_a_history_knows_its_settings_and_they_train_once_more(train: Any) -> None:
    p = data.d2l_problem()
    told = dict(lam=0.5, lr=0.001, epochs=2, batch_size=7, init_std=0.5, seed=3)
    h = train(p, **told)
    assert h.settings == told
    assert list(h.settings) == list(told)
    assert torch.equal(train(p, **h.settings).w, h.w)
    kinds = train(p, lam=np.float64(0.5), lr=torch.tensor(0.001, dtype=F64), epochs=np.int64(2), batch_size=7).settings
    assert kinds == dict(lam=0.5, lr=0.001, epochs=2, batch_size=7, init_std=1.0, seed=0)
    assert {type(value) for value in kinds.values()} == {int, float}
    assert list(h.to_frame().columns) == ["train_loss", "val_loss", "penalty", "weight_norm"]


def test_a_history_knows_a_loss_that_is_not_the_half_mse() -> None:
    p, loss = data.d2l_problem(), nn.MSELoss()
    h = concise.train(p, lam=3.0, epochs=2, loss=loss)
    assert h.settings["loss"] is loss
    assert torch.equal(concise.train(p, **h.settings).w, h.w)


def test_a_history_equals_itself_alone() -> None:
    h, twin = (scratch.train(data.d2l_problem(), lam=3.0, epochs=2) for _ in range(2))
    assert h == h
    assert h != twin
    assert len({h, twin, h}) == 2
    again = pickle.loads(pickle.dumps(h))
    assert torch.equal(again.w, h.w)
    assert again.settings == h.settings


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, F64])
def test_a_history_of_any_dtype_becomes_a_frame(dtype: torch.dtype) -> None:
    h = scratch.train(data.d2l_problem(dtype=dtype), lam=3.0, epochs=2)
    frame = h.to_frame()
    np.testing.assert_allclose(frame["val_loss"], h.val_loss.double(), rtol=1e-6)
    np.testing.assert_allclose(frame["penalty"], 1.5 * h.weight_norm.double() ** 2, rtol=1e-2)
    assert ridge.fit(torch.ones(2, 1, dtype=dtype), torch.ones(2, dtype=dtype), 1.0)[1].dtype == dtype
