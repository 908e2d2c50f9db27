"""The same training with `torch.nn` and `torch.optim`: `weight_decay` in a parameter group does the decay."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from wdlesson import protocol
from wdlesson.data import Problem
from wdlesson.history import History

Loss = Callable[[Tensor, Tensor], Tensor]


def half_mse_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """Half of `nn.MSELoss`: with it, `weight_decay` is lam."""
    return nn.functional.mse_loss(prediction, target) / 2


def parameter_groups(module: nn.Module, lam: float) -> list[dict[str, Any]]:
    """The parameters of a module in two groups for `torch.optim`: matrices decay, biases and other vectors do not."""
    groups = [
        {"params": [p for p in module.parameters() if p.ndim >= 2], "weight_decay": lam},
        {"params": [p for p in module.parameters() if p.ndim < 2], "weight_decay": 0.0},
    ]
    check_groups(module, groups)
    return groups


def check_groups(module: nn.Module, groups: list[dict[str, Any]]) -> None:
    """Raise `ValueError` unless every parameter of the module is in exactly one group."""
    grouped = [id(p) for group in groups for p in group["params"]]
    for name, p in module.named_parameters():
        if grouped.count(id(p)) != 1:
            raise ValueError(f"{name} is in {grouped.count(id(p))} parameter groups; it must be in exactly one")


def steps(
    problem: Problem,
    *,
    lam: float,
    lr: float,
    epochs: int,
    batch_size: int,
    init_std: float = 1.0,
    seed: int = 0,
    loss: Loss = half_mse_loss,
) -> protocol.Iterates:
    """Yield the iterates (w, b), the start first, of `torch.optim.SGD` with `weight_decay=lam`."""
    protocol.check_settings(lam, lr, epochs, batch_size)
    X, y = problem.X_train, problem.y_train
    net = nn.Linear(problem.d, 1, device=X.device, dtype=X.dtype)
    with torch.no_grad():
        for parameter, value in zip((net.weight, net.bias), protocol.start(problem, init_std, seed), strict=True):
            parameter.copy_(value)
    yield _snapshot(net)
    optimizer = torch.optim.SGD(parameter_groups(net, lam), lr=lr)
    for rows in protocol.minibatches(problem.n, batch_size, epochs, seed):
        optimizer.zero_grad()
        loss(net(X[rows]).squeeze(1), y[rows]).backward()  # (batch, 1) -> (batch,)
        optimizer.step()
        yield _snapshot(net)


def _snapshot(net: nn.Linear) -> tuple[Tensor, Tensor]:
    """The parameters as w: (d,) and b: (), copied, since the optimizer changes them in place."""
    return net.weight.detach()[0].clone(), net.bias.detach()[0].clone()


def train(
    problem: Problem,
    *,
    lam: float,
    lr: float = 0.003,
    epochs: int = 100,
    batch_size: int = 5,
    init_std: float = 1.0,
    seed: int = 0,
    loss: Loss = half_mse_loss,
    progress: bool = True,
) -> History:
    """Train as `wdlesson.scratch.train` does, with `nn.Linear` and `torch.optim.SGD(weight_decay=lam)`.

    Parameters, result and errors are those of `wdlesson.scratch.train`, and with the default loss so is the path.

    Parameters
    ----------
    loss
        What is minimised beside the penalty: a function of predictions and targets, both of shape (batch,). With
        `nn.MSELoss()`, which lacks the half, the same `lam` is half as strong. The history records half-MSE always.
    """
    iterates = steps(
        problem,
        lam=lam,
        lr=lr,
        epochs=epochs,
        batch_size=batch_size,
        init_std=init_std,
        seed=seed,
        loss=loss,
    )
    return protocol.record(problem, iterates, lam=lam, lr=lr, epochs=epochs, batch_size=batch_size, progress=progress)
