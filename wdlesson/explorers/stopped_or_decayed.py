"""A run stopped at time t against ridge at lambda = 1/t, by where the true weights lie."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wdlesson.explorers.base import Choice, Explorer, Number, esm, to_list

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

N, D, SOME = 100, 30, 5
VARIANCES = 1 / np.arange(1, D + 1)
SIGNALS = {"all": slice(None), "strong": slice(SOME), "weak": slice(D - SOME, None)}
TIMES = [float(f"{10 ** (k / 20):.2g}") for k in range(-20, 61)]

WORDS = {
    "title": "Stopped or decayed",
    "alt": (
        "The expected squared error in the weights of a run stopped at time t and of ridge at lambda = 1/t, by t from "
        "0.1 to 1000, for true weights {signal} and noise {sigma:g}. At t = {t:g} it is {flow:.3g} for the run and "
        "{ridge:.3g} for ridge. The least is {least_flow:.3g} for the run, at t = {at_flow:g}, and {least_ridge:.3g} "
        "for ridge, at t = {at_ridge:g}."
    ),
    "all": "in all 30 directions alike",
    "strong": "in the 5 directions of most variance",
    "weak": "in the 5 directions of least variance",
    "shares": "Share learnt by variance",
    "variance": "variance of the data, $μ_j$",
    "share": "share",
    "flow": "stopped at $t$",
    "ridge": "ridge, λ = 1/$t$",
    "carried": "true weights",
    "risks": "Risk by t",
    "t": "$t$",
    "risk": "risk",
    "zero": "predicting zero",
}


def shares(x: ArrayLike) -> dict[str, NDArray[np.float64]]:
    """The shares of least squares that the two have learnt.

    Parameters
    ----------
    x : array_like
        t times the variance of the data in a direction.

    Returns
    -------
    dict of arrays like x
        `flow`, 1 - e^-x, and `ridge`, x / (1 + x).
    """
    x = np.asarray(x, dtype=np.float64)
    return {"flow": -np.expm1(-x), "ridge": x / (1 + x)}


def weights(signal: str) -> NDArray[np.float64]:
    """The squares of the true weights along the directions.

    Parameters
    ----------
    signal : str
        Where they lie: "all", "strong" or "weak".

    Returns
    -------
    ndarray of shape (30,)
        Equal where they lie, 0 elsewhere, with sum 1.
    """
    squares = np.zeros(D)
    squares[SIGNALS[signal]] = 1
    squares /= squares.sum()
    return squares


class StoppedOrDecayed(Explorer):
    """The risk of early stopping and of ridge, for 100 examples of 30 features with variances 1, 1/2, ..., 1/30.

    Parameters
    ----------
    sigma : float
        Standard deviation of the noise, from 0.1 to 1.5; 0.5 unless set.
    signal : str
        Where the true weights lie: "all" directions alike, which is the one unless set, the 5 "strong" ones, in which
        the data vary most, or the 5 "weak" ones.
    t : float
        The time, from 0.1 to 1000; 5 unless set. Ridge has lambda = 1/t.

    Raises
    ------
    ValueError
        If a parameter is not one that it may be; the message names it and says what it may be.
    TypeError
        If a parameter is of another kind, or there is none of a name.
    """

    title = WORDS["title"]
    _esm = esm("stopped_or_decayed.js")
    t = Number(5, TIMES[0], TIMES[-1])
    signal = Choice(*SIGNALS)
    sigma = Number(0.5, 0.1, 1.5)

    def _data(self) -> dict[str, Any]:
        return {"n": N, "variances": to_list(VARIANCES), "signals": {name: to_list(weights(name)) for name in SIGNALS}}

    def risks(self, times: ArrayLike) -> dict[str, NDArray[np.float64]]:
        """The expected squared error in the weights, at each time.

        Parameters
        ----------
        times : array_like of shape (k,)
            Times, positive.

        Returns
        -------
        dict of two arrays of shape (k,)
            `flow`, stopped at the time, and `ridge`, with lambda one over it.
        """
        learnt = shares(np.multiply.outer(np.asarray(times, dtype=np.float64), VARIANCES))
        noise = self.sigma**2 / (N * VARIANCES)
        return {name: ((1 - k) ** 2 * weights(self.signal) + k**2 * noise).sum(-1) for name, k in learnt.items()}

    def alt_text(self) -> str:
        """What the static picture shows, in words.

        Returns
        -------
        str
            A few sentences in plain text.
        """
        here, told = self.risks(self.t), {"signal": WORDS[self.signal], "sigma": self.sigma, "t": self.t}
        for name, risk in self.risks(TIMES).items():
            told |= {f"least_{name}": risk.min(), f"at_{name}": TIMES[int(risk.argmin())]}
        return WORDS["alt"].format(**told, **{name: float(risk) for name, risk in here.items()})

    def _draw(self, figure: "Figure") -> None:
        from wdlesson import plots

        left, right = figure.subplots(1, 2)
        self._draw_shares(left)
        for (name, risk), line, color in zip(
            self.risks(TIMES).items(), ("-", "--"), (plots.VAL, plots.EXACT), strict=True
        ):
            right.plot(TIMES, risk, line, color=color, label=WORDS[name])
            right.plot(TIMES[int(risk.argmin())], risk.min(), "o", color=color)
        right.axvline(self.t, color=plots.REFERENCE, linewidth=1)
        plots.reference(right, 1.0, WORDS["zero"])
        right.set(xscale="log", ylim=(0, 1.5), xlabel=WORDS["t"], ylabel=WORDS["risk"], title=WORDS["risks"])
        right.legend(loc="upper left", fontsize="small")

    def _draw_shares(self, ax: "Axes") -> None:
        from wdlesson import plots

        learnt = shares(self.t * VARIANCES)
        for (name, share), line, color in zip(learnt.items(), ("-", "--"), (plots.VAL, plots.EXACT), strict=True):
            ax.plot(VARIANCES, share, line, color=color, label=WORDS[name])
        carried = VARIANCES[SIGNALS[self.signal]]
        ax.plot(carried, np.zeros_like(carried), "o", color=plots.TRAIN, clip_on=False, label=WORDS["carried"])
        ax.set(xscale="log", ylim=(0, 1.5), xlabel=WORDS["variance"], ylabel=WORDS["share"], title=WORDS["shares"])
        ax.legend(loc="upper left", fontsize="small")
