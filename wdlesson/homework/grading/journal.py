"""The journal of a run: every graded row, on the disk before the next is waited for; a rerun goes on from it."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self, TextIO

from wdlesson.homework.grading.results import Graded, Row
from wdlesson.homework.grading.text import clean
from wdlesson.homework.sandbox.limits import Limits

VERSION = 3  # of its form; another one is not gone on with


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
    """

    assignment: str
    seed: int
    limits: Limits
    sandboxed: bool


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
        If the journal there is of a run with other settings.
    """

    def __init__(self, results: Path, settings: Settings) -> None:
        """Read what an earlier run with the same settings has written."""
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
            One file and what came of it.
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
