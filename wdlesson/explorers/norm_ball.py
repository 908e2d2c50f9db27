"""Contours and norm ball: why a penalty and a bound on the norm are the same thing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wdlesson import ridge
from wdlesson.explorers.base import Choice, Explorer, Number, Pair, distinguishing_digits, esm, fixed, quadratic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HESSIAN = [[1.0, 0.6], [0.6, 0.8]]
ORDER = {"L2": 2, "L1": 1}


class NormBall(Explorer):
    """A quadratic loss of two weights, its minimum, and the minimum under a penalty of strength `lam`.

    Parameters, all of them traits: `lam`; `minimum`, where the loss alone is least; `norm`, "L2" for the penalty
    lam/2 ||w||^2 or "L1" for lam ||w||_1.
    """

    _esm = esm("norm_ball.js")
    lam = Number(0.5, 0, 100)
    minimum = Pair([2.4, 1.2], -1.5, 3.5)
    norm = Choice("L2", "L1")

    def _data(self) -> dict[str, Any]:
        return {"hessian": HESSIAN}

    def solution(self, lam: float | None = None) -> NDArray[np.float64]:
        """The minimiser of loss and penalty, (2,): at this lambda, or at the present one."""
        lam = self.lam if lam is None else lam
        X, y = quadratic(HESSIAN, self.minimum)
        if self.norm == "L2":
            w: NDArray[np.float64] = ridge.fit(X, y, lam)[0]
            return w
        return lasso(np.asarray(HESSIAN), np.asarray(self.minimum), lam)

    def alt_text(self) -> str:
        """What the static picture shows, in words."""
        m, w = self.minimum, self.solution()
        kind = "norm" if self.norm == "L2" else "L1 norm"
        start, size = (float(np.linalg.norm(at, ORDER[self.norm])) for at in (m, w))
        scene = f"Contours of a quadratic loss in the plane of two weights, and an {self.norm} ball around the origin. "
        if not start:
            return f"{scene}The loss is least at the origin, so the penalty with lambda {self.lam:g} moves nothing."
        if self.lam == 0:
            return (
                f"{scene}With lambda 0 it reaches to the minimum of the loss at {pair(m)}; its radius is {start:.3g}."
            )
        digits = distinguishing_digits(size, [start])
        at = (
            f"stays within a hundredth of {pair(m)}" if pair(m) == pair(w) else f"has moved from {pair(m)} to {pair(w)}"
        )
        return (
            f"{scene}With lambda {self.lam:g} the minimum {at}, and its {kind} has gone from "
            f"{start:.{digits}g} to {size:.{digits}g}, the radius of the ball."
        )

    def _draw(self, figure: "Figure") -> None:
        from wdlesson import plots

        m, H, w = np.asarray(self.minimum), np.asarray(HESSIAN), self.solution()
        ax, shrinking = figure.subplots(1, 2)
        u = np.stack(np.meshgrid(np.linspace(-1.5, 3.5, 151), np.linspace(-1.5, 3.5, 151)), axis=-1) - m
        loss = (u @ H * u).sum(-1) / 2
        w1, w2 = u[0, :, 0] + m[0], u[:, 0, 1] + m[1]
        ax.contour(w1, w2, loss, levels=np.arange(1, 9) ** 2 / 10, colors="0.85", linewidths=0.8)
        ax.contour(w1, w2, loss, levels=[(w - m) @ H @ (w - m) / 2], colors=plots.TRAIN)
        angle = np.linspace(0, 2 * np.pi, 201)
        circle = np.stack([np.cos(angle), np.sin(angle)])
        order = ORDER[self.norm]
        ball = circle * np.linalg.norm(w, order) / np.linalg.norm(circle, order, axis=0)
        ax.fill(*ball, facecolor=plots.PENALTY, edgecolor=plots.PENALTY, alpha=0.25)
        lams = np.logspace(-3, 2, 101)
        walk = np.stack([self.solution(lam) for lam in lams])
        ax.plot(*walk.T, "--", color=plots.EXACT, linewidth=1)
        ax.plot(*m, "o", color=plots.TRAIN)
        ax.plot(*w, "o", color=plots.EXACT)
        ax.annotate("minimum", m, (0, 9), textcoords="offset points", ha="center", color=plots.TRAIN)
        ax.annotate(f"λ = {self.lam:g}", w, (7, -12), textcoords="offset points", color=plots.EXACT)
        ax.set(xlabel="$w_1$", ylabel="$w_2$", aspect="equal", title="Loss and ball")
        sizes = np.linalg.norm(walk, order, axis=1)
        shrinking.plot(lams, sizes, color=plots.PENALTY, linewidth=2.4, label="radius of the ball")
        shrinking.plot(lams, walk[:, 0], color=plots.TRAIN, label="$w_1$")
        shrinking.plot(lams, walk[:, 1], "--", color=plots.VAL, label="$w_2$")
        shrinking.axvline(max(self.lam, 1e-3), color=plots.REFERENCE, linewidth=1)
        shrinking.set(xscale="log", xlabel="λ", title="The weights by λ")
        shrinking.legend(fontsize="small")


def pair(w: Sequence[float] | NDArray[np.float64]) -> str:
    """Two weights in words."""
    return f"({fixed(w[0])}, {fixed(w[1])})"


def lasso(H: NDArray[np.float64], m: NDArray[np.float64], lam: float) -> NDArray[np.float64]:
    """The minimiser of 1/2 (w - m)' H (w - m) + lam ||w||_1, by coordinate descent."""
    w = m.copy()
    for _ in range(200):
        for j in range(len(w)):
            pull = H[j] @ (m - w) + H[j, j] * w[j]
            w[j] = np.sign(pull) * max(abs(pull) - lam, 0) / H[j, j]
    return w
