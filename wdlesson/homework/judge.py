"""Compares what a student's function returned with the answer, and finds words for what is wrong.

Both sides of the homework use it: the instant check in the student's notebook, and the grader, on data that came from
the student's process and is plain (`wdlesson.homework.plain`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wdlesson.homework.plain import Array, decode, values
from wdlesson.homework.question import Answer, Case, Question

# How far off a right result may be: some rounding, in the dtype that it was computed in.
RTOL = {"float64": 1e-8, "float32": 2e-4}
ATOL = {"float64": 1e-10, "float32": 1e-5}


@dataclass(frozen=True)
class Verdict:
    """Whether a function is right, and what to say to its author."""

    right: bool
    message: str
    case: int | None = None  # the first case that shows what is wrong


def judge(question: Question, cases: Sequence[Case], replies: Sequence[Any]) -> Verdict:
    """The verdict on the replies (`worker.call`) to the cases, one each. Replies may be anything at all."""
    results = []
    for i, (case, reply) in enumerate(zip(cases, replies, strict=True)):
        try:
            results.append(_result(question, case, reply))
        except ValueError as wrong:
            return Verdict(False, str(wrong), i)
    return _compare(question, cases, results)


def _result(question: Question, case: Case, reply: Any) -> tuple[Any, ...]:
    """The results in a reply, their form checked; `ValueError` in words for the student."""
    if not isinstance(reply, dict):
        raise ValueError("The function gave no readable result.")
    if "missing" in reply:
        raise ValueError(f"There is no function named {question.function}.")
    if "error" in reply:
        raise ValueError(_error(question, str(reply["error"])[:600]))
    if "unfit" in reply:
        raise ValueError(f"The function returns {str(reply['unfit'])[:600]}; it must return {_what(question, case)}.")
    _check_changed(question, reply.get("changed"))
    value = decode(reply.get("value"))
    expected = _as_tuple(question, question.answer(*map(values, case)))
    if len(question.results) > 1 and not isinstance(value, tuple | list):
        raise ValueError(f"The function must return {_what(question, case)}; it returns {_kind(value)}.")
    results = tuple(value) if len(question.results) > 1 else (value,)
    if len(results) != len(expected):
        raise ValueError(f"The function must return {_what(question, case)}; it returns {len(results)} values.")
    for name, result, right in zip(question.results, results, expected, strict=True):
        _check_form(name, result, right, _dtype(case))
        _check_graph(question, name, result, case)
    return results


def _error(question: Question, error: str) -> str:
    if error.startswith("NotImplementedError"):
        return f"{question.function} is not written yet."
    return f"{question.function} raised an error: {error}"


def _what(question: Question, case: Case) -> str:
    """What is to be returned, in words: "a tensor", "a tuple (w, b)"."""
    if len(question.results) > 1:
        return f"a tuple ({', '.join(question.results)})"
    return _kind_expected(_as_tuple(question, question.answer(*map(values, case)))[0])


def _as_tuple(question: Question, answer: Any) -> tuple[Any, ...]:
    return tuple(answer) if len(question.results) > 1 else (answer,)


def _check_changed(question: Question, changed: Any) -> None:
    names = [name for name in question.parameters if isinstance(changed, list) and name in changed]
    if names:
        raise ValueError(
            f"The function changes its input {names[0]} in place: make a new tensor, such as `w - ...` "
            "instead of `w -= ...`."
        )


def _dtype(case: Case) -> str:
    """The dtype of the case's floating point tensors."""
    dtypes = [item.dtype for item in case if isinstance(item, Array) and item.dtype.startswith("float")]
    return dtypes[0] if dtypes else "float64"


def _is_tensor(answer: Any) -> bool:
    return isinstance(answer, np.ndarray | np.floating)  # a NumPy scalar is what a sum over an array gives


def _kind_expected(answer: Any) -> str:
    if _is_tensor(answer):
        return "a tensor"
    return {float: "a float", int: "an int", list: "a list", dict: "a dictionary", str: "a string"}[type(answer)]


def _kind(value: Any) -> str:
    """What a student's result is, in words."""
    if isinstance(value, Array):
        return "a tensor"
    article = "an" if isinstance(value, int) and not isinstance(value, bool) else "a"
    return "None (is `return` missing?)" if value is None else f"{article} {type(value).__name__}"


def _check_form(name: str, result: Any, right: Any, dtype: str) -> None:
    if _is_tensor(right):
        _check_tensor(name, result, np.asarray(right).shape, dtype)
    elif isinstance(right, float):
        if isinstance(result, bool) or not isinstance(result, int | float):
            hint = ": `.item()` makes one of it" if isinstance(result, Array) and result.values.size == 1 else ""
            raise ValueError(f"The function returns {_kind(result)} for {name}; it must be a float{hint}.")
        _check_finite(name, np.asarray(result, dtype=np.float64))
    elif type(result) is not type(right) and not (isinstance(right, list) and isinstance(result, tuple)):
        raise ValueError(f"The function returns {_kind(result)} for {name}; it must be {_kind_expected(right)}.")


def _check_tensor(name: str, result: Any, shape: tuple[int, ...], dtype: str) -> None:
    if not isinstance(result, Array):
        raise ValueError(f"The function returns {_kind(result)} for {name}; it must be a tensor.")
    if result.shape != shape:
        raise ValueError(f"The shape of {name} is wrong: {result.shape}; it must be {shape}.")
    if result.dtype != dtype:
        raise ValueError(f"The dtype of {name} is wrong: torch.{result.dtype}; with torch.{dtype} in, it must be that.")
    _check_finite(name, result.values)


def _check_finite(name: str, numbers: Any) -> None:
    if not np.isfinite(numbers).all():
        raise ValueError(f"The function returns NaN or infinity for {name}.")


def _check_graph(question: Question, name: str, result: Any, case: Case) -> None:
    if not any(isinstance(item, Array) and item.requires_grad for item in case) or not isinstance(result, Array):
        return
    if question.graph == "cut" and result.requires_grad:
        raise ValueError(
            f"The autograd graph is kept: {name} still requires grad, so every step would make the graph longer. "
            "Compute the update inside `with torch.no_grad():`."
        )
    if question.graph == "kept" and not result.requires_grad:
        raise ValueError(
            f"The autograd graph is cut: {name} does not require grad though w does. "
            "Use tensor operations alone: no `.item()`, `.detach()`, `.data` or `torch.no_grad()`."
        )


def _compare(question: Question, cases: Sequence[Case], results: Sequence[tuple[Any, ...]]) -> Verdict:
    """Right, or a mistake that explains every case, or which part is wrong."""
    wrong = [i for i, case in enumerate(cases) if not _agrees(question, question.answer, case, results[i])]
    if not wrong:
        return Verdict(True, "Right.")
    if wrong == [len(cases) - 1] and cases[0] is cases[-1]:
        return Verdict(False, "Called twice with the same input, the function gave two different answers.", wrong[0])
    for mistake in question.mistakes:
        if all(_agrees(question, mistake.answer, case, result) for case, result in zip(cases, results, strict=True)):
            return Verdict(False, mistake.message, wrong[0])
    return Verdict(False, _which(question, cases, results, wrong), wrong[0])


def _which(question: Question, cases: Sequence[Case], results: Sequence[tuple[Any, ...]], wrong: list[int]) -> str:
    some = "" if len(wrong) == len(cases) else f" in {len(wrong)} of {len(cases)} cases"
    if len(question.results) == 1:
        return f"The result is wrong{some}."
    parts = [_parts(question, question.answer, cases[i], results[i]) for i in wrong]
    bad = [name for k, name in enumerate(question.results) if not all(part[k] for part in parts)]
    good = [name for name in question.results if name not in bad]
    right = f"; {' and '.join(good)} right" if good else ""
    return f"{' and '.join(bad)} wrong{some}{right}."


def _agrees(question: Question, answer: Answer, case: Case, result: tuple[Any, ...]) -> bool:
    return all(_parts(question, answer, case, result))


def _parts(question: Question, answer: Answer, case: Case, result: tuple[Any, ...]) -> list[bool]:
    """For each result whether it is what `answer` gives."""
    expected = _as_tuple(question, answer(*map(values, case)))
    return [_close(part, right, _dtype(case)) for part, right in zip(result, expected, strict=True)]


def _close(result: Any, right: Any, dtype: str) -> bool:
    if _is_tensor(right) or isinstance(right, float):
        mine = result.values if isinstance(result, Array) else np.asarray(result, dtype=np.float64)
        same_shape = mine.shape == np.asarray(right).shape
        return same_shape and bool(np.allclose(mine, right, rtol=RTOL[dtype], atol=ATOL[dtype]))
    if isinstance(right, list):
        same_size = len(result) == len(right)
        return same_size and all(_close(a, b, dtype) for a, b in zip(result, right, strict=True))
    return type(result) is type(right) and bool(result == right)
