"""Compares what a student's function returned with the answer, and finds words for what is wrong.

Both sides of the homework use it: the instant check in the student's notebook, and the grader, on data that came from
the student's process and is plain (`wdlesson.homework.questions.codec`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wdlesson.homework.questions.base import Answer, Case, Question
from wdlesson.homework.questions.codec import Array, decode
from wdlesson.homework.questions.compare import close, dtype_of, is_tensor


@dataclass(frozen=True)
class Verdict:
    """Whether a function is right, and what to say to its author.

    Parameters
    ----------
    right : bool
        Whether it answers the question.
    message : str
        A sentence or two for its author.
    case : int or None, optional
        The number of the first case that shows what is wrong, from 0.
    """

    right: bool
    message: str
    case: int | None = None


def judge(question: Question, cases: Sequence[Case], replies: Sequence[Any]) -> Verdict:
    """The verdict on a function, from its replies.

    Parameters
    ----------
    question : Question
        The question that it should answer.
    cases : sequence of tuple
        The inputs that it was called on.
    replies : sequence
        What `worker.call` returned for each of them. They may be anything at all: a student's process sent them.

    Returns
    -------
    Verdict
        Right, or the first thing that is wrong.
    """
    results = []
    for i, (case, reply) in enumerate(zip(cases, replies, strict=True)):
        try:
            results.append(_result(question, case, reply))
        except ValueError as wrong:
            return Verdict(False, str(wrong), i)
        except (OverflowError, RecursionError):  # forged: no number and no nest that torch could hold
            return Verdict(False, "The function gave no readable result.", i)
    return _compare(question, cases, results)


def _result(question: Question, case: Case, reply: Any) -> tuple[Any, ...]:
    """The results in a reply, their form checked; `ValueError` in words for the student."""
    _check_reply(question, case, reply)
    value = decode(reply.get("value"))
    expected = question.evaluate(question.answer, case)
    several = len(expected) > 1
    if several and not isinstance(value, tuple | list):
        raise ValueError(f"The function must return {_required(question, case)}; it returns {_kind_of(value)}.")
    results = tuple(value) if several else (value,)
    if len(results) != len(expected):
        given = f"{_kind_of(value)} of length {len(results)}"
        raise ValueError(f"The function must return {_required(question, case)}; it returns {given}.")
    for name, result, right in zip(question.results, results, expected, strict=True):
        _check_form(name, result, right, dtype_of(case))
        _check_graph(question, name, result, case)
    return results


def _check_reply(question: Question, case: Case, reply: Any) -> None:
    """Raise `ValueError` for a reply that says that there is no result, or that the function meddled with its input."""
    if not isinstance(reply, dict):
        raise ValueError("The function gave no readable result.")
    if "missing" in reply:
        raise ValueError(f"There is no function named {question.function}.")
    if "unwritten" in reply:
        name = str(reply["unwritten"])[:100]
        calls = f"calls {name}, which " if name and name != question.function else ""
        raise ValueError(f"{question.function} {calls}is not written yet.")
    if "error" in reply:
        raise ValueError(f"{question.function} raised an error: {str(reply['error'])[:600]}")
    if "unfit" in reply:
        given = str(reply["unfit"])[:600]
        raise ValueError(f"The function returns {given}; it must return {_required(question, case)}.")
    _check_untouched(question, case, reply)


def _check_untouched(question: Question, case: Case, reply: dict[str, Any]) -> None:
    arguments = dict(zip(question.parameters, case, strict=True))
    for name in _named(arguments, reply.get("changed")):
        tensor = isinstance(arguments[name], Array)
        advice = "make a new tensor, such as `w - ...` instead of `w -= ...`" if tensor else "work on a copy"
        raise ValueError(f"The function changes its input {name} in place: {advice}.")
    for name in _named(arguments, reply.get("switched")):
        raise ValueError(
            f"The function changes whether its input {name} requires grad: work on a tensor of your own, such as "
            f"`{name}.detach().clone()`."
        )


def _named(arguments: dict[str, Any], said: Any) -> list[str]:
    """The arguments that a reply names; it may say anything."""
    return [name for name in arguments if isinstance(said, list) and name in said]


def _required(question: Question, case: Case) -> str:
    """What is to be returned, in words: "a tensor", "a tuple (w, b) of tensors"."""
    kinds = [_required_kind(part) for part in question.evaluate(question.answer, case)]
    if len(kinds) == 1:
        return kinds[0]
    return f"a tuple ({', '.join(question.results)}) of {kinds[0].partition(' ')[2]}s"


def _required_kind(answer: Any) -> str:
    if is_tensor(answer):
        return "a tensor"
    return {float: "a float", int: "an int", list: "a list", dict: "a dictionary", str: "a string"}[type(answer)]


def _kind_of(value: Any) -> str:
    """What a student's result is, in words."""
    if isinstance(value, Array):
        return "a tensor"
    article = "an" if isinstance(value, int) and not isinstance(value, bool) else "a"
    return "None (is `return` missing?)" if value is None else f"{article} {type(value).__name__}"


def _check_form(name: str, result: Any, right: Any, dtype: str) -> None:
    if is_tensor(right):
        _check_tensor(name, result, np.asarray(right).shape, dtype)
        return
    number = isinstance(result, int | float) and not isinstance(result, bool)
    fits = number if isinstance(right, float) else type(result) is type(right)
    if not fits and not (isinstance(right, list) and isinstance(result, tuple)):
        must = _required_kind(right) + _hint(result, right)
        raise ValueError(f"The function returns {_kind_of(result)} for {name}; it must be {must}.")
    if isinstance(right, float):
        _check_finite(name, np.asarray(result, dtype=np.float64))


def _hint(result: Any, right: Any) -> str:
    """How to make a number of what is nearly one."""
    if isinstance(right, int) and type(result) is float:
        return ": `int()` makes one of it"
    one = isinstance(result, Array) and result.values.size == 1
    return ": `.item()` makes a number of it" if one and isinstance(right, int | float) else ""


def _check_tensor(name: str, result: Any, shape: tuple[int, ...], dtype: str) -> None:
    if not isinstance(result, Array):
        raise ValueError(f"The function returns {_kind_of(result)} for {name}; it must be a tensor.")
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
    return Verdict(False, _wrong_parts(question, cases, results, wrong), wrong[0])


def _wrong_parts(
    question: Question, cases: Sequence[Case], results: Sequence[tuple[Any, ...]], wrong: list[int]
) -> str:
    some = "" if len(wrong) == len(cases) else f" in {len(wrong)} of {len(cases)} cases"
    if len(question.results) == 1:
        return f"The result is wrong{some}."
    parts = [_parts(question, question.answer, cases[i], results[i]) for i in wrong]
    bad = [name for k, name in enumerate(question.results) if not all(part[k] for part in parts)]
    good = [name for name in question.results if name not in bad]
    right = f" Right: {', '.join(good)}." if good else ""
    return f"Wrong{some}: {', '.join(bad)}.{right}"


def _agrees(question: Question, answer: Answer, case: Case, result: tuple[Any, ...]) -> bool:
    return all(_parts(question, answer, case, result))


def _parts(question: Question, answer: Answer, case: Case, result: tuple[Any, ...]) -> list[bool]:
    """For each result whether it is what `answer` gives."""
    expected = question.evaluate(answer, case)
    return [close(part, right, dtype_of(case)) for part, right in zip(result, expected, strict=True)]
