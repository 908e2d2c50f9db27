"""A teacher's evening: a download of a class goes in, and the file that the platform imports comes out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from homework import downloads
from homework.downloads import Pupil, full_class
from test_homework_grader import needs_sandbox

from wdlesson.homework.cli import main
from wdlesson.homework.grading.tables import read_table

SECONDS = ["--cell-seconds", "3", "--call-seconds", "3", "--quiet", "--jobs", "1"]
FORMS: dict[str, Callable[[list[Pupil], Path], Path]] = {
    "canvas": downloads.canvas,
    "moodle": downloads.moodle,
    "gradescope": downloads.gradescope,
    "nbgrader": downloads.nbgrader,
}
ROSTERS = {
    "canvas": downloads.canvas_gradebook,
    "moodle": downloads.moodle_worksheet,
    "gradescope": downloads.roster,
    "nbgrader": downloads.roster,
}


def dicts(path: Path) -> list[dict[str, str]]:
    return read_table(path).dicts()


def check_row(pupil: Pupil, row: dict[str, str], form: str) -> None:
    """One student's row is as it should be."""
    assert row["status"] == pupil.status, (pupil.name, row)
    assert row["total"] == ("" if pupil.total is None else str(pupil.total)), (pupil.name, row["message"])
    if pupil.graded:
        assert row["id"].endswith(pupil.graded), (pupil.name, row["id"])
    if pupil.note and form != "canvas":
        assert pupil.note in row["notes"]
    assert ("late" in row["notes"]) == (pupil.late and form == "canvas")


def check_words(pupil: Pupil, words: dict[str, dict[str, str]]) -> None:
    for question, answer in pupil.written.items():
        said = words[question]
        assert answer in said["answer"] if answer.endswith("png") else answer == said["answer"], pupil.name
        assert pupil.written_note in said["note"], pupil.name


def by_student(rows: list[dict[str, str]], pupils: list[Pupil]) -> list[dict[str, str]]:
    """The rows in the order of the class; the number in the e-mail, the login or Moodle's identifier tells it."""
    order = {}
    for row in rows:
        digits = "".join(c for c in row["number"].partition("@")[0] if c.isdigit())
        order[int(digits) % 10_000 if int(digits) >= 10_000 else int(digits) - (500 if int(digits) >= 500 else 0)] = row
    assert len(rows) == len(order) == len(pupils)
    return [order[i] for i in range(len(pupils))]


def graded(form: str, pupils: list[Pupil], top: Path, results: Path) -> list[dict[str, str]]:
    folder = top / form
    folder.mkdir()
    download, names = FORMS[form](pupils, folder), ROSTERS[form](pupils, folder)
    assert main(["grade", "hw1", str(download), "--out", str(results), "--roster", str(names), *SECONDS]) == 0
    return by_student(dicts(results / "gradebook.csv"), pupils)


def check_form(form: str, pupils: list[Pupil], top: Path, results: Path) -> None:
    rows = graded(form, pupils, top, results)
    words: dict[Any, dict[str, dict[str, str]]] = {}
    for row in dicts(results / "written.csv"):
        words.setdefault((row["student"], row["number"]), {})[row["question"]] = row
    for pupil, row in zip(pupils, rows, strict=True):
        check_row(pupil, row, form)
        if pupil.written:
            check_words(pupil, words[row["student"], row["number"]])
    check_export(form, pupils, top / form, results)


def check_export(form: str, pupils: list[Pupil], folder: Path, results: Path) -> None:
    """Every student's marks are in the line of that student, and no other line has any."""
    assert main(["merge", str(results), "--unmarked-as-zero"]) == 0
    options = {
        "canvas": ["--canvas", str(folder / "gradebook.csv"), "--column", "Homework 1"],
        "moodle": ["--moodle", str(folder / "worksheet.csv")],
    }.get(form, ["--csv"])
    assert main(["export", str(results), *options, "--out", str(folder / "upload.csv")]) == 0
    rows = dicts(folder / "upload.csv")
    totals = ["" if pupil.total is None else str(pupil.total) for pupil in pupils]
    if form == "canvas":
        assert [(row["ID"], row["Homework 1 (77)"]) for row in rows[1:-1]] == [
            (str(10_000 + i), total) for i, total in enumerate(totals)
        ]
    elif form == "moodle":
        assert [row["Grade"] for row in rows] == totals
    else:
        assert sorted(row["total"] for row in rows) == sorted(totals)


@needs_sandbox
@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.weekly)])
def test_a_messy_class_in_four_forms(every: int, tmp_path: Path) -> None:
    """Each row is as it should be. What one form has graded the next takes over: the bytes are the same."""
    for form in FORMS:
        check_form(form, full_class(60)[::every], tmp_path, tmp_path / "results")
