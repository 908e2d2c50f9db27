"""What every training here shares: the start, the order of the minibatches and the record of the run.

`scratch`, `concise` and `sweep` differ only in how they make one iterate from the last.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

import torch
from torch import Tensor
from tqdm.auto import tqdm

from wdlesson import checks, ridge
from wdlesson.data import Problem, generator
from wdlesson.history import History, half_mse

T = TypeVar("T")
Iterates = Iterator[tuple[Tensor, Tensor]]
Loss = Callable[[Tensor, Tensor], Tensor]

# A run whose objective has grown by this factor counts as diverged.
DIVERGENCE_FACTOR = 1e12

BAR_DELAY = 1.0  # seconds before a progress bar shows


class DivergenceError(FloatingPointError):
    """The training left every bound: its learning rate is too large, or its dtype too narrow."""


class DivergenceWarning(RuntimeWarning):
    """Some trainings of a sweep diverged; the others are there."""


def start(problem: Problem, init_std: float, seed: int) -> tuple[Tensor, Tensor]:
    """Draw the start of a training: w ~ N(0, init_std^2) and b = 0.

    Parameters
    ----------
    problem : Problem
        Gives the number of weights, their dtype and their device.
    init_std : float
        The standard deviation of the weights, 0 or more.
    seed : int
        Decides the draw, which is in float64 on the CPU, and so the same for every dtype and device.

    Returns
    -------
    w, b : torch.Tensor
        (d,) and ().

    Raises
    ------
    ValueError
        For a number out of range (`TypeError` where it is no number, or the problem none).
    """
    check_problem(problem)
    std = checks.non_negative("init_std", init_std)
    w = std * torch.randn(problem.d, generator=generator(seed, "start"), dtype=torch.float64)
    return w.to(problem.X_train), torch.zeros((), device=w.device).to(problem.X_train)


def minibatches(n: int, batch_size: int, epochs: int, seed: int) -> Iterator[Tensor]:
    """Draw the row numbers of each minibatch: every epoch is a fresh shuffle of range(n), cut in order.

    Parameters
    ----------
    n : int
        The number of training examples.
    batch_size : int
        The number of examples in a batch. Where it does not divide `n`, the last batch of an epoch is smaller.
    epochs : int
        The number of shuffles, 0 or more.
    seed : int
        Decides the shuffles.

    Returns
    -------
    Iterator of torch.Tensor
        Row numbers, (batch_size,) or fewer.

    Raises
    ------
    ValueError
        For a number out of range (`TypeError` where it is no number).
    """
    n, batch_size = checks.integer("n", n, least=1), checks.integer("batch_size", batch_size, least=1)
    g = generator(seed, "batches")
    orders = (torch.randperm(n, generator=g) for _ in range(checks.integer("epochs", epochs, least=0)))
    return (rows for order in orders for rows in (order.split(batch_size) if batch_size < n else [order]))


def check_problem(problem: Problem) -> None:
    """Check that a problem is one.

    Parameters
    ----------
    problem : Problem
        What should be one.

    Raises
    ------
    TypeError
        Unless it is.
    """
    checks.instance("problem", problem, Problem, "a wdlesson.data.Problem")


def check_settings(
    problem: Problem, lam: float, lr: float, epochs: int, batch_size: int, init_std: float = 1.0, seed: int = 0
) -> dict[str, Any]:
    """Check the settings that every training takes.

    Parameters
    ----------
    problem : Problem
        Its dtype has to hold `lam` and `lr`.
    lam : float
        The strength of the penalty, 0 or more.
    lr : float
        The learning rate, above 0.
    epochs, batch_size : int
        1 or more.
    init_std : float
        The standard deviation of the weights at the start, 0 or more.
    seed : int
        0 or more.

    Returns
    -------
    dict
        The settings by name, as Python's own numbers.

    Raises
    ------
    ValueError
        For a number out of range (`TypeError` where it is no number, or the problem none).
    """
    check_problem(problem)
    dtype = problem.X_train.dtype
    lam, lr = checks.non_negative("lam", lam), checks.positive("lr", lr)
    for name, value in (("lam", lam), ("lr", lr)):
        if value > (most := torch.finfo(dtype).max):
            raise ValueError(f"{name} is {value:g}; it must be at most {most:g}, the largest number of {dtype}")
    return dict(
        lam=lam,
        lr=lr,
        epochs=checks.integer("epochs", epochs, least=1),
        batch_size=checks.integer("batch_size", batch_size, least=1),
        init_std=checks.non_negative("init_std", init_std),
        seed=checks.integer("seed", seed, least=0, most=None),
    )


def run_and_record(problem: Problem, iterates: Iterates, settings: Mapping[str, Any], *, progress: bool) -> History:
    """Run the iterates to their end and keep the losses and the norm at the start and after every epoch.

    Parameters
    ----------
    problem : Problem
        The data on which the losses are computed.
    iterates : Iterator of tuple
        (w, b), the start first and then one for every step.
    settings : dict
        As `check_settings` gives them; with `loss`, where the data loss that the iterates go down is not the half-MSE,
        since an error on divergence has to know it. What is recorded is the half-MSE always.
    progress : bool
        Whether a run of more than a second shows a progress bar.

    Returns
    -------
    History
        With these settings.

    Raises
    ------
    DivergenceError
        When the objective is above `divergence_limit` after an epoch, or a parameter is not finite after a step.
    ValueError
        When the objective is not finite at the start.
    """
    lam, lr, epochs, batch_size = (settings[name] for name in ("lam", "lr", "epochs", "batch_size"))
    numbered, steps_per_epoch = enumerate(iterates), -(-problem.n // batch_size)
    rows, limit = [], None
    for epoch in progress_bar(range(epochs + 1), "epochs", progress):  # epoch 0 is the start
        for step, (w, b) in islice(numbered, steps_per_epoch if epoch else 1):
            if not (w.isfinite().all() and b.isfinite()):
                raise diverged(problem, lam, lr, step, batch_size, settings.get("loss"))
        train_loss, norm = half_mse(problem.X_train, problem.y_train, w, b), w.norm()
        current = objective(train_loss, norm, lam)
        limit = divergence_limit(current, problem.X_train.dtype) if limit is None else limit
        if not current <= limit:
            raise diverged(problem, lam, lr, step, batch_size, settings.get("loss"))
        rows.append(torch.stack([train_loss, half_mse(problem.X_val, problem.y_val, w, b), norm]))
    train_losses, val_losses, norms = torch.stack(rows, dim=1)
    return History(lam, train_losses, val_losses, norms, w, b, dict(settings))


def objective(train_loss: Tensor, norm: Tensor, lam: float | Tensor) -> Tensor:
    """Compute J in float64, by which a run is found to diverge, whatever the dtype of the run.

    Parameters
    ----------
    train_loss : torch.Tensor
        The data losses, of any shape.
    norm : torch.Tensor
        ||w||, of the same shape.
    lam : float or torch.Tensor
        The strength of the penalty.

    Returns
    -------
    torch.Tensor
        Of the same shape, on the CPU.
    """
    return norm.cpu().double().square().mul(lam / 2).add(train_loss.cpu())


def divergence_limit(start: Tensor, dtype: torch.dtype) -> Tensor:
    """Give the objective above which a run counts as diverged: 1e12 times that of its start.

    Parameters
    ----------
    start : torch.Tensor
        The objectives at the start, in float64, of any shape.
    dtype : torch.dtype
        That of the runs, for the error.

    Returns
    -------
    torch.Tensor
        The limits, of the same shape, finite.

    Raises
    ------
    ValueError
        For a start that is not finite, which no learning rate is to blame for.
    """
    beyond = start[~start.isfinite()]
    if beyond.numel():
        raise ValueError(
            f"problem has an objective of {float(beyond[0])} at the start, in {dtype}; it must be finite: "
            "scale the data, lower lam or init_std, or take a wider dtype"
        )
    return (DIVERGENCE_FACTOR * start).clamp(max=torch.finfo(start.dtype).max)


def progress_bar(items: Iterable[T], what: str, progress: bool) -> Iterable[T]:
    """Give the items, with a progress bar once a second has passed.

    Parameters
    ----------
    items : Iterable
        Whatever is gone through.
    what : str
        What the bar counts.
    progress : bool
        Whether there is a bar; the variable TQDM_DISABLE of the environment turns it off as well.

    Returns
    -------
    Iterable
        The same items.

    Raises
    ------
    TypeError
        Unless `progress` is True or False.
    """
    checks.instance("progress", progress, bool, "True or False")
    switched_off = not progress or bool(os.environ.get("TQDM_DISABLE"))  # tqdm's notebook bar does not read it itself
    bar: Iterable[T] = tqdm(items, desc=what, delay=BAR_DELAY, leave=False, disable=switched_off)
    return bar


# ---- Divergence: what would have been stable ----


def diverged(
    problem: Problem, lam: float, lr: float, step: int, batch_size: int, loss: Loss | None = None
) -> DivergenceError:
    """Make the error of a training that diverged, with a learning rate that does not.

    Parameters
    ----------
    problem : Problem
        The data.
    lam, lr : float
        The strength of the penalty, and the learning rate that was too large.
    step : int
        The step at which the divergence was seen.
    batch_size : int
        The number of examples in a step.
    loss : Callable or None
        The data loss, where it is not the half-MSE.

    Returns
    -------
    DivergenceError
        To be raised.
    """
    advice = stable_advice(problem, lam, lr, batch_size, loss)
    return DivergenceError(f"the training diverged at step {step} with lr = {lr:g}; {advice}")


def stable_advice(problem: Problem, lam: float, lr: float, batch_size: int, loss: Loss | None = None) -> str:
    """Say in words which learning rate is stable or safe.

    Parameters
    ----------
    problem : Problem
        The data.
    lam, lr : float
        The strength of the penalty, and the learning rate of the training that diverged.
    batch_size : int
        The number of examples in a step.
    loss : Callable or None
        The data loss, where it is not the half-MSE.

    Returns
    -------
    str
        One line without a full stop.
    """
    stable, advice = _stable_lr(problem, lam, batch_size, loss)
    if lr < stable:
        advice += f". lr is below it: the numbers left the range of {problem.X_train.dtype}, so take a wider dtype"
    return f"for lam = {lam:g} {advice}"


def _stable_lr(problem: Problem, lam: float, batch_size: int, loss: Loss | None) -> tuple[float, str]:
    """A learning rate, and it in words: the limit for the full batch, else one that is safe whatever is drawn."""
    X, n, full = problem.X_train, problem.n, batch_size >= problem.n
    sizes = [n] if full else sorted({batch_size, n % batch_size} - {0})
    curvatures = [c for size in sizes if (c := _curvature(loss, size, problem))]
    if len(curvatures) < len(sizes):
        return (
            0.0,
            "no stable learning rate is known, since this loss is no multiple of the half-MSE; take a smaller one",
        )
    if full:
        stable = ridge.max_stable_lr(X, lam / curvatures[0]) / curvatures[0]
        return stable, f"the largest stable learning rate is {checks.rounded_down(stable)} with the full batch, as here"
    most = max(c * _largest_eigenvalue(X, size) for c, size in zip(curvatures, sizes, strict=True))
    safe = 2 / (most + lam)
    up_to = checks.rounded_down(safe)
    return safe, f"a learning rate up to {up_to} is safe, whatever batches of {batch_size} are drawn"


def _largest_eigenvalue(X: Tensor, size: int) -> float:
    """A bound on the largest eigenvalue of the half-MSE's Hessian over (w, b), for any `size` rows of X.

    That of A'A / size, with A the rows (x, 1), is at most the mean squared length of the rows, and at most that of
    all the data's A'A / size.
    """
    A = torch.cat([X, X.new_ones(len(X), 1)], dim=1).cpu().double()
    lengths = A.square().sum(1).topk(size).values
    return min(float(lengths.mean()), float(torch.linalg.matrix_norm(A, 2)) ** 2 / size)


def _curvature(loss: Loss | None, size: int, problem: Problem) -> float | None:
    """The number c for which the loss of `size` predictions is c times their half-MSE; None where there is none."""
    if loss is None:
        return 1.0
    like = problem.y_train
    residual = torch.linspace(-1, 2, size).to(like)
    target = torch.linspace(0, 1, size).to(like)
    ratios = [float(loss(target + k * residual, target) / (k * residual).square().mean() * 2) for k in (1, 2, -3)]
    spread = max(ratios) - min(ratios)
    return ratios[0] if ratios[0] > 0 and spread <= 100 * torch.finfo(like.dtype).eps * ratios[0] else None
