"""The checks at the boundary: bad input gets a `ValueError` that names it and says what would be right."""

import math
import operator

import torch
from torch import Tensor


def non_negative(name: str, value: float) -> float:
    """`value` as a float, if it is finite and at least 0."""
    return _number(name, value, 0 <= value < math.inf, "a finite number, 0 or more")


def positive(name: str, value: float) -> float:
    """`value` as a float, if it is finite and above 0."""
    return _number(name, value, 0 < value < math.inf, "a finite number above 0")


def _number(name: str, value: float, good: bool, rule: str) -> float:
    if not good:
        raise ValueError(f"{name} is {value!r}; it must be {rule}")
    return float(value)


def whole(name: str, value: int, least: int) -> int:
    """`value` as an int, if it is a whole number of at least `least`."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} is {value!r}; it must be a whole number") from None
    if number < least:
        raise ValueError(f"{name} is {number}; it must be {least} or more")
    return number


def finite(name: str, values: Tensor) -> None:
    """Check that a tensor has entries and that all of them are finite."""
    if values.numel() == 0:
        raise ValueError(f"{name} is empty, of shape {tuple(values.shape)}; it must hold at least one number")
    if not values.isfinite().all():
        bad = int((~values.isfinite()).sum())
        raise ValueError(f"{name} has {bad} entries that are NaN or infinite; all must be finite")


def design(X: Tensor, y: Tensor, names: tuple[str, str] = ("X", "y")) -> None:
    """Check that X: (n, d) and y: (n,) fit together, are floating point, non-empty and finite."""
    X_name, y_name = names
    if X.ndim != 2:
        raise ValueError(f"{X_name} has shape {tuple(X.shape)}; it must be (n, d)")
    if y.shape != X.shape[:1]:
        raise ValueError(f"{y_name} has shape {tuple(y.shape)}; it must be ({len(X)},) to fit {X_name}")
    for name, values in ((X_name, X), (y_name, y)):
        if not values.dtype.is_floating_point:
            raise ValueError(f"{name} is of {values.dtype}; it must be floating point, such as torch.float64")
        finite(name, values)
    if (X.dtype, X.device) != (y.dtype, y.device):
        raise ValueError(
            f"{X_name} is {X.dtype} on {X.device} and {y_name} is {y.dtype} on {y.device}; they must match"
        )


def vector(name: str, values: Tensor, size: int) -> None:
    """Check that a tensor has shape (size,) and finite entries."""
    if values.shape != torch.Size([size]):
        raise ValueError(f"{name} has shape {tuple(values.shape)}; it must be ({size},)")
    finite(name, values)
