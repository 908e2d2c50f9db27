"""The same training with `torch.nn` and `torch.optim`: `weight_decay` in a parameter group does the decay."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.utils import skip_init

from wdlesson import checks, groups, protocol
from wdlesson.data import Problem
from wdlesson.history import History


def half_mse_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """Half of `nn.MSELoss`: with it, `weight_decay` is lam.

    Parameters
    ----------
    prediction : Tensor of shape (n,) or (n, 1)
        What the network gives.
    target : Tensor
        The targets, of the same shape.

    Returns
    -------
    Tensor of shape ()
        1/(2n) times the sum of the squared differences, to be differentiated.

    Raises
    ------
    TypeError
        If one is no dense tensor.
    ValueError
        If the shapes differ: nothing is broadcast.
    """
    checks.same_shape("prediction", prediction, "target", target)
    return nn.functional.mse_loss(prediction, target) / 2


def steps(
    problem: Problem,
    *,
    lam: float,
    lr: float,
    epochs: int,
    batch_size: int,
    init_std: float = 1.0,
    seed: int = 0,
    loss: protocol.Loss = half_mse_loss,
) -> protocol.Iterates:
    """Give the iterates of `torch.optim.SGD` with `weight_decay=lam`.

    Parameters
    ----------
    problem : Problem
        The data; their dtype and device are those of the run.
    lam : float
        The `weight_decay` of the weights; the bias has none.
    lr : float
        The learning rate.
    epochs, batch_size : int
        Passes over the data, and the examples in one step.
    init_std : float
        The weights start as N(0, init_std^2), the bias at 0.
    seed : int
        Decides the start and the batches.
    loss : Callable
        What is minimised beside the penalty: a function of predictions and targets, both of shape (batch,).

    Returns
    -------
    Iterator of tuple
        (w, b), the start first and then one for every step.

    Raises
    ------
    ValueError
        For a setting out of range, and for a loss that gives no single number (`TypeError` where a setting is no
        number, or the loss no function).
    """
    protocol.check_settings(problem, lam, lr, epochs, batch_size)
    if not callable(loss):
        raise TypeError(f"loss is {checks.shown(loss)}; it must be a function of predictions and targets")
    net = _started(problem, init_std, seed)
    optimizer = torch.optim.SGD(groups.parameter_groups(net, weight_decay=lam), lr=lr)
    return _steps(problem, net, optimizer, protocol.minibatches(problem.n, batch_size, epochs, seed), loss)


def _started(problem: Problem, init_std: float, seed: int) -> nn.Linear:
    """The layer at the start of a training; torch's own start, from the global generator, is skipped."""
    w, b = protocol.start(problem, init_std, seed)
    net: nn.Linear = skip_init(nn.Linear, problem.d, 1, device=w.device, dtype=w.dtype)
    with torch.no_grad():
        net.weight.copy_(w)
        net.bias.copy_(b)
    return net


def _steps(
    problem: Problem,
    net: nn.Linear,
    optimizer: torch.optim.Optimizer,
    batches: Iterator[Tensor],
    loss: protocol.Loss,
) -> protocol.Iterates:
    X, y = problem.X_train, problem.y_train
    yield _snapshot(net)
    for rows in batches:
        optimizer.zero_grad()
        value = loss(net(X[rows]).squeeze(1), y[rows])  # (batch, 1) -> (batch,)
        if value.ndim:
            raise ValueError(f"loss gave a tensor of shape {tuple(value.shape)}; it must give a single number")
        value.backward()
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
    loss: protocol.Loss = half_mse_loss,
    progress: bool = True,
) -> History:
    """Train as `wdlesson.scratch.train` does, with `nn.Linear` and `torch.optim.SGD(weight_decay=lam)`.

    With the default loss the path is that of `wdlesson.scratch.train`.

    Parameters
    ----------
    problem : Problem
        The data; their dtype and device are those of the run.
    lam : float
        The `weight_decay` of the weights, 0 or more; the bias has none.
    lr : float
        The learning rate.
    epochs, batch_size : int
        Passes over the data, and the examples in one step.
    init_std : float
        The weights start as N(0, init_std^2), the bias at 0.
    seed : int
        Decides the start and the batches; the data have a seed of their own.
    loss : Callable
        What is minimised beside the penalty: a function of predictions and targets, both of shape (batch,). With
        `nn.MSELoss()`, which lacks the half, the same `lam` is half as strong. The history records half-MSE always.
    progress : bool
        Whether a training of more than a second shows a progress bar.

    Returns
    -------
    History
        Losses, penalty and norm after every epoch, the weights at the end, and the settings.

    Raises
    ------
    ValueError
        For a setting out of range, for an objective that is not finite at the start, and for a loss that gives no
        single number (`TypeError` where a setting is no number, or the loss no function).
    DivergenceError
        When the learning rate is too large: it says at which step and, where it is known for this loss, which would be
        stable (with the full batch) or safe (with minibatches). Also when the numbers leave the range of the dtype.
    """
    settings = protocol.check_settings(problem, lam, lr, epochs, batch_size, init_std, seed)
    iterates = steps(problem, **settings, loss=loss)
    known = settings if loss is half_mse_loss else settings | {"loss": loss}
    return protocol.run_and_record(problem, iterates, known, progress=progress)
