"""Grades a class: finds the files, spreads the work over joblib, writes as it goes, goes on where it was stopped.

In the folder of results:

    gradebook.csv      a row for each student
    written.csv        the answers in words, to be marked by hand; answers/ has their pictures
    ignored.csv        every other file, and why it is no submission
    changes.csv        what is other than in the last run
    summary.html       the class on a page
    reports/           a page for each student, and beside it what the submission printed
    private/           for the teacher alone: the hidden seed and the journal from which a rerun goes on

Student code runs in other processes. The workers of joblib, on this machine or on a cluster, are as trusted as this
one; they get the bytes of a notebook and give back plain data, so they need no common file system.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import joblib  # type: ignore[import-untyped]
from tqdm.auto import tqdm

from wdlesson.homework.feedback.words import language, say, speaking
from wdlesson.homework.grading.content import functions, other_assignment
from wdlesson.homework.grading.gradebook import Gradebook
from wdlesson.homework.grading.journal import Journal, Settings
from wdlesson.homework.grading.notebook import NotANotebookError, UnreadableError, parse
from wdlesson.homework.grading.results import Graded, Row
from wdlesson.homework.grading.roster import Roster
from wdlesson.homework.grading.submission import grade
from wdlesson.homework.grading.submissions import Class, Submission, collect
from wdlesson.homework.grading.written import answers
from wdlesson.homework.questions import assignment
from wdlesson.homework.sandbox.bubblewrap import unavailable_reason
from wdlesson.homework.sandbox.lifeline import end_with
from wdlesson.homework.sandbox.limits import Limits
from wdlesson.homework.sandbox.visible import check_hidden

WORDS = {
    "jobs": "jobs is 0; it must be a number of processes above 0, or -1 for one on each core",
    "no sandbox": "no sandbox can be made: {reason}; --no-sandbox grades without one",
    "inside": "results is {path}, in the folder of submissions; it must lie elsewhere",
    "locked": "results is {path}; another run is writing there",
    "regrade": "regrade is {name!r}; no student, number or file is called that",
    "other": "this is {other}, handed in as {name}",
}


def grade_class(
    name: str,
    submissions: Path,
    results: Path,
    *,
    roster: Roster | None = None,
    regrade: Sequence[str] = (),
    single: bool = False,
    jobs: int = 1,
    limits: Limits | None = None,
    sandboxed: bool = True,
    progress: bool = True,
) -> list[Row]:
    """Grade what each student of a class handed in, and write a gradebook and reports as it goes.

    Parameters
    ----------
    name : str
        The assignment, such as "hw1".
    submissions, results : Path
        The folder or zip to read, and the folder to write. Neither may lie where submissions can look.
    roster : Roster, optional
        The students, so that absent ones have a row.
    regrade : sequence of str, optional
        Students, numbers or files that are graded anew whatever was known; "all" is everybody.
    single : bool, optional
        Whether all files are one student's.
    jobs : int, optional
        Processes on this machine (-1: one for each core); under `joblib.parallel_config` the backend's.
    limits : Limits, optional
        What a submission may use.
    sandboxed : bool, optional
        False runs student code without isolation; every row then says so.
    progress : bool, optional
        Whether to show a progress bar.

    Returns
    -------
    list of Row
        The rows of the gradebook, sorted by name: one for each student.

    Raises
    ------
    ValueError
        For an unknown assignment, a folder that is not there, no jobs at all, results among the submissions or in the
        hands of another run, or a machine without bubblewrap.
    """
    assignment(name)
    if jobs == 0:
        raise ValueError(WORDS["jobs"])
    if sandboxed and (reason := unavailable_reason()):
        raise ValueError(WORDS["no sandbox"].format(reason=reason))
    found = collect(submissions, name, roster, single)
    if results.resolve().is_relative_to(submissions.resolve()):
        raise ValueError(WORDS["inside"].format(path=results))
    if sandboxed:
        check_hidden(submissions, results)
    (results / "private").mkdir(mode=0o700, parents=True, exist_ok=True)
    with _lock(results), _safe_path():
        settings = Settings(name, _seed(results), limits or Limits(), sandboxed, language())
        return _grade_class(found, results, settings, regrade, jobs, progress)


def _grade_class(
    found: Class, results: Path, settings: Settings, regrade: Sequence[str], jobs: int, progress: bool
) -> list[Row]:
    _check_names(found.submissions, regrade)
    with Journal(results, settings) as journal:
        gradebook = Gradebook(results, settings.assignment, settings.sandboxed, journal.before)
        gradebook.ignored = found.ignored
        look = _FirstLook(found, journal, gradebook, settings, {name.casefold() for name in regrade})
        todo = []
        for each in found.submissions:
            row, graded = look(each)
            if graded is None:
                todo.append(_Work(each, row))
            else:
                gradebook.add(replace(row, graded=graded))
        fresh = _grade_files(todo, found, settings, jobs)
        for row in tqdm(fresh, settings.assignment, len(todo), disable=None if progress else True):
            journal.add(row)
            gradebook.add(row)
        return gradebook.finish()


def _names(submission: Submission) -> set[str]:
    return {"all", *(name.casefold() for name in (submission.student, submission.number, submission.id) if name)}


def _check_names(submissions: list[Submission], regrade: Sequence[str]) -> None:
    known = {"all"}.union(*map(_names, submissions))
    for name in regrade:
        if name.casefold() not in known:
            raise ValueError(WORDS["regrade"].format(name=name))


@contextmanager
def _lock(results: Path) -> Iterator[None]:
    """Keep any other run out of the results; the kernel lets go of the lock when this process ends, however it does."""
    lock = os.open(results / "private", os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(WORDS["locked"].format(path=results)) from None
        yield
    finally:
        os.close(lock)


@contextmanager
def _safe_path() -> Iterator[None]:
    """Have the processes that joblib starts import nothing from the current folder: submissions may lie there."""
    before = os.environ.get("PYTHONSAFEPATH", "")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        os.environ["PYTHONSAFEPATH"] = before  # empty is as good as unset


def _seed(results: Path) -> int:
    """The hidden seed of these results: drawn once, kept for reruns, readable by the teacher alone."""
    path = results / "private" / "seed"
    if not path.exists():
        new = path.with_name("seed.new")
        new.touch(mode=0o600)
        new.write_text(str(secrets.randbits(64)))
        os.replace(new, path)
    return int(path.read_text())


@dataclass(frozen=True)
class _Work:
    """A notebook that is to be graded. Its bytes are read again when its turn comes: a class of them is too much."""

    submission: Submission
    row: Row


@dataclass(frozen=True)
class _FirstLook:
    """Reads what a student handed in; says what came of it where that is known, so that nothing need be run."""

    found: Class
    journal: Journal
    gradebook: Gradebook
    settings: Settings
    regrade: set[str]

    def __call__(self, each: Submission) -> tuple[Row, Graded | None]:
        graded = Graded(each.status, each.message)
        row = Row(each.id, each.student, "", graded, each.number, each.notes, self.settings.fingerprint)
        if each.entry is None:
            return row, graded
        try:
            data = self.found.source.read(each.entry)
        except UnreadableError as error:
            return row, Graded("unreadable", str(error))
        except NotANotebookError as error:
            return row, Graded("not a notebook", str(error))
        row = replace(row, digest=hashlib.sha256(data).hexdigest())
        return row, self._other(data, row) or self._known(each, row)

    def _other(self, data: bytes, row: Row) -> Graded | None:
        """Take the answers in words out of the notebook, unless it is another assignment."""
        name = self.settings.assignment
        try:
            cells = parse(data)
        except (UnreadableError, NotANotebookError):
            return None  # and the grader says why
        if other := other_assignment(cells, name):
            return Graded("other assignment", say(WORDS["other"], other=other, name=name))
        asked = {question.function for question in assignment(name).questions}
        self.gradebook.take(row, answers(cells, name), functions(cells, asked))
        return None

    def _known(self, each: Submission, row: Row) -> Graded | None:
        return None if _names(each) & self.regrade else self.journal.known(row.digest)


def _grade_files(todo: list[_Work], found: Class, settings: Settings, jobs: int) -> Iterator[Row]:
    """The rows as they come, in any order."""
    grader = os.getpid()
    tasks = (joblib.delayed(_grade_file)(each.row, _again(each, found), settings, grader) for each in todo)
    rows: Iterable[Row] = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)(tasks)
    yield from rows


def _again(work: _Work, found: Class) -> bytes:
    """The bytes of a notebook; none where it has gone meanwhile, and then it is no notebook."""
    assert work.submission.entry is not None
    try:
        return found.source.read(work.submission.entry)
    except ValueError:
        return b""


def _grade_file(row: Row, data: bytes, settings: Settings, grader: int) -> Row:
    end_with(grader)
    with speaking(settings.language):
        graded = grade(data, settings.assignment, settings.seed, settings.limits, settings.sandboxed)
    return replace(row, digest=hashlib.sha256(data).hexdigest(), graded=graded)
