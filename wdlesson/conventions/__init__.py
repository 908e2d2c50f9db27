"""One lambda, many libraries: what a coefficient of weight decay in one of them is in another.

Three kinds of coefficient don't mix. An L2 penalty and an L1 penalty are terms of an objective: converted, they have
the same minimiser, whatever way leads there. A decoupled rate is no term of an objective: each step takes a fraction
off the weights beside the optimiser's own step, and converted it takes off the same fraction.

For SGD without momentum a decoupled rate is an L2 penalty as well; such rows count as penalties here.
"""

import difflib
from collections.abc import Sequence
from typing import Any, TypedDict, TypeVar, Unpack, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from wdlesson import checks
from wdlesson.conventions import scaling
from wdlesson.conventions.libraries import ANY, CONVENTIONS, DECOUPLED, LIBRARIES, Convention

__all__ = ["convert", "table"]

Kind = TypeVar("Kind", Tensor, NDArray[Any], "pd.Series[Any]", pd.DataFrame)


class Sizes(TypedDict, total=False):
    """What else a conversion may need."""

    n: int | None
    batch_size: int | None
    y_std: float | None
    lr: float | None


@overload
def convert(value: float, *, source: str, target: str, **sizes: Unpack[Sizes]) -> float: ...
@overload
def convert(value: Kind, *, source: str, target: str, **sizes: Unpack[Sizes]) -> Kind: ...
@overload
def convert(value: Sequence[float], *, source: str, target: str, **sizes: Unpack[Sizes]) -> NDArray[np.float64]: ...
def convert(
    value: Any,
    *,
    source: str,
    target: str,
    n: int | None = None,
    batch_size: int | None = None,
    y_std: float | None = None,
    lr: float | None = None,
) -> Any:
    """The coefficient that does in the library `target` what `value` does in `source`.

    Between two penalties: the one with the same minimiser; the way there may be another. Between two decoupled rates:
    the one that takes the same fraction off each weight in a step.

    Parameters
    ----------
    value : float or array_like
        The coefficient in `source`, finite and 0 or more. Where it multiplies the loss, as scikit-learn's `C` does:
        above 0, and infinite where nothing is penalised. NumPy's arrays, tensors and pandas' frames are converted
        entry by entry; lists come back as arrays.
    source, target : str
        Names of rows in `table()`. A package's name alone stands for its first row: "sklearn" for "sklearn.Ridge".
    n : int, optional
        The number of training examples. Needed where one of the two sums over them.
    batch_size : int, optional
        The rows of a batch. Needed for `MLPRegressor`.
    y_std : float, optional
        The standard deviation of the training targets, with 1/n. Needed for glmnet's ridge.
    lr : float, optional
        The learning rate. Needed where one of two decoupled rates is multiplied by it and the other isn't.

    Returns
    -------
    float or array_like
        The coefficient in `target`, of the kind, shape and dtype of `value`; whole numbers become float64. Gradients
        pass through tensors.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If a name is not known, a number is out of range, or what the conversion needs is missing. If the two are not
        of one kind, or are for two losses: then no coefficient does the same.

    Notes
    -----
    Our lambda is that of `mean(loss) + lam/2 ||w||^2`, where the loss is half the squared residual in a regression:
    "mean-loss" for any loss, "half-mse" for this one. `table()` has each library's objective or update, and what must
    hold for it.

    Examples
    --------
    >>> convert(3.0, source="half-mse", target="sklearn", n=20)
    60.0
    >>> convert([0.1, 1.0, 10.0], source="sklearn.LogisticRegression", target="mean-loss", n=100)
    array([0.1  , 0.01 , 0.001])
    >>> convert(0.1, source="torch.AdamW", target="composer.DecoupledAdamW", lr=0.001)
    0.0001
    """
    sizes = scaling.checked(n=n, batch_size=batch_size, y_std=y_std, lr=lr)
    here, there = _named("source", source), _named("target", target)
    _check_alike(here, there)
    return scaling.rescaled(value, here, there, sizes)


def table() -> pd.DataFrame:
    """All that `convert` knows, a row for each name.

    Returns
    -------
    pandas.DataFrame
        The names are the index. All columns are text but the default:

        - library: which one, and the release that was read
        - argument: what its user passes; c in the other columns
        - default: its default, NaN where there is none
        - kind: L2 penalty, L1 penalty or decoupled rate
        - loss: what the penalty is added to
        - objective: what is minimised, with r = X w + b - y; for a decoupled rate, what a step does
        - coefficient: c in terms of our lambda, or of the fraction that a step takes off
        - condition: what must hold for that
        - proof: how the tests of this package prove it

    Examples
    --------
    >>> table().loc["sklearn.Ridge", ["objective", "coefficient"]].to_list()
    ['||r||^2 + c ||w||^2', 'c = n lam']
    """
    columns = ("argument", "default", "kind", "loss", "objective", "coefficient", "condition", "proof")
    rows = {
        name: {"library": LIBRARIES.get(row.package, "")} | {column: getattr(row, column) for column in columns}
        for name, row in CONVENTIONS.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("name").astype({"default": float})


def _named(argument: str, name: str) -> Convention:
    checks.instance(argument, name, str, "text, a name in conventions.table()")
    for convention in CONVENTIONS.values():
        if name in (convention.name, convention.package):
            return convention
    raise ValueError(f"{argument} is {checks.shown(name)}; it must be a name in conventions.table(){_similar(name)}")


def _similar(name: str) -> str:
    """What may have been meant: names that look like it, or whose last part does."""
    known = {part.lower(): full for full in reversed(CONVENTIONS) for part in (full.rpartition(".")[2], full)}
    close = dict.fromkeys(known[part] for part in difflib.get_close_matches(name.lower(), known))
    return f", such as {', '.join(map(repr, close))}" if close else ""


def _check_alike(source: Convention, target: Convention) -> None:
    """Check that some coefficient of `target` does what one of `source` does."""
    if source.kind != target.kind:
        aspect, why = "kind", _why_not(source, target)
    elif source.loss != target.loss and ANY not in (source.loss, target.loss):
        aspect, why = "loss", "no c gives both the same weights; each converts to and from 'mean-loss'"
    else:
        return
    theirs, ours = getattr(target, aspect), getattr(source, aspect)
    raise ValueError(f"target is {target.name!r} ({theirs}) and source is {source.name!r} ({ours}); {why}")


def _why_not(source: Convention, target: Convention) -> str:
    if DECOUPLED in (source.kind, target.kind):
        return (
            "a penalty enters the gradient, which the optimiser rescales or accumulates, and a decoupled rate goes "
            "past it, so no c does in one what it does in the other"
        )
    return f"no c gives both the same weights; c is beside another term: {target.objective} and {source.objective}"
