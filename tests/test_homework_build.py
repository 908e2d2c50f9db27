"""The notebooks: nbgrader takes them, Colab installs them, and the student's holds nothing of the solution."""

import json
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import nbformat as untyped
import pytest
from homework.notebooks import SOURCES, as_bytes, solution, stub

from wdlesson import colab
from wdlesson.homework import build
from wdlesson.homework.cli import main
from wdlesson.homework.feedback.instant import PUBLIC_SEED
from wdlesson.homework.questions import ASSIGNMENTS

nbformat: Any = untyped
NAMES = pytest.mark.parametrize("name", ASSIGNMENTS)


@NAMES
def test_the_students_file_holds_nothing_of_the_solution(name: str) -> None:
    """No line that is in the source's solutions or hidden tests, and no written answer, is in it."""
    text = (SOURCES / f"{name}.md").read_text(encoding="utf-8")
    hidden = re.findall(r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)\n\s*### END", text, re.DOTALL)
    answer = r'^\+\+\+ \{[^\n]*"solution": true[^\n]*\}\n\n(.*?)(?=\n\n\+\+\+|\Z)'
    written = re.findall(answer, text, re.DOTALL | re.MULTILINE)
    assert len(hidden) == 2 * len(ASSIGNMENTS[name].questions)
    assert len(written) == len(ASSIGNMENTS[name].written)
    student = [line.strip() for cell in stub(name)["cells"] for line in cell["source"].split("\n")]
    for part in (*hidden, *written):
        for line in part.split("\n"):
            assert line.strip() not in student or not line.strip()
    everything = as_bytes(stub(name)).decode()
    assert "SOLUTION" not in everything
    assert "HIDDEN" not in everything
    assert "verdict" not in everything


@NAMES
def test_the_hidden_tests_have_another_seed_than_the_checks(name: str) -> None:
    """So a function that knows the answers of the checks by heart fails them, also where nbgrader runs them."""
    hidden = [cell["source"] for cell in solution(name)["cells"] if cell["id"].endswith("-check")]
    seeds = {int(seed) for source in hidden for seed in re.findall(r"seed=(\d+)", source)}
    assert len(re.findall("assert verdict.*seed=", "\n".join(hidden))) == len(ASSIGNMENTS[name].questions)
    assert PUBLIC_SEED not in seeds
    asked = ASSIGNMENTS[name].questions[0]
    for seed in seeds:
        assert repr(asked.hidden_cases(seed)) != repr(asked.hidden_cases(PUBLIC_SEED))


@NAMES
def test_the_stubs_raise(name: str) -> None:
    cells = {cell["id"]: cell["source"] for cell in stub(name)["cells"]}
    for i, question in enumerate(ASSIGNMENTS[name].questions, 1):
        assert f"def {question.function}({', '.join(question.parameters)}):" in cells[f"q{i}"]
        assert cells[f"q{i}"].endswith("raise NotImplementedError()")
        assert cells[f"q{i}-check"] == f'check("{question.name}", {question.function})'


@NAMES
def test_the_points_on_the_page_are_the_graders(name: str) -> None:
    marks = {cell["id"]: cell["metadata"].get("nbgrader", {}) for cell in stub(name)["cells"]}
    assignment = ASSIGNMENTS[name]
    points = {f"{question.name.partition('.')[2]}-check": question.points for question in assignment.questions}
    points |= {written.name.partition(".")[2]: written.points for written in assignment.written}
    assert {key: mark["points"] for key, mark in marks.items() if mark.get("grade")} == points


@NAMES
def test_nbgrader_takes_the_source_as_it_is(name: str) -> None:
    from nbgrader.preprocessors import (  # type: ignore[import-untyped]
        CheckCellMetadata,
        ComputeChecksums,
        LockCells,
    )

    notebook = nbformat.from_dict(solution(name))
    for preprocessor in (LockCells(), CheckCellMetadata(), ComputeChecksums()):
        notebook, _ = preprocessor.preprocess(notebook, {})
    nbformat.validate(notebook)


@NAMES
def test_the_solution_passes_its_own_checks(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    namespace: dict[str, Any] = {}
    for cell in solution(name)["cells"]:
        if cell["cell_type"] == "code":
            exec(cell["source"], namespace)
    said = capsys.readouterr().out.splitlines()
    assert said == [f"{question.name}: right." for question in ASSIGNMENTS[name].questions]


def test_build_writes_both_files_the_same_each_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "hw1", "--out", str(tmp_path)]) == 0
    paths = [Path(line) for line in capsys.readouterr().out.split()]
    assert [path.name for path in paths] == ["student.ipynb", "solution.ipynb"]
    first = [path.read_bytes() for path in paths]
    main(["build", "hw1", "--out", str(tmp_path)])
    assert [path.read_bytes() for path in paths] == first
    for path in paths:
        nbformat.validate(json.loads(path.read_text()))


def test_the_first_cell_is_the_pages_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "school/lesson")
    first = build.read(SOURCES / "hw1.md")["cells"][0]["source"]
    assert first == colab.install_line()
    assert "github.com/school/lesson@" in first


def test_a_missing_source_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "hw9"]) == 2
    assert "error: source is assignments/hw9.md; there is no such file" in capsys.readouterr().err


def test_the_command_has_one_name_and_two_ways_in() -> None:
    """`wdlesson-homework`, as it is installed, and `python -m wdlesson.homework` are the same."""
    scripts = tomllib.loads((SOURCES.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert {name: pkgutil.resolve_name(target) for name, target in scripts.items()} == {"wdlesson-homework": main}
    helped = subprocess.run([sys.executable, "-m", "wdlesson.homework", "--help"], capture_output=True, text=True)
    assert helped.returncode == 0
    assert helped.stdout.startswith("usage: wdlesson-homework [-h] COMMAND")
    for command in ("build", "grade", "merge", "export", "gradescope", "sandbox"):
        assert f"\n    {command}" in helped.stdout
    refused = subprocess.run([sys.executable, "-m", "wdlesson.homework", "build", "hw9"], capture_output=True)
    assert refused.returncode == 2
