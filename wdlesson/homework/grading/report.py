"""A student's report: one page of HTML, in which all that the student wrote is text."""

import hashlib
import html
import json
import re

from wdlesson.homework.feedback.words import language, say
from wdlesson.homework.grading.results import NO_SANDBOX, Row
from wdlesson.homework.grading.text import one_line
from wdlesson.homework.grading.told import told
from wdlesson.homework.questions.base import Assignment

MAX_NAME_BYTES = 100  # of 255 that a file system takes

WORDS = {
    "title": "{assignment}: {student}",
    "about": "{file}: {status}, {total}.",
    "total": "{points} of {out_of} points",
    "no marks": "not graded",
    "question": "question",
    "function": "function",
    "points": "points",
    "said": "what the check says",
    "notes": "Cells that raised an error or were stopped",
    "written": "The answers in words are marked by hand.",
}

PAGE = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>html {{ background: #fff; color: #111 }}
body {{ font: 16px/1.5 sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em; overflow-wrap: anywhere }}
td, th {{ text-align: left; padding: .3em 1em .3em 0; vertical-align: top; overflow-wrap: normal }}
td:last-child {{ overflow-wrap: anywhere; min-width: 8em }}
@media (max-width: 30em) {{ th:nth-child(2), td:nth-child(2) {{ display: none }} }}</style></head><body>
<h1>{title}</h1>
<p>{about}</p>
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
    return PAGE.format(
        language=tag(),
        title=html.escape(say(WORDS["title"], assignment=assignment.name, student=row.student)),
        about=_about(row, assignment),
        message="" if graded.marked else _paragraph(one_line(told(graded.message))),
        table=_table(rows) if graded.marked else "",
        notes=_notes(graded.notes) if graded.notes else "",
        written=_paragraph(say(WORDS["written"])) if graded.marked and assignment.written else "",
        sandbox="" if sandboxed else _paragraph(say(NO_SANDBOX)),
    )


def tag() -> str:
    """The language of a page, as HTML names it.

    Returns
    -------
    str
        Such as "zh-CN".
    """
    return language().replace("_", "-") or "en"


def _paragraph(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"


def _about(row: Row, assignment: Assignment) -> str:
    """Which file it is, and what it earned."""
    graded = row.graded
    points = sum(graded.points.values())
    total = say(WORDS["total"], points=points, out_of=assignment.points) if graded.marked else say(WORDS["no marks"])
    file, status = html.escape(row.id), html.escape(say(graded.status))
    return say(WORDS["about"], file=file, status=status, total=f"<strong>{total}</strong>")


def _table(rows: list[list[str]]) -> str:
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(one_line(cell))}</td>' for cell in row)}</tr>" for row in rows)
    head = "".join(f"<th>{html.escape(say(WORDS[name]))}" for name in ("question", "function", "points", "said"))
    return f"<table><tr>{head}</tr>{body}</table>"


def _notes(notes: list[str]) -> str:
    items = "".join(f"<li>{html.escape(one_line(note))}</li>" for note in notes)
    return f"<h2>{html.escape(say(WORDS['notes']))}</h2><ul>{items}</ul>"


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
