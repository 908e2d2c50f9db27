"""The instant checks: the student's own kernel says at once whether a function is right, or what is wrong with it.

Everything here can be read and changed by the student, and gives no marks. The marks come from the grader, with other
inputs.
"""

from collections.abc import Callable
from functools import cache
from inspect import unwrap
from typing import Any

from wdlesson.homework.feedback.carry import Call, assess
from wdlesson.homework.feedback.judge import WORDS as JUDGED
from wdlesson.homework.feedback.judge import Verdict
from wdlesson.homework.feedback.words import say, wrapped
from wdlesson.homework.questions import question as find
from wdlesson.homework.questions.base import Case, Question
from wdlesson.homework.questions.codec import Array, encode, to_numpy
from wdlesson.homework.sandbox import worker

PUBLIC_SEED = 0
WIDTH = 84  # of what is printed, in columns
WORDS = {
    "right": "{name}: right.",
    "carried": "{name}: {message}",
    "not yet": "{name}: not yet. {message}",
    "no function": "function is {function}; it must be the function that you wrote: check({name}, my_step)",
    "example": "For example with {inputs} the answer is {answer}.",
}


def verdict(name: str, function: Callable[..., Any], seed: int = PUBLIC_SEED) -> Verdict:
    """Whether a function answers a question, and what to tell its author.

    Parameters
    ----------
    name : str
        The question, such as "hw1.q3".
    function : callable
        The function that was written for it.
    seed : int, optional
        Of the inputs; the instant checks have theirs, and hidden tests should have another.

    Returns
    -------
    Verdict
        `right`, `message`, and `case`: the number of the first input that shows what is wrong, or None.

    Raises
    ------
    ValueError
        For a question that is not there, or for what is no function.

    Examples
    --------
    >>> verdict("hw1.q1", lambda w, lam: lam / 2 * (w @ w)).right
    True
    """
    question = find(name)
    if not callable(function):
        raise ValueError(say(WORDS["no function"], function=repr(function), name=repr(name)))
    names = getattr(unwrap(function), "__globals__", {})

    def call(asked: Question, case: Case) -> Any:
        called = function if asked is question else names.get(asked.function)
        if not callable(called):
            return {"missing": True}
        return worker.call(called, list(asked.parameters), [encode(item) for item in case])

    @cache
    def verdict_of(other: str) -> Verdict:
        return _assess(find(other), seed, call, verdict_of)

    return _assess(question, seed, call, verdict_of)


def _assess(question: Question, seed: int, call: Call, verdict_of: Callable[[str], Verdict]) -> Verdict:
    return assess(question, question.hidden_cases(seed), call, verdict_of)


def check(name: str, function: Callable[..., Any]) -> None:
    """Print whether a function answers a question, or what is wrong with it.

    It calls the function on a handful of inputs, in this process. It gives no marks.

    Parameters
    ----------
    name : str
        The question, such as "hw1.q3".
    function : callable
        The function that was written for it.

    Raises
    ------
    ValueError
        For a question that is not there, or for what is no function.

    Examples
    --------
    >>> check("hw1.q6", lambda value, source, target, n: value)
    hw1.q6: not yet. The value comes back unchanged.
    For example with value = 1.02, source = 'half-mse', target = 'torch', n = 31 the
    answer is 2.04.
    """
    said = verdict(name, function)
    carried = said.right and said.message != say(JUDGED["right"])
    words = WORDS["carried" if carried else "right" if said.right else "not yet"]
    print(wrapped(say(words, name=name, message=said.message), WIDTH))
    if said.case is not None:
        _print_example(find(name), find(name).hidden_cases(PUBLIC_SEED)[said.case])


def _print_example(question: Question, case: Case) -> None:
    """Print a case and its answer."""
    inputs = ", ".join(f"{name} = {_short(item)}" for name, item in zip(question.parameters, case, strict=True))
    answer = _short(question.answer(*map(to_numpy, case)))
    print(wrapped(say(WORDS["example"], inputs=inputs, answer=answer), WIDTH))


def _short(item: Any) -> str:
    """A value in few digits."""
    if isinstance(item, Array):
        item = item.values
    if hasattr(item, "tolist"):
        item = item.tolist()
    if isinstance(item, float):
        return f"{item:.3g}"
    if isinstance(item, list):
        return f"[{', '.join(map(_short, item))}]"
    if isinstance(item, tuple):
        return f"({', '.join(map(_short, item))})"
    return repr(item)
