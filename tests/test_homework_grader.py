"""The grader as a teacher runs it: the command line, going on after a stop, clusters, Gradescope, no sandbox."""

import csv
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from homework.notebooks import as_bytes, changed, notebook, solution, stub
from homework.processes import left

from wdlesson.homework.cli import main
from wdlesson.homework.grading import batch
from wdlesson.homework.grading.batch import grade_class
from wdlesson.homework.grading.gradescope import SETUP, autograder, gradescope
from wdlesson.homework.grading.results import Graded, Row
from wdlesson.homework.sandbox import bubblewrap
from wdlesson.homework.sandbox.limits import Limits
from wdlesson.homework.sandbox.visible import check_hidden

UNAVAILABLE = bubblewrap.unavailable_reason()
needs_sandbox = pytest.mark.skipif(UNAVAILABLE is not None, reason=str(UNAVAILABLE))
LIMITS = Limits(cell_seconds=2, call_seconds=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "submissions"
    folder.mkdir()
    return folder


def rows(results: Path) -> dict[str, dict[str, str]]:
    with open(results / "gradebook.csv", newline="", encoding="utf-8-sig") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


@needs_sandbox
@pytest.mark.parametrize(("name", "points"), [("hw1", "20"), ("hw2", "20")])
def test_the_solution_gets_full_marks_and_the_stub_none(name: str, points: str, folder: Path) -> None:
    (folder / "solution.ipynb").write_bytes(as_bytes(solution(name)))
    (folder / "stub.ipynb").write_bytes(as_bytes(stub(name)))
    grade_class(name, folder, folder.parent / "results", progress=False)
    graded = rows(folder.parent / "results")
    assert (graded["solution.ipynb"]["status"], graded["solution.ipynb"]["total"]) == ("ok", points)
    assert graded["solution.ipynb"]["out_of"] == points
    assert (graded["stub.ipynb"]["status"], graded["stub.ipynb"]["total"]) == ("ok", "0")
    assert "is not written yet" in graded["stub.ipynb"]["message"]
    with open(folder.parent / "results/written.csv", newline="", encoding="utf-8-sig") as file:
        written = list(csv.DictReader(file))
    assert len(written) == 4
    assert {(row["answer"], row["note"]) for row in written if row["student"] == "stub"} == {("", "nothing found")}


@needs_sandbox
def test_a_right_answer_in_other_words_gets_its_points(folder: Path) -> None:
    """Autograd, torch.optim, lists for tuples: the box is black."""
    code = """
import numpy as np, torch
def penalty(w, lam): return lam * torch.linalg.vector_norm(w).square() / 2
def gradient(X, y, w, b):
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    loss = torch.nn.functional.mse_loss(X @ w + b, y) / 2
    return list(torch.autograd.grad(loss, [w, b]))
def step(w, b, grad_w, grad_b, lr, lam):
    w, b = (torch.nn.Parameter(p.detach().clone()) for p in (w, b))
    w.grad, b.grad = grad_w, grad_b
    torch.optim.SGD([{"params": [w], "weight_decay": lam}, {"params": [b]}], lr=lr).step()
    return w.data, b.data
"""
    (folder / "a.ipynb").write_bytes(as_bytes(notebook(["%matplotlib inline\n!pip install x", "%%time\n1", code])))
    grade_class("hw1", folder, folder.parent / "results", progress=False)
    row = rows(folder.parent / "results")["a.ipynb"]
    assert (row["hw1.q1"], row["hw1.q2"], row["hw1.q3"], row["total"]) == ("2", "3", "3", "8")
    assert "cell" not in row["message"]


@needs_sandbox
def test_the_modules_that_homework_may_import_are_there(folder: Path) -> None:
    """And what is on the path is there: this package's own folder only where it is installed among others."""
    code = "from wdlesson import data, plots\nplots.use_style()\nimport os, sys\n"
    code += "print([path for path in sys.path if not os.path.exists(path)])\n"
    code += "print(len(data.d2l_problem(seed=0).X_train))"
    (folder / "a.ipynb").write_bytes(as_bytes(notebook([code])))
    (row,) = grade_class("hw1", folder, folder.parent / "results", progress=False)
    assert row.graded.notes == []
    assert row.graded.printed == "[]\n20\n"


def rows_of_numbers(printed: str) -> set[str]:
    """The lines with three numbers or more: two draws may well share a line with fewer."""
    return {line for line in printed.splitlines() if len(re.findall(r"\d\.\d", line)) >= 3}


@needs_sandbox
def test_a_notebook_that_is_changed_gets_other_inputs(folder: Path) -> None:
    """So what a function prints of its inputs cannot be used in the next attempt; the same file gets the same ones."""
    for name, comment in (("a", ""), ("same", ""), ("other", "#")):
        code = f"def penalty(w, lam): print(w){comment}"
        (folder / f"{name}.ipynb").write_bytes(as_bytes(notebook([code])))
    rows = grade_class("hw1", folder, folder.parent / "results", progress=False)
    a, other, same = (row.graded.printed for row in rows)
    assert a.startswith("tensor([")
    assert a == same
    assert len(rows_of_numbers(a)) > 3
    assert not rows_of_numbers(a) & rows_of_numbers(other)


class Counting:
    """Stands in for the grading of one submission."""

    def __init__(self, stop_at: int = 0) -> None:
        self.calls, self.stop_at = 0, stop_at

    def __call__(self, *_: Any) -> Graded:
        self.calls += 1
        if self.calls == self.stop_at:
            raise KeyboardInterrupt
        return Graded("ok", points=dict.fromkeys((f"hw1.q{i}" for i in range(1, 8)), 1), message=f"call {self.calls}")


def fill(folder: Path, n: int) -> None:
    for i in range(n):
        (folder / f"s{i}.ipynb").write_bytes(as_bytes(notebook([str(i)])))


def run(folder: Path, **options: Any) -> dict[str, dict[str, str]]:
    grade_class("hw1", folder, folder.parent / "results", sandboxed=False, progress=False, **options)
    return rows(folder.parent / "results")


def test_no_file_of_a_student_is_imported_by_the_grader(folder: Path) -> None:
    """Not even by the processes that joblib starts, where the grader is started among the submissions."""
    fill(folder, 2)
    for name in ("joblib", "json"):
        (folder / f"{name}.py").write_text("open('imported', 'w')\nraise SystemExit(3)")
    code = "import sys; from wdlesson.homework.cli import main; sys.exit(main())"
    command = [sys.executable, "-P", "-c", code, "grade", "hw1", ".", "--out", "../results", "--jobs", "2", "--quiet"]
    subprocess.run([*command, "--no-sandbox"], check=True, cwd=folder, capture_output=True)
    assert [row["status"] for row in rows(folder.parent / "results").values()] == ["ok", "ok"]
    assert not (folder / "imported").exists()


def test_a_rerun_goes_on_where_it_was_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(folder, 6)
    monkeypatch.setattr(batch, "grade", Counting(stop_at=4))
    with pytest.raises(KeyboardInterrupt):
        run(folder)
    second = Counting()
    monkeypatch.setattr(batch, "grade", second)
    assert len(run(folder)) == 6
    assert second.calls == 3
    (folder / "s0.ipynb").write_bytes(as_bytes(notebook(["new"])))
    assert run(folder)["s0.ipynb"]["message"] == "call 4"  # a changed file is graded anew, and nothing else is
    assert second.calls == 4


KILLED = """
import os, sys
from pathlib import Path
from wdlesson.homework.grading import batch
from wdlesson.homework.grading.results import Graded
calls = []
def grade(*_):
    calls.append(1)
    if len(calls) == 4: os.kill(os.getpid(), 9)
    return Graded("ok", points={f"hw1.q{i}": 1 for i in range(1, 8)}, message="first run")
batch.grade = grade
batch.grade_class("hw1", Path(sys.argv[1]), Path(sys.argv[2]), sandboxed=False, progress=False)
"""


def test_a_killed_run_loses_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(folder, 6)
    results = folder.parent / "results"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(results)], check=False)
    assert killed.returncode == -signal.SIGKILL
    journal = results / "private/journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])  # as if cut off in the middle of a line
    again = Counting()
    monkeypatch.setattr(batch, "grade", again)
    graded = run(folder)
    assert [row["message"] for row in graded.values()].count("first run") == 2
    assert again.calls == 4
    assert len(run(folder)) == 6
    assert again.calls == 4


def test_a_run_killed_before_its_first_line_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(folder, 1)
    private = folder.parent / "results/private"
    private.mkdir(parents=True)
    (private / "journal.jsonl").write_text('{"version"')
    (private / "seed.new").touch()
    monkeypatch.setattr(batch, "grade", Counting())
    assert len(run(folder)) == 1


def test_two_runs_do_not_write_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(folder, 1)
    monkeypatch.setattr(batch, "grade", Counting())
    run(folder)
    held = os.open(folder.parent / "results/private", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(ValueError, match="another run is writing there"):
        run(folder)
    os.close(held)
    assert len(run(folder)) == 1


def test_a_grader_error_is_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(folder, 1)
    monkeypatch.setattr(batch, "grade", lambda *_: Graded("grader-error", "no memory"))
    row = run(folder)["s0.ipynb"]
    assert (row["status"], row["total"], row["message"]) == ("grader-error", "", "no memory")
    monkeypatch.setattr(batch, "grade", Counting())
    assert run(folder)["s0.ipynb"]["status"] == "ok"


def test_another_assignment_needs_another_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "grade", Counting())
    run(folder)
    with pytest.raises(ValueError, match=r"journal\.jsonl is of another assignment"):
        grade_class("hw2", folder, folder.parent / "results", sandboxed=False, progress=False)


def test_without_bubblewrap_it_refuses(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(batch, "unavailable_reason", lambda: "bubblewrap is not installed")
    assert main(["grade", "hw1", str(folder), "--out", str(folder.parent / "results")]) == 2
    assert "error: no sandbox can be made: bubblewrap is not installed; --no-sandbox" in capsys.readouterr().err
    assert not (folder.parent / "results").exists()


def test_bad_input_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="assignment is 'hw9'; it must be one of hw1, hw2"):
        grade_class("hw9", folder, tmp_path / "results")
    with pytest.raises(ValueError, match="there is no such folder"):
        grade_class("hw1", tmp_path / "nothing", tmp_path / "results", sandboxed=False)
    with pytest.raises(ValueError, match="jobs is 0; it must be a number of processes above 0"):
        grade_class("hw1", folder, tmp_path / "results", jobs=0, sandboxed=False)
    with pytest.raises(ValueError, match="in the folder of submissions; it must lie elsewhere"):
        grade_class("hw1", folder, folder / "results", sandboxed=False)
    assert list(folder.iterdir()) == []
    with pytest.raises(ValueError, match=r"cell_seconds is -1; it must be a finite number above 0"):
        Limits(cell_seconds=-1)
    with pytest.raises(ValueError, match="which every submission can read"):
        check_hidden(Path(pytest.__file__).parent / "results")


def test_results_that_cannot_be_written_are_an_error_in_one_line(folder: Path, capsys: Any) -> None:
    (folder.parent / "file").touch()
    assert main(["grade", "hw1", str(folder), "--out", str(folder.parent / "file/results"), "--no-sandbox"]) == 2
    assert capsys.readouterr().err.startswith("error: ")


@needs_sandbox
def test_a_bubblewrap_that_is_too_old_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "bwrap"
    old.write_text("#!/bin/sh\necho 'bwrap: Unknown option --perms' >&2\nexit 1\n")
    old.chmod(0o755)
    works = bubblewrap.bwrap()
    monkeypatch.setattr(bubblewrap, "programs", lambda: [str(old), works])
    bubblewrap._first_working.cache_clear()
    try:
        assert bubblewrap.bwrap() == works
        monkeypatch.setattr(bubblewrap, "programs", lambda: [str(old)])
        bubblewrap._first_working.cache_clear()
        assert "Unknown option --perms" in str(bubblewrap.unavailable_reason())
    finally:
        bubblewrap._first_working.cache_clear()


def test_without_a_sandbox_every_row_says_so(folder: Path) -> None:
    (folder / "good.ipynb").write_bytes(as_bytes(solution()))
    (folder / "loop.ipynb").write_bytes(changed("def convert(*a):\n    while True: pass", "q6"))
    (folder / "exit.ipynb").write_bytes(changed("import os\nos._exit(0)", "first"))
    daemon = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    os.fork()\n    time.sleep(10**6)"
    (folder / "daemon.ipynb").write_bytes(changed(daemon, "first"))
    root = bubblewrap.uid_outside() is not None
    if root:  # who is not root cannot keep a submission from killing the process above it
        (folder / "daemon.ipynb").write_bytes(changed(f"{daemon}\nos.kill(os.getppid(), 9)", "first"))
    graded = run(folder, limits=LIMITS)
    assert {row["sandbox"] for row in graded.values()} == {"graded without a sandbox"}
    assert [(row["status"], row["total"]) for row in graded.values()] == [
        ("ok", "20"),
        ("crash", "20"),
        ("ok", "20"),
        ("timeout", "17"),
    ]
    assert "graded without a sandbox" in (folder.parent / "results" / graded["good.ipynb"]["report"]).read_text()
    if root:
        assert left() == set()


def as_another(command: list[str]) -> list[str]:
    """The command for a user who is not root: where root runs the tests, user 1000 of a namespace without one."""
    if os.geteuid() != 0 or UNAVAILABLE is not None:
        return command
    other = ["--unshare-user", "--uid", "1000", "--gid", "1000", "--dev-bind", "/", "/"]
    return [str(bubblewrap.bwrap()), *other, *command]


def test_gradescopes_autograder_grades_in_its_layout_and_needs_no_root(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gradescope", "hw1", "--out", str(tmp_path)]) == 0
    archive = Path(capsys.readouterr().out.strip())
    first = archive.read_bytes()
    main(["gradescope", "hw1", "--out", str(tmp_path)])
    assert archive.read_bytes() == first
    top = tmp_path / "autograder"
    with zipfile.ZipFile(archive) as zipped:
        assert zipped.getinfo("run_autograder").external_attr >> 16 == 0o755
        assert not [name for name in zipped.namelist() if name.endswith((".md", ".ipynb"))]
        zipped.extractall(top / "source")
    (top / "submission").mkdir()
    (top / "submission" / "my homework.ipynb").write_bytes(changed("def step(*a): return 1", "q3"))
    (top / "submission" / "wdlesson.py").write_text("raise SystemExit('student code, run as the grader')")
    environment = {**os.environ, "AUTOGRADER": str(top), "PYTHON": sys.executable}
    command = as_another(["bash", str(top / "source/run_autograder")])
    subprocess.run(command, check=True, env=environment, capture_output=True, cwd=top / "submission")
    assert UNAVAILABLE or "without a sandbox" not in (top / "grading/gradebook.csv").read_text()
    said = json.loads((top / "results/results.json").read_text())
    assert said["score"] == 10
    assert [test["score"] for test in said["tests"]] == [2, 3, 0, 0, 0, 3, 2]
    assert said["tests"][2]["status"] == "failed"
    assert "must return a tuple (w, b) of tensors; it returns an int" in said["tests"][2]["output"]


LOOKS_FOR_ANSWERS = """
import os, wdlesson
for name in ("sandbox/worker.py", "questions/hw1.py", "questions/__init__.py"):
    try: print("read", len(open(f"{wdlesson.__path__[0]}/homework/{name}").read()) > 100)
    except OSError as error: print(type(error).__name__)
"""


@pytest.mark.skipif(bubblewrap.uid_outside() is None, reason="only root can run student code as another user")
def test_on_gradescope_without_a_sandbox_no_answer_can_be_read() -> None:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        top.chmod(0o755)  # as /autograder is, so that only what the set-up closes is closed
        with zipfile.ZipFile(autograder("hw1", top / "zip")) as zipped:
            zipped.extractall(top / "source")
        (closing,) = (line for line in SETUP.splitlines() if line.startswith("chmod"))
        subprocess.run(["bash", "-c", closing], check=True, env={**os.environ, "top": name})
        (top / "submission").mkdir()
        (top / "submission/a.ipynb").write_bytes(changed(LOOKS_FOR_ANSWERS, "first"))
        command = [sys.executable, "-P", "-m", "wdlesson.homework", "grade", "hw1", "submission", "--out", "results"]
        environment = {**os.environ, "PYTHONPATH": str(top / "source")}
        subprocess.run([*command, "--no-sandbox", "--quiet"], check=True, cwd=top, env=environment)
        (log,) = (top / "results/reports").glob("*.log")
        assert log.read_text() == "read True\nPermissionError\nPermissionError\n"


def test_gradescope_hears_of_what_was_not_graded() -> None:
    said = gradescope(None, "hw1", True)
    assert (said["score"], said["output"]) == (0, "Not graded: no notebook was found.")
    row = Row("a.ipynb", "a", "", Graded("unreadable", "cut off"))
    assert gradescope(row, "hw1", True)["output"] == "Not graded: unreadable: cut off."
