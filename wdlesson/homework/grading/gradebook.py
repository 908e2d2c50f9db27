"""What a run writes, anew as rows come in and never half-written: the gradebook, and what goes with it.

What a teacher has typed into `written.csv` stays there: it is read before it is written.
"""

import re
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from wdlesson.homework.grading import report, summary
from wdlesson.homework.grading.files import write_whole
from wdlesson.homework.grading.results import NO_SANDBOX, Row
from wdlesson.homework.grading.tables import MAX_CELL_CHARS, read_table, write_table
from wdlesson.homework.grading.text import clean, one_line
from wdlesson.homework.grading.written import Answer
from wdlesson.homework.questions import assignment

WRITE_INTERVAL_SECONDS = 2.0  # between two writings of the gradebook, while rows come in,
WRITE_SHARE = 0.1  # and of the time, for a class so large that writing takes long
MAX_ANSWER_CHARS = MAX_CELL_CHARS - 1000  # room for apostrophes, and for what is said of a cut
WRITTEN_HEADER = ["student", "number", "question", "out_of", "mark", "comment", "answer", "note"]

WORDS = {
    "cut": "[cut here; all of it is in {name}]",
    "changed": "was marked {mark} before the answer changed",
    "file": "another file",
    "settings": "other questions, limits or package",
    "again": "tried again",
    "new": "new",
}

Key = tuple[str, str]


class Gradebook:
    """The files of a folder of results.

    Parameters
    ----------
    results : Path
        The folder.
    name : str
        The assignment, such as "hw1".
    sandboxed : bool
        Whether student code runs in a sandbox; if not, every row says so.
    before : mapping, optional
        The rows of the last run, by student and number.
    """

    def __init__(self, results: Path, name: str, sandboxed: bool, before: Mapping[Key, Row] | None = None) -> None:
        """Start with no rows, and with the marks that are in `written.csv`."""
        self.results, self.assignment, self.sandboxed = results, assignment(name), sandboxed
        self.before = before or {}
        self.rows: dict[Key, Row] = {}
        self.answers: dict[Key, dict[str, list[str]]] = {}
        self.functions: dict[Key, dict[str, str]] = {}
        self.ignored: list[tuple[str, str]] = []
        self._marks = _read_marks(results / "written.csv")
        self._next_write = 0.0
        (results / "reports").mkdir(exist_ok=True)

    def take(self, row: Row, answers: dict[str, Answer], functions: dict[str, str]) -> None:
        """Take what was read in a notebook; pictures and long texts are saved at once.

        Parameters
        ----------
        row : Row
            Whose it is.
        answers : dict of Answer
            In words, by question.
        functions : dict of str
            For each function, a digest of how it is written.
        """
        self.functions[row.key] = functions
        self.answers[row.key] = {question: self._saved(row, question, each) for question, each in answers.items()}

    def _saved(self, row: Row, question: str, answer: Answer) -> list[str]:
        """An answer as it stands in a table, and its notes."""
        name = f"answers/{report.report_name(row)}"
        if answer.pictures or len(answer.text) > MAX_ANSWER_CHARS:
            (self.results / name).mkdir(parents=True, exist_ok=True)
        text = clean(answer.text)
        for picture, data in answer.pictures.items():
            (self.results / name / picture).write_bytes(data)
            text = text.replace(f": {picture}]", f": {name}/{picture}]")
        if len(text) > MAX_ANSWER_CHARS:
            whole = f"{name}/{question}.txt"
            write_whole(self.results / whole, text)
            text = f"{text[:MAX_ANSWER_CHARS]}\n{WORDS['cut'].format(name=whole)}"
        return [text, "; ".join(answer.notes)]

    def add(self, row: Row) -> None:
        """Take a row; its report is written at once, the gradebook every few seconds.

        Parameters
        ----------
        row : Row
            One student and what came of it.
        """
        self.rows[row.key] = row
        if row.id:
            stem = self.results / "reports" / report.report_name(row)
            write_whole(stem.with_suffix(".html"), report.page(row, self.assignment, self.sandboxed))
            write_whole(stem.with_suffix(".log"), clean(row.graded.printed))
        if time.monotonic() > self._next_write:
            self._write()

    def finish(self) -> list[Row]:
        """Write everything.

        Returns
        -------
        list of Row
            All rows, sorted by name.
        """
        self._write()
        write_table(self.results / "ignored.csv", [["file", "reason"], *self.ignored])
        write_table(self.results / "changes.csv", [self._change_header(), *self.changes()])
        page = summary.page(self._sorted_rows(), self.assignment, self.functions, self.ignored)
        write_whole(self.results / "summary.html", page)
        return self._sorted_rows()

    def _sorted_rows(self) -> list[Row]:
        return sorted(self.rows.values(), key=lambda row: (row.student.casefold(), row.number, row.id))

    def _write(self) -> None:
        start = time.monotonic()
        write_table(self.results / "gradebook.csv", [self._header(), *map(self._cells, self._sorted_rows())])
        with suppress(ValueError):  # half-saved by a spreadsheet: what was read before holds
            self._marks.update(_read_marks(self.results / "written.csv"))
        write_table(self.results / "written.csv", [WRITTEN_HEADER, *self._answer_rows()])
        end = time.monotonic()
        self._next_write = end + max(WRITE_INTERVAL_SECONDS, (end - start) / WRITE_SHARE)

    def _header(self) -> list[str]:
        names = [question.name for question in self.assignment.questions]
        about = ["total", "out_of", "sandbox", "seconds", "report", "message", "notes", "id"]
        return ["student", "number", "status", *names, *about]

    def _cells(self, row: Row) -> list[Any]:
        graded = row.graded
        points = [graded.points.get(each.name, "") if graded.marked else "" for each in self.assignment.questions]
        total = sum(graded.points.values()) if graded.marked else ""
        sandbox = "yes" if self.sandboxed else NO_SANDBOX
        page = f"reports/{report.report_name(row)}.html" if row.id else ""
        about = [total, self.assignment.points, sandbox, f"{graded.seconds:.2f}", page, one_line(graded.message)]
        return [row.student, row.number, graded.status, *points, *about, one_line("; ".join(row.notes)), row.id]

    def _answer_rows(self) -> Iterable[list[Any]]:
        """An answer a row; below them what is typed beside answers that are not known yet, or no longer."""
        known = set()
        for row in self._sorted_rows():
            for question in self.assignment.written if row.graded.marked else ():
                answer, note = self.answers.get(row.key, {}).get(question.name, ["", ""])
                mark, comment, note = self._kept((*row.key, question.name), answer, note)
                known.add((*row.key, question.name))
                yield [*row.key, question.name, question.points, mark, comment, answer, note]
        for key, (mark, comment, answer, note, points) in self._marks.items():
            if key not in known and (mark or comment):
                yield [*key, points, mark, comment, answer, note]

    def _kept(self, key: tuple[str, str, str], answer: str, note: str) -> tuple[str, str, str]:
        """The teacher's mark and comment, but no mark for an answer that was another one."""
        mark, comment, marked, noted, _ = self._marks.get(key, ("", "", answer, "", ""))
        if mark and re.sub(r"\s", "", marked) != re.sub(r"\s", "", answer):
            mark, noted = "", WORDS["changed"].format(mark=mark)
        start = WORDS["changed"].partition("{")[0]
        was = [] if mark else [part for part in noted.split("; ") if part.startswith(start)]
        return mark, comment, "; ".join(filter(None, [note, *was]))

    def _change_header(self) -> list[str]:
        return ["student", "number", "what", "before", "after", "why"]

    def changes(self) -> list[list[Any]]:
        """What is other than in the last run.

        Returns
        -------
        list of list
            Student, number, what, before, after and why.
        """
        changed = []
        for row in self._sorted_rows():
            old = self.before.get(row.key)
            if old is not None:
                changed += [[*row.key, *each, _why(old, row)] for each in self._differences(old, row)]
        return changed

    def _differences(self, old: Row, new: Row) -> Iterable[list[Any]]:
        if old.graded.status != new.graded.status:
            yield ["status", old.graded.status, new.graded.status]
        for name in [each.name for each in self.assignment.questions]:
            before, after = old.graded.points.get(name, ""), new.graded.points.get(name, "")
            if before != after:
                yield [name, before, after]


def _why(old: Row, new: Row) -> str:
    if old.digest != new.digest:
        return WORDS["file"]
    return WORDS["settings"] if old.fingerprint != new.fingerprint else WORDS["again"]


def _read_marks(path: Path) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """What the teacher has typed so far, mark and comment, and the answer, note and points beside them."""
    if not path.exists():
        return {}
    rows = [row for row in read_table(path).dicts() if set(WRITTEN_HEADER) <= row.keys()]
    typed = [(row["mark"].strip(), *(row[name] for name in ("comment", "answer", "note", "out_of"))) for row in rows]
    return {(row["student"], row["number"], row["question"]): each for row, each in zip(rows, typed, strict=True)}
