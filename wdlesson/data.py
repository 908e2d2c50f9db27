"""The problems: d2l's, one on which decay earns its keep, one of real data, and one's own.

>>> import numpy as np
>>> X, y = np.arange(12.0).reshape(6, 2), [1, 2, 3, 5, 8, 13]
>>> Problem.from_arrays(X, y, n_val=2, seed=0)
Problem(n=4, n_val=2, d=2, dtype=torch.float32, device='cpu')
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from wdlesson import checks

if TYPE_CHECKING:
    import pandas as pd

    Table = ArrayLike | Tensor | pd.DataFrame
    Targets = ArrayLike | Tensor | pd.Series[Any] | pd.DataFrame


@dataclass(frozen=True, eq=False, repr=False)
class Problem:
    """A regression problem, split into training and validation data.

    Its dtype and device decide those of everything computed from it. A problem equals itself alone, and may be a key
    of a dictionary. `Problem.from_arrays` makes one of NumPy arrays, pandas' frames, lists or tensors.

    Parameters
    ----------
    X_train : torch.Tensor
        The features of the training examples, (n, d).
    y_train : torch.Tensor
        Their targets, (n,).
    X_val, y_val : torch.Tensor
        The validation examples, (n_val, d) and (n_val,), of the same dtype and on the same device.
    w_true : torch.Tensor or None
        The weights that made the targets, (d,), where the data are made up; None on real data, and so are the next two.
    b_true : float or None
        The bias that made the targets.
    noise_std : float or None
        The standard deviation of the noise in the targets.

    Raises
    ------
    TypeError
        For data that are no tensors.
    ValueError
        For shapes, dtypes or devices that don't fit together, and for entries that are NaN or infinite.
    """

    X_train: Tensor
    y_train: Tensor
    X_val: Tensor
    y_val: Tensor
    w_true: Tensor | None = None
    b_true: float | None = None
    noise_std: float | None = None

    def __post_init__(self) -> None:
        """Check what is here, so that no training has to."""
        for name in ("X_train", "y_train", "X_val", "y_val"):
            if not isinstance(values := getattr(self, name), Tensor):
                mend = "or let Problem.from_arrays(X, y, n_val=...) make the problem, from NumPy, pandas or lists"
                raise TypeError(f"{name} is {checks.shown(values)}; it must be a tensor, {mend}")
        checks.regression_data(self.X_train, self.y_train, ("X_train", "y_train"))
        checks.regression_data(self.X_val, self.y_val, ("X_val", "y_val"))
        if self.X_val.shape[1] != self.d:
            raise ValueError(f"X_val has {self.X_val.shape[1]} columns; it must have {self.d}, as many as X_train")
        checks.same_place("X_train", self.X_train, "X_val", self.X_val)
        if self.w_true is not None:
            checks.vector("w_true", self.w_true, self.d)
            checks.same_place("X_train", self.X_train, "w_true", self.w_true)
        if self.b_true is not None:
            checks.finite_number("b_true", self.b_true)
        if self.noise_std is not None:
            checks.non_negative("noise_std", self.noise_std)

    @classmethod
    def from_arrays(
        cls,
        X: Table,
        y: Targets,
        *,
        X_val: Table | None = None,
        y_val: Targets | None = None,
        n_val: int | None = None,
        seed: int = 0,
        standardize: bool = True,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> Problem:
        """Make a problem of one's own data.

        Rows are matched by position. Targets keep their units, so a loss is in those units squared; the bias starts
        at 0 and has to learn their mean.

        Parameters
        ----------
        X : pandas.DataFrame, numpy.ndarray, torch.Tensor or list
            The features, (n, d), numbers alone. The columns of a frame may be of any numeric dtype, nullable ones
            included; text, categories and dates are refused, and so is a missing entry, each by the column's name.
        y : pandas.Series, pandas.DataFrame, numpy.ndarray, torch.Tensor or list
            The targets, (n,) or (n, 1). If X and y both have an index, it must be the same.
        X_val, y_val : of the same kinds as X and y, or None
            Validation data. All of X then trains.
        n_val : int or None
            In place of them, how many rows of X, drawn at random, validate: from 1 to n - 1. The others train.
        seed : int
            Decides that draw, and nothing else; the same `n`, `n_val` and `seed` give the same split.
        standardize : bool
            Whether each feature is shifted and scaled so that over the training rows its mean is 0 and its standard
            deviation 1 (with divisor n). A column that is constant there is only shifted, to 0 in training.
        dtype : torch.dtype or None
            That of the problem. Unless given, a floating-point tensor X keeps its own, and all else becomes float32.
            Until then everything is computed in float64.
        device : torch.device, str or None
            That of the problem. Unless given, a tensor X keeps its own, and all else is on the CPU.

        Returns
        -------
        Problem
            With copies of the data.

        Raises
        ------
        TypeError
            For what holds no numbers.
        ValueError
            For shapes, indices or columns that don't fit together, entries that are missing or infinite, and unless
            either `n_val` or both `X_val` and `y_val` are given.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"age": [31, 47, 52, 28], "rooms": [2, 3, 4, 1], "rent": [810, 990, 1240, 620]})
        >>> Problem.from_arrays(frame[["age", "rooms"]], frame["rent"], n_val=1)
        Problem(n=3, n_val=1, d=2, dtype=torch.float32, device='cpu')
        """
        checks.instance("standardize", standardize, bool, "True or False")
        dtype, device = _dtype_and_device(X, dtype, device)
        X_train, y_train, X_valid, y_valid = _parts(
            X, y, X_val, y_val, n_val, checks.integer("seed", seed, 0, most=None)
        )
        if standardize:
            X_train, X_valid = _standardized(X_train, X_valid)
        cast = partial(_cast, dtype=dtype, device=device)
        return cls(cast("X_train", X_train), cast("y_train", y_train), cast("X_val", X_valid), cast("y_val", y_valid))

    @property
    def n(self) -> int:
        """The number of training examples."""
        return self.X_train.shape[0]

    @property
    def d(self) -> int:
        """The number of features."""
        return self.X_train.shape[1]

    def __repr__(self) -> str:
        """The sizes, and where the numbers are, in one line."""
        X = self.X_train
        return f"Problem(n={self.n}, n_val={len(self.y_val)}, d={self.d}, dtype={X.dtype}, device='{X.device}')"


def generator(seed: int, stream: str) -> torch.Generator:
    """Give a random generator for one purpose.

    Data, splits, start and batches each draw from a stream of their own. With one seed for all of them, the start `w_0`
    would repeat the first row of `X`, but for the last 16 numbers at most: both would begin with the same normal
    numbers.

    Parameters
    ----------
    seed : int
        0 or more, however large.
    stream : str
        The name of the purpose.

    Returns
    -------
    torch.Generator
        On the CPU.

    Raises
    ------
    ValueError
        For a seed below 0 or not whole (`TypeError` where it is no number, or the name no text).
    """
    checks.instance("stream", stream, str, "text, the name of the purpose")
    words = [checks.integer("seed", seed, least=0, most=None), *stream.encode()]
    state = np.random.SeedSequence(words).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))


# ---- One's own data: what comes in, as float64 tensors on the CPU until the end ----


def _dtype_and_device(
    X: Any, dtype: torch.dtype | None, device: torch.device | str | None
) -> tuple[torch.dtype, torch.device]:
    """What is asked for, or else what a tensor X has, or else float32 on the CPU."""
    own = isinstance(X, Tensor)
    if dtype is None:
        dtype = X.dtype if own and X.is_floating_point() else torch.float32
    if device is None:
        device = X.device if own else "cpu"
    return checks.dtype("dtype", dtype), checks.device("device", device)


def _parts(X: Any, y: Any, X_val: Any, y_val: Any, n_val: Any, seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The training and the validation data: X, y, X, y."""
    if not (n_val is None) == (X_val is not None) == (y_val is not None):
        given = f"X_val is {checks.shown(X_val)}, y_val is {checks.shown(y_val)} and n_val is {checks.shown(n_val)}"
        raise ValueError(f"{given}; pass either n_val or both X_val and y_val")
    both = _table(X, y, ("X", "y"))
    if n_val is not None:
        return _split(*both, n_val, seed)
    val = _table(X_val, y_val, ("X_val", "y_val"))
    _check_same_columns(X, X_val, both[0].shape[1], val[0].shape[1])
    return *both, *val


def _split(X: Tensor, y: Tensor, n_val: int, seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """All rows in random order, the last `n_val` of them for validation."""
    if len(X) < 2:
        raise ValueError("X has a single row, and n_val takes at least one; pass more rows, or X_val and y_val")
    n = len(X) - checks.integer("n_val", n_val, 1, len(X) - 1)
    order = torch.randperm(len(X), generator=generator(seed, "split"))
    train, val = order[:n], order[n:]
    return X[train], y[train], X[val], y[val]


def _table(X: Any, y: Any, names: tuple[str, str]) -> tuple[Tensor, Tensor]:
    """Features and targets, checked to fit together: (n, d) and (n,)."""
    X_name, y_name = names
    if _is_pandas(X) and X.ndim == 1:
        raise ValueError(f"{X_name} is {checks.shown(X)}; it must be (n, d); for one feature, pass {X_name}.to_frame()")
    if _is_pandas(X) and _is_pandas(y) and not X.index.equals(y.index):
        mend = f"pass {y_name}.loc[{X_name}.index], or {y_name}.to_numpy() to match them by position"
        raise ValueError(f"{y_name} has another index than {X_name}; the two must be the same: {mend}")
    Xt, yt = _numbers(X_name, X), _numbers(y_name, y)
    if not Xt.numel():
        raise ValueError(f"{X_name} is empty, of shape {tuple(Xt.shape)}; it must hold at least one number")
    yt = yt[:, 0] if yt.ndim == 2 and yt.shape[1] == 1 else yt
    checks.shapes_fit(Xt, yt, names)
    _check_columns(X_name, X, Xt)
    checks.regression_data(Xt, yt, names)
    return Xt, yt


def _numbers(name: str, values: Any) -> Tensor:
    """A copy as a float64 tensor on the CPU, of whatever shape."""
    if isinstance(values, Tensor):
        if values.requires_grad:
            raise TypeError(f"{name} requires a gradient, which would be lost here; pass {name}.detach()")
        real = values if values.is_floating_point() or values.is_complex() else values.double()
        return checks.tensor(name, real).to("cpu", torch.float64, copy=True)
    if isinstance(values, np.ndarray) and values.dtype == object and values.ndim == 2:
        import pandas as pd

        values = pd.DataFrame(values)  # what such an array was, as a rule: columns of several kinds
    if _is_pandas(values):
        return torch.from_numpy(_of_pandas(name, values))
    return torch.from_numpy(np.array(checks.array(name, values), dtype=np.float64))


def _is_pandas(values: Any) -> bool:
    """Whether it is a frame or a series; asked this way, pandas need not be loaded."""
    return hasattr(values, "iloc") and hasattr(values, "index")


def _of_pandas(name: str, values: Any) -> NDArray[np.float64]:
    """The numbers of a series, (n,), or of a frame, (n, d)."""
    if values.ndim == 1:
        return _column(name, values)
    columns = [_column(f"{name}'s column {label!r}", values.iloc[:, j]) for j, label in enumerate(values.columns)]
    return np.stack(columns, axis=1) if columns else np.empty(values.shape)


def _column(what: str, values: pd.Series[Any]) -> NDArray[np.float64]:
    """The numbers of one column, (n,); a missing one is NaN."""
    from pandas.api.types import is_complex_dtype, is_numeric_dtype, is_object_dtype

    dtype = values.dtype
    mend = "it must hold real numbers alone: encode it, as pandas.get_dummies does, or leave it out"
    if is_object_dtype(dtype):
        for value in values[values.notna()]:
            if not isinstance(value, Real):
                raise TypeError(f"{what} holds {checks.shown(value)}; {mend}")
    elif not is_numeric_dtype(dtype) or is_complex_dtype(dtype):
        raise TypeError(f"{what} is of dtype {dtype}; {mend}")
    return np.array(values.to_numpy(dtype=np.float64, na_value=np.nan))


def _check_columns(name: str, values: Any, X: Tensor) -> None:
    """Check that all entries of X: (n, d) are finite, and say where they aren't."""
    bad = (~X.isfinite()).sum(0).tolist()
    labels = [repr(label) for label in values.columns] if _is_pandas(values) else [str(j) for j in range(len(bad))]
    where = [f"{label} ({count})" for label, count in zip(labels, bad, strict=True) if count]
    if where:
        listed = ", ".join(where[:3]) + (f" and {len(where) - 3} more" if len(where) > 3 else "")
        mend = "all must be finite: fill them in, or leave their rows out"
        raise ValueError(f"{name} has entries that are missing, NaN or infinite in its columns {listed}; {mend}")


def _check_same_columns(X: Any, X_val: Any, d: int, d_val: int) -> None:
    """Check that there are as many, and that those of two frames have the same names in the same order."""
    if d_val != d:
        raise ValueError(f"X_val has {d_val} columns; it must have {d}, as many as X")
    if _is_pandas(X) and _is_pandas(X_val) and list(X.columns) != list(X_val.columns):
        theirs = checks.shown(list(X_val.columns))
        raise ValueError(f"X_val has the columns {theirs}; they must be those of X, in order: pass X_val[X.columns]")


def _standardized(X_train: Tensor, X_val: Tensor) -> tuple[Tensor, Tensor]:
    """Both shifted and scaled by the mean and the standard deviation of the training rows.

    A column that is constant there is shifted by its value and not scaled.
    """
    if len(X_train) < 2:
        raise ValueError("standardize is True with a single training row; it must be False, or take more rows")
    varies = (X_train != X_train[0]).any(0)
    mean = torch.where(varies, X_train.mean(0), X_train[0])
    std = torch.where(varies, X_train.std(0, correction=0), 1)
    if not ((std > 0) & std.isfinite()).all():
        raise ValueError("standardize is True and a column of X spreads beyond float64's range; scale it first")
    return (X_train - mean) / std, (X_val - mean) / std


def _cast(name: str, values: Tensor, dtype: torch.dtype, device: torch.device) -> Tensor:
    """The values as the problem has them, if its dtype can hold them."""
    cast = values.to(device, dtype)
    if not cast.isfinite().all():
        raise ValueError(f"{name} goes beyond the range of {dtype}; pass a wider dtype, or the data scaled")
    return cast


# ---- Made-up data, and real ones ----


def d2l_problem(
    seed: int = 0,
    *,
    n: int = 20,
    n_val: int = 100,
    d: int = 200,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> Problem:
    """Draw the problem of d2l's chapter: many features, few examples, little to learn.

    y = 0.05 + sum_j 0.01 x_j + noise, with x_j ~ N(0, 1) and noise ~ N(0, 0.01^2).

    Parameters
    ----------
    seed : int
        Decides the draw.
    n, n_val : int
        The numbers of training and of validation examples.
    d : int
        The number of features.
    dtype : torch.dtype
        That of the problem. The draw is in float64 and then cast, so that every dtype sees the same problem.
    device : torch.device or str
        That of the problem; the draw is the same on every device.

    Returns
    -------
    Problem
        With `w_true`, `b_true` and `noise_std`.

    Raises
    ------
    ValueError
        For a number out of range (`TypeError` where it is no number).

    References
    ----------
    Zhang, Lipton, Li, Smola, *Dive into Deep Learning*, section 3.7 (zh edition: 4.5).
    """
    w = torch.full((checks.integer("d", d, 1),), 0.01, dtype=torch.float64)
    return _linear_problem(generator(seed, "data"), n, n_val, w, 0.05, 0.01, dtype, device)


def noisy_problem(
    seed: int = 0,
    *,
    n: int = 100,
    n_val: int = 1000,
    d: int = 90,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> Problem:
    """Draw a problem on which decay earns its keep: nearly as many features as examples, and much noise.

    y = x . w + noise, with ||w|| = 1 in a random direction, x_j ~ N(0, 1) and noise ~ N(0, 1). On average over the
    draws the risk of ridge is lowest at lam = d/n, here 0.9; the page on choosing lambda has the formula and its
    condition.

    Parameters
    ----------
    seed : int
        Decides the draw.
    n, n_val : int
        The numbers of training and of validation examples.
    d : int
        The number of features.
    dtype : torch.dtype
        That of the problem. The draw is in float64 and then cast, so that every dtype sees the same problem.
    device : torch.device or str
        That of the problem; the draw is the same on every device.

    Returns
    -------
    Problem
        With `w_true`, `b_true` and `noise_std`.

    Raises
    ------
    ValueError
        For a number out of range (`TypeError` where it is no number).

    References
    ----------
    Hastie, Montanari, Rosset, Tibshirani (2022), *Surprises in high-dimensional ridgeless least squares interpolation*.
    """
    g = generator(seed, "data")
    w = torch.randn(checks.integer("d", d, 1), generator=g, dtype=torch.float64)
    return _linear_problem(g, n, n_val, w / w.norm(), 0.0, 1.0, dtype, device)


def _linear_problem(
    g: torch.Generator,
    n: int,
    n_val: int,
    w: Tensor,
    b: float,
    noise_std: float,
    dtype: torch.dtype,
    device: torch.device | str,
) -> Problem:
    """Draw in float64 on the CPU, then cast: every dtype and device sees the same problem."""
    n, n_val = checks.integer("n", n, 1), checks.integer("n_val", n_val, 1)
    dtype, device = checks.dtype("dtype", dtype), checks.device("device", device)
    X = torch.randn(n + n_val, len(w), generator=g, dtype=torch.float64)
    y = X @ w + b + noise_std * torch.randn(n + n_val, generator=g, dtype=torch.float64)
    X, y, w = (values.to(device, dtype) for values in (X, y, w))
    return Problem(X[:n], y[:n], X[n:], y[n:], w, b, noise_std)


def diabetes_problem(
    seed: int = 0,
    *,
    n: int = 300,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> Problem:
    """Take real data: 442 patients, 10 features, and the progression of diabetes a year later (25 to 346).

    A random `n` of the patients train, the others validate. Features are standardised by the training patients, as
    `Problem.from_arrays` does. The data come with scikit-learn; nothing is downloaded.

    Parameters
    ----------
    seed : int
        Decides which patients train.
    n : int
        How many, from 2 to 441.
    dtype : torch.dtype
        That of the problem.
    device : torch.device or str
        That of the problem.

    Returns
    -------
    Problem
        Without `w_true`, `b_true` and `noise_std`, which nobody knows.

    Raises
    ------
    ValueError
        For a number out of range (`TypeError` where it is no number).

    References
    ----------
    Efron, Hastie, Johnstone, Tibshirani (2004), *Least angle regression*.
    """
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, scaled=False)
    if not 2 <= checks.integer("n", n, 2) < len(y):
        raise ValueError(f"n is {n}; it must be below {len(y)}, the number of patients")
    order = torch.randperm(len(y), generator=generator(seed, "data")).numpy()
    train, val = order[:n], order[n:]
    dtype, device = checks.dtype("dtype", dtype), checks.device("device", device)
    return Problem.from_arrays(X[train], y[train], X_val=X[val], y_val=y[val], dtype=dtype, device=device)
