"""The decayed step: gradient descent with weight decay on d2l's loss, and where it stops being stable."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from wdlesson import data, ridge
from wdlesson.explorers.base import Explorer, Number, esm, format_distinct, quadratic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STEPS = 40

WORDS = {
    "title": "The decayed step",
    "alt": (
        "The path of {steps} steps of gradient descent with weight decay, learning rate {lr:g} and lambda {lam:g}, on "
        "d2l's loss. Each step multiplies the distance to the minimum by {flat} along the flattest direction that the "
        "examples see and by {steep} along the steepest; above a learning rate of {edge} the path diverges."
    ),
    "plane": "{steps} decayed steps",
    "flat": "along the flat direction",
    "steep": "along the steep direction",
    "start": "start",
    "minimum": "minimum",
    "region": "Where it is stable",
    "rate": "learning rate",
    "converges": "converges",
    "diverges": "diverges",
}


def _directions() -> tuple[list[float], list[float], list[float]]:
    """d2l's loss, the bias at its best, along the flattest and the steepest direction that the examples see.

    Of each its curvature, where the loss is least, and the start of `scratch.train`'s run, both on seed 0.
    """
    p = data.d2l_problem(seed=0, dtype=torch.float64)
    U, s, Vh = torch.linalg.svd(p.X_train - p.X_train.mean(0), full_matrices=False)
    least = U.T @ (p.y_train - p.y_train.mean()) / s
    start = Vh @ torch.randn(p.d, generator=data.generator(0, "start"), dtype=torch.float64)
    chosen = [p.n - 2, 0]  # the last of the n has no curvature: the examples are centred
    return (s**2 / p.n)[chosen].tolist(), least[chosen].tolist(), start[chosen].tolist()


CURVATURES, MINIMUM, START = _directions()


class DecayedStep(Explorer):
    """Gradient descent with decay, w <- (1 - lr*lam) w - lr * grad, on d2l's problem, along two directions.

    Along one the loss curves least of all directions that the twenty examples see, along the other most. They do not
    mix: each has its own coordinate of w.

    Parameters
    ----------
    lam : float
        Strength of the decay, from 0 to 10; 3 unless set.
    lr : float
        Learning rate, from 0 to 0.16; 0.08 unless set.

    Raises
    ------
    ValueError
        If a parameter is out of its range; the message names it and says what it may be.
    TypeError
        If a parameter is no number, or there is none of a name.

    Examples
    --------
    >>> step = DecayedStep(lr=0.1, lam=3)
    >>> step.factors().round(3)
    array([ 0.2  , -0.886])
    """

    title = WORDS["title"]
    _esm = esm("decayed_step.js")
    lr = Number(0.08, 0, 0.16)
    lam = Number(3.0, 0, 10)

    def _data(self) -> dict[str, Any]:
        return {"h": CURVATURES, "minimum": MINIMUM, "start": START, "steps": STEPS}

    def path(self) -> NDArray[np.float64]:
        """The iterates, the start first.

        Returns
        -------
        ndarray of shape (steps + 1, 2)
            The coordinates along the flat and the steep direction after each step.
        """
        if self.lr == 0:
            return np.tile(np.asarray(START), (STEPS + 1, 1))
        X, y = quadratic(np.diag(CURVATURES), MINIMUM)
        return np.stack([ridge.gd_iterate(X, y, self.lam, self.lr, t, START, 0.0)[0] for t in range(STEPS + 1)])

    def factors(self) -> NDArray[np.float64]:
        """What one step multiplies the distance to the minimum by: 1 - lr (h + lam), with h the curvature.

        Returns
        -------
        ndarray of shape (2,)
            Along the flat direction, and along the steep one.
        """
        factors: NDArray[np.float64] = 1 - self.lr * (np.asarray(CURVATURES) + self.lam)
        return factors

    def alt_text(self) -> str:
        """What the static picture shows, in words.

        Returns
        -------
        str
            A few sentences in plain text.
        """
        flat, steep = (format_distinct(factor, [-1, 0, 1]) for factor in self.factors())
        edge = float(ridge.max_stable_lr(quadratic(np.diag(CURVATURES), MINIMUM)[0], self.lam))
        numbers = {"lr": self.lr, "lam": self.lam, "flat": flat, "steep": steep}
        return WORDS["alt"].format(steps=STEPS, edge=format_distinct(edge, [self.lr]), **numbers)

    def _draw(self, figure: "Figure") -> None:
        plane, stability = figure.subplots(1, 2)
        self._draw_plane(plane)
        self._draw_stability(stability)

    def _draw_plane(self, ax: "Axes") -> None:
        from wdlesson import plots

        curvature = np.asarray(CURVATURES) + self.lam
        end = np.asarray(CURVATURES) * MINIMUM / curvature
        _draw_contours(ax, curvature, end)
        ax.plot(*self.path().T, "o-", color=plots.TRAIN, markersize=3, linewidth=1)
        ax.plot(*end, "o", color=plots.EXACT)
        ax.annotate(
            WORDS["start"], (START[0], START[1]), (0, 6), textcoords="offset points", ha="center", color=plots.TRAIN
        )
        ax.annotate(
            WORDS["minimum"], (end[0], end[1]), (0, -16), textcoords="offset points", ha="center", color=plots.EXACT
        )
        ax.set(xlabel=WORDS["flat"], ylabel=WORDS["steep"], xlim=(-1.25, 1), ylim=(-1.1, 1.15), aspect="equal")
        ax.set(title=WORDS["plane"].format(steps=STEPS))

    def _draw_stability(self, ax: "Axes") -> None:
        from wdlesson import plots

        lam = np.linspace(0, 10, 50)
        ax.fill_betweenx(lam, 0, 2 / (max(CURVATURES) + lam), color=plots.EXACT, alpha=0.2, linewidth=0)
        ax.plot(self.lr, self.lam, "o", color=plots.TRAIN)
        ax.text(0.04, 5, WORDS["converges"], color=plots.EXACT, ha="center")
        ax.text(0.13, 5, WORDS["diverges"], color=plots.VAL, ha="center")
        ax.set(xlabel=WORDS["rate"], ylabel="λ", xlim=(0, 0.16), ylim=(0, 10), title=WORDS["region"])


def _draw_contours(ax: "Axes", curvature: NDArray[np.float64], end: NDArray[np.float64]) -> None:
    """Contours of loss and penalty together, around where they are least."""
    w1, w2 = np.meshgrid(np.linspace(-1.25, 1, 121), np.linspace(-1.1, 1.15, 121))
    height = (curvature[0] * (w1 - end[0]) ** 2 + curvature[1] * (w2 - end[1]) ** 2) / 2
    ax.contour(w1, w2, height, levels=np.arange(1, 12) ** 2 / 10, colors="0.85", linewidths=0.8)
