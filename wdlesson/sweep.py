"""Many trainings at once: every lambda with every learning rate and every seed."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import xarray as xr

from wdlesson import protocol, scratch
from wdlesson.data import Problem

RECORDED = ("train_loss", "val_loss", "weight_norm")


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
) -> xr.Dataset:
    """Train once for every (lam, lr, seed), each as `wdlesson.scratch.train` does.

    Returns a Dataset with the dimensions (lam, lr, seed, epoch), epoch 0 being the start, and the variables
    train_loss and val_loss (half-MSE, without the penalty) and weight_norm.
    """
    grid = list(product(lams, lrs, seeds))
    if not grid:
        raise ValueError("lams, lrs and seeds must each have at least one entry")
    rows = []
    for lam, lr, seed in protocol.with_bar(grid, "trainings", progress):
        history = scratch.train(
            problem,
            lam=lam,
            lr=lr,
            epochs=epochs,
            batch_size=batch_size,
            init_std=init_std,
            seed=seed,
            progress=False,
        )
        rows.append([getattr(history, name).cpu().numpy() for name in RECORDED])
    dims = ("lam", "lr", "seed", "epoch")
    values = np.array(rows).reshape(len(lams), len(lrs), len(seeds), len(RECORDED), epochs + 1)
    return xr.Dataset(
        {name: (dims, values[:, :, :, i]) for i, name in enumerate(RECORDED)},
        coords={"lam": list(lams), "lr": list(lrs), "seed": list(seeds), "epoch": np.arange(epochs + 1)},
    )
