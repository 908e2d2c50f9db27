"""Whether two results are the same, within the rounding of the dtype that they were computed in."""

from typing import Any

import numpy as np

from wdlesson.homework.questions.codec import Array

# In float64 honest ways to one answer differ by 1e-13 or less, and float32 numbers that got in by 1e-9 or more.
RTOL = {"float64": 1e-10, "float32": 2e-4}
ATOL = {"float64": 1e-12, "float32": 1e-5}
LEAK_RTOL, LEAK_ATOL = 2e-6, 1e-6  # of float64 results in which float32 numbers had a part,
LEAK_COUNT_RTOL = 3e-3  # and of counts that were computed from such


def dtype_of(case: tuple[Any, ...]) -> str:
    """The dtype of a case's floating point tensors.

    Parameters
    ----------
    case : tuple
        The arguments of one call.

    Returns
    -------
    str
        Such as "float32"; "float64" where there is no such tensor.
    """
    dtypes = [item.dtype for item in case if isinstance(item, Array) and item.dtype.startswith("float")]
    return dtypes[0] if dtypes else "float64"


def is_tensor(answer: Any) -> bool:
    """Whether a student has to return a tensor for this answer; a NumPy scalar is what a sum over an array gives.

    Parameters
    ----------
    answer : object
        One item of what the right answer returned.

    Returns
    -------
    bool
        Whether it stands for a tensor.
    """
    return isinstance(answer, np.ndarray | np.floating)


def close(result: Any, right: Any, dtype: str) -> bool:
    """Whether a result, whose form has been checked, is the right one.

    Parameters
    ----------
    result : object
        What the student's function returned, decoded.
    right : object
        What the answer returned.
    dtype : str
        The dtype that the student's function computed in.

    Returns
    -------
    bool
        Whether they agree within `RTOL` and `ATOL`.
    """
    return _agrees(result, right, RTOL[dtype], ATOL[dtype])


def nearly_close(result: Any, right: Any, dtype: str) -> bool:
    """Whether a result is the right one up to float32 numbers that got in.

    Parameters
    ----------
    result : object
        What the student's function returned, decoded, its form checked.
    right : object
        What the answer returned.
    dtype : str
        The dtype that the student's function should have computed in.

    Returns
    -------
    bool
        Whether they agree as results of float32 do.
    """
    if type(right) is type(result) is int:
        return abs(result - right) <= LEAK_COUNT_RTOL * right
    return _agrees(result, right, max(RTOL[dtype], LEAK_RTOL), max(ATOL[dtype], LEAK_ATOL))


def _agrees(result: Any, right: Any, rtol: float, atol: float) -> bool:
    if is_tensor(right) or isinstance(right, float):
        mine = result.values if isinstance(result, Array) else np.asarray(result, dtype=np.float64)
        return mine.shape == np.asarray(right).shape and bool(np.allclose(mine, right, rtol=rtol, atol=atol))
    if isinstance(right, list):
        return len(result) == len(right) and all(_agrees(a, b, rtol, atol) for a, b in zip(result, right, strict=True))
    return type(result) is type(right) and bool(result == right)
