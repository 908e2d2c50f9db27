"""A whole training, computed anew at every touch: the run of `scratch.train`, in the browser."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor, float64
from traitlets import observe

from wdlesson import data, protocol, ridge, scratch
from wdlesson.data import Problem
from wdlesson.explorers.base import Choice, Explorer, Integer, Number, Parameter, esm, to_list
from wdlesson.history import History, half_mse

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EPOCHS = 100
ROUNDING = 1e-10  # what is left of the start below this share of it is a rounding error
MOST_NUMBERS = 400_000  # of a problem, which the browser is to train on in the blink of an eye
DRAWS = {"d2l": data.d2l_problem, "noisy": data.noisy_problem}
OWN = "own"  # what the browser calls a problem that is neither
SETTINGS = ("lam", "lr", "batch_size", "init_std", "seed")

# Every sentence that a reader sees.
WORDS: dict[str, Any] = {
    "run": "A training of 100 epochs on {problem} with lambda {lam:g}, learning rate {lr:g}, {batch}, from {start}. ",
    "problem": {"d2l": "d2l's problem", "noisy": "the noisy problem", OWN: "your own problem"},
    "batch": "batches of {}",
    "full": "the full batch",
    "start": {0: "zero", 0.01: "N(0, 0.01²)", 1: "N(0, 1)"},
    "values": (
        "After epoch {epoch} the training loss is {train:.3g} and the validation loss {val:.3g}; predicting the mean "
        "has {mean:.3g}, the exact answer {ridge_val:.3g}. The penalty is {penalty:.3g}, the norm {norm:.3g}, of which "
        "{left:.3g} is left of the start."
    ),
    "diverged": "It diverges: {error}.",
    "loss": "Loss",
    "training": "training",
    "validation": "validation",
    "exact": "exact answer (ridge)",
    "mean": "predicting the mean",
    "floor": "noise floor",
    "norms": "Norm and penalty",
    "norm": "norm of $w$",
    "left": "left of the start",
    "penalty": "penalty",
}


class ProblemOrName(Parameter):
    """The problem by its name, or one's own, shared with the browser by name."""

    def __init__(self) -> None:
        """Start at d2l's."""
        super().__init__("d2l")
        self.tag(to_json=lambda value, widget: _name(value), from_json=_from_browser)

    def bounds(self) -> dict[str, Any]:
        """What it may be in an address, for the script.

        Returns
        -------
        dict of str
            "options".
        """
        return {"options": list(DRAWS)}

    def validate(self, obj: Any, value: Any) -> "str | Problem":
        """`value`, if it is one of the names or a problem that is not too large.

        Parameters
        ----------
        obj : Explorer
            Whose parameter it is.
        value : object
            What was set, here or in the browser.

        Returns
        -------
        str or Problem
            The same.

        Raises
        ------
        TypeError
            If it is of another kind; the message names the parameter.
        ValueError
            If it is another text, or a problem of too many numbers.
        """
        must = f"it must be one of {', '.join(map(repr, DRAWS))}, or a wdlesson.data.Problem"
        if not isinstance(value, (str, Problem)):
            raise TypeError(f"{self.name} is {value!r}; {must}")
        if isinstance(value, str) and value not in DRAWS:
            raise ValueError(f"{self.name} is {value!r}; {must}")
        if isinstance(value, Problem) and (count := value.X_train.numel() + value.X_val.numel()) > MOST_NUMBERS:
            raise ValueError(f"{self.name} has {count:,} numbers; here it must have {MOST_NUMBERS:,} at most")
        return value


def _name(problem: "str | Problem") -> str:
    return problem if isinstance(problem, str) else OWN


def _from_browser(value: Any, widget: Any) -> Any:
    """What the browser set: a name, or the reader's own problem again."""
    return widget.own if value == OWN and widget.own is not None else value


class BatchSize(Choice):
    """1, 5, 20 or "all", shared with the browser."""

    def __init__(self) -> None:
        """Start at 5."""
        super().__init__(5, 1, 20, "all")

    def validate(self, obj: Any, value: Any) -> Any:
        """The option that `value` equals.

        Parameters
        ----------
        obj : Explorer
            Whose parameter it is.
        value : object
            What was set, here or in the browser.

        Returns
        -------
        int or str
            The option itself.

        Raises
        ------
        TypeError
            If it is of another kind; the message names the parameter.
        ValueError
            If it is anything else of that kind.
        """
        return value if isinstance(value, str) and value == "all" else super().validate(obj, value)


class KeptRun(Parameter):
    """The settings of a run to compare with, or an empty list, shared with the browser."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__([])

    def bounds(self) -> dict[str, Any]:
        """What each of them may be, for the script.

        Returns
        -------
        dict of str
            "parts".
        """
        return {"parts": [_parameter(name).bounds() for name in SETTINGS]}

    def validate(self, obj: Any, value: Any) -> list[Any]:
        """`value` as a list, if it is empty or what the parameters of the same names take.

        Parameters
        ----------
        obj : Explorer
            Whose parameter it is.
        value : object
            What was set, here or in the browser.

        Returns
        -------
        list
            lam, lr, batch_size, init_std and seed, or nothing.

        Raises
        ------
        TypeError
            If it or one of its parts is of another kind; the message names the part.
        ValueError
            If there are more or fewer, or one of them is out of range.
        """
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"{self.name} is {value!r}; it must be a list of {', '.join(SETTINGS)}, or empty")
        if len(value) not in (0, len(SETTINGS)):
            raise ValueError(f"{self.name} is {value!r}; it must be a list of {', '.join(SETTINGS)}, or empty")
        return [_parameter(name).validate(obj, part) for name, part in zip(SETTINGS, value, strict=False)]


class Training(Explorer):
    """A linear model trained for a hundred epochs, as `wdlesson.scratch.train` does it.

    The browser draws the data, the start and the batches by the same random numbers and takes the same steps in
    float64, at every change of a parameter. So the state carries data only for a problem of one's own.

    Parameters
    ----------
    batch_size : int or str
        1, 5, 20 or "all"; 5 unless set.
    epoch : int
        The epoch that is read, from 0 to 100; 100 unless set.
    init_std : float
        Standard deviation of the weights at the start: 1, 0.01 or 0; 1 unless set.
    kept : list
        lam, lr, batch_size, init_std and seed of a run to compare with, on the same problem; empty unless set.
    lam : float
        Strength of the decay, from 0 to 100; 3 unless set.
    lr : float
        Learning rate, from 1e-5 to 1; 0.003 unless set.
    problem : str or wdlesson.data.Problem
        "d2l", which is the one unless set, "noisy", or one's own. The browser trains on it in float64.
    seed : int
        Decides the start and the batches, and of the two made-up problems the data too; from 0 to 999, 0 unless set.

    Raises
    ------
    TypeError
        If a value is not of its parameter's kind, or there is no parameter of a name.
    ValueError
        If a value is not one that its parameter takes; the message names it and says what it may be.

    Examples
    --------
    >>> from wdlesson import explorers
    >>> training = explorers.Training(problem="noisy", lam=0.9, lr=0.03, batch_size="all")
    >>> round(float(training.history().val_loss[-1]), 3)
    0.922
    """

    title = "A whole training"
    _esm = esm("torch_random.js", "linear_training.js", "exact_answer.js", "training.js")
    problem = ProblemOrName()
    lam = Number(3, 0, 100)
    lr = Number(0.003, 1e-5, 1)
    batch_size = BatchSize()
    init_std = Choice(1, 0.01, 0)
    seed = Integer(0, 0, 999)
    epoch = Integer(EPOCHS, 0, EPOCHS)
    kept = KeptRun()
    own: Problem | None = None  # the reader's own problem, also while another is shown

    @observe("problem")
    def _keep_own(self, change: dict[str, Any]) -> None:
        if isinstance(change["new"], Problem):
            self.own = change["new"]
            self.set_trait("data", self._data())

    def _data(self) -> dict[str, Any]:
        if self.own is None:
            return {}
        p = self.own
        parts = {"X": p.X_train, "y": p.y_train, "X_val": p.X_val, "y_val": p.y_val}
        return {name: to_list(_double(values)) for name, values in parts.items()} | {"noise": p.noise_std or 0}

    def drawn(self) -> Problem:
        """The problem as its data are drawn now.

        Returns
        -------
        Problem
            In float64, unless it is one's own.
        """
        return self.problem if isinstance(self.problem, Problem) else _draw(self.problem, self.seed)

    def history(self) -> History:
        """The same run by `scratch.train`.

        Returns
        -------
        History
            Of a hundred epochs.

        Raises
        ------
        DivergenceError
            If it diverges, with the rate that is stable or safe.
        """
        return _train(self.drawn(), self.lam, self.lr, self.batch(), self.init_std, self.seed)

    def batch(self) -> int:
        """The number of examples in a step.

        Returns
        -------
        int
            `batch_size`, or where that is "all", the number of training examples.
        """
        return self.drawn().n if self.batch_size == "all" else int(self.batch_size)

    def left(self) -> list[float]:
        """What is left of the start, whether or not the run diverges.

        Returns
        -------
        list of 101 floats
            The norm of the part of w that no training example sees, at the start and after every epoch.
        """
        p = self.drawn()
        w = _double(protocol.start(p, self.init_std, self.seed)[0])
        unseen = w - np.linalg.pinv(X := _double(p.X_train)) @ (X @ w)
        steps = -(-p.n // self.batch())
        rho = float(np.linalg.norm(unseen))
        rho = rho if rho > ROUNDING * np.linalg.norm(w) else 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            fade = np.float64(abs(1 - self.lr * self.lam)) ** (steps * np.arange(EPOCHS + 1))
            left: list[float] = to_list(np.where(rho, rho * fade, 0))
        return left

    def levels(self) -> dict[str, float]:
        """What the run is compared with.

        Returns
        -------
        dict of floats
            "mean", the loss of predicting the mean of the training targets on the validation data; "floor", half the
            variance of the noise, where it is known; "ridge_train", "ridge_val" and "ridge_norm" of the exact answer.
        """
        p = self.drawn()
        w, b = ridge.fit(p.X_train, p.y_train, self.lam)
        return {
            "mean": float((p.y_val - p.y_train.mean()).square().mean() / 2),
            "ridge_train": float(half_mse(p.X_train, p.y_train, w, b)),
            "ridge_val": float(half_mse(p.X_val, p.y_val, w, b)),
            "ridge_norm": float(w.norm()),
        } | ({"floor": p.noise_std**2 / 2} if p.noise_std else {})

    def alt_text(self) -> str:
        """What the static picture shows, in words.

        Returns
        -------
        str
            A few sentences in plain text.
        """
        size = self.batch()
        batch = WORDS["full"] if size >= self.drawn().n else WORDS["batch"].format(size)
        problem, start = WORDS["problem"][_name(self.problem)], WORDS["start"][self.init_std]
        told: str = WORDS["run"].format(problem=problem, lam=self.lam, lr=self.lr, batch=batch, start=start)
        try:
            return told + str(WORDS["values"]).format(**self.values())
        except protocol.DivergenceError as error:
            return told + str(WORDS["diverged"]).format(error=error)

    def values(self) -> dict[str, float]:
        """What is read at the epoch that is set.

        Returns
        -------
        dict of floats
            "epoch", "train", "val", "penalty", "norm" and "left", and the `levels`.

        Raises
        ------
        DivergenceError
            If the run diverges.
        """
        h, t = self.history(), self.epoch
        lists = {"train": h.train_loss, "val": h.val_loss, "penalty": h.penalty, "norm": h.weight_norm}
        read = {name: float(values[t]) for name, values in lists.items()}
        return {"epoch": t, **read, "left": self.left()[t], **self.levels()}

    def _draw(self, figure: "Figure") -> None:
        losses, norms = figure.subplots(1, 2)
        try:
            history = self.history()
        except protocol.DivergenceError:
            history = None  # the words say so; what it is compared with is drawn all the same
        self._draw_losses(losses, history)
        self._draw_norms(norms, history)

    def _draw_losses(self, ax: "Axes", history: History | None) -> None:
        from wdlesson import plots

        if history:
            ax.plot(history.train_loss, color=plots.TRAIN, label=WORDS["training"])
            ax.plot(history.val_loss, "--", color=plots.VAL, label=WORDS["validation"])
        levels = self.levels()
        for name in ("mean", *(["floor"] if "floor" in levels else [])):
            plots.reference(ax, levels[name], WORDS[name])
        exact: dict[str, Any] = dict(color=plots.EXACT, linewidth=2.4)
        ax.plot([90, EPOCHS], [levels["ridge_train"]] * 2, "-", label=WORDS["exact"], **exact)
        ax.plot([90, EPOCHS], [levels["ridge_val"]] * 2, "--", **exact)
        ax.set(xlabel="epoch", ylabel="half-MSE", yscale="log", title=WORDS["loss"], xlim=(-3, 103))
        ax.legend(fontsize="small")

    def _draw_norms(self, ax: "Axes", history: History | None) -> None:
        from wdlesson import plots

        if history:
            ax.plot(history.weight_norm, color=plots.EXACT, label=WORDS["norm"])
            ax.plot(history.penalty, "-.", color=plots.PENALTY, label=WORDS["penalty"])
        ax.plot(self.left(), ":", color=plots.PENALTY, linewidth=2.4, label=WORDS["left"])
        ax.set(xlabel="epoch", yscale="log", title=WORDS["norms"], xlim=(-3, 103))
        ax.legend(fontsize="small")


def _parameter(name: str) -> Any:
    return Training.class_traits()[name]


def _double(values: Tensor) -> Any:
    return values.cpu().to(float64).numpy()


@lru_cache(maxsize=8)
def _draw(name: str, seed: int) -> Problem:
    return DRAWS[name](seed, dtype=float64)


@lru_cache(maxsize=8)
def _train(problem: Problem, lam: float, lr: float, batch_size: int, init_std: float, seed: int) -> History:
    return scratch.train(
        problem,
        lam=lam,
        lr=lr,
        epochs=EPOCHS,
        batch_size=batch_size,
        init_std=init_std,
        seed=seed,
        progress=False,
    )
