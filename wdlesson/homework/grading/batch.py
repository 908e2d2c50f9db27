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
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import joblib  # type: ignore[import-untyped]
from tqdm.auto import tqdm

from wdlesson.homework.grading import report
from wdlesson.homework.grading.files import Submission, duplicates, find, printable, read
from wdlesson.homework.grading.notebook import NotANotebookError, UnreadableError
from wdlesson.homework.grading.submission import Graded, grade
from wdlesson.homework.questions import assignment
from wdlesson.homework.sandbox.bubblewrap import check_hidden, why_not
from wdlesson.homework.sandbox.limits import Limits

VERSION = 2  # of the journal; another one is not gone on with


@dataclass(frozen=True)
class Settings:
    """What is the same for all submissions of a run."""

    assignment: str
    seed: int
    limits: Limits
    sandboxed: bool


@dataclass(frozen=True)
class Row:
    """One file and what came of it."""

    id: str
    student: str
    digest: str  # of the bytes that were graded
    graded: Graded


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
    """Grade every file below `submissions`; returns the rows of the gradebook, sorted by id.

    Parameters
    ----------
    name
        The assignment, such as "hw1".
    submissions, results
        The folders to read and to write. Neither may lie where submissions can look.
    jobs
        Processes on this machine (-1: one for each core); under `joblib.parallel_config` the backend's.
    limits
        What a submission may use.
    sandboxed
        False runs student code without isolation; every row then says so.
    progress
        Whether to show a progress bar.

    Raises
    ------
    ValueError
        For an unknown assignment, a folder that is not there, no jobs at all, results among the submissions or in the
        hands of another run, or a machine without bubblewrap.
    """
    assignment(name)
    if jobs == 0:
        raise ValueError("jobs is 0; it must be a number of processes above 0, or -1 for one on each core")
    if sandboxed and (reason := why_not()):
        raise ValueError(f"no sandbox can be made: {reason}; --no-sandbox grades without one")
    found = find(submissions)
    if results.resolve().is_relative_to(submissions.resolve()):
        raise ValueError(f"results is {results}, in the folder of submissions; it must lie elsewhere")
    if sandboxed:
        check_hidden(submissions, results)
    (results / "private").mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(results):
        settings = Settings(name, _seed(results), limits or Limits(), sandboxed)
        return _grade_class(found, results, settings, jobs, progress)


def _grade_class(found: list[Submission], results: Path, settings: Settings, jobs: int, progress: bool) -> list[Row]:
    with _Journal(results, settings) as journal:
        rows, todo = _sorted_out(found, journal, settings)
        gradebook = report.Gradebook(results, settings.assignment, settings.sandboxed)
        for row in rows:
            gradebook.add(row)
        fresh = _graded(todo, settings, jobs)
        for row in tqdm(fresh, settings.assignment, len(todo), disable=None if progress else True):
            journal.add(row)
            gradebook.add(row)
        return gradebook.finish()


@contextmanager
def _alone(results: Path) -> Iterator[None]:
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


def _sorted_out(found: list[Submission], journal: "_Journal", settings: Settings) -> tuple[list[Row], list[Work]]:
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


def _graded(todo: list[Work], settings: Settings, jobs: int) -> Iterator[Row]:
    """The rows as they come, in any order."""
    tasks = (joblib.delayed(_grade_one)(each, data, digest, settings) for each, data, digest in todo)
    rows: Iterable[Row] = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)(tasks)
    yield from rows


def _grade_one(submission: Submission, data: bytes, digest: str, settings: Settings) -> Row:
    graded = grade(data, settings.assignment, settings.seed, settings.limits, settings.sandboxed)
    return _row(submission, digest, graded)


class _Journal:
    """Every graded row, a line of JSON each, on the disk before the next is waited for."""

    def __init__(self, results: Path, settings: Settings) -> None:
        self.path = results / "private" / "journal.jsonl"
        self.head = {"version": VERSION, **_printable(asdict(settings))}
        self.rows = self._read()
        self._file: TextIO | None = None

    def _read(self) -> dict[tuple[str, str], Row]:
        """The rows of an earlier run with the same settings; a line that was cut off is none."""
        head, *lines = self.path.read_text(encoding="utf-8").split("\n") if self.path.exists() else [""]
        if not lines:  # killed before the first line stood
            self.path.unlink(missing_ok=True)
            return {}
        if head != json.dumps(self.head):
            raise ValueError(
                f"{self.path} is of a run with other settings; give another folder for the results, or remove it"
            )
        rows = [Row(**{**row, "graded": Graded(**row["graded"])}) for row in map(_loaded, lines) if row]
        return {(row.id, row.digest): row for row in rows if row.graded.status != "grader-error"}

    def __enter__(self) -> "_Journal":
        new = not self.path.exists()
        self._file = open(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8")
        self._file.write(json.dumps(self.head) + "\n" if new else "\n")  # a line that was cut off ends here
        return self

    def __exit__(self, *_: object) -> None:
        assert self._file is not None
        self._file.close()

    def add(self, row: Row) -> None:
        assert self._file is not None
        self._file.write(json.dumps(_printable(asdict(row))) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def _loaded(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _printable(value: Any) -> Any:
    """Plain data whose texts any file can hold."""
    if isinstance(value, str):
        return "\n".join(map(printable, value.split("\n")))
    if isinstance(value, dict):
        return {key: _printable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(part) for part in value]
    return value
