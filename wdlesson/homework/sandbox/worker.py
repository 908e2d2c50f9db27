"""Runs a student's cells and calls the student's functions, on plain data in and out.

Nothing here is trusted once student code has run: the student's code can change all of it. That gains nothing, since
this process is given inputs only; whoever wants the marks has to send the right answers, which are compared elsewhere.
Beside what is in this folder it imports torch and the standard library alone. The functions it needs are bound at
import, so that a student who patches `json` or `torch` by mistake still gets marks.
"""

import traceback
from collections.abc import Callable
from json import JSONDecoder, JSONEncoder
from os import read, write
from typing import TYPE_CHECKING, Any

from torch import Tensor, bool, enable_grad, float32, float64, int64, tensor

from wdlesson.homework.sandbox.describe import MAX_MESSAGE_CHARS, describe
from wdlesson.homework.sandbox.limits import MAX_DEPTH, MAX_ENTRIES

if TYPE_CHECKING:  # the instant checks need no IPython
    from wdlesson.homework.sandbox.cells import Notebook

dumps, loads = JSONEncoder().encode, JSONDecoder().decode
DTYPES = {"float64": float64, "float32": float32, "int64": int64, "bool": bool}

Data = Any  # JSON, in the form that wdlesson.homework.questions.codec describes; neither end imports the other

UNFIT = {
    "string": "a very long string",
    "number": "a number of more than 63 bits",
    "inside": "an object of type {type} inside another",
    "object": "an object of type {type}",
    "tensor": "a tensor of {n} entries",
    "entries": "a {type} of {n} entries, {depth} deep",
}


class _UnfitError(Exception):
    """A result that is no plain data."""


def decode(data: Data) -> Any:
    """An argument from JSON data, tensors as torch tensors.

    Parameters
    ----------
    data : object
        JSON, in the form of `wdlesson.homework.questions.codec`.

    Returns
    -------
    object
        A plain value, a tensor, or lists, tuples and dictionaries of them.
    """
    if not isinstance(data, dict):
        return data
    ((kind, body),) = data.items()
    if kind == "tensor":
        dtype, shape, entries, requires_grad = body
        return tensor(entries, dtype=DTYPES[dtype]).reshape(shape).requires_grad_(requires_grad)
    if kind == "dict":
        return {key: decode(part) for key, part in body}
    parts = [decode(part) for part in body]
    return tuple(parts) if kind == "tuple" else parts


def encode(value: Any, depth: int = 0) -> Data:
    """A result as JSON data.

    Parameters
    ----------
    value : object
        What a student's function returned.
    depth : int, optional
        How deep in lists it is.

    Returns
    -------
    object
        JSON, in the form of `wdlesson.homework.questions.codec`.

    Raises
    ------
    _UnfitError
        For what is no plain data, or too large.
    """
    if value is None or isinstance(value, str):
        return value if value is None or len(value) < MAX_MESSAGE_CHARS else _unfit(UNFIT["string"])
    if isinstance(value, Tensor):
        return _encode_tensor(value)
    if isinstance(value, int):  # True and False among them
        return value if abs(value) < 2**63 else _unfit(UNFIT["number"])
    if isinstance(value, float):
        return float(value)
    if isinstance(value, list | tuple | dict):
        return _encode_container(value, depth)
    module = "numpy." if type(value).__module__ == "numpy" else ""
    return _unfit(UNFIT["inside" if depth else "object"].format(type=f"{module}{type(value).__name__}"))


def _encode_tensor(value: Tensor) -> Data:
    if value.numel() > MAX_ENTRIES:
        _unfit(UNFIT["tensor"].format(n=value.numel()))
    dtype = str(value.dtype).removeprefix("torch.")
    return {"tensor": [dtype, list(value.shape), value.detach().reshape(-1).tolist(), value.requires_grad]}


def _encode_container(value: Any, depth: int) -> Data:
    if depth == MAX_DEPTH or len(value) > MAX_ENTRIES:
        _unfit(UNFIT["entries"].format(type=type(value).__name__, n=len(value), depth=depth))
    if isinstance(value, dict):
        return {"dict": [[str(key), encode(part, depth + 1)] for key, part in value.items()]}
    kind = "tuple" if isinstance(value, tuple) else "list"
    return {kind: [encode(part, depth + 1) for part in value]}


def _unfit(what: str) -> None:
    raise _UnfitError(what)


def call(function: Callable[..., Any], parameters: list[str], arguments: list[Data]) -> Data:
    """Call a student's function once.

    Parameters
    ----------
    function : callable
        The function.
    parameters : list of str
        The names of its arguments.
    arguments : list
        The arguments, encoded.

    Returns
    -------
    dict
        {"value": ..., "changed": [names of arguments that were changed in place], "switched": [those that require grad
        now, or no more]}, or {"error": message}, {"unfit": what was returned}, {"unwritten": the stub that was called,
        "" for the function itself}.
    """
    decoded = [decode(argument) for argument in arguments]
    try:
        with enable_grad():
            value = encode(function(*decoded))
        after = [encode(argument) for argument in decoded]
    except _UnfitError as unfit:
        return {"unfit": str(unfit)[:MAX_MESSAGE_CHARS]}
    except NotImplementedError as error:
        if error.args:  # no stub of ours
            return {"error": describe(error)}
        frames = traceback.extract_tb(error.__traceback__)
        return {"unwritten": frames[-1].name if len(frames) > 2 else ""}
    except (Exception, SystemExit) as error:
        return {"error": describe(error)}
    touched = [(name, a, b) for name, a, b in zip(parameters, after, arguments, strict=True) if a != b]
    switched = [name for name, a, b in touched if _without_grad_flag(a) == _without_grad_flag(b)]
    return {"value": value, "changed": [name for name, _, _ in touched if name not in switched], "switched": switched}


def _without_grad_flag(data: Data) -> Data:
    """An encoded argument without what it says of requires_grad."""
    return data["tensor"][:3] if isinstance(data, dict) and "tensor" in data else data


def serve(requests: int, replies: int, notebook: "Notebook") -> None:
    """Answer requests, a line of JSON each, until there are no more.

    {"cell": [number, source, whether only its definitions run]} -> {"error": message or None}
    {"end": {question: function}} -> as `Notebook.end`; the cells have run
    {"call": [function, parameters, arguments, question or ""]} -> as `call`, or {"missing": true}; with a question it
    is the function of that question's last check

    Parameters
    ----------
    requests, replies : int
        File descriptors to read from and to write to.
    notebook : Notebook
        Where the cells run, and the functions are looked for.
    """
    for line in _lines(requests):
        ((kind, body),) = loads(line.decode()).items()
        _write_all(replies, dumps(reply(notebook, kind, body)).encode() + b"\n")


def reply(notebook: "Notebook", kind: str, body: Any) -> Data:
    """The reply to one request.

    Parameters
    ----------
    notebook : Notebook
        Where the cells run, and the functions are looked for.
    kind, body : object
        The request.

    Returns
    -------
    object
        JSON.
    """
    if kind == "cell":
        return {"error": notebook.run(*body)}
    return notebook.end(body) if kind == "end" else _reply_to_call(notebook, *body)


def _reply_to_call(
    notebook: "Notebook", name: str, parameters: list[str], arguments: list[Data], checked: str = ""
) -> Data:
    """The reply to a call, whatever the student's function raises."""
    function = notebook.function(name, checked)
    try:
        return call(function, parameters, arguments) if callable(function) else {"missing": True}
    except BaseException as error:  # KeyboardInterrupt among them, which in a notebook is the student's own
        return {"error": describe(error)}


def _lines(fd: int) -> Any:
    rest = b""
    while chunk := read(fd, 1 << 16):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[write(fd, data) :]
