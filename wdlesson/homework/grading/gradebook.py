"""The gradebook: a row for each file found, and the answers in words, as CSV that no spreadsheet computes."""

import csv
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from wdlesson.homework.grading import report
from wdlesson.homework.grading.files import write_whole
from wdlesson.homework.grading.results import NO_SANDBOX, Row
from wdlesson.homework.grading.text import clean, one_line
from wdlesson.homework.questions import assignment

WRITE_INTERVAL_SECONDS = 2.0  # between two writings of the gradebook, while rows come in
FULL_WIDTH = ("\uff1d", "\uff0b", "\uff0d", "\uff20")
FORMULA_STARTS = ("=", "+", "-", "@", *FULL_WIDTH)


class Gradebook:
    """The files of a folder of results, written anew as rows come in, never half-written.

    Parameters
    ----------
    results : Path
        The folder.
    name : str
        The assignment, such as "hw1".
    sandboxed : bool
        Whether student code runs in a sandbox; if not, every row says so.
    """

    def __init__(self, results: Path, name: str, sandboxed: bool) -> None:
        """Start with no rows."""
        self.results, self.assignment, self.sandboxed = results, assignment(name), sandboxed
        self.rows: dict[str, Row] = {}
        self._written = 0.0
        (results / "reports").mkdir(exist_ok=True)

    def add(self, row: Row) -> None:
        """Take a row; its report is written at once, the gradebook every few seconds.

        Parameters
        ----------
        row : Row
            One file and what came of it.
        """
        self.rows[row.id] = row
        stem = self.results / "reports" / report.report_name(row.id)
        write_whole(stem.with_suffix(".html"), report.page(row, self.assignment, self.sandboxed))
        write_whole(stem.with_suffix(".log"), clean(row.graded.printed))
        if time.monotonic() > self._written + WRITE_INTERVAL_SECONDS:
            self._write()

    def finish(self) -> list[Row]:
        """Write the gradebook.

        Returns
        -------
        list of Row
            All its rows, sorted by id.
        """
        self._write()
        return self._sorted_rows()

    def _sorted_rows(self) -> list[Row]:
        return [self.rows[key] for key in sorted(self.rows)]

    def _write(self) -> None:
        write_whole(self.results / "gradebook.csv", _csv_text([self._header(), *map(self._cells, self._sorted_rows())]))
        write_whole(self.results / "written.csv", _csv_text([["id", "question", "answer"], *self._answers()]))
        self._written = time.monotonic()

    def _header(self) -> list[str]:
        names = [question.name for question in self.assignment.questions]
        return ["id", "student", "status", *names, "total", "out_of", "sandbox", "seconds", "report", "message"]

    def _cells(self, row: Row) -> list[Any]:
        graded = row.graded
        points = [graded.points[question.name] if graded.marked else "" for question in self.assignment.questions]
        total = sum(graded.points.values()) if graded.marked else ""
        sandbox = "yes" if self.sandboxed else NO_SANDBOX
        page = f"reports/{report.report_name(row.id)}.html"
        about = [total, self.assignment.points, sandbox, f"{graded.seconds:.2f}", page, one_line(graded.message)]
        return [row.id, row.student, graded.status, *points, *about]

    def _answers(self) -> Iterable[list[str]]:
        for row in self._sorted_rows():
            for question, answer in row.graded.written.items():
                yield [row.id, question, clean(answer)]


def _csv_text(rows: Iterable[list[Any]]) -> str:
    """CSV, in which no cell is a formula."""
    lines: list[str] = []
    writer = csv.writer(_Lines(lines), lineterminator="\n")
    for row in rows:
        writer.writerow([_escape_formula(cell) for cell in row])
    return "".join(lines)


class _Lines:
    """What csv needs of a file."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append


def _escape_formula(cell: Any) -> Any:
    """A text that starts like a formula gets a quote in front."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
