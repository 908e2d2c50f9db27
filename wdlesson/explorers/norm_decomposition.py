"""What decay removes from d2l's run: not a wrong fit, but the random start."""

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from wdlesson import data, scratch
from wdlesson.explorers.base import Choice, Explorer, Integer, esm, to_list
from wdlesson.history import half_mse

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LR, EPOCHS, BATCH = 0.003, 100, 5
STARTS = {"normal": 1.0, "zero": 0.0}

WORDS = {
    "title": "What decay removes",
    "alt": (
        "d2l's run with lambda {lam}, started from {start}: the norm of the weights by epoch, split in two. After "
        "epoch {t} the part that the data see has norm {seen:.3g}, the part left over from the start {left:.3g}; the "
        "training loss is {train:.3g}, the validation loss {val:.3g}."
    ),
    "normal": "N(0, 1)",
    "zero": "zero",
    "left": "left over from the start",
    "formula": "formula",
    "seen": "seen by the data",
    "epoch": "epoch",
    "norm": "norm",
    "norms": "The norm of $w$, in two parts",
    "training": "training",
    "validation": "validation",
    "mean": "predicting the mean",
    "half-MSE": "half-MSE",
    "loss": "Loss",
}


@cache
def run(start: str, lam: float) -> dict[str, list[float]]:
    """One training of d2l's problem: the norm of w in two parts, and the losses, after every epoch.

    Parameters
    ----------
    start : str
        "normal" for N(0, 1), or "zero".
    lam : float
        Strength of the decay, 0 or more.

    Returns
    -------
    dict of lists of 101 floats
        `seen` is the norm of the part of w in the row space of X_train, the only part that the data can change; `left`
        is the norm of the rest, which comes from the start and which decay alone makes smaller; `train` and `val` are
        the losses in half-MSE.
    """
    p = data.d2l_problem(seed=0, dtype=torch.float64)
    rows = torch.linalg.svd(p.X_train, full_matrices=False).Vh  # (n, d), orthonormal
    steps = scratch.steps(p, lam=lam, lr=LR, epochs=EPOCHS, batch_size=BATCH, init_std=STARTS[start])
    record = []
    for t, (w, b) in enumerate(steps):
        if t % (p.n // BATCH) == 0:
            seen = rows.T @ (rows @ w)
            losses = half_mse(p.X_train, p.y_train, w, b), half_mse(p.X_val, p.y_val, w, b)
            record.append(torch.stack([seen.norm(), (w - seen).norm(), *losses]))
    return dict(zip(("seen", "left", "train", "val"), to_list(torch.stack(record).T, digits=6), strict=True))


class NormDecomposition(Explorer):
    """d2l's run, its norm split into what the data see and what is left over from the start.

    Parameters
    ----------
    epoch : int
        The epoch that is marked, from 0 to 100; 20 unless set.
    lam : float
        Strength of the decay, 3 or 0; 3 unless set.
    start : str
        "normal" for weights from N(0, 1), which is the one unless set, or "zero".

    Raises
    ------
    ValueError
        If a parameter is not one of the values above; the message names it and says what it may be.
    TypeError
        If one is of another kind, or there is none of a name.
    """

    title = WORDS["title"]
    _esm = esm("norm_decomposition.js")
    epoch = Integer(20, 0, EPOCHS)
    start = Choice(*STARTS)
    lam = Choice(3, 0)

    def _data(self) -> dict[str, Any]:
        p = data.d2l_problem(seed=0, dtype=torch.float64)
        return {
            "runs": {f"{start} {lam}": run(start, lam) for start in STARTS for lam in (3, 0)},
            "d": p.d,
            "n": p.n,
            "lr": LR,
            "steps": p.n // BATCH,
            "mean": float((p.y_val - p.y_train.mean()).square().mean() / 2),
        }

    def alt_text(self) -> str:
        """What the static picture shows, in words.

        Returns
        -------
        str
            A few sentences in plain text.
        """
        r, t = run(self.start, self.lam), int(self.epoch)
        left = r["left"][t] if self.start == "normal" else 0  # but for rounding errors
        here = {name: values[t] for name, values in r.items()} | {"left": left}
        return WORDS["alt"].format(lam=self.lam, start=WORDS[self.start], t=t, **here)

    def _draw(self, figure: "Figure") -> None:
        from wdlesson import plots

        norms, losses = figure.subplots(1, 2)
        self._draw_norms(norms)
        self._draw_losses(losses)
        for ax in (norms, losses):
            ax.axvline(self.epoch, color=plots.REFERENCE, linewidth=1)
            ax.legend(fontsize="small")

    def _draw_norms(self, ax: "Axes") -> None:
        from wdlesson import plots

        r, epochs = run(self.start, self.lam), np.arange(EPOCHS + 1)
        formula = r["left"][0] * (1 - LR * self.lam) ** (self.data["steps"] * epochs)
        ax.plot(epochs[::4], r["left"][::4], "o", color=plots.PENALTY, markersize=3, label=WORDS["left"])
        ax.plot(epochs, formula, color=plots.PENALTY, linewidth=1, label=WORDS["formula"])
        ax.plot(epochs, r["seen"], color=plots.EXACT, label=WORDS["seen"])
        ax.set(xlabel=WORDS["epoch"], ylabel=WORDS["norm"], title=WORDS["norms"])

    def _draw_losses(self, ax: "Axes") -> None:
        from wdlesson import plots

        r, epochs = run(self.start, self.lam), np.arange(EPOCHS + 1)
        ax.plot(epochs, r["train"], color=plots.TRAIN, label=WORDS["training"])
        ax.plot(epochs, r["val"], "--", color=plots.VAL, label=WORDS["validation"])
        plots.reference(ax, self.data["mean"], WORDS["mean"])
        ax.set(xlabel=WORDS["epoch"], ylabel=WORDS["half-MSE"], yscale="log", title=WORDS["loss"])
