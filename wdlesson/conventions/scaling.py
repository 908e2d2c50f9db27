"""The numbers of a conversion: what it needs to know, and the coefficients themselves, in arrays of any kind."""

import math
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
from torch import Tensor

from wdlesson import checks
from wdlesson.conventions.libraries import Convention


def _count(name: str, value: Any) -> float:
    return checks.integer(name, value, least=1)


CHECKS: dict[str, Callable[[str, Any], float]] = {
    "n": _count,
    "batch_size": _count,
    "y_std": checks.positive,
    "lr": checks.positive,
}

# Why a size is needed, and what it must be.
NEEDED = {
    "n": "sums over the examples, so n must be their number",
    "batch_size": "divides by the rows of a batch, so batch_size must be their number",
    "y_std": "scales y, so y_std must be its standard deviation, with 1/n",
    "lr": "takes lr c off each weight, so lr must be the learning rate",
}


def checked(**sizes: float | None) -> dict[str, float]:
    """The sizes that were given, checked.

    Parameters
    ----------
    **sizes : float or None
        By name, a key of `CHECKS`; None where it was not given.

    Returns
    -------
    dict of float
        Those that were given.

    Raises
    ------
    TypeError
        If one is no number.
    ValueError
        If one is out of range.
    """
    return {name: CHECKS[name](name, size) for name, size in sizes.items() if size is not None}


def rescaled(value: Any, source: Convention, target: Convention, sizes: dict[str, float]) -> Any:
    """`value` as the coefficient of `target`: in the kind, the shape and the dtype that it came in.

    Parameters
    ----------
    value : float or array_like
        The coefficient in `source`.
    source, target : Convention
        Two of one kind.
    sizes : dict of float
        What `checked` gives.

    Returns
    -------
    float or array_like
        The coefficient in `target`.

    Raises
    ------
    TypeError
        If `value` holds no numbers.
    ValueError
        If a size is missing, or a coefficient is out of range before or after.
    """
    numbers, ratio = _numbers(value, source.inverse), _ratio(source, target, sizes)
    with np.errstate(all="ignore"):
        turned = numbers if source.inverse == target.inverse else 1 / numbers
        result = _as_scalar(value, turned / ratio if target.inverse else turned * ratio)
    _check_in_range(value, numbers, result)
    return result


def _ratio(source: Convention, target: Convention, sizes: dict[str, float]) -> float:
    """How many times as large the coefficient is; for an inverse one, how many times as small."""
    ratio = target.multiple / source.multiple
    if source.unit != target.unit:
        ratio *= _size(target, sizes) / _size(source, sizes)
    return ratio


def _size(convention: Convention, sizes: dict[str, float]) -> float:
    unit = convention.unit
    if unit and unit not in sizes:
        raise ValueError(f"{unit} is None; {convention.name!r} {NEEDED[unit]}")
    return 1 / sizes[unit] if unit == "lr" else sizes.get(unit, 1.0)


# ---- In and out ----


def _numbers(value: Any, inverse: bool) -> Any:
    """`value`, checked, as something to compute with: of its own kind where that is an array."""
    if isinstance(value, Real):
        return np.float64(_number(value, inverse))
    entries = checks.array("value", checks.tensor("value", value) if isinstance(value, Tensor) else value)
    if entries.dtype.kind == "b":
        raise TypeError(f"value is {checks.shown(value)} that holds truth values; it must hold numbers")
    good = entries > 0 if inverse else (entries >= 0) & (entries < math.inf)
    if not good.all():
        rule = "above 0" if inverse else "finite numbers, 0 or more"
        raise ValueError(f"value has {(~good).sum()} entries out of range; all must be {rule}")
    if isinstance(value, Tensor):
        return value
    return value.astype(entries.dtype) if hasattr(value, "astype") else entries


def _number(value: Real, inverse: bool) -> float:
    if not inverse:
        return checks.non_negative("value", value)
    return math.inf if value == math.inf else checks.positive("value", value)


def _as_scalar(value: Any, result: Any) -> Any:
    """The result for a single number in its own kind; any other result as it is."""
    if isinstance(value, np.floating):
        return value.dtype.type(result)
    return float(result) if isinstance(value, Real) else result


def _check_in_range(value: Any, numbers: Any, result: Any) -> None:
    """Check that what was finite and above 0 still is."""
    before, after = checks.array("value", numbers), checks.array("value", result)
    lost = (before > 0) & (before < math.inf) & ~((after > 0) & (after < math.inf)) | np.isnan(after)
    if lost.any():
        raise ValueError(f"value is {checks.shown(value)}; the result would be beyond the range of {after.dtype}")
