"""Whether two results are the same, within the rounding of the dtype that they were computed in."""

from typing import Any

import numpy as np

from wdlesson.homework.questions.codec import Array

RTOL = {"float64": 1e-8, "float32": 2e-4}
ATOL = {"float64": 1e-10, "float32": 1e-5}


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
    if is_tensor(right) or isinstance(right, float):
        mine = result.values if isinstance(result, Array) else np.asarray(result, dtype=np.float64)
        same_shape = mine.shape == np.asarray(right).shape
        return same_shape and bool(np.allclose(mine, right, rtol=RTOL[dtype], atol=ATOL[dtype]))
    if isinstance(right, list):
        same_size = len(result) == len(right)
        return same_size and all(close(a, b, dtype) for a, b in zip(result, right, strict=True))
    return type(result) is type(right) and bool(result == right)
