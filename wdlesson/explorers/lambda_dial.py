"""The lambda dial: from overfitting to underfitting in one motion."""

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from wdlesson import ridge
from wdlesson.data import Problem
from wdlesson.explorers.base import Explorer, Integer, Number, esm, to_list
from wdlesson.history import half_mse

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DEGREE = 15
NOISE = 0.3
SAMPLES = 20
LAMBDAS = [0.0, *np.logspace(-12, 2, 141).tolist()]

WORDS = {
    "title": "The lambda dial",
    "alt": (
        "A polynomial of degree {degree} fitted to {n} noisy points with lambda {lam:g}, and its errors by lambda from "
        "0 to 100. Here the training error is {train:.3g}, the test error {test:.3g}. Without decay the test error is "
        "{without:.3g}; the best, {best:.3g}, is at lambda {at:.2g}."
    ),
    "curve": "Degree {degree}, {n} points",
    "test points": "test points",
    "training points": "training points",
    "truth": "truth",
    "fit": "fit, λ = {lam:g}",
    "errors": "Error by λ",
    "training": "training",
    "test": "test",
    "noise floor": "noise floor",
    "half-MSE": "half-MSE",
}


def curve(x: Tensor) -> Tensor:
    """The curve without noise.

    Parameters
    ----------
    x : Tensor of shape (n,)
        The points.

    Returns
    -------
    Tensor of shape (n,)
        sin(3 x).
    """
    return torch.sin(3 * x)


def powers(x: Tensor) -> Tensor:
    """The features of a polynomial without its constant.

    Parameters
    ----------
    x : Tensor of shape (n,)
        The points.

    Returns
    -------
    Tensor of shape (n, 15)
        x, x^2, ..., x^15.
    """
    return x[:, None] ** torch.arange(1, DEGREE + 1)


def sample(seed: int, n: int) -> tuple[Tensor, Tensor]:
    """Points evenly spaced from -1 to 1, on the curve with noise.

    Parameters
    ----------
    seed : int
        Seed of the noise, which is normal with standard deviation 0.3.
    n : int
        How many points.

    Returns
    -------
    tuple of two Tensors of shape (n,)
        x and y, in float64.
    """
    g = torch.Generator().manual_seed(seed)
    x = torch.linspace(-1, 1, n, dtype=torch.float64)
    return x, curve(x) + NOISE * torch.randn(n, generator=g, dtype=torch.float64)


@cache
def polynomial_problem(draw: int = 0) -> Problem:
    """The data of the page on the penalty.

    Parameters
    ----------
    draw : int
        Which draw of the noise on the training points; 0 is the page's, and the seeds of the others follow its seed.

    Returns
    -------
    Problem
        The powers of twenty noisy points to train on, and of a thousand fresh ones to test on.
    """
    (x, y), (x_test, y_test) = sample(seed=5 + draw, n=20), sample(seed=1000, n=1000)
    return Problem(powers(x), y, powers(x_test), y_test, noise_std=NOISE)


class LambdaDial(Explorer):
    """A polynomial of degree 15 fitted to 20 points with weight decay.

    The state carries twenty draws of the points, all on the same x, the test points' y (they are evenly spaced), and
    the singular value decomposition of the centred features: from these the browser has the exact ridge solution at
    any lambda. The fits to the draws before the chosen one stay, pale, at the lambda of the moment.

    Parameters
    ----------
    lam : float
        Strength of the decay, from 0 to 100; 0.002 unless set.
    sample : int
        Which draw of the noise, from 0 to 19; 0, the page's own, unless set.

    Raises
    ------
    ValueError
        If a parameter is out of its range; the message names it and says what it may be.
    TypeError
        If a parameter is no number, or there is none of a name.
    """

    title = WORDS["title"]
    _esm = esm("lambda_dial.js")
    lam = Number(0.002, 0, 100)
    sample = Integer(0, 0, SAMPLES - 1)

    def _data(self) -> dict[str, Any]:
        p = polynomial_problem()
        _, s, Vh = torch.linalg.svd(p.X_train - p.X_train.mean(0), full_matrices=False)
        return {
            "x_train": to_list(p.X_train[:, 0]),
            "draws": [to_list(polynomial_problem(draw).y_train, digits=12) for draw in range(SAMPLES)],
            "y_test": to_list(p.y_val, digits=10),
            "s": to_list(s),
            "Vh": to_list(Vh),
            "noise": NOISE,
        }

    def errors(self, lams: list[float]) -> tuple[list[float], list[float]]:
        """The training and the test error at each lambda, for the chosen draw.

        Parameters
        ----------
        lams : list of float
            Strengths of the decay, 0 or more each.

        Returns
        -------
        tuple of two lists of float
            The errors on the training and on the test points, in half-MSE, one for each lambda.
        """
        p = polynomial_problem(self.sample)
        fits = list(zip(*ridge.path(p.X_train, p.y_train, lams), strict=True))
        return (
            [float(half_mse(p.X_train, p.y_train, w, b)) for w, b in fits],
            [float(half_mse(p.X_val, p.y_val, w, b)) for w, b in fits],
        )

    def alt_text(self) -> str:
        """What the static picture shows, in words.

        Returns
        -------
        str
            A few sentences in plain text.
        """
        train, test = self.errors([self.lam, *LAMBDAS])
        best = int(np.argmin(test[1:]))
        return WORDS["alt"].format(
            degree=DEGREE,
            n=polynomial_problem().n,
            lam=self.lam,
            train=train[0],
            test=test[0],
            without=test[1],
            best=test[1 + best],
            at=LAMBDAS[best],
        )

    def _draw(self, figure: "Figure") -> None:
        fit, error = figure.subplots(1, 2)
        self._draw_fit(fit)
        self._draw_errors(error)

    def _draw_fit(self, ax: "Axes") -> None:
        from wdlesson import plots

        p = polynomial_problem(self.sample)
        w, b = ridge.fit(p.X_train, p.y_train, self.lam)
        grid = torch.linspace(-1, 1, 201, dtype=torch.float64)
        ax.plot(
            p.X_val[3::7, 0], p.y_val[3::7], ".", color=plots.VAL, alpha=0.35, markersize=4, label=WORDS["test points"]
        )
        ax.plot(grid, curve(grid), "--", color=plots.REFERENCE, linewidth=1, label=WORDS["truth"])
        ax.plot(grid, powers(grid) @ w + b, color=plots.EXACT, label=WORDS["fit"].format(lam=self.lam))
        ax.plot(p.X_train[:, 0], p.y_train, "o", color=plots.TRAIN, label=WORDS["training points"])
        ax.set(xlabel="$x$", ylabel="$y$", ylim=(-2.4, 2.4), title=WORDS["curve"].format(degree=DEGREE, n=p.n))
        ax.legend(loc="upper left", fontsize="small")

    def _draw_errors(self, ax: "Axes") -> None:
        from wdlesson import plots

        lams = LAMBDAS[1:]
        train, test = self.errors(lams)
        ax.plot(lams, train, color=plots.TRAIN, label=WORDS["training"])
        ax.plot(lams, test, "--", color=plots.VAL, label=WORDS["test"])
        ax.axvline(max(self.lam, 1e-12), color=plots.REFERENCE, linewidth=1)
        plots.reference(ax, NOISE**2 / 2, WORDS["noise floor"])
        ax.set(xlabel="λ", ylabel=WORDS["half-MSE"], xscale="log", yscale="log", ylim=(0.003, 1), title=WORDS["errors"])
        ax.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
        ax.legend(fontsize="small")
