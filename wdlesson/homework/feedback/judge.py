"""Compares what a student's function returned with the answer, and finds words for what is wrong.

Both sides of the homework use it: the instant check in the student's notebook, and the grader, on data that came from
the student's process and is plain (`wdlesson.homework.questions.codec`).
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from wdlesson.homework.feedback.words import listed, retold, say
from wdlesson.homework.questions.base import Answer, Case, Question
from wdlesson.homework.questions.codec import WORDS as CODEC_WORDS
from wdlesson.homework.questions.codec import Array, decode, to_numpy
from wdlesson.homework.questions.compare import close, dtype_of, is_tensor, nearly_close
from wdlesson.homework.sandbox.describe import WORDS as ERRORS
from wdlesson.homework.sandbox.worker import UNFIT

WORDS = {
    "right": "Right.",
    "unreadable": "The function gave no readable result.",
    "missing": "There is no function named {function}.",
    "unwritten": "{function} is not written yet.",
    "calls unwritten": "{function} calls {called}, which is not written yet.",
    "error": "{function} raised an error: {error}",
    "returns": "The function returns {given}; it must return {required}{hint}.",
    "returns for": "The function returns {given} for {name}; it must be {required}{hint}.",
    "must return": "The function must return {required}; it returns {given}.",
    "of length": "{given} of length {length}",
    "tuple of": "a tuple ({names}) of {kinds}",
    "changed tensor": "The function changes its input {name} in place: make a new tensor, such as `w - ...` instead of "
    "`w -= ...`.",
    "changed": "The function changes its input {name} in place: work on a copy.",
    "switched": "The function changes whether its input {name} requires grad: work on a tensor of your own, such as "
    "`{name}.detach().clone()`.",
    "shape": "The shape of {name} is wrong: {given}; it must be {required}.",
    "dtype": "The dtype of {name} is wrong: torch.{given}; with torch.{required} in, it must be that.",
    "infinite": "The function returns NaN or infinity for {name}.",
    "graph kept": "The autograd graph is kept: {name} still requires grad, so every step would make the graph longer. "
    "Compute the update inside `with torch.no_grad():`.",
    "graph cut": "The autograd graph is cut: {name} does not require grad though w does. "
    "Use tensor operations alone: no `.item()`, `.detach()`, `.data` or `torch.no_grad()`.",
    "changes": "Called twice with the same input, the function gave two different answers.",
    "leak": "Right to about seven digits only: float32 numbers got in. `torch.tensor(0.1)`, `torch.eye(d)`, "
    "`torch.zeros(d)` and `.float()` make them; give them the dtype that came in, such as `dtype=w.dtype`, or compute "
    "with plain floats.",
    "result": "The result is wrong{some}.",
    "parts": "Wrong{some}: {bad}.",
    "right parts": " Right: {good}.",
    "some": " in {wrong} of {cases} cases",
}
KINDS = {float: "a float", int: "an int", list: "a list", dict: "a dictionary", str: "a string", tuple: "a tuple"}
PLURALS = {"a tensor": "tensors", "a float": "floats", "an int": "ints", "a list": "lists", "a string": "strings"}
FAULTS = frozenset({"changed", "switched", "dtype", "graph"})
TENSOR, NONE, ARTICLE = "a tensor", "None (is `return` missing?)", "a {kind}"
HINTS = {
    "int": ": `int()` makes one of it",
    "item": ": `.item()` makes a number of it",
    "numpy a float": ": `float()` makes one of it",
    "numpy an int": ": `int()` makes one of it",
    "numpy a tensor": ": `torch.tensor()` makes one of it, with the dtype that came in",
}


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
        The number of a case that shows what is wrong, from 0: the smallest such.
    fault : str, optional
        What is wrong where the numbers may be right: one of `FAULTS`.
    """

    right: bool
    message: str
    case: int | None = None
    fault: str = ""


class _WrongError(Exception):
    """A result that is wrong before its numbers are compared."""

    def __init__(self, words: str, fault: str = "", **values: Any) -> None:
        super().__init__(say(WORDS[words], **values))
        self.fault = fault


def judge(
    question: Question,
    cases: Sequence[Case],
    replies: Sequence[Any],
    expected: Sequence[tuple[Any, ...]] | None = None,
    forgiven: Set[str] = frozenset(),
) -> Verdict:
    """The verdict on a function, from its replies.

    Parameters
    ----------
    question : Question
        The question that it should answer.
    cases : sequence of tuple
        The inputs that it was called on.
    replies : sequence
        What `worker.call` returned for each of them. They may be anything at all: a student's process sent them.
    expected : sequence of tuple, optional
        What it should have returned, by default the question's answer.
    forgiven : set of str, optional
        Faults that do not count.

    Returns
    -------
    Verdict
        Right, or the first thing that is wrong.
    """
    own = expected is None
    expected = expected or [question.evaluate(question.answer, case) for case in cases]
    results = []
    for i, (case, reply, right) in enumerate(zip(cases, replies, expected, strict=True)):
        try:
            results.append(_result(question, case, reply, right, forgiven))
        except _WrongError as wrong:
            return Verdict(False, str(wrong), i, wrong.fault)
        except ValueError as wrong:  # of `decode`
            return Verdict(False, retold(str(wrong), CODEC_WORDS.values()), i)
        except (OverflowError, RecursionError):  # forged: no number and no nest that torch could hold
            return Verdict(False, say(WORDS["unreadable"]), i)
    return _compare(question if own else None, question.results, cases, results, expected)


def _result(question: Question, case: Case, reply: Any, right: tuple[Any, ...], forgiven: Set[str]) -> tuple[Any, ...]:
    """The results in a reply, their form checked."""
    _check_reply(question, case, reply, right, forgiven)
    results = _results(question, decode(reply.get("value")), right)
    for name, result, part in zip(question.results, results, right, strict=True):
        _check_form(name, result, part, dtype_of(case) if "dtype" not in forgiven else "")
        if "graph" not in forgiven:
            _check_graph(question, name, result, case)
    return results


def _results(question: Question, value: Any, right: tuple[Any, ...]) -> tuple[Any, ...]:
    """What was returned, one item for each of the results."""
    several = len(right) > 1
    if several and not isinstance(value, tuple | list):
        raise _WrongError("must return", required=_required(question, right), given=_kind_of(value))
    results = tuple(value) if several else (value,)
    if len(results) != len(right):
        given = say(WORDS["of length"], given=_kind_of(value), length=len(results))
        raise _WrongError("must return", required=_required(question, right), given=given)
    return results


def _check_reply(question: Question, case: Case, reply: Any, right: tuple[Any, ...], forgiven: Set[str]) -> None:
    """Raise for a reply that says that there is no result, or that the function meddled with its input."""
    function = question.function
    if not isinstance(reply, dict):
        raise _WrongError("unreadable")
    if "missing" in reply:
        raise _WrongError("missing", function=function)
    if "unwritten" in reply:
        called = str(reply["unwritten"])[:100]
        other = called and called != function
        raise _WrongError("calls unwritten" if other else "unwritten", function=function, called=called)
    if "error" in reply:
        raise _WrongError("error", function=function, error=retold(str(reply["error"])[:600], ERRORS.values()))
    if "unfit" in reply:
        given = str(reply["unfit"])[:600]
        hint = HINTS.get(f"numpy {_required_kind(right[0])}", "") if "numpy." in given else ""
        given = retold(given, UNFIT.values())
        raise _WrongError("returns", given=given, required=_required(question, right), hint=say(hint))
    _check_untouched(dict(zip(question.parameters, case, strict=True)), reply, forgiven)


def _check_untouched(arguments: dict[str, Any], reply: dict[str, Any], forgiven: Set[str]) -> None:
    for fault in (each for each in ("changed", "switched") if each not in forgiven):
        for name in arguments:  # what a reply says may be anything
            if isinstance(said := reply.get(fault), list) and name in said:
                tensor = fault == "changed" and isinstance(arguments[name], Array)
                raise _WrongError("changed tensor" if tensor else fault, fault, name=name)


def _required(question: Question, right: tuple[Any, ...]) -> str:
    """What is to be returned, in words: "a tensor", "a tuple (w, b) of tensors"."""
    kind = _required_kind(right[0])
    if len(right) == 1:
        return say(kind)
    return say(WORDS["tuple of"], names=listed(question.results), kinds=say(PLURALS[kind]))


def _required_kind(answer: Any) -> str:
    return TENSOR if is_tensor(answer) else KINDS[type(answer)]


def _kind_of(value: Any) -> str:
    """What a student's result is, in words."""
    if value is None or isinstance(value, Array):
        return say(NONE if value is None else TENSOR)
    if type(value) in (int, float, list, tuple):
        return say(KINDS[type(value)])
    return say(ARTICLE, kind=type(value).__name__)


def _check_form(name: str, result: Any, right: Any, dtype: str) -> None:
    if is_tensor(right):
        _check_tensor(name, result, np.asarray(right).shape, dtype)
        return
    number = isinstance(result, int | float) and not isinstance(result, bool)
    fits = number if isinstance(right, float) else type(result) is type(right)
    if not fits and not (isinstance(right, list) and isinstance(result, tuple)):
        _refuse(name, result, _required_kind(right), _hint(result, right))
    if isinstance(right, float):
        _check_finite(name, np.asarray(result, dtype=np.float64))


def _refuse(name: str, result: Any, required: str, hint: str) -> NoReturn:
    raise _WrongError("returns for", given=_kind_of(result), name=say(name), required=say(required), hint=say(hint))


def _hint(result: Any, right: Any) -> str:
    """How to make a number of what is nearly one."""
    if isinstance(right, int) and type(result) is float:
        return HINTS["int"]
    one = isinstance(result, Array) and result.values.size == 1
    return HINTS["item"] if one and isinstance(right, int | float) else ""


def _check_tensor(name: str, result: Any, shape: tuple[int, ...], dtype: str) -> None:
    """The empty dtype stands for any."""
    if not isinstance(result, Array):
        _refuse(name, result, TENSOR, "")
    if result.shape != shape:
        raise _WrongError("shape", name=say(name), given=result.shape, required=shape)
    if dtype and result.dtype != dtype:
        raise _WrongError("dtype", "dtype", name=say(name), given=result.dtype, required=dtype)
    _check_finite(name, result.values)


def _check_finite(name: str, numbers: Any) -> None:
    if not np.isfinite(numbers).all():
        raise _WrongError("infinite", name=say(name))


def _check_graph(question: Question, name: str, result: Any, case: Case) -> None:
    if not any(isinstance(item, Array) and item.requires_grad for item in case) or not isinstance(result, Array):
        return
    if question.graph == "cut" and result.requires_grad:
        raise _WrongError("graph kept", "graph", name=say(name))
    if question.graph == "kept" and not result.requires_grad:
        raise _WrongError("graph cut", "graph", name=say(name))


Results = Sequence[tuple[Any, ...]]


def _compare(
    known: Question | None, names: tuple[str, ...], cases: Sequence[Case], results: Results, expected: Results
) -> Verdict:
    """Right, or a known mistake that explains every case, or which part is wrong."""
    wrong = [i for i, case in enumerate(cases) if not all(_parts(results[i], expected[i], case))]
    if not wrong:
        return Verdict(True, say(WORDS["right"]))
    shown = min(wrong, key=lambda i: _size(cases[i]))
    if wrong == [len(cases) - 1] and cases[0] is cases[-1]:
        return Verdict(False, say(WORDS["changes"]), shown)
    for mistake in known.mistakes if known else ():
        if all(_made(known, mistake.answer, case, result) for case, result in zip(cases, results, strict=True)):
            return Verdict(False, say(mistake.message), shown)
    if all(map(_leaks, results, expected, cases)):
        return Verdict(False, say(WORDS["leak"]), shown)
    return Verdict(False, _wrong_parts(names, cases, results, expected, wrong), shown)


def _made(question: Question | None, answer: Answer, case: Case, result: tuple[Any, ...]) -> bool:
    """Whether a mistake gives this result."""
    assert question is not None
    return all(_parts(result, question.evaluate(answer, case), case))


def _leaks(result: tuple[Any, ...], right: tuple[Any, ...], case: Case) -> bool:
    """Whether a result is the right one up to the rounding of float32."""
    return all(nearly_close(part, expected, dtype_of(case)) for part, expected in zip(result, right, strict=True))


def _wrong_parts(
    names: tuple[str, ...], cases: Sequence[Case], results: Results, expected: Results, wrong: list[int]
) -> str:
    some = "" if len(wrong) == len(cases) else say(WORDS["some"], wrong=len(wrong), cases=len(cases))
    if len(names) == 1:
        return say(WORDS["result"], some=some)
    parts = [_parts(results[i], expected[i], cases[i]) for i in wrong]
    bad = [name for k, name in enumerate(names) if not all(part[k] for part in parts)]
    good = [name for name in names if name not in bad]
    right = say(WORDS["right parts"], good=listed(good)) if good else ""
    return say(WORDS["parts"], some=some, bad=listed(bad)) + right


def _parts(result: tuple[Any, ...], right: tuple[Any, ...], case: Case) -> list[bool]:
    """For each result whether it is the right one."""
    return [close(part, expected, dtype_of(case)) for part, expected in zip(result, right, strict=True)]


def _size(value: Any) -> int:
    """How many numbers and words there are in an input."""
    value = to_numpy(value)
    if isinstance(value, dict | list | tuple):
        return sum(map(_size, value.values() if isinstance(value, dict) else value))
    return int(np.size(value))
