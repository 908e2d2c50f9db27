"""What the teacher and the students get to read: the gradebook, a page for each student, Gradescope's results.

All that a student wrote is text here: escaped in HTML, and disarmed in CSV, where a spreadsheet would compute it.
"""

import csv
import hashlib
import html
import json
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wdlesson.homework.grading.files import printable
from wdlesson.homework.questions import assignment

if TYPE_CHECKING:
    from wdlesson.homework.grading.batch import Row

EVERY = 2.0  # seconds between two writings of the gradebook, while rows come in
NO_SANDBOX = "graded without a sandbox"
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are their full-width forms
NOT_GRADED = {"unreadable", "not a notebook", "duplicate", "grader-error"}


class Gradebook:
    """The files of a folder of results, written anew as rows come in, never half-written."""

    def __init__(self, results: Path, name: str, sandboxed: bool) -> None:
        """Start with no rows."""
        self.results, self.assignment, self.sandboxed = results, assignment(name), sandboxed
        self.rows: dict[str, Row] = {}
        self._written = 0.0
        (results / "reports").mkdir(exist_ok=True)

    def add(self, row: "Row") -> None:
        """Take a row; its report is written at once, the gradebook every few seconds."""
        self.rows[row.id] = row
        stem = self.results / "reports" / report_name(row.id)
        replace(stem.with_suffix(".html"), self._page(row))
        replace(stem.with_suffix(".log"), clean(row.graded.printed))
        if time.monotonic() > self._written + EVERY:
            self._write()

    def finish(self) -> list["Row"]:
        """Write the gradebook; returns its rows."""
        self._write()
        return self._sorted()

    def _sorted(self) -> list["Row"]:
        return [self.rows[key] for key in sorted(self.rows)]

    def _write(self) -> None:
        replace(self.results / "gradebook.csv", table([self._head(), *map(self._line, self._sorted())]))
        replace(self.results / "written.csv", table([["id", "question", "answer"], *self._answers()]))
        self._written = time.monotonic()

    def _head(self) -> list[str]:
        names = [question.name for question in self.assignment.questions]
        return ["id", "student", "status", *names, "total", "out_of", "sandbox", "seconds", "report", "message"]

    def _line(self, row: "Row") -> list[Any]:
        graded = row.graded
        known = graded.status not in NOT_GRADED
        points = [graded.points[question.name] if known else "" for question in self.assignment.questions]
        total = sum(graded.points.values()) if known else ""
        sandbox = "yes" if self.sandboxed else NO_SANDBOX
        page = f"reports/{report_name(row.id)}.html"
        about = [total, self.assignment.points, sandbox, f"{graded.seconds:.2f}", page, one_line(graded.message)]
        return [row.id, row.student, graded.status, *points, *about]

    def _answers(self) -> Iterable[list[str]]:
        for row in self._sorted():
            for question, answer in row.graded.written.items():
                yield [row.id, question, clean(answer)]

    def _page(self, row: "Row") -> str:
        """A student's report. It has the checks' words and no hidden input."""
        graded = row.graded
        out_of = {question.name: question for question in self.assignment.questions}
        known = graded.status not in NOT_GRADED
        rows = [
            [name, out_of[name].function, f"{points} / {out_of[name].points}", graded.said.get(name, "")]
            for name, points in graded.points.items()
        ]
        total = f"{sum(graded.points.values())} of {self.assignment.points} points" if known else "not graded"
        return PAGE.format(
            title=html.escape(f"{self.assignment.name}: {row.student}"),
            total=total,
            status=html.escape(graded.status),
            file=html.escape(row.id),
            message="" if known else f"<p>{html.escape(one_line(graded.message))}</p>",
            table=_table(rows) if known else "",
            notes=_notes(graded.notes) if graded.notes else "",
            written="<p>The answers in words are marked by hand.</p>" if known and self.assignment.written else "",
            sandbox="" if self.sandboxed else f"<p>{NO_SANDBOX}</p>",
        )


def _table(rows: list[list[str]]) -> str:
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(one_line(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr><th>question<th>function<th>points<th>what the check says</tr>{body}</table>"


def _notes(notes: list[str]) -> str:
    items = "".join(f"<li>{html.escape(one_line(note))}</li>" for note in notes)
    return f"<h2>Cells that raised an error or were stopped</h2><ul>{items}</ul>"


PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>body {{ font: 16px/1.5 sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em; overflow-wrap: anywhere }}
td, th {{ text-align: left; padding: .3em 1em .3em 0; vertical-align: top; overflow-wrap: normal }}
td:last-child {{ overflow-wrap: anywhere; min-width: 8em }}
@media (max-width: 30em) {{ th:nth-child(2), td:nth-child(2) {{ display: none }} }}</style></head><body>
<h1>{title}</h1>
<p>{file}: {status}, <strong>{total}</strong>.</p>
{message}{table}{notes}{written}{sandbox}
</body></html>
"""


def report_name(id: str) -> str:
    """A file name for a report: readable, short, and one for each id."""
    readable = re.sub(r"[^\w-]+", "_", id.removesuffix(".ipynb"))[:60]
    return f"{readable}-{hashlib.sha256(id.encode()).hexdigest()[:8]}"


def replace(path: Path, text: str) -> None:
    """Write a file whole: whoever reads it meanwhile, or after a power cut, finds the old one or the new one."""
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)


def table(rows: Iterable[list[Any]]) -> str:
    """CSV, in which no cell is a formula."""
    lines: list[str] = []
    writer = csv.writer(_Lines(lines), lineterminator="\n")
    for row in rows:
        writer.writerow([disarmed(cell) for cell in row])
    return "".join(lines)


class _Lines:
    """What csv needs of a file."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append


def disarmed(cell: Any) -> Any:
    """A text that starts like a formula gets a quote in front."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def clean(text: str) -> str:
    """Text with its lines, and with nothing that a file cannot hold."""
    return "\n".join(map(printable, text.split("\n")))


def one_line(text: str, longest: int = 1500) -> str:
    """Text on one line, cut."""
    short = printable(" ".join(text.split()))
    return short if len(short) <= longest else short[:longest] + " ..."


def gradescope(row: "Row | None", name: str, sandboxed: bool) -> dict[str, Any]:
    """Gradescope's results.json for one submission (its documented form: score, tests, output, visibility)."""
    if row is None or row.graded.status in NOT_GRADED:
        why = "no notebook was found" if row is None else f"{row.graded.status}: {one_line(row.graded.message)}"
        return {"score": 0, "output": f"Not graded: {why}.", "visibility": "visible", "tests": []}
    graded = row.graded
    tests = [
        {
            "name": f"{question.name} {question.function}",
            "score": graded.points[question.name],
            "max_score": question.points,
            "status": "passed" if graded.points[question.name] else "failed",
            "output": one_line(graded.said.get(question.name, "")),
            "output_format": "text",
            "visibility": "visible",
        }
        for question in assignment(name).questions
    ]
    notes = [*graded.notes, *([] if sandboxed else [NO_SANDBOX])]
    return {
        "score": sum(graded.points.values()),
        "execution_time": round(graded.seconds, 2),
        "output": "\n".join(map(one_line, notes)),
        "output_format": "text",
        "visibility": "visible",
        "tests": tests,
    }


def write_gradescope(path: Path, rows: list["Row"], name: str, sandboxed: bool) -> None:
    """Write results.json: of several files, the first that is a notebook."""
    graded = [row for row in rows if row.graded.status not in NOT_GRADED]
    chosen = next(iter(graded or rows), None)
    replace(path, json.dumps(gradescope(chosen, name, sandboxed), indent=2))
