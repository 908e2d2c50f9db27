"""Contours and norm ball: why a penalty and a bound on the norm are the same thing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wdlesson import ridge
from wdlesson.explorers.base import Choice, Explorer, Number, Pair, distinguishing_digits, esm, fixed, quadratic
from wdlesson.explorers.lambda_dial import SAMPLES, polynomial_problem

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ORDER = {"L2": 2, "L1": 1}
RADIUS = 3.5  # how far the plane reaches, along each weight

WORDS = {
    "title": "Contours and norm ball",
    "scene": (
        "Contours of the loss of y = w1 x + w2 x^3 + b for twenty points, in the plane of the two weights, and an "
        "{norm} ball around the origin. "
    ),
    "nothing": "The loss is least at the origin, so the penalty with lambda {lam:g} moves nothing.",
    "none": "With lambda 0 it reaches to the minimum of the loss at {at}; its radius is {size:.3g}.",
    "moved": (
        "With lambda {lam:g} the minimum {move}, and its {kind} has gone from {start:.{digits}g} to {size:.{digits}g}, "
        "the radius of the ball."
    ),
    "stays": "stays within a hundredth of {start}",
    "goes": "has moved from {start} to {end}",
    "L2": "norm",
    "L1": "L1 norm",
    "minimum": "minimum",
    "penalised": "λ = {lam:g}",
    "plane": "Loss and ball",
    "weights": "The weights by λ",
    "radius": "radius of the ball",
    "w1": "$w_1$, of $x$",
    "w2": "$w_2$, of $x^3$",
}

Array = NDArray[np.float64]


def _cubic(draw: int) -> tuple[Array, Array]:
    """Features x and x^3, and targets of a draw of the dial's points, all centred: no bias is left to fit."""
    p = polynomial_problem(draw)
    X, y = p.X_train[:, [0, 2]].numpy(), p.y_train.numpy()
    return X - X.mean(0), y - y.mean()


def _minima() -> list[list[float]]:
    """Where the loss of each draw is least, to a hundredth."""
    return [np.linalg.lstsq(*_cubic(draw), rcond=None)[0].round(2).tolist() for draw in range(SAMPLES)]


HESSIAN = (_cubic(0)[0].T @ _cubic(0)[0] / len(_cubic(0)[0])).tolist()
MINIMA = _minima()


class NormBall(Explorer):
    """The loss of y = w1 x + w2 x^3 + b for the lambda dial's twenty points, its minimum, and that under a penalty.

    The point under the penalty is also the best one in a ball around the origin, whose radius is its norm. Other draws
    of the noise, which share the loss's curvature, have their minimum elsewhere: the state carries those of the dial's
    draws. The bias is at its best for every w.

    Parameters
    ----------
    lam : float
        Strength of the penalty, from 0 to 10; 0.03 unless set.
    minimum : list of float
        Where the loss alone is least, (w1, w2), each from -3.5 to 3.5; that of the first draw,
        [2.74, -2.66], unless set.
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
    >>> ball = NormBall(lam=0.1)
    >>> ball.solution().round(2)
    array([ 0.86, -0.18])
    """

    title = WORDS["title"]
    _esm = esm("norm_ball.js")
    lam = Number(0.03, 0, 10)
    minimum = Pair(MINIMA[0], -RADIUS, RADIUS)
    norm = Choice("L2", "L1")

    def _data(self) -> dict[str, Any]:
        return {"hessian": HESSIAN, "minima": MINIMA}

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
        scene = WORDS["scene"].format(norm=self.norm)
        if not start:
            return scene + WORDS["nothing"].format(lam=self.lam)
        if self.lam == 0:
            return scene + WORDS["none"].format(at=_pair(m), size=start)
        sizes = {"start": start, "size": size, "digits": distinguishing_digits(size, [start])}
        return scene + WORDS["moved"].format(lam=self.lam, move=_move(m, w), kind=WORDS[self.norm], **sizes)

    def _draw(self, figure: "Figure") -> None:
        plane, weights = figure.subplots(1, 2)
        lams = np.logspace(-5, 1, 101)
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
        _annotate(ax, WORDS["minimum"], m, (0, -16), plots.TRAIN)
        _annotate(ax, WORDS["penalised"].format(lam=self.lam), w, (-30, -14), plots.EXACT)
        ax.set(xlabel=WORDS["w1"], ylabel=WORDS["w2"], aspect="equal", title=WORDS["plane"])

    def _draw_weights(self, ax: "Axes", lams: Array, path: Array) -> None:
        from wdlesson import plots

        radius = np.linalg.norm(path, ORDER[self.norm], axis=1)
        ax.plot(lams, radius, color=plots.PENALTY, linewidth=2.4, label=WORDS["radius"])
        ax.plot(lams, path[:, 0], color=plots.TRAIN, label=WORDS["w1"])
        ax.plot(lams, path[:, 1], "--", color=plots.VAL, label=WORDS["w2"])
        ax.axvline(max(self.lam, 1e-5), color=plots.REFERENCE, linewidth=1)
        ax.set(xscale="log", xlabel="λ", title=WORDS["weights"])
        ax.legend(fontsize="small")


def _annotate(ax: "Axes", text: str, at: Sequence[float] | Array, by: tuple[int, int], color: str) -> None:
    """A name so many points beside a place, on paper of its own, so that no line runs through it."""
    paper = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.8}
    ax.annotate(text, (at[0], at[1]), by, textcoords="offset points", ha="center", color=color, bbox=paper)


def _draw_contours(ax: "Axes", m: Array, w: Array) -> None:
    """Contours of the loss around its minimum m, and the one through w."""
    from wdlesson import plots

    H, axis = np.asarray(HESSIAN), np.linspace(-RADIUS, RADIUS, 151)
    u = np.stack(np.meshgrid(axis, axis), axis=-1) - m  # (151, 151, 2)
    loss = (u @ H * u).sum(-1) / 2
    w1, w2 = u[0, :, 0] + m[0], u[:, 0, 1] + m[1]
    ax.contour(w1, w2, loss, levels=np.arange(1, 9) ** 2 / 60, colors="0.85", linewidths=0.8)
    ax.contour(w1, w2, loss, levels=[(w - m) @ H @ (w - m) / 2], colors=plots.TRAIN)


def _ball(w: Array, order: int) -> Array:
    """The rim of the ball around the origin that reaches to w, as points: (2, 201)."""
    angle = np.linspace(0, 2 * np.pi, 201)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    rim: Array = circle * np.linalg.norm(w, order) / np.linalg.norm(circle, order, axis=0)
    return rim


def _move(m: Sequence[float], w: Array) -> str:
    """Where the minimum goes, in words."""
    return WORDS["stays" if _pair(m) == _pair(w) else "goes"].format(start=_pair(m), end=_pair(w))


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
        The weights after 1,000 rounds.

    Notes
    -----
    Each coordinate in turn is set to its soft threshold: Hastie, Tibshirani, Friedman, *The Elements of Statistical
    Learning*, section 3.8.6.
    """
    w = m.copy()
    for _ in range(1000):
        for j in range(len(w)):
            pull = H[j] @ (m - w) + H[j, j] * w[j]
            w[j] = np.sign(pull) * max(abs(pull) - lam, 0) / H[j, j]
    return w
