"""Plain data: what goes in and comes out of a student's function, as JSON that no code runs for.

Numbers, strings, booleans and None stand for themselves. A tensor is an `Array` here and, in JSON,
`{"tensor": [dtype, shape, entries, requires_grad]}`; lists, tuples and dictionaries are `{"list": [...]}`,
`{"tuple": [...]}` and `{"dict": [[key, value], ...]}`. The other side speaks the same format with torch
(`wdlesson.homework.sandbox.worker`).

Nothing that is decoded is trusted: whatever does not fit raises `ValueError`.
"""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from wdlesson.homework.sandbox.limits import MAX_DEPTH, MAX_ENTRIES

DTYPES = {
    "float64": np.float64,
    "float32": np.float32,
    "float16": np.float16,
    "int64": np.int64,
    "int32": np.int32,
    "bool": np.bool_,
}

WORDS = {
    "nested": "The result is nested more than {n} deep.",
    "plain": "The result is no plain data.",
    "keys": "The result has a dictionary whose keys are no strings.",
    "dtype": "The result is a tensor of {dtype}; it must be one of {dtypes}.",
    "no shape": "The result is a tensor without a proper shape.",
    "no numbers": "The result is a tensor whose entries are no numbers.",
    "shape": "The result is a tensor whose shape does not fit its entries.",
    "entries": "The result is a tensor whose entries do not fit its dtype.",
}


@dataclass(frozen=True)
class Array:
    """A tensor without torch.

    Parameters
    ----------
    values : array_like
        The entries; held as the dtype rounds them, but in float64, in which the answers are computed.
    dtype : str, optional
        That of the tensor, a key of `DTYPES`.
    requires_grad : bool, optional
        Whether the tensor does.
    """

    values: Any
    dtype: str = "float64"
    requires_grad: bool = False

    def __post_init__(self) -> None:
        """Hold the values as the dtype rounds them, but in float64, in which the answers are computed."""
        rounded: Any = np.asarray(self.values).astype(DTYPES[self.dtype])
        wide = rounded.astype(np.float64) if self.dtype.startswith("float") else rounded
        object.__setattr__(self, "values", wide)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the tensor."""
        return tuple(self.values.shape)


def to_numpy(item: Any) -> Any:
    """The item with every `Array` replaced by its ndarray: what a reference answer computes with.

    Parameters
    ----------
    item : object
        An argument: an `Array`, a plain value, or lists, tuples and dictionaries of them.

    Returns
    -------
    object
        The like.
    """
    if isinstance(item, Array):
        return item.values
    if isinstance(item, list | tuple):
        return type(item)(to_numpy(part) for part in item)
    if isinstance(item, dict):
        return {key: to_numpy(part) for key, part in item.items()}
    return item


def encode(item: Any) -> Any:
    """An argument as JSON data.

    Parameters
    ----------
    item : object
        An argument: an `Array`, a plain value, or lists, tuples and dictionaries of them.

    Returns
    -------
    object
        What `json.dumps` takes.
    """
    if isinstance(item, Array):
        return {"tensor": [item.dtype, list(item.shape), item.values.ravel().tolist(), item.requires_grad]}
    if isinstance(item, list):
        return {"list": [encode(part) for part in item]}
    if isinstance(item, tuple):
        return {"tuple": [encode(part) for part in item]}
    if isinstance(item, dict):
        return {"dict": [[key, encode(part)] for key, part in item.items()]}
    return item


def decode(data: Any, depth: int = 0) -> Any:
    """A result from JSON data that may say anything.

    Parameters
    ----------
    data : object
        What `json.loads` gave.
    depth : int, optional
        How deep in lists it is.

    Returns
    -------
    object
        A plain value, an `Array`, or lists, tuples and dictionaries of them.

    Raises
    ------
    ValueError
        For what does not fit, in words for the student.
    """
    if data is None or isinstance(data, bool | int | float | str):
        return data
    if depth == MAX_DEPTH:
        raise ValueError(WORDS["nested"].format(n=MAX_DEPTH))
    if not isinstance(data, dict) or len(data) != 1:
        raise ValueError(WORDS["plain"])
    ((kind, body),) = data.items()
    if kind not in KINDS or not isinstance(body, list) or len(body) > MAX_ENTRIES:
        raise ValueError(WORDS["plain"])
    return KINDS[kind](body, depth + 1)


def _list(body: list[Any], depth: int) -> list[Any]:
    return [decode(part, depth) for part in body]


def _tuple(body: list[Any], depth: int) -> tuple[Any, ...]:
    return tuple(decode(part, depth) for part in body)


def _dict(body: list[Any], depth: int) -> dict[str, Any]:
    if not all(isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in body):
        raise ValueError(WORDS["keys"])
    return {key: decode(part, depth) for key, part in body}


def _tensor(body: list[Any], depth: int) -> Array:
    if len(body) != 4:
        raise ValueError(WORDS["plain"])
    dtype, shape, entries, requires_grad = body
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise ValueError(WORDS["dtype"].format(dtype=str(dtype)[:20], dtypes=", ".join(DTYPES)))
    if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError(WORDS["no shape"])
    if not isinstance(entries, list) or not all(type(x) in (int, float, bool) for x in entries):
        raise ValueError(WORDS["no numbers"])
    if len(entries) > MAX_ENTRIES or len(shape) > MAX_DEPTH or prod(shape) != len(entries):
        raise ValueError(WORDS["shape"])
    try:
        with np.errstate(over="ignore"):  # what is too large for float32 is infinite
            flat: Any = np.array(entries, dtype=DTYPES[dtype])
    except OverflowError:
        raise ValueError(WORDS["entries"]) from None
    return Array(flat.reshape(shape), dtype, requires_grad is True)


KINDS = {"list": _list, "tuple": _tuple, "dict": _dict, "tensor": _tensor}
