"""Optimisers and their balls: where decoupled decay takes each, by the norm that bounds its step."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wdlesson.explorers.base import Choice, Explorer, Number, Pair, esm, fixed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HESSIAN = [[1.0, 0.6], [0.6, 0.8]]
LR, STEPS = 0.05, 2000
BOUND = 2.5  # how far the plane reaches, along each weight
BETA2 = 0.95
RUNS = {"Linf": ("adamw", "lion", "cautious"), "L2": ("sgd",), "spectral": ("muon",)}

WORDS = {
    "title": "Optimisers and their balls",
    "scene": "Contours of a loss in the plane of two weights, least at {minimum}, and {steps} steps from the origin. ",
    "none": "With lambda 0 there is no ball, and that point stays the best.",
    "inside": "With lambda {lam:g} that is in the {ball} around the origin.",
    "outside": (
        "With lambda {lam:g} that is outside of the {ball} around the origin, on which the loss is least at {best}."
    ),
    "Linf": "box of half-width {radius:.3g}",
    "L2": "disc of radius {radius:.3g}",
    "spectral": "diamond with corners {radius:.3g} away on the axes",
    "close": " {name} ends within 0.001 of that point.",
    "away": " {name} ends {away:.2g} from that point.",
    "adamw": "AdamW",
    "lion": "Lion",
    "cautious": "Cautious AdamW",
    "sgd": "Normalised SGD",
    "muon": "Muon",
    "plane": "Paths in the plane of the weights",
    "best": "Best on the ball",
    "minimum": "Minimum of the loss",
    "norms": "The norm after each step",
    "radius": "1/λ",
    "step": "step",
}

Array = NDArray[np.float64]
Update = Callable[[Array], Array]


class OptimizerBalls(Explorer):
    """Paths of five optimisers with decoupled decay on a loss of two weights, and the balls on which they end.

    The ball of a norm has the radius 1/lam. AdamW and Lion end where the loss is least on the box, normalised SGD on
    the disc, and Muon on the spectral ball of the matrices [[w1, w2], [w2, w1]], whose singular values are the sizes of
    w1 + w2 and w1 - w2: a diamond. Cautious AdamW, which decays a weight only where its step shrinks it, leaves
    the box. They start at the origin; the learning rate falls linearly from 0.05 to 0 in 2000 steps.

    Parameters
    ----------
    lam : float
        Strength of the decay, one over the radius, from 0 to 2; 1 unless set.
    minimum : list of float
        Where the loss alone is least, (w1, w2), each from -2.5 to 2.5; [1.8, -0.3] unless set.
    norm : str
        "Linf" for the box, which is the one unless set, "L2" for the disc, or "spectral" for the diamond.

    Raises
    ------
    ValueError
        If a parameter is not one of the values above; the message names it and says what it may be.
    TypeError
        If one is of another kind, or there is none of a name.

    Examples
    --------
    >>> balls = OptimizerBalls(lam=1.0)
    >>> balls.constrained_minimum().round(3)
    array([1. , 0.3])
    >>> balls.runs()["lion"][-1].round(3)
    array([1. , 0.3])
    """

    title = WORDS["title"]
    _esm = esm("optimizer_balls.js")
    lam = Number(1.0, 0, 2)
    minimum = Pair([1.8, -0.3], -BOUND, BOUND)
    norm = Choice("Linf", "L2", "spectral")

    def _data(self) -> dict[str, Any]:
        return {"hessian": HESSIAN, "lr": LR, "steps": STEPS}

    def runs(self) -> dict[str, Array]:
        """The paths of the optimisers whose steps are bounded in the norm.

        Returns
        -------
        dict of ndarrays of shape (steps + 1, 2)
            "adamw", "lion" and "cautious"; "sgd"; or "muon". The origin comes first.
        """
        return {name: walk(name, self.minimum, self.lam) for name in RUNS[self.norm]}

    def constrained_minimum(self) -> Array:
        """Where the loss is least on the ball of radius 1/lam.

        Returns
        -------
        ndarray of shape (2,)
            The two weights.
        """
        m = np.asarray(self.minimum)
        if size(m, self.norm) * self.lam <= 1:
            return m
        return BEST[self.norm](np.asarray(HESSIAN), m, 1 / self.lam)

    def alt_text(self) -> str:
        """What the static picture shows, in words.

        Returns
        -------
        str
            A few sentences in plain text.
        """
        best = self.constrained_minimum()
        ends = {name: float(np.linalg.norm(path[-1] - best)) for name, path in self.runs().items()}
        told = [_end(WORDS[name], away) for name, away in ends.items()]
        scene = WORDS["scene"].format(minimum=_pair(np.asarray(self.minimum)), steps=STEPS)
        return scene + self._where(best) + "".join(told)

    def _where(self, best: Array) -> str:
        """The ball in words, and the best point on it."""
        if self.lam == 0:
            return WORDS["none"]
        ball = WORDS[self.norm].format(radius=1 / self.lam)
        kind = "inside" if (best == self.minimum).all() else "outside"
        return WORDS[kind].format(lam=self.lam, ball=ball, best=_pair(best))

    def _draw(self, figure: "Figure") -> None:
        plane, norms = figure.subplots(1, 2)
        self._draw_plane(plane)
        self._draw_norms(norms)

    def _draw_plane(self, ax: "Axes") -> None:
        from wdlesson import plots

        _draw_contours(ax, np.asarray(self.minimum))
        if self.lam:
            rim = _rim(self.norm) / self.lam
            ax.fill(*rim, facecolor=plots.PENALTY, edgecolor=plots.PENALTY, alpha=0.25)
        for (name, path), style in zip(self.runs().items(), _styles(), strict=False):
            ax.plot(*path.T, label=WORDS[name], **style)
        ax.plot(*self.constrained_minimum(), "o", color=plots.EXACT, label=WORDS["best"])
        ax.plot(*self.minimum, "o", color=plots.TRAIN, label=WORDS["minimum"])
        lim = (-BOUND, BOUND)
        ax.set(xlabel="$w_1$", ylabel="$w_2$", xlim=lim, ylim=lim, aspect="equal", title=WORDS["plane"])
        key: dict[str, Any] = {"fontsize": "x-small", "loc": _opposite(self.minimum)}
        ax.legend(**key)

    def _draw_norms(self, ax: "Axes") -> None:
        from wdlesson import plots

        for (name, path), style in zip(self.runs().items(), _styles(), strict=False):
            ax.plot(np.arange(1, STEPS + 1), size(path[1:], self.norm), label=WORDS[name], **style)
        if self.lam:
            ax.axhline(1 / self.lam, color=plots.REFERENCE, linewidth=1, linestyle=":", label=WORDS["radius"])
        ax.set(xscale="log", xlabel=WORDS["step"], ylim=(0, 5.2), title=WORDS["norms"])
        ax.legend(fontsize="small", loc="upper left")


# ---- The optimisers: each makes an update, which takes a gradient and remembers ----


def _with_momentum(steepest: Update) -> Update:
    m: Array = np.zeros(2)

    def update(g: Array) -> Array:
        nonlocal m
        m = 0.9 * m + 0.1 * g
        return steepest(m)

    return update


def _length_one(m: Array) -> Array:
    unit: Array = m / np.maximum(np.sqrt((m * m).sum(-1, keepdims=True)), 1e-300)
    return unit


def _orthogonal(m: Array) -> Array:
    """U V' of the matrix [[m1, m2], [m2, m1]]: its singular values |m1 + m2| and |m1 - m2| become 1."""
    return _turned(np.sign(_turned(m))) / 2


def _turned(w: Array) -> Array:
    return np.stack([w[..., 0] + w[..., 1], w[..., 0] - w[..., 1]], -1)


def _lion() -> Update:
    m: Array = np.zeros(2)

    def update(g: Array) -> Array:
        nonlocal m
        step = np.sign(0.9 * m + 0.1 * g)
        m = 0.99 * m + 0.01 * g
        return step

    return update


def _adam() -> Update:
    m, v, fade1, fade2 = np.zeros(2), np.zeros(2), 1.0, 1.0

    def update(g: Array) -> Array:
        nonlocal m, v, fade1, fade2
        m, v = 0.9 * m + 0.1 * g, BETA2 * v + (1 - BETA2) * (g * g)
        fade1, fade2 = 0.9 * fade1, BETA2 * fade2
        step: Array = m / (1 - fade1) / (np.sqrt(v / (1 - fade2)) + 1e-8)
        return step

    return update


UPDATES: dict[str, Callable[[], Update]] = {
    "adamw": _adam,
    "lion": _lion,
    "cautious": _adam,
    "sgd": lambda: _with_momentum(_length_one),
    "muon": lambda: _with_momentum(_orthogonal),
}


def walk(optimizer: str, minimum: ArrayLike, lam: ArrayLike) -> Array:
    """The path of an optimiser with decoupled decay, from the origin, on 1/2 (w - m)' H (w - m).

    Parameters
    ----------
    optimizer : str
        "adamw", "lion", "cautious" (AdamW that decays a weight only where its step shrinks it), "sgd" (normalised) or
        "muon" (on the matrix [[w1, w2], [w2, w1]]).
    minimum : array_like of shape (..., 2)
        m, of one problem or of many.
    lam : array_like of shape (...)
        Strength of the decay, 0 or more.

    Returns
    -------
    ndarray of shape (steps + 1, ..., 2)
        The weights after every step.
    """
    H, m, lam = np.asarray(HESSIAN), np.asarray(minimum, dtype=np.float64), np.asarray(lam)[..., None]
    update, path = UPDATES[optimizer](), [np.zeros_like(m)]
    for t in range(STEPS):
        w, lr = path[-1], LR * (1 - t / STEPS)
        u = update((H * (w - m)[..., None, :]).sum(-1))
        decayed = w * (u * w >= 0) if optimizer == "cautious" else w
        path.append(w - lr * lam * decayed - lr * u)
    return np.stack(path)


# ---- The balls ----


def size(w: Array, norm: str) -> Array:
    """The norm to which a ball belongs.

    Parameters
    ----------
    w : ndarray of shape (..., 2)
        Weights.
    norm : str
        "Linf", "L2" or "spectral".

    Returns
    -------
    ndarray of shape (...)
        The largest absolute weight, the length, or the largest singular value of [[w1, w2], [w2, w1]].
    """
    if norm == "L2":
        return np.hypot(w[..., 0], w[..., 1])
    largest: Array = np.abs(w if norm == "Linf" else _turned(w)).max(-1)
    return largest


def _on_box(H: Array, m: Array, radius: float) -> Array:
    """The best point of each wall is that of its line, cut off at the corners."""
    sides = radius * np.array([-1, 1])
    walls = [[side, m[1] - H[0, 1] / H[1, 1] * (side - m[0])] for side in sides]
    walls += [[m[0] - H[0, 1] / H[0, 0] * (side - m[1]), side] for side in sides]
    points = np.clip(walls, -radius, radius)
    best: Array = points[np.einsum("ki,ij,kj->k", points - m, H, points - m).argmin()]
    return best


def _on_disc(H: Array, m: Array, radius: float) -> Array:
    """The ridge solution that long: in the directions of H, each coordinate shrinks to h / (h + strength) of m's."""
    h, V = np.linalg.eigh(H)
    low, high = 0.0, float(np.linalg.norm(H @ m)) / radius
    for _ in range(60):
        strength = (low + high) / 2
        w: Array = V @ (h / (h + strength) * (V.T @ m))
        low, high = (strength, high) if np.linalg.norm(w) > radius else (low, strength)
    return w


def _on_diamond(H: Array, m: Array, radius: float) -> Array:
    """In the coordinates w1 + w2 and w1 - w2 the diamond is a box."""
    turn = np.array([[1, 1], [1, -1]])
    best: Array = turn @ _on_box(turn @ H @ turn / 4, turn @ m, radius) / 2
    return best


BEST = {"Linf": _on_box, "L2": _on_disc, "spectral": _on_diamond}


# ---- The static picture ----


def _styles() -> list[dict[str, Any]]:
    """How the runs of a ball are drawn, in their order."""
    from wdlesson import plots

    colors, lines = (plots.TRAIN, plots.VAL, plots.REFERENCE), ("-", (0, (6, 2)), "--")
    return [{"color": color, "linestyle": line} for color, line in zip(colors, lines, strict=True)]


def _opposite(m: Sequence[float]) -> str:
    """The corner away from the minimum, and so from the paths."""
    return f"{'upper' if m[1] < 0 else 'lower'} {'left' if m[0] >= 0 else 'right'}"


def _draw_contours(ax: "Axes", m: Array) -> None:
    axis = np.linspace(-BOUND, BOUND, 101)
    u = np.stack(np.meshgrid(axis, axis), axis=-1) - m  # (101, 101, 2)
    loss = (u @ np.asarray(HESSIAN) * u).sum(-1) / 2
    ax.contour(axis, axis, loss, levels=np.arange(1, 10) ** 2 / 12, colors="0.85", linewidths=0.8)


def _rim(norm: str) -> Array:
    """The rim of the ball of radius 1, as points: (2, 161)."""
    angle = np.linspace(0, 2 * np.pi, 161)  # the corners are among them
    circle = np.stack([np.cos(angle), np.sin(angle)], -1)
    rim: Array = (circle / size(circle, norm)[:, None]).T
    return rim


def _end(name: str, away: float) -> str:
    """Where an optimiser ends, in words."""
    return WORDS["close" if away < 0.001 else "away"].format(name=name, away=away)


def _pair(w: Array) -> str:
    """Two weights in words."""
    return f"({fixed(w[0])}, {fixed(w[1])})"
