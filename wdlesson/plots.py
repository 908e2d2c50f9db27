"""The figures of the book: their style, their colours, and the curves that several pages draw alike."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from cycler import cycler
from matplotlib import style
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from wdlesson import checks
from wdlesson.history import History

# Okabe and Ito's hues, which readers without full colour vision can tell apart, by what they stand for; darker than
# theirs, so that words in them can be read on white (WCAG 2.2 asks for a contrast of 4.5).
TRAIN = "#0072B2"  # blue
VAL = "#BF5200"  # vermilion
PENALTY = "#A8487F"  # purple
EXACT = "#007A59"  # green
REFERENCE = "#666666"  # grey
CYCLE = (TRAIN, VAL, EXACT, PENALTY, "#946600", "#222222")

STYLE: dict[str, Any] = {
    "figure.figsize": (6.8, 3.6),
    "figure.constrained_layout.use": True,
    "font.size": 11,
    "axes.prop_cycle": cycler(color=CYCLE),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": "medium",
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "svg.hashsalt": "wdlesson",  # the same figure is the same file
}


def use_style() -> None:
    """Draw in the book's style from here on; in a notebook as SVG, on a canvas of fixed size."""
    from matplotlib_inline.config import InlineBackend

    style.use(STYLE)
    backend: Any = InlineBackend.instance()
    backend.figure_formats = {"svg"}
    backend.print_figure_kwargs = {"bbox_inches": None, "metadata": {"Date": None}}


def band(ax: Axes, x: ArrayLike, ys: ArrayLike, label: str, color: str, linestyle: str = "-") -> None:
    """The mean of several runs, and the range from the least to the greatest of them.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    x : array_like of shape (k,)
        The abscissae.
    ys : array_like of shape (runs, k)
        The ordinates, a row for each run.
    label : str
        What the legend calls the mean.
    color : str
        A colour by any name that matplotlib knows; the range has it too, paler.
    linestyle : str, optional
        The mean's.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If the shapes don't fit.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from wdlesson import plots
    >>> plots.band(Figure().subplots(), [0, 1], [[1.0, 2.0], [3.0, 2.0]], "two runs", plots.VAL)
    """
    _check_axes(ax)
    checks.instance("label", label, str, "text")
    checks.instance("color", color, str, "the name of a colour")
    checks.instance("linestyle", linestyle, str, "the name of a line style")
    x, ys = checks.array("x", x), checks.array("ys", ys)
    if x.ndim != 1:
        raise ValueError(f"x has shape {x.shape}; it must be (k,)")
    if ys.ndim != 2 or ys.shape[1] != len(x):
        raise ValueError(f"ys has shape {ys.shape}; it must be (runs, {len(x)}) to fit x")
    ax.plot(x, ys.mean(0), linestyle, label=label, color=color)
    ax.fill_between(x, ys.min(0), ys.max(0), color=color, alpha=0.2, linewidth=0)


def learning_curves(ax: Axes, runs: Sequence[History]) -> None:
    """Data loss by epoch, in training (solid) and validation (dotted), of runs that differ in their seed alone.

    Each is a `band`, in half-MSE on a logarithmic axis.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw; its labels and its scale are set.
    runs : list of History
        What `scratch.train` or `concise.train` returned, of one number of epochs; at least one.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from wdlesson import data, plots, scratch
    >>> problem = data.d2l_problem(seed=0)
    >>> runs = [scratch.train(problem, lam=3.0, seed=seed, epochs=5) for seed in range(3)]
    >>> plots.learning_curves(Figure().subplots(), runs)
    """
    _check_axes(ax)
    if not (isinstance(runs, list | tuple) and runs and all(isinstance(run, History) for run in runs)):
        raise TypeError(f"runs is {checks.shown(runs)}; it must be a list of at least one History")
    for name, label, color, linestyle in (
        ("train_loss", "training", TRAIN, "-"),
        ("val_loss", "validation", VAL, ":"),
    ):
        ys = np.stack([checks.array(name, getattr(run, name)) for run in runs])
        band(ax, np.arange(ys.shape[1]), ys, label, color, linestyle)
    ax.set(xlabel="epoch", ylabel="half-MSE", yscale="log")


def reference(ax: Axes, y: float, label: str) -> None:
    """A level to compare with, such as the noise floor: a dashed line with its name at the right end.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    y : float
        The level, in the units of the axis.
    label : str
        Its name.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If `y` is a tensor with axes, or of whole numbers.
    """
    _check_axes(ax)
    checks.scalar("y", y)
    checks.instance("label", label, str, "text")
    ax.axhline(y, color=REFERENCE, linestyle="--", linewidth=1)
    ax.annotate(
        label,
        (1, y),
        xycoords=("axes fraction", "data"),
        xytext=(0, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
        color=REFERENCE,
        fontsize="small",
    )


def _check_axes(ax: Axes) -> None:
    checks.instance("ax", ax, Axes, "matplotlib Axes")
