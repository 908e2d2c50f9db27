"""The lambda dial: from overfitting to underfitting in one motion."""

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from wdlesson import ridge
from wdlesson.data import Problem, generator
from wdlesson.explorers.base import Explorer, Number, module, numbers
from wdlesson.history import half_mse

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DEGREE = 9
NOISE = 0.3


def powers(x: Tensor) -> Tensor:
    """The features of a polynomial without its constant, x, x^2, ..., x^9: (n,) -> (n, 9)."""
    return torch.stack([x**k for k in range(1, DEGREE + 1)], dim=1)


@cache
def polynomial_problem() -> Problem:
    """Twelve noisy points of a sine to train on and 200 to validate on; y = sin(pi x) + noise, x ~ U(-1, 1)."""
    g = generator(0, "data")
    x = torch.rand(212, generator=g, dtype=torch.float64) * 2 - 1
    x = torch.cat([x[:12].sort().values, x[12:]])
    y = torch.sin(torch.pi * x) + NOISE * torch.randn(212, generator=g, dtype=torch.float64)
    return Problem(powers(x[:12]), y[:12], powers(x[12:]), y[12:], noise_std=NOISE)


class LambdaDial(Explorer):
    """A polynomial of degree 9 fitted to 12 points with weight decay of strength `lam`, a trait.

    The state carries the points and the singular value decomposition of the centred features: from these the browser
    has the exact ridge solution at any lambda.
    """

    _esm = module("lambda_dial.js")
    lam = Number(0.01, 0, 100)

    def _data(self) -> dict[str, Any]:
        p = polynomial_problem()
        U, s, Vh = torch.linalg.svd(p.X_train - p.X_train.mean(0), full_matrices=False)
        return {
            "x_train": numbers(p.X_train[:, 0]),
            "y_train": numbers(p.y_train),
            "x_val": numbers(p.X_val[:, 0]),
            "y_val": numbers(p.y_val),
            "s": numbers(s),
            "c": numbers(U.T @ (p.y_train - p.y_train.mean())),
            "Vh": numbers(Vh),
            "noise": NOISE,
        }

    def errors(self, lams: list[float]) -> tuple[list[float], list[float]]:
        """The training and the validation error, in half-MSE, at each lambda."""
        p = polynomial_problem()
        fits = list(zip(*ridge.path(p.X_train, p.y_train, lams), strict=True))
        return (
            [float(half_mse(p.X_train, p.y_train, w, b)) for w, b in fits],
            [float(half_mse(p.X_val, p.y_val, w, b)) for w, b in fits],
        )

    def describe(self) -> str:
        """What the still shows, in words."""
        (train, _), (val, none) = self.errors([self.lam, 0])
        return (
            f"A polynomial of degree {DEGREE} fitted to 12 noisy points with lambda {self.lam:g}, and its training and "
            f"validation error at every lambda. Here the training error is {train:.3g} and the validation error "
            f"{val:.3g}; without decay the validation error is {none:.3g}."
        )

    def _draw(self, figure: "Figure") -> None:
        from wdlesson import plots

        p, lams = polynomial_problem(), np.logspace(-10, 2, 121)
        w, b = ridge.fit(p.X_train, p.y_train, self.lam)
        grid = torch.linspace(-1, 1, 201, dtype=torch.float64)
        fit, error = figure.subplots(1, 2)
        fit.plot(grid, torch.sin(torch.pi * grid), "--", color=plots.REFERENCE, linewidth=1, label="truth")
        fit.plot(grid, powers(grid) @ w + b, color=plots.EXACT, label=f"fit, λ = {self.lam:g}")
        fit.plot(p.X_train[:, 0], p.y_train, "o", color=plots.TRAIN, label="training points")
        fit.set(xlabel="$x$", ylabel="$y$", ylim=(-2, 2), title=f"A polynomial of degree {DEGREE} for 12 points")
        fit.legend(loc="upper left", fontsize="small")
        train, val = self.errors(lams.tolist())
        error.plot(lams, train, color=plots.TRAIN, label="training")
        error.plot(lams, val, color=plots.VAL, label="validation")
        error.axvline(max(self.lam, 1e-10), color=plots.REFERENCE, linewidth=1)
        plots.reference(error, NOISE**2 / 2, "noise floor")
        error.set(xlabel="λ", ylabel="half-MSE", xscale="log", yscale="log", ylim=(0.01, 1), title="Error by λ")
        error.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
        error.legend(fontsize="small")
