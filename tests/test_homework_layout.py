"""The homework's four folders: which imports which, and that no answer is where student code runs."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import wdlesson
from wdlesson.homework.grading.gradescope import SETUP
from wdlesson.homework.sandbox.bubblewrap import IMPORTABLE_MODULES

ROOT = Path(wdlesson.__file__).resolve().parents[1]
HOMEWORK = ROOT / "wdlesson/homework"
MAY_IMPORT = {
    "sandbox": {"sandbox"},
    "questions": {"sandbox", "questions"},
    "feedback": {"sandbox", "questions", "feedback"},
    "grading": {"sandbox", "questions", "feedback", "grading"},
}


def imports(source: str, package: str) -> Iterator[str]:
    """Every name that a module of that package imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def test_no_form_of_import_is_overlooked() -> None:
    source = """
import torch, wdlesson.a
from wdlesson import b
def f():
    from wdlesson.c import d as e
    from . import g
    from ..h import i
"""
    found = ["torch", "wdlesson.a", "wdlesson.b", "wdlesson.c.d", "wdlesson.homework.x.g", "wdlesson.homework.h.i"]
    assert list(imports(source, "wdlesson.homework.x")) == found


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_imports_only_what_lies_below_it(folder: str) -> None:
    """Of the package it imports the homework alone, and of that the folders that are named above."""
    for path in (HOMEWORK / folder).rglob("*.py"):
        package = ".".join(path.relative_to(ROOT).parent.parts)
        for name in imports(path.read_text(encoding="utf-8"), package):
            if name.partition(".")[0] == "wdlesson":
                above, homework, below, *_ = [*name.split("."), "", ""]
                assert (above, homework) == ("wdlesson", "homework"), f"{path} imports {name}"
                assert below in MAY_IMPORT[folder], f"{path} imports {name}"


def test_the_four_folders_are_all() -> None:
    assert {path.parent.name for path in HOMEWORK.glob("*/*.py")} == set(MAY_IMPORT)


def run(code: str) -> list[str]:
    """What a fresh interpreter prints, in words."""
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()


MODULES = ("cells", "confine", "describe", "fork_server", "limits", "seccomp", "shell", "worker")
LOADED = "import sys; print(*(name for name in sys.modules if name.partition('.')[0] == 'wdlesson'))"


def test_the_process_that_student_code_is_forked_from_has_loaded_the_sandbox_alone() -> None:
    loaded = run(f"import wdlesson.homework.sandbox.fork_server; {LOADED}")
    sandbox = {f"wdlesson.homework.sandbox.{module}" for module in MODULES}
    assert set(loaded) == {"wdlesson", "wdlesson.homework", "wdlesson.homework.sandbox", *sandbox}


def test_the_homework_is_at_hand_and_costs_nothing_until_it_is_used() -> None:
    assert run(f"import wdlesson; wdlesson.homework; {LOADED}") == ["wdlesson", "wdlesson.homework"]
    assert {"check", "verdict"} <= set(run("import wdlesson; print(*dir(wdlesson.homework))"))
    assert run("from wdlesson.homework import *; print(check.__name__, verdict.__name__)") == ["check", "verdict"]


@pytest.mark.parametrize("module", IMPORTABLE_MODULES)
def test_what_homework_may_import_needs_nothing_that_is_hidden(module: str) -> None:
    """It finds what it imports of the package: the other such modules, and the stand-in of `wdlesson.history`."""
    hidden = "from wdlesson.homework.sandbox import fork_server; fork_server._hide_grader_modules()"
    loaded = set(run(f"{hidden}; import wdlesson.{module}; {LOADED}"))
    shown = {"wdlesson", "wdlesson.homework", "wdlesson.history", *(f"wdlesson.{name}" for name in IMPORTABLE_MODULES)}
    assert f"wdlesson.{module}" in loaded
    assert loaded <= shown


def test_gradescope_closes_the_folder_that_has_the_answers() -> None:
    """Where no sandbox can be made there, student code runs as another user, who may read the rest."""
    (closed,) = re.findall(r'^chmod -R go-rwx "\$top/source/(.*)"$', SETUP, re.MULTILINE)
    answers = [path for path in HOMEWORK.rglob("*.py") if "Mistake(" in path.read_text(encoding="utf-8")]
    assert len(answers) >= 2
    assert {path.is_relative_to(ROOT / closed) for path in answers} == {True}
    assert not (HOMEWORK / "sandbox").is_relative_to(ROOT / closed)
