"""The class on one page of HTML, without scripts: how the totals lie, question by question, and who needs a look."""

import html
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from wdlesson.homework.feedback.words import say
from wdlesson.homework.grading.report import tag
from wdlesson.homework.grading.results import Row
from wdlesson.homework.grading.text import one_line
from wdlesson.homework.grading.told import COLON, counted, joined, told
from wdlesson.homework.questions.base import Assignment

MAX_MISTAKES = 5  # of each question
MAX_LISTED = 200
COMMON = 0.2  # of those who wrote a function: what so many wrote alike is how it is written

NUMBERS = re.compile(r"\d+( / \d+)?")

WORDS = {
    "title": "{name}: the class",
    "counts": "{students} students, {marked} with marks: {counts}.",
    "both": "{first} {second}",
    "middle": "Half of those with marks have {median} points or more, of {points}.",
    "totals": "Totals",
    "points": "points",
    "students": "students",
    "questions": "Question by question",
    "question": "question",
    "function": "function",
    "right": "right",
    "mistakes": "What the checks said most often",
    "said": "what the check says",
    "look": "Students who need a look",
    "why": "why",
    "nobody": "Nobody.",
    "alike": "Functions written alike",
    "alike text": "The same but for layout and comments, in few notebooks. This is a list, not a verdict: there may be "
    "one way to write a function that many find, and students may be allowed to work together.",
    "who": "who",
    "more": "and {n} more",
    "ignored": "{n} files are no submission; ignored.csv says why.",
}

PAGE = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
html {{ background: #fff; color: #111 }}
body {{ font: 16px/1.5 sans-serif; max-width: 56em; margin: 2em auto; padding: 0 1em; overflow-wrap: break-word }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ text-align: left; padding: .2em 1em .2em 0; vertical-align: top }}
td:last-child {{ overflow-wrap: anywhere }}
td.n {{ text-align: right; white-space: nowrap; width: 1%; font-variant-numeric: tabular-nums }}
.bar {{ display: block; height: 1em; background: #3b6ea8; print-color-adjust: exact }}
tr {{ break-inside: avoid }}
</style></head><body>
<h1>{title}</h1>
{body}
</body></html>
"""


def page(
    rows: Sequence[Row],
    assignment: Assignment,
    functions: Mapping[tuple[str, str], Mapping[str, str]],
    ignored: Sequence[tuple[str, str]] = (),
) -> str:
    """The summary of a class.

    Parameters
    ----------
    rows : sequence of Row
        One a student.
    assignment : Assignment
        The assignment.
    functions : mapping
        For each student and each function a digest of how it is written.
    ignored : sequence of tuple, optional
        The files that are no submission.

    Returns
    -------
    str
        The page, in HTML; all that students wrote is text in it.
    """
    marked = [row for row in rows if row.graded.marked]
    parts = [_counts(rows, marked, assignment)]
    if marked:
        parts += [_totals(marked, assignment), _questions(marked, assignment), _mistakes(marked, assignment)]
    parts += [_look(rows), _alike(rows, assignment, functions)]
    if ignored:
        parts.append(_paragraph(say(WORDS["ignored"], n=len(ignored))))
    title = html.escape(say(WORDS["title"], name=assignment.name))
    return PAGE.format(language=tag(), title=title, body="\n".join(filter(None, parts)))


def total(row: Row) -> int:
    """The points of a row.

    Parameters
    ----------
    row : Row
        One student.

    Returns
    -------
    int
        Those of its functions.
    """
    return sum(row.graded.points.values())


def _paragraph(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"


def _heading(text: str) -> str:
    return f"<h2>{html.escape(text)}</h2>"


def _table(header: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already; numbers stand in cells of their own width."""
    head = "".join(f"<th>{html.escape(name)}</th>" if name else "<td></td>" for name in header)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(text: str) -> str:
    return f"<td class=n>{text}</td>" if NUMBERS.fullmatch(text) else f"<td>{text}</td>"


def _text(text: str) -> str:
    return html.escape(one_line(text, 400))


def _bar(share: float) -> str:
    return f'<span class="bar" style="width: {100 * share:.1f}%"></span>' if share else ""


def _counts(rows: Sequence[Row], marked: Sequence[Row], assignment: Assignment) -> str:
    listed = counted(row.graded.status for row in rows)
    said = say(WORDS["counts"], students=len(rows), marked=len(marked), counts=listed or 0)
    if marked:
        median = sorted(map(total, marked), reverse=True)[(len(marked) - 1) // 2]
        middle = say(WORDS["middle"], median=median, points=assignment.points)
        said = say(WORDS["both"], first=said, second=middle)
    return _paragraph(said)


def _totals(marked: Sequence[Row], assignment: Assignment) -> str:
    counts = Counter(map(total, marked))
    most = max(counts.values())
    rows = [[str(n), str(counts[n]), _bar(counts[n] / most)] for n in range(assignment.points, -1, -1)]
    return _heading(say(WORDS["totals"])) + _table([say(WORDS["points"]), say(WORDS["students"]), ""], rows)


def _questions(marked: Sequence[Row], assignment: Assignment) -> str:
    rows = []
    for question in assignment.questions:
        right = sum(row.graded.points.get(question.name, 0) == question.points for row in marked)
        share = right / len(marked)
        rows.append([question.name, _text(question.function), f"{right} / {len(marked)}", _bar(share)])
    header = [say(WORDS["question"]), say(WORDS["function"]), say(WORDS["right"]), ""]
    return _heading(say(WORDS["questions"])) + _table(header, rows)


def _mistakes(marked: Sequence[Row], assignment: Assignment) -> str:
    rows = []
    for question in assignment.questions:
        said = Counter(
            _general(row.graded.feedback.get(question.name, ""))
            for row in marked
            if row.graded.points.get(question.name, 0) < question.points
        )
        rows += [[question.name, str(n), _text(words)] for words, n in said.most_common(MAX_MISTAKES)]
    header = [say(WORDS[name]) for name in ("question", "students", "said")]
    return _heading(say(WORDS["mistakes"])) + _table(header, rows)


def _general(words: str) -> str:
    """What the check says, without the numbers of one notebook."""
    return re.sub(r"(?<![\w.])-?\d+(\.\d+)?(e-?\d+)?(?![\w.])", "…", words)


def _look(rows: Sequence[Row]) -> str:
    odd = [[_who(row), _text(why)] for row in rows if (why := _why(row))]
    table = _table([say(WORDS["who"]), say(WORDS["why"])], odd) if odd else _paragraph(say(WORDS["nobody"]))
    return _heading(say(WORDS["look"])) + table


def _who(row: Row) -> str:
    return _text(f"{row.student} {row.number}".strip())


def _why(row: Row) -> str:
    graded = row.graded
    status = [] if graded.status == "ok" else [say(COLON, name=say(graded.status), said=told(graded.message))]
    return joined([*status, *map(told, row.notes)])


def _alike(rows: Sequence[Row], assignment: Assignment, functions: Mapping[tuple[str, str], Mapping[str, str]]) -> str:
    listed = []
    for question in assignment.questions:
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if digest := functions.get(row.key, {}).get(question.function):
                groups[digest].append(row)
        few = max(3, COMMON * sum(map(len, groups.values())))
        listed += [
            [_text(question.function), str(len(group)), joined(map(_who, group))]
            for group in groups.values()
            if 2 <= len(group) <= few
        ]
    if not listed:
        return ""
    rest = len(listed) - MAX_LISTED
    more = _paragraph(say(WORDS["more"], n=rest)) if rest > 0 else ""
    table = _table([say(WORDS["function"]), say(WORDS["students"]), say(WORDS["who"])], listed[:MAX_LISTED])
    return _heading(say(WORDS["alike"])) + _paragraph(say(WORDS["alike text"])) + table + more
