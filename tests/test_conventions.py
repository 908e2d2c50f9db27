"""Every convention is trained or solved as its library does it, and lands on the same minimiser."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from torch import nn

from wdlesson import conventions, data, ridge

PROBLEM = data.noisy_problem(seed=0, n=40, d=8, dtype=torch.float64)
LAM = 0.6
W, B = ridge.fit(PROBLEM.X_train, PROBLEM.y_train, LAM)


def minimise(objective: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """The minimiser of an objective of (residual, w), by L-BFGS: an optimiser that knows no closed form."""
    w = torch.zeros(PROBLEM.d, dtype=torch.float64, requires_grad=True)
    b = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [w, b], max_iter=500, tolerance_grad=1e-12, tolerance_change=0, line_search_fn="strong_wolfe"
    )

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss: torch.Tensor = objective(PROBLEM.X_train @ w + b - PROBLEM.y_train, w)
        loss.backward()
        return loss

    optimizer.step(closure)
    return w.detach(), b.detach()


def sgd(coefficient: float, loss: nn.Module, decoupled: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    """Full-batch SGD with the library's decay: added to the gradient (torch), or on its own (fastai)."""
    net = nn.Linear(PROBLEM.d, 1, dtype=torch.float64)
    groups: list[dict[str, Any]] = [
        {"params": [net.weight], "weight_decay": 0.0 if decoupled else coefficient},
        {"params": [net.bias]},
    ]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    for _ in range(600):
        optimizer.zero_grad()
        loss(net(PROBLEM.X_train)[:, 0], PROBLEM.y_train).backward()
        if decoupled:
            net.weight.data.mul_(1 - 0.1 * coefficient)
        optimizer.step()
    return net.weight.detach()[0], net.bias.detach()[0]


class HalfMSE(nn.MSELoss):
    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return super().forward(input, target) / 2


def solve(name: str, c: float) -> tuple[Any, Any]:
    """Train or solve with the coefficient c as the named library means it."""
    n = PROBLEM.n
    if name == "half-mse":
        return sgd(c, HalfMSE())
    if name == "torch":
        return sgd(c, nn.MSELoss())
    if name == "fastai":  # its SGD decays by itself: p.mul_(1 - lr*wd)
        return sgd(c, nn.MSELoss(), decoupled=True)
    if name == "sklearn":
        model = Ridge(alpha=c).fit(PROBLEM.X_train.numpy(), PROBLEM.y_train.numpy())
        return model.coef_, model.intercept_
    formulas = {
        "mse": lambda r, w: r @ r / n + c * w @ w,
        "sum-of-squares": lambda r, w: r @ r / 2 + c / 2 * w @ w,
        "keras": lambda r, w: r @ r / n + c * w.square().sum(),  # loss="mse" + regularizers.L2(c)
    }
    return minimise(formulas[name])


@pytest.mark.parametrize("name", list(conventions.CONVENTIONS))
def test_every_convention_lands_on_the_same_minimiser(name: str) -> None:
    c = conventions.convert(LAM, source="half-mse", target=name, n=PROBLEM.n)
    w, b = solve(name, c)
    np.testing.assert_allclose(np.asarray(w), W.numpy(), atol=1e-8)
    np.testing.assert_allclose(np.asarray(b), B.numpy(), atol=1e-8)


names = st.sampled_from(list(conventions.CONVENTIONS))


@given(value=st.floats(0, 1e6), source=names, via=names, target=names, n=st.integers(1, 10_000))
def test_conversions_compose_and_invert(value: float, source: str, via: str, target: str, n: int) -> None:
    there = conventions.convert(value, source=source, target=target, n=n)
    stop = conventions.convert(value, source=source, target=via, n=n)
    assert conventions.convert(stop, source=via, target=target, n=n) == pytest.approx(there)
    assert conventions.convert(there, source=target, target=source, n=n) == pytest.approx(value)


def test_the_contracts_examples() -> None:
    assert conventions.convert(3.0, source="half-mse", target="sklearn", n=20) == 60
    assert conventions.convert(3.0, source="half-mse", target="torch") == 6


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="target is 'numpy'; it must be one of half-mse, mse"):
        conventions.convert(1.0, source="half-mse", target="numpy")
    with pytest.raises(ValueError, match="source is 'numpy'"):
        conventions.convert(1.0, source="numpy", target="half-mse")
    with pytest.raises(ValueError, match="n is None; 'sklearn' sums over the examples"):
        conventions.convert(1.0, source="half-mse", target="sklearn")
    with pytest.raises(ValueError, match="n is 0; it must be 1 or more"):
        conventions.convert(1.0, source="half-mse", target="sklearn", n=0)
    with pytest.raises(ValueError, match=r"value is -1\.0; it must be a finite number, 0 or more"):
        conventions.convert(-1.0, source="half-mse", target="mse")
