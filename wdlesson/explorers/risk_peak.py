"""The peak of double descent, and the decay that takes it away."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from wdlesson.explorers.base import Explorer, Integer, Number, esm

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

D = 500
FEWEST, MOST = 50, 1500
TOTALS = np.logspace(-1, 4, 101).tolist()

WORDS = {
    "title": "The peak and its cure",
    "alt": (
        "The risk of ridge for {d} weights and noise {sigma:g}, by the number of examples n and by n lambda. At n = "
        "{n} and n lambda {total:g} it is {risk}; without decay it is {none}, at the best n lambda, {best:g}, it is "
        "{least}. With the best one it never rises as n grows."
    ),
    "infinite": "infinite",
    "by n": "Risk by n",
    "by total": "Risk by nλ, n = {n}",
    "none": "without decay",
    "chosen": "nλ = {total:g}",
    "best": "best nλ",
    "floor": "noise floor",
    "zero": "predicting zero",
    "n": "examples $n$",
    "total": "$nλ$",
    "risk": "risk (half-MSE)",
}


def risk(n: int, total: float, sigma: float, d: int = D) -> float:
    """The expected risk of ridge, for d weights of norm 1 and features N(0, I).

    Parameters
    ----------
    n : int
        The number of examples.
    total : float
        n lambda, 0 or more.
    sigma : float
        Standard deviation of the noise.
    d : int
        The number of weights.

    Returns
    -------
    float
        The half squared error on new data. Without decay it is exact, with decay the limit for large n and d with a
        fixed ratio (Hastie, Montanari, Rosset, Tibshirani 2022, *Surprises in high-dimensional ridgeless least squares
        interpolation*).
    """
    return (sigma**2 + (with_decay if total else without_decay)(n, total, sigma**2, d)) / 2


def without_decay(n: int, total: float, noise2: float, d: int) -> float:
    """The mean squared error in the weights of least squares, in the same terms as `risk`.

    Parameters
    ----------
    n, total : int, float
        As for `risk`; total is 0.
    noise2 : float
        The variance of the noise.
    d : int
        As for `risk`.

    Returns
    -------
    float
        What is unseen, and the noise let in, which is infinite for n within 1 of d.
    """
    gap = abs(n - d) - 1
    noise = noise2 * min(n, d) / gap if gap > 0 else math.inf
    return max(0.0, 1 - n / d) + (noise if noise2 else 0.0)


def with_decay(n: int, total: float, noise2: float, d: int) -> float:
    """The mean squared error in the weights of ridge, in the same terms as `risk`.

    Parameters
    ----------
    n, total : int, float
        As for `risk`; total is positive.
    noise2 : float
        The variance of the noise.
    d : int
        As for `risk`.

    Returns
    -------
    float
        The squared bias and the variance.
    """
    ratio, lam = d / n, total / n
    c = 1 - ratio + lam
    q = math.sqrt(c**2 + 4 * ratio * lam)
    m = 2 / (q + c) if c > 0 else (q - c) / (2 * ratio * lam)  # of two equal forms the one without cancellation
    m_squares = m * (1 + ratio * m) / q
    return lam**2 * m_squares + noise2 * ratio * (m - lam * m_squares)


class RiskPeak(Explorer):
    """The expected risk of ridge by the number of examples and by n lambda, for 500 weights.

    Parameters
    ----------
    n : int
        The number of examples, from 50 to 1500; 500, as many as weights, unless set.
    sigma : float
        Standard deviation of the noise, from 0 to 1; 0.5 unless set.
    total : float
        n lambda, from 0 to 10000; 5 unless set.

    Raises
    ------
    ValueError
        If a parameter is out of its range; the message names it and says what it may be.
    TypeError
        If a parameter is no number, or there is none of a name.
    """

    title = WORDS["title"]
    _esm = esm("risk_peak.js")
    n = Integer(D, FEWEST, MOST)
    total = Number(5, 0, 1e4)
    sigma = Number(0.5, 0, 1)

    def _data(self) -> dict[str, Any]:
        return {"d": D, "fewest": FEWEST, "most": MOST}

    def best(self) -> float:
        """The n lambda with the lowest risk, whatever n is.

        Returns
        -------
        float
            d sigma^2.
        """
        return D * float(self.sigma) ** 2

    def alt_text(self) -> str:
        """What the static picture shows, in words.

        Returns
        -------
        str
            A few sentences in plain text.
        """
        totals = {"risk": self.total, "none": 0.0, "least": self.best()}
        risks = {name: risk(self.n, total, self.sigma) for name, total in totals.items()}
        told = {name: f"{at:.3g}" if at < math.inf else WORDS["infinite"] for name, at in risks.items()}
        return WORDS["alt"].format(d=D, n=self.n, sigma=self.sigma, total=self.total, best=self.best(), **told)

    def _draw(self, figure: "Figure") -> None:
        by_n, by_total = figure.subplots(1, 2, sharey=True)
        self._draw_by_n(by_n)
        self._draw_by_total(by_total)

    def _draw_by_n(self, ax: "Axes") -> None:
        from wdlesson import plots

        sizes, chosen = range(FEWEST, MOST + 1), WORDS["chosen"].format(total=self.total)
        looks = [(0.0, ":", plots.VAL, WORDS["none"]), (self.total, "--", plots.PENALTY, chosen)]
        for total, line, color, name in [*looks, (self.best(), "-", plots.EXACT, WORDS["best"])]:
            ax.plot(sizes, [risk(n, total, self.sigma) for n in sizes], line, color=color, label=name)
        ax.axvline(self.n, color=plots.REFERENCE, linewidth=1)
        for level, name in ((self.sigma**2 / 2, WORDS["floor"]), ((1 + self.sigma**2) / 2, WORDS["zero"])):
            ax.axhline(level, color=plots.REFERENCE, linewidth=0.8)
            ax.text(FEWEST, level + 0.03, name, color=plots.REFERENCE, fontsize="small")
        ax.set(xscale="log", ylim=(0, 2), xlabel=WORDS["n"], ylabel=WORDS["risk"], title=WORDS["by n"])
        ax.set_xticks([50, 100, 200, 500, 1500], ["50", "100", "200", "500", "1500"])
        ax.minorticks_off()
        ax.legend(loc="upper left", fontsize="small")

    def _draw_by_total(self, ax: "Axes") -> None:
        from wdlesson import plots

        ax.plot(TOTALS, [risk(self.n, total, self.sigma) for total in TOTALS], "--", color=plots.PENALTY)
        for total, mark, color in ((self.total, "o", plots.PENALTY), (self.best(), "D", plots.EXACT)):
            ax.plot(max(total, TOTALS[0]), risk(self.n, total, self.sigma), mark, color=color)
        ax.set(xscale="log", xlabel=WORDS["total"], title=WORDS["by total"].format(n=self.n))
