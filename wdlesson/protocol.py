"""What every training here shares: the start, the order of the minibatches and the record of the run.

`scratch`, `concise` and `sweep` differ only in how they make one iterate from the last.
"""

import math
import os
from collections.abc import Iterable, Iterator
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

# A run whose objective has grown by this factor will not come back.
HOPELESS = 1e12

BAR_DELAY = 1.0  # seconds before a progress bar shows


class DivergenceError(FloatingPointError):
    """The training left every bound: its learning rate is too large."""


def start(problem: Problem, init_std: float, seed: int) -> tuple[Tensor, Tensor]:
    """The start of a training: w ~ N(0, init_std^2), of shape (d,), and b = 0."""
    std = checks.non_negative("init_std", init_std)
    w = std * torch.randn(problem.d, generator=generator(seed, "start"), dtype=torch.float64)
    return w.to(problem.X_train), torch.zeros((), device=w.device).to(problem.X_train)


def minibatches(n: int, batch_size: int, epochs: int, seed: int) -> Iterator[Tensor]:
    """The row numbers of each minibatch: every epoch is a fresh shuffle of range(n), cut in order.

    Where `batch_size` does not divide `n`, the last batch of an epoch is smaller.
    """
    g = generator(seed, "batches")
    for _ in range(epochs):
        order = torch.randperm(n, generator=g)
        yield from order.split(batch_size) if batch_size < n else [order]


def check_settings(lam: float, lr: float, epochs: int, batch_size: int) -> None:
    """Check the settings that every training takes."""
    checks.non_negative("lam", lam)
    checks.positive("lr", lr)
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
) -> History:
    """Run the iterates to their end and keep the losses and the norm at the start and after every epoch."""
    check_settings(lam, lr, epochs, batch_size)
    numbered = enumerate(iterates)
    rows, limit = [], math.inf
    for epoch in with_bar(range(epochs + 1), "epochs", progress):  # epoch 0 is the start
        for step, (w, b) in islice(numbered, math.ceil(problem.n / batch_size) if epoch else 1):
            if not (w.isfinite().all() and b.isfinite()):
                raise diverged(problem, lam, lr, step)
        train_loss = half_mse(problem.X_train, problem.y_train, w, b)
        objective = float(train_loss + lam / 2 * (w @ w))
        if not objective <= limit:
            raise diverged(problem, lam, lr, step)
        if epoch == 0:
            limit = HOPELESS * objective
        rows.append(torch.stack([train_loss, half_mse(problem.X_val, problem.y_val, w, b), w.norm()]))
    train_losses, val_losses, norms = torch.stack(rows, dim=1)
    return History(lam, train_losses, val_losses, norms, w, b)


def with_bar(items: Iterable[T], what: str, progress: bool) -> Iterable[T]:
    """The items, with a progress bar once a second has passed."""
    switched_off = not progress or bool(os.environ.get("TQDM_DISABLE"))  # tqdm's notebook bar does not read it itself
    bar: Iterable[T] = tqdm(items, desc=what, delay=BAR_DELAY, leave=False, disable=switched_off)
    return bar


def diverged(problem: Problem, lam: float, lr: float, step: int) -> DivergenceError:
    """The error of a training that diverged at this step, with the learning rate that would be stable."""
    largest = ridge.max_stable_lr(problem.X_train, lam)
    return DivergenceError(
        f"the training diverged at step {step} with lr = {lr:g}; for lam = {lam:g} the largest stable learning "
        f"rate is {largest:.3g} with the full batch (ridge.max_stable_lr), and less with minibatches"
    )
