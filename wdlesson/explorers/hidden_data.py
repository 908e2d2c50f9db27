"""Lambda chosen by data that were hidden, for one draw of the noisy problem after another."""

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from wdlesson import data, ridge
from wdlesson.explorers.base import Choice, Explorer, Integer, Number, esm, to_list

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STAR = 0.9
LAMS = [float(f"{STAR * 10 ** (k / 10):.3g}") for k in range(-30, 21)]
SEEDS = (*range(13), 38, 224, 392)  # of the first 500 the last three are those in which leave-one-out goes astray

WORDS = {
    "title": "Chosen by hidden data",
    "alt": (
        "Problem {k} of {all}, with 100 examples of 90 features: the risk by lambda, and its estimate by {by}. The "
        "estimate is least at lambda {pick:g}, where the risk is {there:.3g}; the least risk is {least:.3g}, at lambda "
        "{best:g}. At lambda {lam:g} the estimate is {estimate:.3g} and the risk {risk:.3g}."
    ),
    "loo": "leave-one-out",
    "folds": "five folds",
    "part": "one part",
    "curves": "The estimate and the risk",
    "former": "problems before",
    "risk": "risk",
    "costs": "What each choice costs",
    "choices": "choices",
    "every": "every λ, here",
    "star": "λ* = {star:g}",
    "half-MSE": "half-MSE",
    "cost": "% above the least risk",
}


def hidden_errors(X: Tensor, y: Tensor, folds: int) -> Tensor:
    """The errors on each hidden part of the data, of the fits to the rest with the same n lambda.

    Parameters
    ----------
    X : Tensor of shape (n, d)
        Features.
    y : Tensor of shape (n,)
        Targets.
    folds : int
        How many parts.

    Returns
    -------
    Tensor of shape (folds, 51)
        In half-MSE, for every lambda of `LAMS`.
    """
    n, errors = len(y), []
    for hidden in torch.randperm(n, generator=data.generator(0, "folds")).tensor_split(folds):
        rest = torch.ones(n, dtype=torch.bool).index_fill_(0, hidden, False)
        W, b = ridge.path(X[rest], y[rest], torch.tensor(LAMS, dtype=torch.float64) * n / rest.sum())
        errors.append((W @ X[hidden].T + b[:, None] - y[hidden]).square().mean(1) / 2)
    return torch.stack(errors)


@cache
def curves(sample: int) -> dict[str, list[float]]:
    """The risk and its three estimates for one draw of the noisy problem.

    Parameters
    ----------
    sample : int
        Which of `SEEDS`.

    Returns
    -------
    dict of lists of 51 floats
        `risk`, `loo`, `folds` and `part`, for every lambda of `LAMS`, in half-MSE and four digits.
    """
    p = data.noisy_problem(SEEDS[sample], dtype=torch.float64)
    W, b = ridge.path(p.X_train, p.y_train, LAMS)
    risk = (
        (W - torch.as_tensor(p.w_true)).square().sum(1) + b**2 + 1
    ) / 2  # its true bias is 0, its noise has variance 1
    by_parts = hidden_errors(p.X_train, p.y_train, 5)
    loo = ridge.loo(p.X_train, p.y_train, LAMS)
    found = {"risk": risk, "loo": loo, "folds": by_parts.mean(0), "part": by_parts[0]}
    return {name: to_list(values, digits=4) for name, values in found.items()}


class HiddenData(Explorer):
    """The risk of ridge by lambda, and what hidden data say of it, for sixteen draws of `data.noisy_problem`.

    Parameters
    ----------
    by : str
        What is hidden: "loo", one example at a time, which is the one unless set; "folds", a fifth at a time; or
        "part", one fifth only.
    lam : float
        The reader's own lambda, from 0.0009 to 90; 0.9 unless set. Of the lambdas computed the nearest is shown.
    sample : int
        Which draw, from 0 to 15; 0 unless set.

    Raises
    ------
    ValueError
        If a parameter is not one that it may be; the message names it and says what it may be.
    TypeError
        If a parameter is of another kind, or there is none of a name.
    """

    title = WORDS["title"]
    _esm = esm("hidden_data.js")
    by = Choice("loo", "folds", "part")
    lam = Number(STAR, LAMS[0], LAMS[-1])
    sample = Integer(0, 0, len(SEEDS) - 1)

    def _data(self) -> dict[str, Any]:
        return {"lams": LAMS, "star": STAR, "problems": [curves(k) for k in range(len(SEEDS))]}

    def choice(self, sample: int) -> tuple[float, float]:
        """What is chosen for a draw, and what it costs.

        Parameters
        ----------
        sample : int
            Which draw.

        Returns
        -------
        tuple of two floats
            The lambda of the least estimate, and the risk there as a multiple of the least risk.
        """
        drawn = curves(sample)
        pick = int(np.argmin(drawn[self.by]))
        return LAMS[pick], drawn["risk"][pick] / min(drawn["risk"])

    def alt_text(self) -> str:
        """What the static picture shows, in words.

        Returns
        -------
        str
            A few sentences in plain text.
        """
        drawn, own = curves(self.sample), int(np.argmin(np.abs(np.array(LAMS) - self.lam)))
        (pick, _), best = self.choice(self.sample), int(np.argmin(drawn["risk"]))
        told = {"k": self.sample + 1, "all": len(SEEDS), "by": WORDS[self.by], "pick": pick, "best": LAMS[best]}
        least, there = drawn["risk"][best], drawn["risk"][LAMS.index(pick)]
        here = {"lam": LAMS[own], "estimate": drawn[self.by][own], "risk": drawn["risk"][own]}
        return WORDS["alt"].format(**told, **here, least=least, there=there)

    def _draw(self, figure: "Figure") -> None:
        from wdlesson import plots

        errors, costs = figure.subplots(1, 2)
        self._draw_curves(errors)
        self._draw_costs(costs)
        for ax in (errors, costs):
            ax.axvline(self.lam, color=plots.REFERENCE, linewidth=1)
            ax.set(xscale="log", yscale="log", xlabel="λ")
            ax.legend(loc="upper right", fontsize="small")

    def _draw_curves(self, ax: "Axes") -> None:
        from wdlesson import plots

        for k in range(self.sample):
            ax.plot(LAMS, curves(k)[self.by], color=plots.TRAIN, linewidth=0.8, alpha=0.4)
        ax.plot(LAMS, curves(self.sample)[self.by], "--", color=plots.TRAIN, label=WORDS[self.by])
        ax.plot(LAMS, curves(self.sample)["risk"], color=plots.VAL, label=WORDS["risk"])
        ax.set(ylim=(0.4, 12), ylabel=WORDS["half-MSE"], title=WORDS["curves"])
        ax.set_yticks([0.5, 1, 2, 5, 10], ["0.5", "1", "2", "5", "10"])

    def _draw_costs(self, ax: "Axes") -> None:
        from wdlesson import plots

        picks, times = np.transpose([self.choice(k) for k in range(self.sample + 1)])
        risk = np.array(curves(self.sample)["risk"])
        ax.plot(LAMS, np.maximum(100 * (risk / risk.min() - 1), 0.1), color=plots.VAL, label=WORDS["every"])
        ax.plot(picks, np.maximum(100 * (times - 1), 0.1), "o", color=plots.TRAIN, label=WORDS["choices"])
        ax.axvline(STAR, color=plots.EXACT, linestyle=":", label=WORDS["star"].format(star=STAR))
        ax.set(ylim=(0.08, 1000), ylabel=WORDS["cost"], title=WORDS["costs"])
        ax.set_yticks([0.1, 1, 10, 100, 1000], ["0", "1", "10", "100", "1000"])
