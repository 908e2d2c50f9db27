"""The instant checks: the student's own kernel says at once whether a function is right, or what is wrong with it.

Everything here can be read and changed by the student, and gives no marks. The marks come from the grader, with other
inputs.
"""

from collections.abc import Callable
from textwrap import fill
from typing import Any

from wdlesson.homework.feedback.judge import Verdict, judge
from wdlesson.homework.questions import question as find
from wdlesson.homework.questions.base import Case, Question
from wdlesson.homework.questions.codec import Array, encode, to_numpy
from wdlesson.homework.sandbox import worker

PUBLIC_SEED = 0
WIDTH = 84  # of what is printed, in characters
MAX_EXAMPLE_CHARS = 300


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
        raise ValueError(f"function is {function!r}; it must be the function that you wrote: check({name!r}, my_step)")
    cases = question.hidden_cases(seed)
    replies = [worker.call(function, list(question.parameters), [encode(item) for item in case]) for case in cases]
    return judge(question, cases, replies)


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
    print(fill(f"{name}: {'right.' if said.right else 'not yet. ' + said.message}", WIDTH))
    if said.case is not None:
        _print_example(find(name), find(name).hidden_cases(PUBLIC_SEED)[said.case])


def _print_example(question: Question, case: Case) -> None:
    """Print a case and its answer, where both are short enough to help."""
    inputs = ", ".join(f"{name} = {_short(item)}" for name, item in zip(question.parameters, case, strict=True))
    text = f"For example with {inputs} the answer is {_short(question.answer(*map(to_numpy, case)))}."
    if len(text) < MAX_EXAMPLE_CHARS:
        print(fill(text, WIDTH))


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
