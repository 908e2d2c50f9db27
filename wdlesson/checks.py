"""The checks at the boundary: bad input gets an error that names it, says what it was and what would be right.

A `TypeError` where the kind is wrong (text, None, a list for a number), a `ValueError` where the value is.
"""

import math
import operator
import reprlib
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

MOST = 2**53  # whole numbers up to here are exact as floats


def non_negative(name: str, value: Any) -> float:
    """`value` as a float, if it is a finite number and at least 0.

    Parameters
    ----------
    name : str
        What the error calls the argument.
    value : float
        A real number, or an array or a tensor without axes that holds one.

    Returns
    -------
    float
        The same number.

    Raises
    ------
    TypeError
        If it is no real number, or a tensor that requires a gradient.
    ValueError
        If it is negative, infinite or NaN.
    """
    return _in_range(name, value, lambda x: 0 <= x < math.inf, "a finite number, 0 or more")


def positive(name: str, value: Any) -> float:
    """`value` as a float, if it is a finite number above 0.

    Parameters
    ----------
    name : str
        What the error calls the argument.
    value : float
        A real number, or an array or a tensor without axes that holds one.

    Returns
    -------
    float
        The same number.

    Raises
    ------
    TypeError
        If it is no real number, or a tensor that requires a gradient.
    ValueError
        If it is 0 or less, infinite or NaN.
    """
    return _in_range(name, value, lambda x: 0 < x < math.inf, "a finite number above 0")


def finite_number(name: str, value: Any) -> float:
    """`value` as a float, if it is a finite number.

    Parameters
    ----------
    name : str
        What the error calls the argument.
    value : float
        A real number, or an array or a tensor without axes that holds one.

    Returns
    -------
    float
        The same number.

    Raises
    ------
    TypeError
        If it is no real number, or a tensor that requires a gradient.
    ValueError
        If it is infinite or NaN.
    """
    return _in_range(name, value, math.isfinite, "a finite number")


def _in_range(name: str, value: Any, good: Callable[[float], bool], rule: str) -> float:
    number = _number(name, value, rule)
    if not good(number):
        raise ValueError(f"{name} is {shown(value)}; it must be {rule}")
    return number


def _number(name: str, value: Any, rule: str) -> float:
    """`value` as a float, if it is a real number, a tensor or an array without axes among them."""
    if isinstance(value, Tensor) and value.requires_grad:
        raise TypeError(f"{name} requires a gradient, which would be lost here; pass {name}.detach()")
    if isinstance(value, Tensor | np.ndarray) and value.ndim == 0:
        value = value.item()
    if not isinstance(value, Real) or isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} is {shown(value)}; it must be {rule}")
    try:
        return float(value)
    except OverflowError:  # a whole number beyond the floats
        return math.copysign(math.inf, int(value > 0) - 0.5)  # type: ignore[operator]


def integer(name: str, value: Any, least: int, most: int | None = MOST) -> int:
    """`value` as an int, if it is a whole number from `least` to `most`.

    Parameters
    ----------
    name : str
        What the error calls the argument.
    value : int
        An int, or what stands for one: NumPy's integers, and tensors of integers without axes.
    least : int
        The smallest that is right.
    most : int or None, optional
        The largest; None for no bound.

    Returns
    -------
    int
        The same number.

    Raises
    ------
    TypeError
        If it is no number, or a truth value.
    ValueError
        If it has a fraction, or is out of range.
    """
    try:
        number = operator.index(value)
    except TypeError:
        wrong = ValueError if isinstance(value, Real) else TypeError
        raise wrong(f"{name} is {shown(value)}; it must be a whole number") from None
    if isinstance(value, bool | np.bool_) or np.ndim(value):
        raise TypeError(f"{name} is {shown(value)}; it must be a whole number")
    if number < least:
        raise ValueError(f"{name} is {shown(number)}; it must be {least} or more")
    if most is not None and number > most:
        raise ValueError(f"{name} is {shown(number)}; it must be {most} or less")
    return number


def instance(name: str, value: Any, kind: type | tuple[type, ...], what: str) -> None:
    """Check that `value` is of a kind, `what` in words.

    Parameters
    ----------
    name : str
        What the error calls the argument.
    value : object
        The argument.
    kind : type or tuple of type
        The class, or the classes, that are right.
    what : str
        What is right, in words.

    Raises
    ------
    TypeError
        If it is of no such class.
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name} is {shown(value)}; it must be {what}")


def rounded_down(x: float) -> str:
    """A number in three digits, never more than it is: a rate that is called stable has to be.

    Parameters
    ----------
    x : float
        A number above 0.

    Returns
    -------
    str
        The number as text.

    Examples
    --------
    >>> from wdlesson import checks
    >>> checks.rounded_down(0.019999)
    '0.0199'
    """
    text = f"{x:.2e}"
    return f"{float(text) if float(text) <= x else float(f'{x * (1 - 5e-3):.2e}'):g}"


def shown(value: Any) -> str:
    """`value` for a message, in a few words: an array by its shape, anything long cut short.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    str
        At most about 60 characters.

    Examples
    --------
    >>> from wdlesson import checks
    >>> checks.shown("3"), checks.shown(np.ones(2))
    ("'3'", 'a numpy.ndarray of shape (2,)')
    """
    if isinstance(value, Tensor | np.ndarray) and value.ndim:
        return f"a {_kind(value)} of shape {tuple(value.shape)}"
    if value is None or isinstance(value, Real | str | list | tuple | dict | complex | torch.dtype | torch.device):
        text = reprlib.repr(value)
        return text if len(text) <= 60 else f"{text[:56]} ..."
    return f"a {_kind(value)}"


def _kind(value: Any) -> str:
    kind = type(value)
    return (
        kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__.split('.')[0]}.{kind.__qualname__}"
    )


# ---- Tensors and arrays ----


def tensor(name: str, values: Any) -> Tensor:
    """`values`, if it is a dense tensor of a real floating-point type; its entries are not looked at.

    Parameters
    ----------
    name : str
        What the error calls the argument.
    values : Tensor
        The argument.

    Returns
    -------
    Tensor
        The same tensor.

    Raises
    ------
    TypeError
        If it is no tensor, or sparse.
    ValueError
        If its numbers are whole, complex or truth values.
    """
    if not isinstance(values, Tensor):
        raise TypeError(f"{name} is {shown(values)}; it must be a tensor, such as torch.as_tensor({name}) makes of it")
    if values.layout != torch.strided:
        raise TypeError(f"{name} is sparse ({values.layout}); pass {name}.to_dense()")
    if not values.dtype.is_floating_point:
        raise ValueError(f"{name} is of {values.dtype}; it must be floating point, such as torch.float64")
    return values


def array(name: str, values: Any) -> NDArray[Any]:
    """What NumPy makes of tensors, lists, arrays and pandas' frames, if it is numbers: objects become float64.

    NumPy has no bfloat16, which becomes float32.

    Parameters
    ----------
    name : str
        What the error calls the argument.
    values : array_like or Tensor
        The argument.

    Returns
    -------
    ndarray
        Real numbers of any shape, whole ones and truth values among them.

    Raises
    ------
    TypeError
        If it is sparse, or holds anything but real numbers.
    ValueError
        If it is masked, or its rows differ in length.
    """
    if isinstance(values, Tensor):
        values = (values.float() if values.dtype == torch.bfloat16 else values).detach().cpu().numpy()
    if hasattr(values, "toarray"):
        raise TypeError(f"{name} is sparse ({_kind(values)}); pass {name}.toarray()")
    if np.ma.is_masked(values):
        raise ValueError(f"{name} is an array with masked entries; fill them or leave their rows out")
    try:
        made = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} is no array ({error}); its rows must be of one length") from None
    if made.dtype.kind == "O" and made.ndim and all(isinstance(value, Real) for value in made.flat):
        made = made.astype(np.float64)
    if made.dtype.kind not in "biuf":
        wrong = values if made.ndim == 0 else made.flat[0] if made.size else made
        raise TypeError(f"{name} holds {shown(wrong)}, of type {made.dtype}; it must hold real numbers alone")
    return made


def finite(name: str, values: Tensor) -> None:
    """Check that a tensor has entries and that all of them are finite.

    Parameters
    ----------
    name : str
        What the error calls the argument.
    values : Tensor
        A tensor of any shape.

    Raises
    ------
    ValueError
        If it is empty, or an entry is NaN or infinite.
    """
    if values.numel() == 0:
        raise ValueError(f"{name} is empty, of shape {tuple(values.shape)}; it must hold at least one number")
    if not values.isfinite().all():
        bad = int((~values.isfinite()).sum())
        raise ValueError(f"{name} has {bad} entries that are NaN or infinite; all must be finite")


def shapes_fit(X: Tensor, y: Tensor, names: tuple[str, str] = ("X", "y")) -> None:
    """Check that X is (n, d) and y is (n,).

    Parameters
    ----------
    X : Tensor of shape (n, d)
        The features.
    y : Tensor of shape (n,)
        The targets.
    names : tuple of str, optional
        What an error calls the two.

    Raises
    ------
    ValueError
        If a shape is another; the message says how to mend it where that is plain.
    """
    X_name, y_name = names
    if X.ndim != 2:
        mend = f"; for one feature, pass {X_name}[:, None]" if X.ndim == 1 else ""
        raise ValueError(f"{X_name} has shape {tuple(X.shape)}; it must be (n, d){mend}")
    if y.shape != X.shape[:1]:
        mend = f"; pass {y_name}[:, 0]" if y.shape == (len(X), 1) else ""
        raise ValueError(f"{y_name} has shape {tuple(y.shape)}; it must be ({len(X)},) to fit {X_name}{mend}")


def regression_data(X: Tensor, y: Tensor, names: tuple[str, str] = ("X", "y")) -> None:
    """Check that the tensors X: (n, d) and y: (n,) fit together, are floating point, non-empty and finite.

    Parameters
    ----------
    X : Tensor of shape (n, d)
        The features.
    y : Tensor of shape (n,)
        The targets.
    names : tuple of str, optional
        What an error calls the two.

    Raises
    ------
    TypeError
        If one is no dense tensor.
    ValueError
        If shapes, dtypes or devices don't fit, one is empty, or an entry isn't finite.
    """
    X_name, y_name = names
    finite(X_name, tensor(X_name, X))
    shapes_fit(X, tensor(y_name, y), names)
    finite(y_name, y)
    same_place(X_name, X, y_name, y)


def same_shape(a_name: str, a: Tensor, b_name: str, b: Tensor) -> None:
    """Check that two tensors have one shape, so that nothing is broadcast unseen.

    Parameters
    ----------
    a_name : str
        What the error calls `a`.
    a : Tensor
        A tensor.
    b_name : str
        What the error calls `b`.
    b : Tensor
        Another.

    Raises
    ------
    TypeError
        If one is no dense tensor.
    ValueError
        If the shapes differ.
    """
    if tensor(a_name, a).shape != tensor(b_name, b).shape:
        raise ValueError(f"{a_name} has shape {tuple(a.shape)} and {b_name} {tuple(b.shape)}; they must be the same")


def same_place(a_name: str, a: Tensor, b_name: str, b: Tensor) -> None:
    """Check that two tensors are of one dtype and on one device.

    Parameters
    ----------
    a_name : str
        What the error calls `a`.
    a : Tensor
        A tensor.
    b_name : str
        What the error calls `b`.
    b : Tensor
        Another.

    Raises
    ------
    ValueError
        If they differ in dtype or device.
    """
    if (a.dtype, a.device) != (b.dtype, b.device):
        raise ValueError(
            f"{a_name} is {a.dtype} on {a.device} and {b_name} is {b.dtype} on {b.device}; they must match"
        )


def vector(name: str, values: Tensor, size: int) -> None:
    """Check that a tensor has shape (size,) and finite entries.

    Parameters
    ----------
    name : str
        What the error calls the argument.
    values : Tensor
        The argument.
    size : int
        The number of entries that is right.

    Raises
    ------
    TypeError
        If it is no dense tensor.
    ValueError
        If its shape is another, or an entry isn't finite.
    """
    if tensor(name, values).shape != torch.Size([size]):
        raise ValueError(f"{name} has shape {tuple(values.shape)}; it must be ({size},)")
    finite(name, values)


def model(X: Tensor, y: Tensor, w: Tensor, b: Any) -> None:
    """Check that the data X: (n, d), y: (n,) and the model w: (d,), b: () fit together.

    Parameters
    ----------
    X : Tensor of shape (n, d)
        The features.
    y : Tensor of shape (n,)
        The targets.
    w : Tensor of shape (d,)
        The weights, of the dtype and on the device of the data.
    b : float or Tensor of shape ()
        The bias.

    Raises
    ------
    TypeError
        If one is of the wrong kind.
    ValueError
        If shapes, dtypes or devices don't fit. Entries are not looked at.
    """
    shapes_fit(tensor("X", X), tensor("y", y))
    if tensor("w", w).shape != X.shape[1:]:
        raise ValueError(f"w has shape {tuple(w.shape)}; it must be ({X.shape[1]},) to fit X")
    same_place("X", X, "y", y)
    same_place("X", X, "w", w)
    scalar("b", b)


def scalar(name: str, value: Any) -> None:
    """Check that `value` is a single number: a real one, or a tensor without axes, which may carry a gradient.

    Parameters
    ----------
    name : str
        What the error calls the argument.
    value : float or Tensor of shape ()
        The argument.

    Raises
    ------
    TypeError
        If it is no real number.
    ValueError
        If it is a tensor with axes, or of whole numbers.
    """
    if isinstance(value, Tensor):
        if tensor(name, value).ndim:
            raise ValueError(f"{name} has shape {tuple(value.shape)}; it must be a single number, of shape ()")
    else:
        _number(name, value, "a number")


def dtype(name: str, value: Any) -> torch.dtype:
    """`value`, if it is a floating-point type of torch.

    Parameters
    ----------
    name : str
        What the error calls the argument.
    value : torch.dtype
        The argument.

    Returns
    -------
    torch.dtype
        The same dtype.

    Raises
    ------
    TypeError
        If it is no dtype of torch; NumPy's are others.
    ValueError
        If it is not floating point.
    """
    if not isinstance(value, torch.dtype):
        raise TypeError(f"{name} is {shown(value)}; it must be a torch.dtype, such as torch.float64")
    if not value.is_floating_point:
        raise ValueError(f"{name} is {value}; it must be floating point, such as torch.float64")
    return value


def device(name: str, value: Any) -> torch.device:
    """`value` as a device, if torch can put a tensor there.

    Parameters
    ----------
    name : str
        What the error calls the argument.
    value : str or torch.device
        The argument.

    Returns
    -------
    torch.device
        With its index, as in "cuda:0".

    Raises
    ------
    TypeError
        If it is neither.
    ValueError
        If torch knows no such device, or can't use it here.
    """
    instance(name, value, (str, torch.device), "a torch.device or its name, such as 'cpu' or 'cuda'")
    try:
        return torch.empty(0, device=value).device
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ValueError(f"{name} is {shown(value)}; it must be a device that torch can use here") from error
