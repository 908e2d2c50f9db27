"""What Jupyter ran is what is graded: each check is right in the student's kernel exactly where the grader pays."""

import json
import os
import re
from pathlib import Path
from typing import Any

import nbformat as untyped
import pytest
from conftest import run_notebook
from homework.student_notebooks import HELPERS, LONG, Student, students

from wdlesson.homework.grading.notebook import parse
from wdlesson.homework.grading.submission import grade
from wdlesson.homework.questions import assignment
from wdlesson.homework.sandbox import bubblewrap
from wdlesson.homework.sandbox.limits import Limits

nbformat: Any = untyped
UNAVAILABLE = bubblewrap.unavailable_reason()
needs_sandbox = pytest.mark.skipif(UNAVAILABLE is not None, reason=str(UNAVAILABLE))
LIMITS = Limits(cell_seconds=2, call_seconds=20, submission_seconds=120)
SLOW = Limits(cell_seconds=60, call_seconds=20, submission_seconds=120)
STUDENTS = students()
by_name = pytest.mark.parametrize("student", STUDENTS, ids=lambda student: student.name)
SAID = re.compile(r"^(hw\d\.q\d): (right|Right|not yet)", re.MULTILINE)


def test_there_are_at_least_sixty_and_no_two_are_the_same() -> None:
    assert len(STUDENTS) == len({student.name for student in STUDENTS}) >= 60
    assert len({student.data for student in STUDENTS}) >= 60


@needs_sandbox
@by_name
def test_the_grader_pays_what_is_right(student: Student) -> None:
    limits = LIMITS if student.name == LONG else SLOW
    graded = grade(student.data, student.assignment, 1, limits)
    unpaid = {name for name, points in graded.points.items() if points == 0}
    assert unpaid == student.loses, graded.feedback
    assert graded.status == student.status


def checks_in_jupyter(student: Student, folder: Path) -> dict[str, str]:
    """What the last check of each question says when the notebook runs in a kernel of its own."""
    from nbclient import NotebookClient

    name, text = HELPERS
    (folder / "installed").mkdir()
    (folder / "installed" / f"{name}.py").write_text(text)
    notebook = nbformat.reads(student.data.decode(json.detect_encoding(student.data)), as_version=4)
    path = os.pathsep.join([str(folder / "installed"), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, "IPYTHONDIR": str(folder / "ipython")}
    client = NotebookClient(
        notebook, timeout=300, startup_timeout=300, allow_errors=True, resources={"metadata": {"path": str(folder)}}
    )
    run_notebook(client, env=environment)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    printed = "\n".join(output["text"] for output in outputs if output["output_type"] == "stream")
    return dict(SAID.findall(printed))


def assert_jupyter_agrees(student: Student, folder: Path) -> None:
    said = checks_in_jupyter(student, folder)
    right = {name for name, words in said.items() if words.lower() == "right"}
    assert right == {question.name for question in assignment(student.assignment).questions} - student.loses


SIX = STUDENTS[::16]  # among them one of Colab, of VS Code, of hw2 and with a long experiment


@pytest.mark.parametrize("student", SIX, ids=lambda student: student.name)
def test_the_checks_in_jupyter_say_the_same(student: Student, tmp_path: Path) -> None:
    assert_jupyter_agrees(student, tmp_path)


@pytest.mark.weekly
@by_name
def test_the_checks_in_jupyter_say_the_same_of_all(student: Student, tmp_path: Path) -> None:
    assert_jupyter_agrees(student, tmp_path)


@by_name
def test_every_form_is_read(student: Student) -> None:
    sources = [cell.source for cell in parse(student.data) if cell.code]
    assert len(sources) >= 2
    assert not [source for source in sources if "\r" in source]
