"""Carries a mistake forward: a function that is right but for the student's own wrong function earns its own points.

The answer is computed anew with the student's own function in place of the right one. The student's process is only
asked for that function's values, so it learns nothing. And nothing is paid that the wrong function makes too easy: the
loop over a step that does nothing looks like no loop at all.
"""

from collections.abc import Callable, Sequence
from json import dumps
from typing import Any

import numpy as np

from wdlesson.homework.feedback.judge import FAULTS, Verdict, judge
from wdlesson.homework.feedback.words import listed, say
from wdlesson.homework.questions import question as find
from wdlesson.homework.questions.base import Case, Question
from wdlesson.homework.questions.codec import Array, decode, encode, to_numpy
from wdlesson.homework.questions.compare import dtype_of

Call = Callable[[Question, Case], Any]  # the reply of the student's function for a question to a case

WORDS = {
    "carried": "Right but for your own {functions} ({questions}), where the mistake is: this question's points are "
    "yours.",
    "and": " and ",
}


def assess(question: Question, cases: Sequence[Case], call: Call, verdict_of: Callable[[str], Verdict]) -> Verdict:
    """The verdict on a function, which is called on each case.

    Parameters
    ----------
    question : Question
        The question that it should answer.
    cases : sequence of tuple
        The inputs.
    call : callable
        Calls the student's function for a question on a case, and gives its reply.
    verdict_of : callable
        The verdict on another question, by its name.

    Returns
    -------
    Verdict
        Right, or the first thing that is wrong.
    """
    replies = [call(question, case) for case in cases]
    verdict = judge(question, cases, replies)
    return verdict if verdict.right else _carried(question, cases, replies, call, verdict_of) or verdict


def _carried(
    question: Question,
    cases: Sequence[Case],
    replies: Sequence[Any],
    call: Call,
    verdict_of: Callable[[str], Verdict],
) -> Verdict | None:
    for way in question.carried:
        verdicts = {name: verdict_of(name) for name in way.uses}
        wrong = [name for name, verdict in verdicts.items() if not verdict.right]
        try:
            expected = _expected(question, way, cases, call) if wrong else None
        except (ArithmeticError, LookupError, TypeError, ValueError):  # of a function that gives nothing to go on with
            continue
        forgiven = FAULTS if any(verdict.fault for verdict in verdicts.values()) else frozenset[str]()
        if expected and judge(question, cases, replies, expected, forgiven).right:
            return Verdict(True, _words(wrong))
    return None


def _words(wrong: list[str]) -> str:
    functions = say(WORDS["and"]).join(find(name).function for name in wrong)
    return say(WORDS["carried"], functions=functions, questions=listed(wrong))


def _expected(question: Question, way: Any, cases: Sequence[Case], call: Call) -> list[tuple[Any, ...]] | None:
    """What the right function gives with the student's own ones; None where an easier one would give the same."""
    expected, easier = [], []
    for case in cases:
        theirs = [_Theirs(find(name), call, dtype_of(case)) for name in way.uses]
        expected.append(question.evaluate(way.answer(*theirs), case))
        easier.append([question.evaluate(each, case) for each in way.easier(*theirs)])
    same = [[_same(other, right) for other in others] for others, right in zip(easier, expected, strict=True)]
    return None if any(map(all, zip(*same, strict=True))) else expected


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return all(map(np.array_equal, one, other))


class _Theirs:
    """A student's function, on NumPy arrays; each call is made once."""

    def __init__(self, question: Question, call: Call, dtype: str) -> None:
        self.question, self.call, self.dtype = question, call, dtype
        self.known: dict[str, Any] = {}

    def __call__(self, *arguments: Any) -> Any:
        """What it gives; `ValueError` for nothing."""
        case = tuple(map(self._wrapped, arguments))
        key = dumps([encode(item) for item in case])
        if key not in self.known:
            self.known[key] = self._value(self.call(self.question, case))
        return self.known[key]

    def _value(self, reply: Any) -> Any:
        if not isinstance(reply, dict) or reply.get("value") is None:
            raise ValueError("no value")
        return to_numpy(decode(reply["value"]))

    def _wrapped(self, item: Any) -> Any:
        if not isinstance(item, np.ndarray | np.floating):
            return item
        return Array(item, self.dtype)
