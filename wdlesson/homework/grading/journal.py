"""The journal of a run: every graded row, on the disk before the next is waited for; a rerun goes on from it.

Marks follow the file and all else that they depend on: the questions, the limits, the package. A row is taken over
where both are as they were, and where nothing ran out of time.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TextIO

from wdlesson.homework.grading.results import Graded, Row
from wdlesson.homework.grading.text import clean
from wdlesson.homework.questions import assignment
from wdlesson.homework.sandbox.bubblewrap import PACKAGE
from wdlesson.homework.sandbox.limits import Limits

VERSION = 4  # of its form; another one is not gone on with
TRIED_AGAIN = {"grader-error", "timeout"}

WORDS = {
    "other": "{path} is of another assignment or of an older version of this package; give another folder for the "
    "results, or remove it",
}


@dataclass(frozen=True)
class Settings:
    """What is the same for all submissions of a run.

    Parameters
    ----------
    assignment : str
        Its name, such as "hw1".
    seed : int
        The hidden seed of the results.
    limits : Limits
        What each submission may use.
    sandboxed : bool
        Whether student code runs in a sandbox.
    language : str, optional
        In which the checks speak; empty for English.
    """

    assignment: str
    seed: int
    limits: Limits
    sandboxed: bool
    language: str = ""

    @cached_property
    def fingerprint(self) -> str:
        """Of all that marks depend on beside the file."""
        asked = assignment(self.assignment)
        questions = [[each.name, each.function, each.points, each.parameters, each.results] for each in asked.questions]
        about = [self.seed, asdict(self.limits), self.sandboxed, self.language, questions, package_digest()]
        return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]


def sources() -> Iterator[Path]:
    """What the grader is made of: code, and the words of the checks in other languages.

    Yields
    ------
    Path
        A file of the package.
    """
    yield from PACKAGE.rglob("*.py")
    yield from PACKAGE.rglob("*.json")


def package_digest() -> str:
    """Of every source file of the package.

    Returns
    -------
    str
        It changes where one of them does.
    """
    digest = hashlib.sha256()
    for path in sorted(sources()):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


class Journal:
    """Every graded row, a line of JSON each, on the disk before the next is waited for.

    Parameters
    ----------
    results : Path
        The folder of results.
    settings : Settings
        Those of this run.

    Raises
    ------
    ValueError
        If the journal there is of another assignment.
    """

    def __init__(self, results: Path, settings: Settings) -> None:
        """Read what earlier runs have written."""
        self.path = results / "private" / "journal.jsonl"
        self.head = {"version": VERSION, "assignment": settings.assignment}
        self.fingerprint = settings.fingerprint
        rows = self._read()
        self.before = {row.key: row for row in rows}
        self._known = {row.digest: row for row in rows if self._holds(row)}
        self._file: TextIO | None = None

    def _holds(self, row: Row) -> bool:
        return bool(row.digest) and row.fingerprint == self.fingerprint and row.graded.status not in TRIED_AGAIN

    def known(self, digest: str) -> Graded | None:
        """What came of a file, if it was graded before and all else is the same.

        Parameters
        ----------
        digest : str
            That of its bytes.

        Returns
        -------
        Graded or None
            None where it is to be graded.
        """
        row = self._known.get(digest)
        return row.graded if row else None

    def _read(self) -> list[Row]:
        """The rows of earlier runs, the latest last; a line that was cut off is none."""
        head, *lines = self.path.read_text(encoding="utf-8").split("\n") if self.path.exists() else [""]
        if not lines:  # killed before the first line stood
            self.path.unlink(missing_ok=True)
            return []
        if head != json.dumps(self.head):
            raise ValueError(WORDS["other"].format(path=self.path))
        rows = [{**row, "notes": tuple(row["notes"])} for row in map(_loaded, lines) if row]
        return [Row(**{**row, "graded": Graded(**row["graded"])}) for row in rows]

    def __enter__(self) -> Self:
        """Itself, open for writing."""
        new = not self.path.exists()
        self._file = open(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8")
        self._file.write(json.dumps(self.head) + "\n" if new else "\n")  # a line that was cut off ends here
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        assert self._file is not None
        self._file.close()

    def add(self, row: Row) -> None:
        """Write a row, and wait until the disk has it.

        Parameters
        ----------
        row : Row
            One student and what came of the file.
        """
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
        return clean(value)
    if isinstance(value, dict):
        return {key: _printable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(part) for part in value]
    return value
