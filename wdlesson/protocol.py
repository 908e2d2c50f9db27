"""What every training here shares: the start, the order of the minibatches and the record of the run.

`scratch`, `concise` and `sweep` differ only in how they make one iterate from the last.
"""

import math
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

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
HOPELESS = 1e12

BAR_DELAY = 1.0  # seconds before a progress bar shows


class DivergenceError(FloatingPointError):
    """The training left every bound: its learning rate is too large, or its dtype too narrow."""


def start(problem: Problem, init_std: float, seed: int) -> tuple[Tensor, Tensor]:
    """The start of a training: w ~ N(0, init_std^2), of shape (d,), and b = 0."""
    check_problem(problem)
    std = checks.non_negative("init_std", init_std)
    w = std * torch.randn(problem.d, generator=generator(seed, "start"), dtype=torch.float64)
    return w.to(problem.X_train), torch.zeros((), device=w.device).to(problem.X_train)


def minibatches(n: int, batch_size: int, epochs: int, seed: int) -> Iterator[Tensor]:
    """The row numbers of each minibatch: every epoch is a fresh shuffle of range(n), cut in order.

    Where `batch_size` does not divide `n`, the last batch of an epoch is smaller.
    """
    n, batch_size = checks.whole("n", n, least=1), checks.whole("batch_size", batch_size, least=1)
    g = generator(seed, "batches")
    orders = (torch.randperm(n, generator=g) for _ in range(checks.whole("epochs", epochs, least=0)))
    return (rows for order in orders for rows in (order.split(batch_size) if batch_size < n else [order]))


def check_problem(problem: Problem) -> None:
    """Check that a problem is one."""
    checks.instance("problem", problem, Problem, "a wdlesson.data.Problem")


def check_settings(problem: Problem, lam: float, lr: float, epochs: int, batch_size: int) -> None:
    """Check the settings that every training takes."""
    check_problem(problem)
    dtype = problem.X_train.dtype
    for name, value in (("lam", checks.non_negative("lam", lam)), ("lr", checks.positive("lr", lr))):
        if value > (most := torch.finfo(dtype).max):
            raise ValueError(f"{name} is {value:g}; it must be at most {most:g}, the largest number of {dtype}")
    checks.whole("epochs", epochs, least=1)
    checks.whole("batch_size", batch_size, least=1)


def record(
    problem: Problem,
    iterates: Iterates,
    *,
    lam: float,
    lr: float,
    epochs: int,
    batch_size: int,
    progress: bool,
    loss: Loss | None = None,
) -> History:
    """Run the iterates to their end and keep the losses and the norm at the start and after every epoch.

    `loss` is the data loss that the iterates go down, where that is not the half-MSE: an error on divergence has to
    know it. What is recorded is the half-MSE always.
    """
    check_settings(problem, lam, lr, epochs, batch_size)
    numbered, steps_per_epoch = enumerate(iterates), -(-problem.n // batch_size)
    rows, limit = [], math.inf
    for epoch in with_bar(range(epochs + 1), "epochs", progress):  # epoch 0 is the start
        for step, (w, b) in islice(numbered, steps_per_epoch if epoch else 1):
            if not (w.isfinite().all() and b.isfinite()):
                raise diverged(problem, lam, lr, step, batch_size, loss)
        train_loss = half_mse(problem.X_train, problem.y_train, w, b)
        objective = float(train_loss) + lam / 2 * float(w.norm()) ** 2
        if epoch == 0:
            limit = divergence_limit(objective, problem)
        if not objective <= limit:
            raise diverged(problem, lam, lr, step, batch_size, loss)
        rows.append(torch.stack([train_loss, half_mse(problem.X_val, problem.y_val, w, b), w.norm()]))
    train_losses, val_losses, norms = torch.stack(rows, dim=1)
    return History(lam, train_losses, val_losses, norms, w, b)


def divergence_limit(objective: float, problem: Problem) -> float:
    """The objective above which a run that starts at this one counts as diverged."""
    if not math.isfinite(objective):
        raise ValueError(
            f"problem has an objective of {objective} at the start, in {problem.X_train.dtype}; it must be finite: "
            "scale the data, lower lam or init_std, or take a wider dtype"
        )
    return HOPELESS * objective


def with_bar(items: Iterable[T], what: str, progress: bool) -> Iterable[T]:
    """The items, with a progress bar once a second has passed."""
    checks.instance("progress", progress, bool, "True or False")
    switched_off = not progress or bool(os.environ.get("TQDM_DISABLE"))  # tqdm's notebook bar does not read it itself
    bar: Iterable[T] = tqdm(items, desc=what, delay=BAR_DELAY, leave=False, disable=switched_off)
    return bar


# ---- Divergence: what would have been stable ----


def diverged(
    problem: Problem, lam: float, lr: float, step: int, batch_size: int, loss: Loss | None = None
) -> DivergenceError:
    """The error of a training that diverged at this step, with a learning rate that does not."""
    stable, advice = _stable_lr(problem, lam, batch_size, loss)
    if lr < stable:
        advice += f". lr is below it: the numbers left the range of {problem.X_train.dtype}, so take a wider dtype"
    return DivergenceError(f"the training diverged at step {step} with lr = {lr:g}; for lam = {lam:g} {advice}")


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
