"""Many trainings at once: every lambda with every learning rate and every seed, as one batched training.

A training never leaves the span of its start and the rows of `X_train`: a step adds rows of the batch to `w`, and the
decay shrinks what is there. So `w` is followed in an orthonormal basis of the row space, with r = min(n, d)
coordinates `u`, and by its length `rho` along the part of the start that no row sees, which the decay alone touches.
The state `z = (rho, u, b)` has c = r + 2 numbers: with n = 20 a step costs the same for d = 200 and for d = 20,000.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice, product
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.nn.functional import normalize, pad

from wdlesson import __version__, checks, protocol
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
EPOCHS_PER_BLOCK = 8

# The learning rates, and the lambdas of each, that a warning lists one by one.
MOST_LISTED = 3

Setting = tuple[float, float]  # (lam, lr)


def run(
    problem: Problem,
    *,
    lams: ArrayLike | Tensor,
    lrs: ArrayLike | Tensor = (0.003,),
    seeds: Sequence[int] | ArrayLike | Tensor = (0,),
    epochs: int = 100,
    batch_size: int = 5,
    init_std: float = 1.0,
    on_divergence: str = "nan",
    weights: bool = False,
    progress: bool = True,
    max_bytes: int = 2**28,
) -> xr.Dataset:
    """Train once for every (lam, lr, seed), each on the path of `wdlesson.scratch.train`.

    The trainings run in chunks: one after the other or, inside `joblib.parallel_config(...)`, on the workers of its
    backend, "loky", "threading" or "dask". With the last these are a Dask cluster's, and a chunk whose worker dies is
    trained again.

    Parameters
    ----------
    problem : Problem
        The data; their dtype and device are those of the trainings.
    lams, lrs, seeds : list, tuple, range, numpy.ndarray, pandas.Series or torch.Tensor
        The settings to combine, each as in `wdlesson.scratch.train`; none twice. A number of less than double precision
        stands for the shortest decimal number that rounds to it: float32's 0.1 is 0.1.
    epochs, batch_size : int
        As in `wdlesson.scratch.train`, the same for every training.
    init_std : float
        Likewise.
    on_divergence : str
        What a training that diverges does to the sweep. "nan": all that is recorded of it is NaN from its epoch on, and
        a `DivergenceWarning` says how many there are, where, and which learning rate would have been safe. "raise": it
        ends the sweep with an error.
    weights : bool
        Whether the weights and the bias at the end come back too, which takes memory for all their entries.
    progress : bool
        Whether a sweep of more than a second shows a progress bar.
    max_bytes : int
        The most memory in bytes that a chunk may take, on every worker. The data and the result come on top.

    Returns
    -------
    xarray.Dataset
        The dimensions (lam, lr, seed, epoch), epoch 0 being the start, and the variables train_loss and val_loss
        (half-MSE, without the penalty), penalty and weight_norm; with `weights` also w, of dimensions (lam, lr, seed,
        feature), and b. Its attributes are the other settings, the sizes and the dtype of the problem, the number of
        trainings that diverged, and the version of this package.

    Raises
    ------
    ValueError
        For a setting out of range, an axis that is empty or repeats itself, an objective that is not finite at the
        start, too small a `max_bytes`, or a joblib backend of another kind (`TypeError` where a setting is no number).
    DivergenceError
        With `on_divergence="raise"`, when a training diverges, by the criteria of a single training tested after every
        epoch; the step named is the last of that epoch. Of several in a chunk, the first to diverge is named.

    Notes
    -----
    A mean over the seeds should say `skipna=False`: xarray leaves NaN out of a mean unless told not to, and the mean of
    those that did not diverge looks better than it is.

    Examples
    --------
    >>> from wdlesson import data
    >>> s = run(data.d2l_problem(), lams=[0, 3], seeds=range(5), progress=False)
    >>> dict(s.sizes)
    {'lam': 2, 'lr': 1, 'seed': 5, 'epoch': 101}
    >>> float(s.val_loss.isel(epoch=-1, lr=0).mean("seed", skipna=False).idxmin("lam"))
    3.0
    """
    protocol.check_problem(problem)
    checks.instance("weights", weights, bool, "True or False")
    if not (isinstance(on_divergence, str) and on_divergence in ("nan", "raise")):
        raise ValueError(f"on_divergence is {checks.shown(on_divergence)}; it must be 'nan' or 'raise'")
    axes = _axes(lams, lrs, seeds)
    shared = protocol.check_settings(problem, max(axes["lam"]), max(axes["lr"]), epochs, batch_size, init_std)
    shared = {name: shared[name] for name in ("epochs", "batch_size", "init_std")}
    projected = _Projected(problem, shared["init_std"])
    chosen = (shared["epochs"], shared["batch_size"], weights, on_divergence == "raise")
    records, ends = _train_grid(projected, axes, *chosen, progress=progress, max_bytes=max_bytes)
    result = _dataset(axes, records)
    if weights:
        _add_weights(result, *projected.weights(axes["seed"], ends))
    result.attrs = shared | _sizes(problem) | {"on_divergence": on_divergence, "wdlesson": __version__}
    _warn_of_lost(result, problem)
    return result


def _train_grid(
    projected: _Projected,
    axes: dict[str, list[Any]],
    epochs: int,
    batch_size: int,
    weights: bool,
    raises: bool,
    *,
    progress: bool,
    max_bytes: int,
) -> tuple[Tensor, Tensor]:
    """The records, (3, S, epochs + 1, K), and the states at the end, (S, c, K), or where not wanted (S, 0, K)."""
    seeds, settings = axes["seed"], list(product(axes["lam"], axes["lr"]))
    cuts = _chunk_slices(len(seeds), len(settings), *projected.sizes(epochs, batch_size), max_bytes)
    chosen = (epochs, batch_size, weights, raises)
    chunks = (projected.chunk(seeds[rows], settings[columns], *chosen) for rows, columns in cuts)
    records = torch.empty(len(RECORDED), len(seeds), epochs + 1, len(settings), dtype=projected.problem.X_train.dtype)
    ends = records.new_empty(len(seeds), (projected.r + 2) * weights, len(settings))
    try:
        for (rows, columns), parts in zip(cuts, _run_chunks(chunks, len(cuts), epochs, progress), strict=True):
            records[:, rows, :, columns], ends[rows, :, columns] = parts
    except _Diverged as lost:
        seed, (lam, lr), step = lost.args
        error = protocol.diverged(projected.problem, lam, lr, step, batch_size)
        raise protocol.DivergenceError(f"seed {seed}: {error}") from None
    return records, ends


# ---- The axes of the grid ----


def _axes(lams: Any, lrs: Any, seeds: Any) -> dict[str, list[Any]]:
    """The entries of each axis, as Python's own numbers."""
    any_whole = partial(checks.integer, least=0, most=None)
    return dict(
        lam=_axis("lams", lams, checks.non_negative),
        lr=_axis("lrs", lrs, checks.positive),
        seed=_axis("seeds", seeds, any_whole),
    )


def _axis(name: str, given: Any, check: Callable[[str, Any], Any]) -> list[Any]:
    """The entries of one axis of the grid, checked to be there and to differ."""
    values = given if isinstance(given, list | tuple | range | Tensor) else np.asarray(given)
    if getattr(values, "ndim", 1) == 0 or not len(values):
        raise ValueError(f"{name} is {checks.shown(given)}; it must be a sequence of numbers, such as [0.1, 3]")
    entries = [_decimal(check(f"{name}[{i}]", value), value) for i, value in enumerate(values)]
    entry, times = Counter(entries).most_common(1)[0]
    if times > 1:
        raise ValueError(f"{name} has {entry} {times} times; its entries must differ")
    return entries


def _decimal(number: Any, value: Any) -> Any:
    """The number of the fewest digits that rounds to this value of low precision: 0.1 for float32's 0.100000001."""
    if isinstance(value, np.float16 | np.float32):
        value = torch.from_numpy(np.asarray(value))
    if not (isinstance(value, Tensor) and value.dtype.is_floating_point):
        return number
    candidates = torch.tensor([float(f"{number:.{digits}e}") for digits in range(17)], dtype=torch.float64)
    return float(candidates[candidates.to(value.dtype).double() == number][0])


def _seed_coordinate(seeds: list[int]) -> NDArray[Any]:
    """The seeds as an array that has each as it is, however large."""
    largest = max(seeds)
    return np.array(seeds, np.int64 if largest < 2**63 else np.uint64 if largest < 2**64 else object)


# ---- What comes of a sweep ----


def _dataset(axes: dict[str, list[Any]], records: Tensor) -> xr.Dataset:
    """The records, (3, S, epochs + 1, K), with the penalty, by name and setting."""
    import xarray as xr

    lams, lrs = axes["lam"], axes["lr"]
    train_loss, val_loss, norm = records.unflatten(-1, (len(lams), len(lrs))).permute(0, 3, 4, 1, 2)
    half = torch.tensor(lams, dtype=torch.float64).div(2).to(norm)[:, None, None, None]
    variables = dict(train_loss=train_loss, val_loss=val_loss, penalty=half * norm.square(), weight_norm=norm)
    dims = ("lam", "lr", "seed", "epoch")
    return xr.Dataset(
        {name: (dims, checks.array(name, values)) for name, values in variables.items()},
        coords=axes | {"seed": _seed_coordinate(axes["seed"]), "epoch": np.arange(records.shape[2])},
    )


def _add_weights(result: xr.Dataset, w: Tensor, b: Tensor) -> None:
    """Add the weights, (S, d, K), and the biases, (S, K), at the end; NaN where the training was lost."""
    sizes = result.sizes["lam"], result.sizes["lr"]
    dims = ("lam", "lr", "seed")
    result["w"] = ((*dims, "feature"), checks.array("w", w.unflatten(-1, sizes).permute(2, 3, 0, 1)))
    result["b"] = (dims, checks.array("b", b.unflatten(-1, sizes).permute(1, 2, 0)))
    for name in ("w", "b"):
        result[name].values[_lost(result)] = np.nan


def _lost(result: xr.Dataset) -> NDArray[np.bool_]:
    """Which trainings diverged: (lam, lr, seed)."""
    lost: NDArray[np.bool_] = np.isnan(result["weight_norm"].values[..., -1])
    return lost


def _sizes(problem: Problem) -> dict[str, Any]:
    """What the result is to know of the problem."""
    dtype = str(problem.X_train.dtype).removeprefix("torch.")
    return dict(n=problem.n, n_val=len(problem.y_val), d=problem.d, dtype=dtype)


def _warn_of_lost(result: xr.Dataset, problem: Problem) -> None:
    """Note how many trainings diverged and, where any did, warn and say where."""
    lost = _lost(result)
    result.attrs["diverged"] = total = int(lost.sum())
    if not total:
        return
    lams, lrs = result.lam.values[lost.any((1, 2))], result.lr.values[lost.any((0, 2))]
    advice = protocol.stable_advice(problem, lams.max(), lrs.min(), result.attrs["batch_size"])
    warnings.warn(
        f"{total} of {lost.size} trainings diverged, and all that is recorded of them is NaN from their epoch on: "
        f"{_listed(result.lam.values, result.lr.values, lost.sum(2))}; {advice}",
        protocol.DivergenceWarning,
        stacklevel=3,
    )


def _listed(lams: NDArray[Any], lrs: NDArray[Any], lost: NDArray[Any]) -> str:
    """How many diverged with which settings, in words; lost: (lam, lr)."""
    words = [
        f"{counts.sum()} with lr = {lr:g} ({_span(lams[counts > 0])})"
        for lr, counts in zip(lrs, lost.T, strict=True)
        if counts.any()
    ]
    more = " and more with other learning rates" if len(words) > MOST_LISTED else ""
    return ", ".join(words[:MOST_LISTED]) + more


def _span(lams: NDArray[Any]) -> str:
    """The lambdas, or where they are many, from where to where."""
    if len(lams) <= MOST_LISTED:
        return "lam = " + ", ".join(f"{lam:g}" for lam in lams)
    return f"{len(lams)} lams from {min(lams):g} to {max(lams):g}"


# ---- The problem in the row space of its data, and the chunks that are trained there ----


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

    def chunk(
        self,
        seeds: list[int],
        settings: list[Setting],
        epochs: int,
        batch_size: int,
        weights: bool = False,
        raises: bool = False,
    ) -> _Chunk:
        """The trainings of some seeds with some settings, in the dtype of the problem."""
        z, unseen = self._starts(seeds)
        V = unseen @ self.X_val.T / math.sqrt(2 * len(self.X_val))
        seen, rank = V @ self.Q_val, len(self.Q_val.T)
        losses = self.losses.repeat(len(seeds), 1, 1, 1)  # (S, 2, p, c + 1)
        losses[:, 1, :rank, 0] = seen
        losses[:, 1, rank, 0] = (V - seen @ self.Q_val.T).norm(dim=1)
        lam, lr = torch.tensor(settings, dtype=torch.float64).to(z).T
        decay = torch.cat([(1 - lr * lam).expand(self.r + 1, -1), torch.ones_like(lam)[None]])
        tensors = dict(data=self.data, losses=losses.flatten(1, 2), start=z, decay=decay, lr=lr)
        cast = {name: values.to(self.problem.X_train.dtype) for name, values in tensors.items()}
        return _Chunk(
            **cast, seeds=seeds, settings=settings, epochs=epochs, batch_size=batch_size, weights=weights, raises=raises
        )

    def _starts(self, seeds: list[int]) -> tuple[Tensor, Tensor]:
        """The states z at the start, (S, c), and the directions of what no row sees of the weights, (S, d)."""
        W = torch.stack([protocol.start(self.problem, self.init_std, seed)[0] for seed in seeds]).double()  # (S, d)
        U = W @ self.Q
        unseen = W - U @ self.Q.T
        rho = unseen.norm(dim=1, keepdim=True)
        z = torch.cat([rho, U, torch.zeros_like(rho)], dim=1)
        return z, normalize(unseen, eps=torch.finfo(rho.dtype).tiny)

    def weights(self, seeds: list[int], ends: Tensor) -> tuple[Tensor, Tensor]:
        """The weights, (S, d, k), and the biases, (S, k), of the states z: (S, c, k)."""
        w = ends.new_empty(len(seeds), self.problem.d, ends.shape[2])
        for i, seed in enumerate(seeds):  # one by one, since in float64 they take twice the memory
            rho, u = ends[i, :1].to(self.Q), ends[i, 1:-1].to(self.Q)
            w[i] = self.Q @ u + self._starts([seed])[1].T * rho  # (d, r) @ (r, k) + (d, 1) * (1, k)
        return w, ends[:, -1]

    def sizes(self, epochs: int, batch_size: int) -> tuple[int, int]:
        """The bytes that a chunk takes for every seed, and for every one of its trainings."""
        c, p, (n, d) = self.r + 2, len(self.losses[0]), self.problem.X_train.shape
        per_seed = 8 * (3 * (d + len(self.X_val)) + n * (c + 2) + 2 * self.losses.numel())
        per_training = 8 * (2 * c + min(batch_size, n) + EPOCHS_PER_BLOCK * (3 * c + 2 * p) + 6 * (epochs + 1))
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
    weights: bool  # whether the states at the end are wanted
    raises: bool  # whether one that diverges ends them all

    def train(self, ticks: Iterable[int]) -> tuple[Tensor, Tensor]:
        """The records of all trainings, (3, S, epochs + 1, k), and the states at the end, with a tick for every epoch.

        The states are (S, c, k), or where they are not wanted (S, 0, k).
        """
        with _threads(self.start.numel() * len(self.lr) // NUMBERS_PER_THREAD):
            states, records = self._states(ticks), []
            while block := list(islice(states, EPOCHS_PER_BLOCK)):
                records.append(self._measure(torch.stack(block, dim=2)))
                end = block[-1]
        history = torch.cat(records, dim=2).cpu()
        del records
        self._mark_lost(history)
        return history, (end if self.weights else end[:, :0]).cpu()

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

    def _mark_lost(self, history: Tensor) -> None:
        """Make NaN of all that diverges, from its epoch on, as `protocol.run_and_record` does; or raise `_Diverged`."""
        train_loss, _, norm = history  # (S, epochs + 1, k)
        lam = torch.tensor([lam for lam, _ in self.settings], dtype=torch.float64)
        objective = protocol.objective(train_loss, norm, lam)
        lost = ~(objective <= protocol.divergence_limit(objective[:, :1], history.dtype))  # NaN is not below it either
        if not lost.any():
            return
        if self.raises:
            epoch, seed, setting = map(int, lost.transpose(0, 1).nonzero()[0])
            step = epoch * math.ceil(len(self.data) / self.batch_size)
            raise _Diverged(self.seeds[seed], self.settings[setting], step)
        history.masked_fill_(lost.cumsum(1) > 0, math.nan)


class _Diverged(Exception):
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


def _chunk_slices(
    seeds: int, settings: int, per_seed: int, per_training: int, max_bytes: int
) -> list[tuple[slice, slice]]:
    """The grid of seeds x settings cut into chunks within the limit, and into enough of them for all workers."""
    least = per_seed + per_training
    if checks.integer("max_bytes", max_bytes, least=1) < least:
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


def _run_chunks(chunks: Iterator[_Chunk], total: int, epochs: int, progress: bool) -> Iterator[tuple[Tensor, Tensor]]:
    """What the chunks give, in order: trained here, or by joblib's workers where a backend is configured."""
    if _workers() == 1:
        ticks = iter(protocol.progress_bar(range(total * epochs), "epochs", progress))
        return (chunk.train(islice(ticks, epochs)) for chunk in chunks)
    import joblib

    # A task carries its chunk as part of the function: what joblib moves to a worker ahead of the task as an argument
    # would be lost with the worker.
    _check_backend()
    ticks = iter(protocol.progress_bar(range(total), "chunks", progress))
    tasks = (joblib.delayed(chunk.train)(range(epochs)) for chunk, _ in zip(chunks, ticks, strict=True))
    results: Iterator[tuple[Tensor, Tensor]] = joblib.Parallel(return_as="generator")(tasks)
    return results


def _check_backend() -> None:
    """Check that joblib's backend hands over results as they come."""
    import joblib

    backend, _ = joblib.parallel.get_active_backend()
    if not backend.supports_return_generator:
        kind = type(backend).__name__
        raise ValueError(f"joblib's backend is {kind}; for a sweep it must be 'loky', 'threading' or 'dask'")
