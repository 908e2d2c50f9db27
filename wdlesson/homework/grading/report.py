"""A student's report: one page of HTML, in which all that the student wrote is text."""

import hashlib
import html
import json
import re

from wdlesson.homework.grading.results import NO_SANDBOX, Row
from wdlesson.homework.grading.text import one_line
from wdlesson.homework.questions.base import Assignment

MAX_NAME_BYTES = 100  # of 255 that a file system takes

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>html {{ background: #fff; color: #111 }}
body {{ font: 16px/1.5 sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em; overflow-wrap: anywhere }}
td, th {{ text-align: left; padding: .3em 1em .3em 0; vertical-align: top; overflow-wrap: normal }}
td:last-child {{ overflow-wrap: anywhere; min-width: 8em }}
@media (max-width: 30em) {{ th:nth-child(2), td:nth-child(2) {{ display: none }} }}</style></head><body>
<h1>{title}</h1>
<p>{file}: {status}, <strong>{total}</strong>.</p>
{message}{table}{notes}{written}{sandbox}
</body></html>
"""


def page(row: Row, assignment: Assignment, sandboxed: bool) -> str:
    """A student's report. It has the checks' words and no hidden input.

    Parameters
    ----------
    row : Row
        One file and what came of it.
    assignment : Assignment
        The assignment.
    sandboxed : bool
        Whether student code ran in a sandbox; if not, the page says so.

    Returns
    -------
    str
        The page, in HTML.
    """
    graded = row.graded
    out_of = {question.name: question for question in assignment.questions}
    rows = [
        [name, out_of[name].function, f"{points} / {out_of[name].points}", graded.feedback.get(name, "")]
        for name, points in graded.points.items()
    ]
    total = f"{sum(graded.points.values())} of {assignment.points} points" if graded.marked else "not graded"
    return PAGE.format(
        title=html.escape(f"{assignment.name}: {row.student}"),
        total=total,
        status=html.escape(graded.status),
        file=html.escape(row.id),
        message="" if graded.marked else f"<p>{html.escape(one_line(graded.message))}</p>",
        table=_table(rows) if graded.marked else "",
        notes=_notes(graded.notes) if graded.notes else "",
        written="<p>The answers in words are marked by hand.</p>" if graded.marked and assignment.written else "",
        sandbox="" if sandboxed else f"<p>{NO_SANDBOX}</p>",
    )


def _table(rows: list[list[str]]) -> str:
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(one_line(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr><th>question<th>function<th>points<th>what the check says</tr>{body}</table>"


def _notes(notes: list[str]) -> str:
    items = "".join(f"<li>{html.escape(one_line(note))}</li>" for note in notes)
    return f"<h2>Cells that raised an error or were stopped</h2><ul>{items}</ul>"


def report_name(row: Row) -> str:
    """A file name for a report: readable, short in any writing, and one for each row.

    Parameters
    ----------
    row : Row
        One student and what came of it.

    Returns
    -------
    str
        The name, without the suffix.
    """
    readable = re.sub(r"[^\w-]+", "_", f"{row.student} {row.number}").strip("_")
    short = readable.encode()[:MAX_NAME_BYTES].decode("utf-8", "ignore")
    return f"{short}-{hashlib.sha256(json.dumps([row.id, *row.key]).encode()).hexdigest()[:8]}"
