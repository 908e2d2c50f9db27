"""Contours and norm ball: why a penalty and a bound on the norm are the same thing."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wdlesson import ridge
from wdlesson.explorers.base import Choice, Explorer, Number, Pair, module, quadratic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HESSIAN = [[1.0, 0.6], [0.6, 0.8]]


class NormBall(Explorer):
    """A quadratic loss of two weights, its minimum, and the minimum under a penalty of strength `lam`.

    Parameters, all of them traits: `lam`; `minimum`, where the loss alone is least; `norm`, "L2" for the penalty
    lam/2 ||w||^2 or "L1" for lam ||w||_1.
    """

    _esm = module("norm_ball.js")
    lam = Number(0.5, 0, 100)
    minimum = Pair([2.4, 1.2], -1.5, 3.5)
    norm = Choice("L2", "L1")

    def _data(self) -> dict[str, Any]:
        return {"hessian": HESSIAN}

    def solution(self) -> NDArray[np.float64]:
        """The minimiser of loss and penalty, (2,)."""
        X, y = quadratic(HESSIAN, self.minimum)
        if self.norm == "L2":
            w: NDArray[np.float64] = ridge.fit(X, y, self.lam)[0]
            return w
        return lasso(np.asarray(HESSIAN), np.asarray(self.minimum), self.lam)

    def describe(self) -> str:
        """What the still shows, in words."""
        w, size = self.solution(), np.linalg.norm(self.minimum)
        return (
            f"Contours of a quadratic loss in the plane of two weights, and around the origin the {self.norm} ball "
            f"that its penalised minimum touches. With lambda {self.lam:g} the minimum has moved from "
            f"({self.minimum[0]:.2f}, {self.minimum[1]:.2f}), at distance {size:.2f} from the origin, "
            f"to ({w[0]:.2f}, {w[1]:.2f}), at distance {np.linalg.norm(w):.2f}."
        )

    def _draw(self, figure: "Figure") -> None:
        from wdlesson import plots

        m, H, w = np.asarray(self.minimum), np.asarray(HESSIAN), self.solution()
        ax = figure.subplots(subplot_kw={"aspect": "equal"})
        u = np.stack(np.meshgrid(np.linspace(-1.5, 3.5, 151), np.linspace(-1.5, 3.5, 151)), axis=-1) - m
        loss = (u @ H * u).sum(-1) / 2
        ax.contour(u[0, :, 0] + m[0], u[:, 0, 1] + m[1], loss, levels=np.arange(1, 9) ** 2 / 10, colors="0.8")
        ax.contour(u[0, :, 0] + m[0], u[:, 0, 1] + m[1], loss, levels=[(w - m) @ H @ (w - m) / 2], colors=plots.TRAIN)
        angle = np.linspace(0, 2 * np.pi, 201)
        circle = np.stack([np.cos(angle), np.sin(angle)])
        order = 2 if self.norm == "L2" else 1
        ball = circle * np.linalg.norm(w, order) / np.linalg.norm(circle, order, axis=0)
        ax.fill(*ball, facecolor=plots.PENALTY, edgecolor=plots.PENALTY, alpha=0.25)
        ax.plot(*m, "o", color=plots.TRAIN, label="minimum of the loss")
        ax.plot(*w, "o", color=plots.EXACT, label=f"minimum with the penalty, λ = {self.lam:g}")
        ax.set(xlabel="$w_1$", ylabel="$w_2$", xlim=(-1.5, 3.5), ylim=(-1.5, 3.5))
        ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))


def lasso(H: NDArray[np.float64], m: NDArray[np.float64], lam: float) -> NDArray[np.float64]:
    """The minimiser of 1/2 (w - m)' H (w - m) + lam ||w||_1, by coordinate descent."""
    w = m.copy()
    for _ in range(200):
        for j in range(len(w)):
            pull = H[j] @ (m - w) + H[j, j] * w[j]
            w[j] = np.sign(pull) * max(abs(pull) - lam, 0) / H[j, j]
    return w
