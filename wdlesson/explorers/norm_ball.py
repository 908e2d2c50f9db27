"""Contours and norm ball: why a penalty and a bound on the norm are the same thing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wdlesson import ridge
from wdlesson.explorers.base import Choice, Explorer, Number, Pair, distinguishing_digits, esm, fixed, quadratic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HESSIAN = [[1.0, 0.6], [0.6, 0.8]]
ORDER = {"L2": 2, "L1": 1}

Array = NDArray[np.float64]


class NormBall(Explorer):
    """A quadratic loss of two weights, its minimum, and the minimum under a penalty.

    The point under the penalty is also the best one in a ball around the origin, whose radius is its norm.

    Parameters
    ----------
    lam : float
        Strength of the penalty, from 0 to 100; 0.5 unless set.
    minimum : list of float
        Where the loss alone is least, (w1, w2), each from -1.5 to 3.5; [2.4, 1.2] unless set.
    norm : str
        "L2" for the penalty lam/2 ||w||^2, which is the one unless set, or "L1" for lam ||w||_1.

    Raises
    ------
    ValueError
        If a parameter is not one of the values above; the message names it and says what it may be.
    TypeError
        If one is of another kind, or there is none of a name.

    Examples
    --------
    >>> ball = NormBall(lam=1.0)
    >>> ball.solution().round(2)
    array([1.29, 0.9 ])
    """

    title = "Contours and norm ball"
    _esm = esm("norm_ball.js")
    lam = Number(0.5, 0, 100)
    minimum = Pair([2.4, 1.2], -1.5, 3.5)
    norm = Choice("L2", "L1")

    def _data(self) -> dict[str, Any]:
        return {"hessian": HESSIAN}

    def solution(self, lam: float | None = None) -> Array:
        """The minimiser of loss and penalty.

        Parameters
        ----------
        lam : float, optional
            Strength of the penalty, 0 or more; the one that is set unless given.

        Returns
        -------
        ndarray of shape (2,)
            The two weights.
        """
        lam = self.lam if lam is None else lam
        X, y = quadratic(HESSIAN, self.minimum)
        if self.norm == "L2":
            w: Array = ridge.fit(X, y, lam)[0]
            return w
        return lasso(np.asarray(HESSIAN), np.asarray(self.minimum), lam)

    def alt_text(self) -> str:
        """What the static picture shows, in words.

        Returns
        -------
        str
            A few sentences in plain text.
        """
        m, w = self.minimum, self.solution()
        start, size = (float(np.linalg.norm(at, ORDER[self.norm])) for at in (m, w))
        scene = f"Contours of a quadratic loss in the plane of two weights, and an {self.norm} ball around the origin. "
        if not start:
            return f"{scene}The loss is least at the origin, so the penalty with lambda {self.lam:g} moves nothing."
        if self.lam == 0:
            return (
                f"{scene}With lambda 0 it reaches to the minimum of the loss at {_pair(m)}; its radius is {start:.3g}."
            )
        kind, digits = "norm" if self.norm == "L2" else "L1 norm", distinguishing_digits(size, [start])
        return (
            f"{scene}With lambda {self.lam:g} the minimum {_move(m, w)}, and its {kind} has gone from "
            f"{start:.{digits}g} to {size:.{digits}g}, the radius of the ball."
        )

    def _draw(self, figure: "Figure") -> None:
        plane, weights = figure.subplots(1, 2)
        lams = np.logspace(-3, 2, 101)
        path = np.stack([self.solution(lam) for lam in lams])
        self._draw_plane(plane, path)
        self._draw_weights(weights, lams, path)

    def _draw_plane(self, ax: "Axes", path: Array) -> None:
        from wdlesson import plots

        m, w = np.asarray(self.minimum), self.solution()
        _draw_contours(ax, m, w)
        ax.fill(*_ball(w, ORDER[self.norm]), facecolor=plots.PENALTY, edgecolor=plots.PENALTY, alpha=0.25)
        ax.plot(*path.T, "--", color=plots.EXACT, linewidth=1)
        ax.plot(*m, "o", color=plots.TRAIN)
        ax.plot(*w, "o", color=plots.EXACT)
        ax.annotate("minimum", (m[0], m[1]), (0, 9), textcoords="offset points", ha="center", color=plots.TRAIN)
        ax.annotate(f"λ = {self.lam:g}", (w[0], w[1]), (7, -12), textcoords="offset points", color=plots.EXACT)
        ax.set(xlabel="$w_1$", ylabel="$w_2$", aspect="equal", title="Loss and ball")

    def _draw_weights(self, ax: "Axes", lams: Array, path: Array) -> None:
        from wdlesson import plots

        radius = np.linalg.norm(path, ORDER[self.norm], axis=1)
        ax.plot(lams, radius, color=plots.PENALTY, linewidth=2.4, label="radius of the ball")
        ax.plot(lams, path[:, 0], color=plots.TRAIN, label="$w_1$")
        ax.plot(lams, path[:, 1], "--", color=plots.VAL, label="$w_2$")
        ax.axvline(max(self.lam, 1e-3), color=plots.REFERENCE, linewidth=1)
        ax.set(xscale="log", xlabel="λ", title="The weights by λ")
        ax.legend(fontsize="small")


def _draw_contours(ax: "Axes", m: Array, w: Array) -> None:
    """Contours of the loss around its minimum m, and the one through w."""
    from wdlesson import plots

    H, axis = np.asarray(HESSIAN), np.linspace(-1.5, 3.5, 151)
    u = np.stack(np.meshgrid(axis, axis), axis=-1) - m  # (151, 151, 2)
    loss = (u @ H * u).sum(-1) / 2
    w1, w2 = u[0, :, 0] + m[0], u[:, 0, 1] + m[1]
    ax.contour(w1, w2, loss, levels=np.arange(1, 9) ** 2 / 10, colors="0.85", linewidths=0.8)
    ax.contour(w1, w2, loss, levels=[(w - m) @ H @ (w - m) / 2], colors=plots.TRAIN)


def _ball(w: Array, order: int) -> Array:
    """The rim of the ball around the origin that reaches to w, as points: (2, 201)."""
    angle = np.linspace(0, 2 * np.pi, 201)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    rim: Array = circle * np.linalg.norm(w, order) / np.linalg.norm(circle, order, axis=0)
    return rim


def _move(m: Sequence[float], w: Array) -> str:
    """Where the minimum goes, in words."""
    return (
        f"stays within a hundredth of {_pair(m)}"
        if _pair(m) == _pair(w)
        else f"has moved from {_pair(m)} to {_pair(w)}"
    )


def _pair(w: Sequence[float] | Array) -> str:
    """Two weights in words."""
    return f"({fixed(w[0])}, {fixed(w[1])})"


def lasso(H: Array, m: Array, lam: float) -> Array:
    """The minimiser of 1/2 (w - m)' H (w - m) + lam ||w||_1, by coordinate descent.

    Parameters
    ----------
    H : ndarray of shape (d, d)
        The Hessian of the loss, positive definite.
    m : ndarray of shape (d,)
        Where the loss alone is least.
    lam : float
        Strength of the penalty, 0 or more.

    Returns
    -------
    ndarray of shape (d,)
        The weights after 200 rounds.

    Notes
    -----
    Each coordinate in turn is set to its soft threshold: Hastie, Tibshirani, Friedman, *The Elements of Statistical
    Learning*, section 3.8.6.
    """
    w = m.copy()
    for _ in range(200):
        for j in range(len(w)):
            pull = H[j] @ (m - w) + H[j, j] * w[j]
            w[j] = np.sign(pull) * max(abs(pull) - lam, 0) / H[j, j]
    return w
