"""Grades a class: finds the files, spreads the work over joblib, writes as it goes, goes on where it was stopped.

In the folder of results:

    gradebook.csv      a row for each file found
    written.csv        the answers in words, to be marked by hand
    reports/           a page for each student, and beside it what the submission printed
    private/           for the teacher alone: the hidden seed and the journal from which a rerun goes on

Student code runs in other processes. The workers of joblib, on this machine or on a cluster, are as trusted as this
one; they get the bytes of a notebook and give back plain data, so they need no common file system.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import joblib  # type: ignore[import-untyped]
from tqdm.auto import tqdm

from wdlesson.homework.grading.files import Submission, duplicates, find, read
from wdlesson.homework.grading.gradebook import Gradebook
from wdlesson.homework.grading.journal import Journal, Settings
from wdlesson.homework.grading.notebook import NotANotebookError, UnreadableError
from wdlesson.homework.grading.results import Graded, Row
from wdlesson.homework.grading.submission import grade
from wdlesson.homework.questions import assignment
from wdlesson.homework.sandbox.bubblewrap import unavailable_reason
from wdlesson.homework.sandbox.lifeline import end_with
from wdlesson.homework.sandbox.limits import Limits
from wdlesson.homework.sandbox.visible import check_hidden


def grade_class(
    name: str,
    submissions: Path,
    results: Path,
    *,
    jobs: int = 1,
    limits: Limits | None = None,
    sandboxed: bool = True,
    progress: bool = True,
) -> list[Row]:
    """Grade every file below a folder, and write a gradebook and reports as it goes.

    Parameters
    ----------
    name : str
        The assignment, such as "hw1".
    submissions, results : Path
        The folders to read and to write. Neither may lie where submissions can look.
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
        The rows of the gradebook, sorted by id: one for each file.

    Raises
    ------
    ValueError
        For an unknown assignment, a folder that is not there, no jobs at all, results among the submissions or in the
        hands of another run, or a machine without bubblewrap.
    """
    assignment(name)
    if jobs == 0:
        raise ValueError("jobs is 0; it must be a number of processes above 0, or -1 for one on each core")
    if sandboxed and (reason := unavailable_reason()):
        raise ValueError(f"no sandbox can be made: {reason}; --no-sandbox grades without one")
    found = find(submissions)
    if results.resolve().is_relative_to(submissions.resolve()):
        raise ValueError(f"results is {results}, in the folder of submissions; it must lie elsewhere")
    if sandboxed:
        check_hidden(submissions, results)
    (results / "private").mkdir(mode=0o700, parents=True, exist_ok=True)
    with _lock(results), _safe_path():
        settings = Settings(name, _seed(results), limits or Limits(), sandboxed)
        return _grade_class(found, results, settings, jobs, progress)


def _grade_class(found: list[Submission], results: Path, settings: Settings, jobs: int, progress: bool) -> list[Row]:
    with Journal(results, settings) as journal:
        rows, todo = _split_pending(found, journal, settings)
        gradebook = Gradebook(results, settings.assignment, settings.sandboxed)
        for row in rows:
            gradebook.add(row)
        fresh = _grade_files(todo, settings, jobs)
        for row in tqdm(fresh, settings.assignment, len(todo), disable=None if progress else True):
            journal.add(row)
            gradebook.add(row)
        return gradebook.finish()


@contextmanager
def _lock(results: Path) -> Iterator[None]:
    """Keep any other run out of the results; the kernel lets go of the lock when this process ends, however it does."""
    lock = os.open(results / "private", os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"results is {results}; another run is writing there") from None
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


Work = tuple[Submission, bytes, str]


def _split_pending(found: list[Submission], journal: Journal, settings: Settings) -> tuple[list[Row], list[Work]]:
    """The rows that are known already, and the work that is left."""
    rows, todo = [], []
    others = duplicates(found, settings.assignment)
    for each in found:
        if each.id in others:
            rows.append(_row(each, "", Graded("duplicate", f"not graded: {others[each.id]} is, of the same student")))
            continue
        try:
            data = read(each)
        except UnreadableError as error:
            rows.append(_row(each, "", Graded("unreadable", str(error))))
        except NotANotebookError as error:
            rows.append(_row(each, "", Graded("not a notebook", str(error))))
        else:
            digest = hashlib.sha256(data).hexdigest()
            known = journal.rows.get((each.id, digest))
            if known:
                rows.append(known)
            else:
                todo.append((each, data, digest))
    return rows, todo


def _row(submission: Submission, digest: str, graded: Graded) -> Row:
    return Row(submission.id, submission.student, digest, graded)


def _grade_files(todo: list[Work], settings: Settings, jobs: int) -> Iterator[Row]:
    """The rows as they come, in any order."""
    grader = os.getpid()
    tasks = (joblib.delayed(_grade_file)(each, data, digest, settings, grader) for each, data, digest in todo)
    rows: Iterable[Row] = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)(tasks)
    yield from rows


def _grade_file(submission: Submission, data: bytes, digest: str, settings: Settings, grader: int) -> Row:
    end_with(grader)
    graded = grade(data, settings.assignment, settings.seed, settings.limits, settings.sandboxed)
    return _row(submission, digest, graded)
