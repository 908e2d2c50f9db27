"""Grades one submission: runs its cells, calls its functions on hidden inputs, compares.

A cell or a function that hangs or crashes costs a fresh process, in which everything runs again but that cell or that
question; what was answered before stays answered. So the marks of questions 1 to 4 survive a loop in question 5.
"""

import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from wdlesson.homework.attempt import Attempt, GraderError, Stopped, Zygote
from wdlesson.homework.judge import judge
from wdlesson.homework.limits import Limits
from wdlesson.homework.notebook import Cell, NotANotebookError, UnreadableError, parse
from wdlesson.homework.plain import encode
from wdlesson.homework.question import Case, Question
from wdlesson.homework.registry import assignment

LONGEST = 600  # characters kept of an error


@dataclass
class Graded:
    """What came of one submission. `points` is empty where nothing could be graded: that is not a zero."""

    status: str  # ok, timeout, crash, unreadable, not a notebook, duplicate, grader-error
    message: str = ""
    points: dict[str, int] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)  # for each question, the verdict in words
    notes: list[str] = field(default_factory=list)  # what happened in the cells
    written: dict[str, str] = field(default_factory=dict)
    printed: str = ""
    seconds: float = 0.0  # that the student's own code took


def grade(data: bytes, name: str, seed: int, limits: Limits, sandboxed: bool = True) -> Graded:
    """Grade the bytes of one submission; never raises."""
    try:
        return _grade(parse(data), name, seed, limits, sandboxed)
    except UnreadableError as error:
        return Graded("unreadable", str(error))
    except NotANotebookError as error:
        return Graded("not a notebook", str(error))
    except Exception as error:  # one submission must not stop the others, whatever the reason
        return Graded("grader-error", f"{type(error).__name__}: {error}"[:LONGEST])


@lru_cache
def cases(name: str, question: str, seed: int) -> tuple[list[Case], list[Any]]:
    """The hidden cases of a question, and their arguments as JSON data."""
    asked = _questions(name)[question]
    hidden = asked.hidden_cases(seed)
    return hidden, [[encode(item) for item in case] for case in hidden]


@lru_cache
def _questions(name: str) -> dict[str, Question]:
    return {question.name: question for question in assignment(name).questions}


class _Submission:
    """A submission on its way: what is answered, and what is left out from now on."""

    def __init__(self, cells: list[Cell], name: str, seed: int, limits: Limits) -> None:
        self.cells = [cell for cell in cells if cell.code]
        self.left = dict(_questions(name))
        self.name, self.seed, self.limits = name, seed, limits
        self.seconds = limits.submission_seconds  # left, of the submission's own time; starting a process is ours
        self.skipped: set[int] = set()
        self.notes: dict[int, str] = {}
        self.graded = Graded("ok", points=dict.fromkeys(self.left, 0))

    def attempt(self, attempt: Attempt) -> None:
        """Run what is left, from the top. A `Stopped` is noted where it belongs."""
        for cell in self.cells:
            if cell.number not in self.skipped and not self._run(cell, attempt):
                return
        for question in list(self.left.values()):
            if not self._call(question, attempt):
                return

    def _ask(self, attempt: Attempt, request: dict[str, Any], seconds: float) -> Any:
        start = time.monotonic()
        try:
            return attempt.ask(request, min(seconds, self.seconds))
        finally:
            self.seconds -= time.monotonic() - start

    def _run(self, cell: Cell, attempt: Attempt) -> bool:
        try:
            reply = self._ask(attempt, {"cell": [cell.number, cell.source]}, self.limits.cell_seconds)
        except Stopped as stopped:
            self.skipped.add(cell.number)
            self._note(cell.number, stopped)
            return False
        error = reply.get("error") if isinstance(reply, dict) else "its process answered nonsense"
        if error is not None:
            self.notes[cell.number] = f"cell {cell.number}: {str(error)[:LONGEST]}"
        return True

    def _note(self, number: int, stopped: Stopped) -> None:
        self.notes[number] = f"cell {number}: {stopped}"
        self._worse(stopped.status)

    def _worse(self, status: str) -> None:
        if self.graded.status == "ok":
            self.graded.status = status

    def _call(self, question: Question, attempt: Attempt) -> bool:
        hidden, encoded = cases(self.name, question.name, self.seed)
        replies = []
        try:
            for arguments in encoded:
                request = {"call": [question.function, question.parameters, arguments]}
                replies.append(self._ask(attempt, request, self.limits.call_seconds))
        except Stopped as stopped:
            self.graded.said[question.name] = f"{question.function}: {stopped}"
            self._worse(stopped.status)
            del self.left[question.name]
            return False
        verdict = judge(question, hidden, replies)
        self.graded.points[question.name] = question.points if verdict.right else 0
        self.graded.said[question.name] = verdict.message
        del self.left[question.name]
        return True

    def give_up(self) -> None:
        """The time of the whole submission is over."""
        for question in self.left:
            self.graded.said[question] = f"not reached within {self.limits.submission_seconds:g} s"
            self._worse("timeout")
        self.left.clear()

    def finished(self) -> Graded:
        """The result, with its notes in order."""
        self.graded.seconds = self.limits.submission_seconds - self.seconds
        self.graded.notes = [self.notes[number] for number in sorted(self.notes)]
        wrong = [f"{name}: {said}" for name, said in self.graded.said.items() if self.graded.points[name] == 0]
        stopped = self.graded.notes if self.graded.status != "ok" else []
        self.graded.message = "; ".join([*stopped, *wrong])
        return self.graded


def _grade(cells: list[Cell], name: str, seed: int, limits: Limits, sandboxed: bool) -> Graded:
    submission = _Submission(cells, name, seed, limits)
    submission.graded.written = _written(cells, name)
    optimizers = any("optim" in cell.source for cell in submission.cells)
    while submission.left and submission.seconds > 0:
        with Attempt(_zygote(), limits, sandboxed, optimizers) as attempt:
            submission.attempt(attempt)
            submission.graded.printed = attempt.printed()
    submission.give_up()
    return submission.finished()


def _written(cells: list[Cell], name: str) -> dict[str, str]:
    """The answers in words, for marking by hand."""
    found = {f"{name}.{cell.grade_id}": cell.source for cell in cells if not cell.code}
    return {question.name: found.get(question.name, "") for question in assignment(name).written}


_own = threading.local()


def _zygote() -> Zygote:
    """This thread's fork server; a new one where it is gone."""
    if getattr(_own, "zygote", None) is None or _own.zygote.process.poll() is not None:
        _own.zygote = Zygote()
    zygote: Zygote = _own.zygote
    return zygote


def close_zygote() -> None:
    """End this thread's fork server."""
    if getattr(_own, "zygote", None) is not None:
        _own.zygote.close()
        _own.zygote = None


__all__ = ["Graded", "GraderError", "close_zygote", "grade"]
