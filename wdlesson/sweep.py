"""Many trainings at once: every lambda with every learning rate and every seed, as one batched training.

A training never leaves the span of its start and the rows of `X_train`: a step adds rows of the batch to `w`, and the
decay shrinks what is there. So `w` is followed in an orthonormal basis of the row space, with r = min(n, d)
coordinates `u`, and by its length `rho` along the part of the start that no row sees, which the decay alone touches.
The state `z = (rho, u, b)` has c = r + 2 numbers: with n = 20 a step costs the same for d = 200 and for d = 20,000.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize, pad

from wdlesson import checks, protocol
from wdlesson.data import Problem

if TYPE_CHECKING:
    import xarray as xr

RECORDED = ("train_loss", "val_loss", "weight_norm")

# More chunks than workers, so that workers of unequal speed end together and a lost one costs little.
CHUNKS_PER_WORKER = 4

# The numbers in a state that are worth a thread of torch's: with fewer, threads wait for each other longer than they
# work, and on a busy machine a hundred times longer.
NUMBERS_PER_THREAD = 2**15

# The epochs whose losses are computed in one go, for the sake of larger matrix products.
TOGETHER = 8

Setting = tuple[float, float]  # (lam, lr)


def run(
    problem: Problem,
    *,
    lams: Sequence[float],
    lrs: Sequence[float] = (0.003,),
    seeds: Sequence[int] = (0,),
    epochs: int = 100,
    batch_size: int = 5,
    init_std: float = 1.0,
    progress: bool = True,
    max_bytes: int = 2**28,
) -> xr.Dataset:
    """Train once for every (lam, lr, seed), each on the path of `wdlesson.scratch.train`.

    The trainings run in chunks: one after the other or, inside `joblib.parallel_config(...)`, on the workers of its
    backend. With `backend="dask"` these are a Dask cluster's, and a chunk whose worker dies is trained again.

    Parameters
    ----------
    problem
        The data; their dtype and device are those of the trainings.
    lams, lrs, seeds
        The settings to combine, each as in `wdlesson.scratch.train`; none twice.
    epochs, batch_size, init_std
        As in `wdlesson.scratch.train`, the same for every training.
    progress
        Whether a sweep of more than a second shows a progress bar.
    max_bytes
        The most memory in bytes that a chunk may take, on every worker. The data and the result come on top.

    Returns
    -------
    xarray.Dataset
        The dimensions (lam, lr, seed, epoch), epoch 0 being the start, and the variables train_loss and val_loss
        (half-MSE, without the penalty) and weight_norm.

    Raises
    ------
    ValueError
        For a setting out of range, an axis that is empty or repeats itself, or too small a `max_bytes`.
    DivergenceError
        When a training diverges, by the criteria of a single training tested after every epoch; the step named is the
        last of that epoch. Of several in a chunk, the first to diverge is named.
    """
    import xarray as xr

    protocol.check_problem(problem)
    lams = [checks.non_negative(f"lams[{i}]", lam) for i, lam in enumerate(_axis("lams", lams))]
    lrs = [checks.positive(f"lrs[{i}]", lr) for i, lr in enumerate(_axis("lrs", lrs))]
    seeds = [checks.whole(f"seeds[{i}]", seed, least=0) for i, seed in enumerate(_axis("seeds", seeds))]
    protocol.check_settings(problem, max(lams), max(lrs), epochs, batch_size)
    settings = list(product(lams, lrs))
    projected = _Projected(problem, init_std)
    cuts = _cuts(len(seeds), len(settings), *projected.sizes(epochs, batch_size), max_bytes)
    chunks = (projected.chunk(seeds[rows], settings[columns], epochs, batch_size) for rows, columns in cuts)
    history = torch.empty(len(RECORDED), len(seeds), epochs + 1, len(settings), dtype=problem.X_train.dtype)
    try:
        for (rows, columns), part in zip(cuts, _trained(chunks, len(cuts), epochs, progress), strict=True):
            history[:, rows, :, columns] = part
    except _Lost as lost:
        seed, (lam, lr), step = lost.args
        error = protocol.diverged(problem, lam, lr, step, batch_size)
        raise protocol.DivergenceError(f"seed {seed}: {error}") from None
    values = checks.array("history", history.unflatten(-1, (len(lams), len(lrs))).permute(0, 3, 4, 1, 2))
    return xr.Dataset(
        {name: (("lam", "lr", "seed", "epoch"), value) for name, value in zip(RECORDED, values, strict=True)},
        coords={"lam": lams, "lr": lrs, "seed": seeds, "epoch": np.arange(epochs + 1)},
    )


def _axis(name: str, values: Any) -> list[Any]:
    """The entries of one axis of the grid, checked to be there and to differ."""
    array = np.asarray(values)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"{name} is {checks.shown(values)}; it must be a sequence of at least one number")
    entries: list[Any] = array.tolist()
    entry, times = Counter(entries).most_common(1)[0]
    if times > 1:
        raise ValueError(f"{name} has {entry} {times} times; its entries must differ")
    return entries


class _Projected:
    """The problem in the coordinates z, in float64 until a chunk is cut from it.

    A loss is a squared length ||A z + a||^2. A QR factorisation of [A a] keeps it, and leaves at most c + 1 rows to
    compute, however many examples there are.
    """

    def __init__(self, problem: Problem, init_std: float) -> None:
        self.problem, self.init_std = problem, checks.non_negative("init_std", init_std)
        self.Q, R = torch.linalg.qr(problem.X_train.double().T)  # (d, r), (r, n): X_train = R' Q'
        examples = _affine(R.T, problem.y_train.double())  # (n, c)
        self.data = pad(examples, (1, 0))  # no example of the training data sees rho
        self.X_val = problem.X_val.double()
        self.Q_val, R_val = torch.linalg.qr(_affine(self.X_val @ self.Q, problem.y_val.double()))
        train = pad(torch.linalg.qr(examples).R, (1, 0)) / math.sqrt(2 * problem.n)
        val = pad(R_val, (1, 0, 0, 1)) / math.sqrt(2 * len(self.X_val))  # room for what a seed's rho adds
        most = max(len(train), len(val))
        self.losses = torch.stack([pad(A, (0, 0, 0, most - len(A))) for A in (train, val)])  # (2, p, c + 1)

    @property
    def r(self) -> int:
        """The number of coordinates in the row space."""
        return len(self.Q.T)

    def chunk(self, seeds: list[int], settings: list[Setting], epochs: int, batch_size: int) -> _Chunk:
        """The trainings of some seeds with some settings, in the dtype of the problem."""
        W = torch.stack([protocol.start(self.problem, self.init_std, seed)[0] for seed in seeds]).double()  # (S, d)
        U = W @ self.Q
        unseen = W - U @ self.Q.T
        rho = unseen.norm(dim=1, keepdim=True)
        z = torch.cat([rho, U, torch.zeros_like(rho)], dim=1)
        V = normalize(unseen, eps=torch.finfo(rho.dtype).tiny) @ self.X_val.T / math.sqrt(2 * len(self.X_val))
        seen, rank = V @ self.Q_val, len(self.Q_val.T)
        losses = self.losses.repeat(len(seeds), 1, 1, 1)  # (S, 2, p, c + 1)
        losses[:, 1, :rank, 0] = seen
        losses[:, 1, rank, 0] = (V - seen @ self.Q_val.T).norm(dim=1)
        lam, lr = torch.tensor(settings, dtype=torch.float64).to(z).T
        decay = torch.cat([(1 - lr * lam).expand(self.r + 1, -1), torch.ones_like(lam)[None]])
        tensors = dict(data=self.data, losses=losses.flatten(1, 2), start=z, decay=decay, lr=lr)
        cast = {name: values.to(self.problem.X_train.dtype) for name, values in tensors.items()}
        return _Chunk(**cast, seeds=seeds, settings=settings, epochs=epochs, batch_size=batch_size)

    def sizes(self, epochs: int, batch_size: int) -> tuple[int, int]:
        """The bytes that a chunk takes for every seed, and for every one of its trainings."""
        c, p, (n, d) = self.r + 2, len(self.losses[0]), self.problem.X_train.shape
        per_seed = 8 * (3 * (d + len(self.X_val)) + n * (c + 2) + 2 * self.losses.numel())
        per_training = 8 * (2 * c + min(batch_size, n) + TOGETHER * (3 * c + 2 * p) + 6 * (epochs + 1))
        return per_seed, per_training


def _affine(X: Tensor, y: Tensor) -> Tensor:
    """[X 1 -y], which takes (u, b, 1) to the residual X u + b - y."""
    return torch.cat([X, torch.ones_like(y)[:, None], -y[:, None]], dim=1)


@dataclass(frozen=True)
class _Chunk:
    """S seeds with k settings: all that a worker needs for S * k trainings."""

    data: Tensor  # (n, c + 1), [A a] with residuals A z + a
    losses: Tensor  # (S, 2p, c + 1), [A a] with the training and the validation loss ||A z + a||^2 over p rows each
    start: Tensor  # (S, c)
    decay: Tensor  # (c, k)
    lr: Tensor  # (k,)
    seeds: list[int]
    settings: list[Setting]
    epochs: int
    batch_size: int

    def train(self, ticks: Iterable[int]) -> Tensor:
        """The records of all trainings, (3, S, epochs + 1, k), with one tick for every epoch."""
        with _threads(self.start.numel() * len(self.lr) // NUMBERS_PER_THREAD):
            states, records = self._states(ticks), []
            while block := list(islice(states, TOGETHER)):
                records.append(self._measure(torch.stack(block, dim=2)))
        history = torch.cat(records, dim=2)
        self._check(history)
        return history.cpu()

    def _states(self, ticks: Iterable[int]) -> Iterator[Tensor]:
        """The states z at the start and after every epoch: (S, c, k)."""
        z = self.start[:, :, None].repeat(1, 1, len(self.lr))
        yield z.clone()
        n, width = self.data.shape
        # Every epoch's order is put into one buffer, and the batches are views of it.
        examples = z.new_empty(len(z) * n, width)
        split = examples.view(len(z), n, width).split(self.batch_size, dim=1)
        batches = [(A[..., :-1], A[..., :-1].mT, A[..., -1:]) for A in split]
        # In batches of n, minibatches are the shuffles themselves.
        orders = zip(*(protocol.minibatches(n, n, self.epochs, seed) for seed in self.seeds), strict=True)
        for order, _ in zip(orders, ticks, strict=True):
            torch.index_select(self.data, 0, torch.cat(order).to(z.device), out=examples)
            for X, Xt, minus_y in batches:
                residual = torch.baddbmm(minus_y, X, z)  # (S, batch, k)
                residual *= self.lr
                z *= self.decay
                z.baddbmm_(Xt, residual, alpha=-1 / X.shape[1])
            yield z.clone()

    def _measure(self, z: Tensor) -> Tensor:
        """Train loss, validation loss and norm of states z: (S, c, t, k), as (3, S, t, k)."""
        A, a = self.losses[..., :-1], self.losses[..., -1:]
        lengths = torch.baddbmm(a, A, z.flatten(2)).square_().unflatten(1, (2, -1)).sum(2)  # (S, 2, t k)
        norm = z[:, :-1].square().sum(1).sqrt()
        return torch.stack([*lengths.unflatten(-1, z.shape[2:]).unbind(1), norm])

    def _check(self, history: Tensor) -> None:
        """Raise `_Lost` for the first training to diverge, by the criterion of `protocol.record`."""
        train_loss, _, norm = history.transpose(1, 2)  # (epochs + 1, S, k)
        objective = train_loss + history.new_tensor([lam for lam, _ in self.settings]) / 2 * norm.square()
        # The limit may be above the largest float32; NaN is not below it either.
        lost = ~(objective <= protocol.DIVERGENCE_FACTOR * objective[0].double()) | ~objective[0].isfinite()
        if lost.any():
            epoch, seed, setting = map(int, lost.nonzero()[0])
            step = epoch * math.ceil(len(self.data) / self.batch_size)
            raise _Lost(self.seeds[seed], self.settings[setting], step)


class _Lost(Exception):
    """A training diverged: its seed, its setting, and the step at which that was seen."""


@contextmanager
def _threads(most: int) -> Iterator[None]:
    """Keep torch to `most` threads (one at least) inside the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, min(most, before)))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _cuts(seeds: int, settings: int, per_seed: int, per_training: int, max_bytes: int) -> list[tuple[slice, slice]]:
    """The grid of seeds x settings cut into chunks within the limit, and into enough of them for all workers."""
    least = per_seed + per_training
    if checks.whole("max_bytes", max_bytes, least=1) < least:
        raise ValueError(f"max_bytes is {max_bytes}; it must be {least} or more, the need of a single training")
    if _workers() > 1:
        share = seeds * (per_seed + settings * per_training) // (CHUNKS_PER_WORKER * _workers())
        max_bytes = max(least, min(max_bytes, share))
    width = min(settings, (max_bytes - per_seed) // per_training)
    height = max_bytes // (per_seed + width * per_training)
    return list(product(_slices(seeds, height), _slices(settings, width)))


def _slices(total: int, most: int) -> list[slice]:
    """range(total) in pieces of nearly equal length, none longer than `most`."""
    pieces = math.ceil(total / most)
    return [slice(i * total // pieces, (i + 1) * total // pieces) for i in range(pieces)]


def _workers() -> int:
    """The workers of the joblib backend around us; 1 where none is configured."""
    import joblib  # type: ignore[import-untyped]

    return int(joblib.effective_n_jobs(None))


def _trained(chunks: Iterator[_Chunk], total: int, epochs: int, progress: bool) -> Iterator[Tensor]:
    """The histories of the chunks in order: trained here, or by joblib's workers where a backend is configured."""
    if _workers() == 1:
        ticks = iter(protocol.with_bar(range(total * epochs), "epochs", progress))
        return (chunk.train(islice(ticks, epochs)) for chunk in chunks)
    import joblib

    # A task carries its chunk as part of the function: what joblib moves to a worker ahead of the task as an argument
    # would be lost with the worker.
    ticks = iter(protocol.with_bar(range(total), "chunks", progress))
    tasks = (joblib.delayed(chunk.train)(range(epochs)) for chunk, _ in zip(chunks, ticks, strict=True))
    histories: Iterator[Tensor] = joblib.Parallel(return_as="generator")(tasks)
    return histories
