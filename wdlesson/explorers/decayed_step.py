"""The decayed step: gradient descent with weight decay on a bowl, and where it stops being stable."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wdlesson import ridge
from wdlesson.explorers.base import Explorer, Number, esm, format_distinct, quadratic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CURVATURES = (0.15, 1.0)  # of the loss, along w1 and along w2
MINIMUM = (2.0, 1.2)
START = (-2.0, 2.0)
STEPS = 40


class DecayedStep(Explorer):
    """Gradient descent with decay, w <- (1 - lr*lam) w - lr * grad, on a loss of two weights.

    The loss is steep one way and flat the other.

    Parameters
    ----------
    lam : float
        Strength of the decay, from 0 to 1; 0.1 unless set.
    lr : float
        Learning rate, from 0 to 2.4; 1.5 unless set.

    Raises
    ------
    ValueError
        If a parameter is out of its range; the message names it and says what it may be.
    TypeError
        If a parameter is no number, or there is none of a name.

    Examples
    --------
    >>> step = DecayedStep(lr=1.0, lam=0.5)
    >>> step.factors()
    array([ 0.35, -0.5 ])
    """

    title = "The decayed step"
    _esm = esm("decayed_step.js")
    lr = Number(1.5, 0, 2.4)
    lam = Number(0.1, 0, 1)

    def _data(self) -> dict[str, Any]:
        return {"h": list(CURVATURES), "minimum": list(MINIMUM), "start": list(START), "steps": STEPS}

    def path(self) -> NDArray[np.float64]:
        """The iterates, the start first.

        Returns
        -------
        ndarray of shape (steps + 1, 2)
            The two weights after each step.
        """
        if self.lr == 0:
            return np.tile(START, (STEPS + 1, 1))
        X, y = quadratic(np.diag(CURVATURES), MINIMUM)
        return np.stack([ridge.gd_iterate(X, y, self.lam, self.lr, t, START, 0.0)[0] for t in range(STEPS + 1)])

    def factors(self) -> NDArray[np.float64]:
        """What one step multiplies the distance to the minimum by: 1 - lr (h + lam), with h the curvature.

        Returns
        -------
        ndarray of shape (2,)
            Along w1, the flat direction, and along w2, the steep one.
        """
        return 1 - self.lr * (np.asarray(CURVATURES) + self.lam)

    def alt_text(self) -> str:
        """What the static picture shows, in words.

        Returns
        -------
        str
            A few sentences in plain text.
        """
        flat, steep = (format_distinct(factor, [-1, 0, 1]) for factor in self.factors())
        edge = float(ridge.max_stable_lr(quadratic(np.diag(CURVATURES), MINIMUM)[0], self.lam))
        return (
            f"The path of {STEPS} steps of gradient descent with weight decay, learning rate {self.lr:g} and lambda "
            f"{self.lam:g}. Each step multiplies the distance to the minimum by {flat} along the flat direction "
            f"and by {steep} along the steep one; above a learning rate of {format_distinct(edge, [self.lr])} the "
            f"path diverges."
        )

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
        ax.annotate("start", START, (0, 6), textcoords="offset points", ha="center", color=plots.TRAIN)
        ax.annotate("minimum", (end[0], end[1]), (0, -16), textcoords="offset points", ha="center", color=plots.EXACT)
        ax.set(xlabel="$w_1$, flat", ylabel="$w_2$, steep", xlim=(-2.6, 2.9), ylim=(-1.5, 3.5), aspect="equal")
        ax.set(title=f"{STEPS} decayed steps")

    def _draw_stability(self, ax: "Axes") -> None:
        from wdlesson import plots

        lam = np.linspace(0, 1, 50)
        ax.fill_betweenx(lam, 0, 2 / (max(CURVATURES) + lam), color=plots.EXACT, alpha=0.2, linewidth=0)
        ax.plot(self.lr, self.lam, "o", color=plots.TRAIN)
        ax.text(0.6, 0.5, "converges", color=plots.EXACT, ha="center")
        ax.text(1.9, 0.5, "diverges", color=plots.VAL, ha="center")
        ax.set(xlabel="learning rate", ylabel="λ", xlim=(0, 2.4), ylim=(0, 1), title="Where it is stable")


def _draw_contours(ax: "Axes", curvature: NDArray[np.float64], end: NDArray[np.float64]) -> None:
    """Contours of loss and penalty together, around where they are least."""
    w1, w2 = np.meshgrid(np.linspace(-2.6, 2.9, 121), np.linspace(-1.5, 3.5, 121))
    height = (curvature[0] * (w1 - end[0]) ** 2 + curvature[1] * (w2 - end[1]) ** 2) / 2
    ax.contour(w1, w2, height, levels=np.arange(1, 12) ** 2 / 14, colors="0.85", linewidths=0.8)
