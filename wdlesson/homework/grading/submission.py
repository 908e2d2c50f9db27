"""Grades one submission: runs its cells, calls its functions on hidden inputs, compares.

The inputs come from the seed of the results and the bytes of the notebook together: the same file always gets the same
marks, and what a student makes its functions print of their inputs is of no use for the next attempt.

A cell or a function that hangs or crashes costs a fresh process, in which everything runs again but that question, or
all but the definitions of that cell; what was answered before stays answered. So the marks of questions 1 to 4 survive
a loop in question 5, and a function that stands above a long experiment is graded all the same.
"""

import hashlib
import threading
from typing import Any

from wdlesson.homework.feedback.judge import Verdict
from wdlesson.homework.feedback.words import retold, say
from wdlesson.homework.grading.answers import Answers
from wdlesson.homework.grading.notebook import Cell, NotANotebookError, UnreadableError, parse
from wdlesson.homework.grading.results import Graded
from wdlesson.homework.grading.told import COLON, joined
from wdlesson.homework.questions import assignment
from wdlesson.homework.questions.base import Question
from wdlesson.homework.sandbox.describe import WORDS as ERRORS
from wdlesson.homework.sandbox.limits import Limits
from wdlesson.homework.sandbox.session import WORDS as STOPPED
from wdlesson.homework.sandbox.session import ForkServer, Session, Stopped

MAX_ERROR_CHARS = 600  # kept of an error
RESTART_NOTE = "\n[stopped there, and started again]\n"
CELLS_SHARE = 0.5  # of a submission's time; when the cells have used it up, what is left of them only defines
WORDS = {
    "cell": "cell {number}: {said}",
    "nonsense": "its process answered nonsense",
    "definitions": "cell {number}: only its definitions ran, since the cells above took long",
    "both": "{verdict} {note}",
    "not reached": "not reached within {seconds:g} s",
}


def grade(data: bytes, name: str, seed: int, limits: Limits, sandboxed: bool = True) -> Graded:
    """Grade one submission. It never raises: what goes wrong is the status of the result.

    Parameters
    ----------
    data : bytes
        The bytes of what was handed in, which should be a notebook.
    name : str
        The assignment, such as "hw1".
    seed : int
        Hidden; with the bytes it gives the inputs.
    limits : Limits
        What the submission may use.
    sandboxed : bool, optional
        False runs its code without isolation.

    Returns
    -------
    Graded
        Points and feedback for each question, or why there are none.
    """
    try:
        return _grade(parse(data), name, _submission_seed(seed, data), limits, sandboxed)
    except UnreadableError as error:
        return Graded("unreadable", str(error))
    except NotANotebookError as error:
        return Graded("not a notebook", str(error))
    except Exception as error:  # one submission must not stop the others, whatever the reason
        return Graded("grader-error", f"{type(error).__name__}: {error}"[:MAX_ERROR_CHARS])


def _submission_seed(seed: int, data: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"%d " % seed + data).digest())


class _Progress:
    """How far the grading of a submission has come: what is answered, and what is left out from now on."""

    def __init__(self, cells: list[Cell], name: str, seed: int, limits: Limits) -> None:
        self.cells = [cell for cell in cells if cell.code]
        self.pending = {question.name: question for question in assignment(name).questions}
        self.seed, self.limits = seed, limits
        self.seconds_left = limits.submission_seconds  # of the submission's own time; starting a process is ours
        self.stops: dict[int, int] = {}  # of each cell: after one only its definitions run, after two nothing does
        self.verdicts: dict[str, Verdict] = {}
        self.notes: dict[int, str] = {}
        self.printed: list[str] = []  # in each session
        self.graded = Graded("ok", points=dict.fromkeys(self.pending, 0))

    def run(self, session: Session) -> None:
        """Run what is left, from the top. A `Stopped` is noted where it belongs."""
        for cell in self.cells:
            if self.stops.get(cell.number, 0) < 2 and not self._run_cell(cell, session):
                return
        answers = Answers(list(self.pending.values()), lambda request: self._ask_for_answer(session, request))
        for question in list(self.pending.values()):
            if not self._grade_question(question, answers):
                return

    def _ask(self, session: Session, request: dict[str, Any], seconds: float) -> Any:
        start = session.seconds()
        try:
            return session.ask(request, min(seconds, self.seconds_left))
        finally:
            self.seconds_left -= session.seconds() - start

    def _ask_for_answer(self, session: Session, request: dict[str, Any]) -> Any:
        return self._ask(session, request, self.limits.call_seconds)

    def _run_cell(self, cell: Cell, session: Session) -> bool:
        late = self.seconds_left < self.limits.submission_seconds * (1 - CELLS_SHARE)
        request = {"cell": [cell.number, cell.source, late or cell.number in self.stops]}
        try:
            reply = self._ask(session, request, self.limits.cell_seconds)
        except Stopped as stopped:
            self.stops[cell.number] = self.stops.get(cell.number, 0) + 1
            self._note(cell.number, retold(str(stopped), STOPPED.values()))
            self._set_status(stopped.status)
            return False
        error = reply.get("error") if isinstance(reply, dict) else ...
        if error is not None:
            said = error[:MAX_ERROR_CHARS] if isinstance(error, str) else WORDS["nonsense"]
            self._note(cell.number, retold(said, [WORDS["nonsense"], *ERRORS.values()]))
        elif late:
            self.notes.setdefault(cell.number, say(WORDS["definitions"], number=cell.number))
        return True

    def _note(self, number: int, said: str) -> None:
        """What stopped a cell stays; the definitions that run afterwards may well fail without the rest."""
        if number not in self.stops or number not in self.notes:
            self.notes[number] = say(WORDS["cell"], number=number, said=said)

    def _set_status(self, status: str) -> None:
        if self.graded.status == "ok":
            self.graded.status = status

    def _grade_question(self, question: Question, answers: Answers) -> bool:
        cases = question.hidden_cases(self.seed)
        del self.pending[question.name]
        try:
            verdict, note = answers.assess(question, cases, self.verdicts)
        except Stopped as stopped:
            said = retold(str(stopped), STOPPED.values())
            self.graded.feedback[question.name] = say(COLON, name=question.function, said=said)
            self._set_status(stopped.status)
            return False
        self.verdicts[question.name] = verdict
        self.graded.points[question.name] = question.points if verdict.right else 0
        self.graded.feedback[question.name] = say(WORDS["both"], verdict=verdict.message, note=note).strip()
        return True

    def give_up(self) -> None:
        """The time of the whole submission is over."""
        for question in self.pending:
            self.graded.feedback[question] = say(WORDS["not reached"], seconds=self.limits.submission_seconds)
            self._set_status("timeout")
        self.pending.clear()

    def result(self) -> Graded:
        """The result, with its notes in order."""
        self.graded.seconds = self.limits.submission_seconds - self.seconds_left
        self.graded.printed = RESTART_NOTE.join(self.printed)[: self.limits.log_bytes + len(RESTART_NOTE)]
        self.graded.notes = [self.notes[number] for number in sorted(self.notes)]
        wrong = [
            say(COLON, name=name, said=said)
            for name, said in self.graded.feedback.items()
            if self.graded.points[name] == 0
        ]
        stopped = self.graded.notes if self.graded.status != "ok" else []
        self.graded.message = joined([*stopped, *wrong])
        return self.graded


def _grade(cells: list[Cell], name: str, seed: int, limits: Limits, sandboxed: bool) -> Graded:
    progress = _Progress(cells, name, seed, limits)
    optimizers = any("optim" in cell.source for cell in progress.cells)
    while progress.pending and progress.seconds_left > 0:
        with Session(_fork_server(), limits, sandboxed, optimizers) as session:
            progress.run(session)
            progress.printed.append(session.printed())
    progress.give_up()
    return progress.result()


class _Thread(threading.local):
    fork_server: ForkServer | None = None


_own = _Thread()


def _fork_server() -> ForkServer:
    """The fork server of the thread; a new one where it is gone."""
    if _own.fork_server is None or _own.fork_server.process.poll() is not None:
        _own.fork_server = ForkServer()
    return _own.fork_server


def close_fork_server() -> None:
    """End this thread's fork server."""
    if _own.fork_server is not None:
        _own.fork_server.close()
        _own.fork_server = None
