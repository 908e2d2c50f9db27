"""The marks of a class, functions and words together, and the files that learning platforms take them in.

    merge            gradebook.csv and the marks in written.csv -> marks.csv
    export --canvas  the gradebook that Canvas exports -> the same, with the marks in one column
    export --moodle  Moodle's grading worksheet -> the same, with the marks and the comments
    export --csv     any list

Canvas finds students by its "ID" and reads a column for each assignment (`lib/gradebook_importer.rb`); Moodle reads
"Identifier", "Grade" and "Last modified (grade)" (`mod/assign/feedback/offline/importgradeslib.php`). So their own
export is filled in, with the headings that it has.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from wdlesson.homework.grading.layouts import Student
from wdlesson.homework.grading.roster import IDENTIFIERS, Roster
from wdlesson.homework.grading.tables import Table, heading, plain, read_table, write_table
from wdlesson.homework.questions import ASSIGNMENTS
from wdlesson.homework.questions.base import Assignment

CANVAS_STUDENT = {"student", "lastname", "firstname", "id", "sisuserid", "sisloginid", "integrationid", "rootaccount"}
SECTION = "section"
GRADE = ("grade", "bewertung", "评分", "成绩")
COMMENTS = ("feedbackcomments", "feedbackalskommentar", "反馈评论")
MAXIMUM = ("maximumgrade", "bestwertung", "最高分")
MARKS_HEADER = ["student", "number", "status", "functions", "words", "total", "out_of", "comment"]

WORDS = {
    "no results": "results is {path}; there is no {name} in it",
    "no marks": "results is {path}; there is no marks.csv in it: run `wdlesson-homework merge {path}` first",
    "line": "written.csv, {student}, {question}: ",
    "mark": "the mark is {mark!r}; it must be a number from 0 to {points}",
    "unmarked": "{n} answers are not marked yet, the first that of {student} to {question}; --unmarked-as-zero counts "
    "them as 0",
    "columns": "{path} lacks columns that we write: {names}",
    "canvas": "{path} is no gradebook of Canvas: it lacks a column {name}",
    "assignment": "column is {column!r}; of the columns of {path} it may be one of: {found}",
    "moodle": "{path} is no grading worksheet of Moodle: it lacks a column {name}",
    "maximum": "{path} has a maximum of {most} points, and {student} has {total}: change it in Moodle first",
    "several": "{path} has two lines for {student}",
}


@dataclass(frozen=True)
class Mark:
    """What one student gets.

    Parameters
    ----------
    student, number : str
        Who.
    status : str
        What came of the file.
    total : str
        The points, functions and words together; empty where there are none.
    out_of : str
        The points that there are.
    comment : str
        The teacher's.
    """

    student: str
    number: str
    status: str
    total: str
    out_of: str
    comment: str


def merge(results: Path, unmarked_as_zero: bool = False) -> Path:
    """Add the marks in `written.csv` to the gradebook.

    Parameters
    ----------
    results : Path
        The folder of results.
    unmarked_as_zero : bool, optional
        Whether an answer without a mark gets 0 points.

    Returns
    -------
    Path
        That of `marks.csv`.

    Raises
    ------
    ValueError
        For a mark that is no number or too large, and for answers without one.
    """
    rows = _own(results / "gradebook.csv", {"student", "number", "status", "total", "out_of"})
    words = _words(results)
    unmarked = [key for key, row in words.items() if not row["mark"].strip()]
    if unmarked and not unmarked_as_zero:
        student, _, question = unmarked[0]
        raise ValueError(WORDS["unmarked"].format(n=len(unmarked), student=student, question=question))
    lines = [_merged(row, [each for key, each in words.items() if key[:2] == _key(row)]) for row in rows]
    write_table(results / "marks.csv", [MARKS_HEADER, *lines])
    return results / "marks.csv"


def _own(path: Path, names: set[str]) -> list[dict[str, str]]:
    """One of our own tables, perhaps saved by a spreadsheet since."""
    if not path.is_file():
        raise ValueError(WORDS["no results"].format(path=path.parent, name=path.name))
    table = read_table(path)
    if missing := names - set(table.header):
        raise ValueError(WORDS["columns"].format(path=path, names=", ".join(sorted(missing))))
    return table.dicts()


def _key(row: dict[str, str]) -> tuple[str, str]:
    return row["student"], row["number"]


def _words(results: Path) -> dict[tuple[str, str, str], dict[str, str]]:
    """The answers in words by student, number and question, each mark checked."""
    rows = _own(results / "written.csv", {"student", "number", "question", "out_of", "mark", "comment"})
    for row in rows:
        try:
            number(row["mark"], float(row["out_of"]))
        except ValueError as error:
            raise ValueError(WORDS["line"].format(**row) + str(error)) from None
    return {(*_key(row), row["question"]): row for row in rows}


def number(mark: str, points: float) -> float:
    """A mark that a teacher typed.

    Parameters
    ----------
    mark : str
        With a point or a comma; an empty one is 0.
    points : float
        What the answer is worth.

    Returns
    -------
    float
        The mark.

    Raises
    ------
    ValueError
        If it is no number from 0 to the points.
    """
    text = mark.strip().replace(",", ".") or "0"
    if not re.fullmatch(r"\d+(\.\d*)?|\.\d+", text) or float(text) > points:
        raise ValueError(WORDS["mark"].format(mark=mark, points=f"{points:g}"))
    return float(text)


def _merged(row: dict[str, str], words: list[dict[str, str]]) -> list[str]:
    """A line of `marks.csv`: where the functions have no marks, nothing has."""
    in_words = sum(number(each["mark"], float(each["out_of"])) for each in words)
    out_of = float(row["out_of"]) + _words_points(row, words)
    comment = "\n".join(each["comment"] for each in words if each["comment"].strip())
    functions = row["total"].strip()
    total = f"{float(functions) + in_words:g}" if functions else ""
    return [*_key(row), row["status"], functions, f"{in_words:g}" if functions else "", total, f"{out_of:g}", comment]


def _words_points(row: dict[str, str], words: list[dict[str, str]]) -> float:
    """What the answers in words are worth: also for who has none."""
    if words:
        return sum(float(each["out_of"]) for each in words)
    asked = _assignment(row)
    return sum(question.points for question in asked.written) if asked else 0.0


def _assignment(row: dict[str, str]) -> Assignment | None:
    return next((each for each in ASSIGNMENTS.values() if each.questions[0].name in row), None)


def read_marks(results: Path) -> list[Mark]:
    """What each student gets.

    Parameters
    ----------
    results : Path
        A folder of results in which `merge` was run.

    Returns
    -------
    list of Mark
        One a student.

    Raises
    ------
    ValueError
        If it was not.
    """
    if not (results / "marks.csv").is_file():
        raise ValueError(WORDS["no marks"].format(path=results))
    rows = _own(results / "marks.csv", set(MARKS_HEADER))
    return [Mark(*_key(row), row["status"], row["total"], row["out_of"], row["comment"]) for row in rows]


def export_csv(results: Path, target: Path) -> list[str]:
    """Write a plain list of marks.

    Parameters
    ----------
    results : Path
        The folder of results.
    target : Path
        The file to write.

    Returns
    -------
    list of str
        Students whose marks are in no line: none.
    """
    marks = read_marks(results)
    lines = [[each.student, each.number, each.total, each.out_of, each.status, each.comment] for each in marks]
    write_table(target, [["student", "number", "total", "out_of", "status", "comment"], *lines])
    return []


def export_canvas(results: Path, gradebook: Path, column: str, target: Path) -> list[str]:
    """Fill in one column of the gradebook that Canvas exports.

    Parameters
    ----------
    results : Path
        The folder of results.
    gradebook : Path
        What Canvas exports.
    column : str
        The heading of the assignment, with its number or without.
    target : Path
        The file to write, for Canvas to import: the columns of the students, and this one.

    Returns
    -------
    list of str
        Students whose marks are in no line.

    Raises
    ------
    ValueError
        If it is no such gradebook, or has no such column.
    """
    table = read_table(gradebook)
    for name in ("student", "id", SECTION):
        if table.column(name) is None:
            raise ValueError(WORDS["canvas"].format(path=gradebook, name=name.capitalize()))
    chosen = _canvas_column(table, column, gradebook)
    kept = [i for i, name in enumerate(table.header) if heading(name) in {*CANVAS_STUDENT, SECTION}]
    marks, lost = _matched(results, table, gradebook)
    before = [row[chosen].strip() for row in table.rows]
    points = [marks[n].total if n in marks else was.replace("-", "") for n, was in enumerate(before)]
    rows = [[*(row[i] for i in kept), own] for row, own in zip(table.rows, points, strict=True)]
    write_table(target, [[table.header[i] for i in [*kept, chosen]], *rows])
    return lost


def _canvas_column(table: Table, column: str, path: Path) -> int:
    section = table.column(SECTION) or 0
    names = {i: name for i, name in enumerate(table.header) if i > section}
    fits = [i for i, name in names.items() if column in {name, re.sub(r"\s*\(\d+\)$", "", name)}]
    if len(fits) != 1:
        found = "; ".join(name for name in names.values() if re.search(r"\(\d+\)$", name))
        raise ValueError(WORDS["assignment"].format(column=column, path=path, found=found))
    return fits[0]


def export_moodle(results: Path, worksheet: Path, target: Path) -> list[str]:
    """Fill in Moodle's grading worksheet.

    Parameters
    ----------
    results : Path
        The folder of results.
    worksheet : Path
        What Moodle gives for "Download grading worksheet".
    target : Path
        The file to write, for "Upload grading worksheet": all columns, with marks and comments.

    Returns
    -------
    list of str
        Students whose marks are in no line.

    Raises
    ------
    ValueError
        If it is no such worksheet.
    """
    table = read_table(worksheet)
    grade, comments = table.column(*GRADE), table.column(*COMMENTS)
    for column, name in ((grade, "Grade"), (table.column(*IDENTIFIERS["moodle"]), "Identifier")):
        if column is None:
            raise ValueError(WORDS["moodle"].format(path=worksheet, name=name))
    assert grade is not None
    marks, lost = _matched(results, table, worksheet)
    _check_maximum(table, marks, worksheet)
    rows = [list(row) for row in table.rows]
    for n, mark in marks.items():
        rows[n][grade] = mark.total
        if comments is not None and mark.comment:
            rows[n][comments] = mark.comment
    write_table(target, [table.header, *([plain(cell) for cell in row] for row in rows)])
    return lost


def _check_maximum(table: Table, marks: dict[int, Mark], path: Path) -> None:
    """Moodle passes over a grade above its maximum without a word."""
    column = table.column(*MAXIMUM)
    for n, mark in marks.items() if column is not None else ():
        most = re.match(r"\d+([.,]\d+)?", table.rows[n][column or 0].strip())
        if most and float(mark.total) > float(most[0].replace(",", ".")):
            raise ValueError(WORDS["maximum"].format(path=path, student=mark.student, total=mark.total, most=most[0]))


def _matched(results: Path, table: Table, path: Path) -> tuple[dict[int, Mark], list[str]]:
    """The marks by the number of their line; and who has marks and no line, or one that cannot be told."""
    roster = Roster(table, path)
    found: dict[int, Mark] = {}
    lost = []
    for mark in read_marks(results):
        if not mark.total:
            continue
        person, _ = roster.find(Student(mark.student, mark.number))
        if person is None:
            lost.append(f"{mark.student} {mark.number}".strip())
        elif person.line in found:
            raise ValueError(WORDS["several"].format(path=path, student=mark.student))
        else:
            found[person.line] = mark
    return found, lost
