"""One class in which nearly everybody is hostile or broken. Each gets the row it must get, and the others theirs."""

import csv
import hashlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from homework.hostile import HOSTILE, Hostile
from homework.notebooks import as_bytes, cells, changed, notebook, solution
from homework.processes import left

from wdlesson.homework.grading.batch import grade_class
from wdlesson.homework.grading.text import printable
from wdlesson.homework.sandbox import bubblewrap
from wdlesson.homework.sandbox.limits import Limits

UNAVAILABLE = bubblewrap.unavailable_reason()
pytestmark = pytest.mark.skipif(UNAVAILABLE is not None, reason=str(UNAVAILABLE))

LIMITS = Limits(cell_seconds=1, call_seconds=1, submission_seconds=60, memory_bytes=256 << 20)
POINTS = {f"hw1.q{i}": points for i, points in enumerate((2, 3, 3, 4, 3, 3, 2), 1)}
Row = dict[str, str]

# Files that are no notebooks, and names that are no names: what is written, and the status that it must get.
GOOD = as_bytes(solution())
WRONG_KERNEL = as_bytes({**solution(), "metadata": {"kernelspec": {"name": "ir", "language": "R"}, "language_info": 3}})
NO_METADATA = as_bytes({"cells": [{"cell_type": "code", "source": s.splitlines(True)} for s in cells().values()]})
FILES: dict[str, tuple[bytes, str]] = {
    "truncated.ipynb": (GOOD[:1000], "unreadable"),
    "empty.ipynb": (b"", "not a notebook"),
    "text.ipynb": (b"my homework", "not a notebook"),
    "list.ipynb": (b"[1, 2]", "not a notebook"),
    "nested.ipynb": (b'{"cells":' + b"[" * 100_000, "unreadable"),
    "zip.ipynb": (b"PK\x03\x04" + b"\0" * 100, "not a notebook"),
    "old.ipynb": (b'{"worksheets": [], "nbformat": 3}', "unreadable"),
    "huge.ipynb": (b" " * (11 << 20), "unreadable"),
    "cells that are no cells.ipynb": (b'{"cells": [1, null, {"source": 3}, {"cell_type": "code"}]}', "ok"),
    "surrogate.ipynb": (b'{"cells": [{"cell_type": "code", "source": "x = \'\\ud800\'; print(x)"}]}', "ok"),
    "null.ipynb": (b'{"cells": [{"cell_type": "code", "source": "x = 1\\u0000"}]}', "ok"),
    "wrong kernel.ipynb": (WRONG_KERNEL, "ok"),
    "no metadata.ipynb": (NO_METADATA, "ok"),
    "with spaces and\nnewline.ipynb": (GOOD, "ok"),
    "张三的作业.ipynb": (GOOD, "ok"),
    "=HYPERLINK(1).ipynb": (GOOD, "ok"),
    "..ipynb": (GOOD, "ok"),
    "%2e%2e%2f..\\..\\etc.ipynb": (GOOD, "ok"),
    "<script>alert(1)</script>.ipynb".replace("/", "_"): (GOOD, "ok"),
    "bytes\udcff.ipynb": (GOOD, "ok"),
    "many/hw1.ipynb": (GOOD, "ok"),
    "nbgrader/hw1/hw1.ipynb": (GOOD, "ok"),
    "alice.ipynb": (GOOD, "ok"),
    "zoe.ipynb": (GOOD, "ok"),
}
IGNORED = {
    "notes.txt": (b"notes", "no notebook, and no student is named by where it is"),
    "many/old.ipynb": (b"", "many/hw1.ipynb is graded, of the same student"),
}
FULL = [name for name, (data, status) in FILES.items() if status == "ok" and data in (GOOD, WRONG_KERNEL, NO_METADATA)]


@pytest.fixture(scope="module")
def listener() -> Iterator[int]:
    """A server that a student may try to reach."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0wdlesson-test")
        abstract.listen()
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, listener: int) -> Path:
    top = tmp_path_factory.mktemp("class")
    folder = top / "submissions"
    folder.mkdir()
    for each in HOSTILE:
        code = each.code.replace("PORT", str(listener))
        (folder / f"{each.name}.ipynb").write_bytes(changed(code, each.where))
    for name, (data, _) in {**FILES, **IGNORED}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (folder / "deleted.ipynb").write_bytes(as_bytes(notebook([s for key, s in cells().items() if key != "q2"])))
    (folder / "duplicated.ipynb").write_bytes(as_bytes(notebook([s for s in cells().values() for _ in range(2)])))
    (folder / "folder.ipynb").mkdir()
    (folder / "link.ipynb").symlink_to(top / "results/private/seed")
    (folder / "link to alice.ipynb").symlink_to("alice.ipynb")
    (folder / "link to a folder").symlink_to("/")
    os.mkfifo(folder / "pipe.ipynb")
    return folder


def state(folder: Path) -> Any:
    """All that there is to a tree of files."""
    found = {}
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        regular = path.is_file() and not path.is_symlink()
        digest = hashlib.sha256(path.read_bytes()).digest() if regular else None
        found[path] = (about.st_mtime_ns, about.st_mode, about.st_size, digest)
    return found


@pytest.fixture(scope="module")
def graded(folder: Path) -> dict[str, Row]:
    """The rows by id, the whole class graded once."""
    before = state(folder)
    grade_class("hw1", folder, folder.parent / "results", limits=LIMITS, progress=False)
    assert state(folder) == before
    with open(folder.parent / "results/gradebook.csv", newline="", encoding="utf-8-sig") as file:
        return {row["id"].removeprefix("'"): row for row in csv.DictReader(file)}


def said(row: Row, folder: Path) -> tuple[str, str]:
    """The report and what was printed."""
    page = folder.parent / "results" / row["report"]
    return page.read_text(encoding="utf-8"), page.with_suffix(".log").read_text(encoding="utf-8")


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_hostile_code_gets_its_row(hostile: Hostile, graded: dict[str, Row], folder: Path) -> None:
    row = graded[f"{hostile.name}.ipynb"]
    lost = {f"hw1.q{i}" for i in hostile.lost}
    earned = {name: str(0 if name in lost else points) for name, points in POINTS.items()}
    assert {name: row[name] for name in POINTS} == earned, row["message"]
    assert row["status"] in hostile.status.split("|")
    assert row["sandbox"] == "yes"
    page, printed = said(row, folder)
    assert hostile.words in row["message"] or hostile.words in page
    assert hostile.printed in printed
    assert len(printed) < 100_000


@pytest.mark.parametrize("name", FILES, ids=lambda name: ascii(name))
def test_every_file_gets_its_row(name: str, graded: dict[str, Row], folder: Path) -> None:
    status = FILES[name][1]
    row = graded[printable(name)]
    assert row["status"] == status
    if status != "ok":
        assert {row[question] for question in (*POINTS, "total")} == {""}  # not graded is not a zero
        assert row["message"]
    if name in FULL:
        assert row["total"] == "20"


def test_what_is_no_file_gets_a_row_too(graded: dict[str, Row], folder: Path) -> None:
    assert graded["folder.ipynb"]["status"] == "not a notebook"
    assert graded["pipe.ipynb"]["status"] == "not a notebook"
    for name in ("link.ipynb", "link to alice.ipynb"):
        assert graded[name]["status"] == "unreadable"
        assert "symbolic link" in graded[name]["message"]
    assert len(graded) == len(HOSTILE) + len(FILES) + 6


def test_what_is_no_submission_is_listed_with_its_reason(graded: dict[str, Row], folder: Path) -> None:
    with open(folder.parent / "results/ignored.csv", newline="", encoding="utf-8-sig") as file:
        ignored = {row["file"]: row["reason"] for row in csv.DictReader(file)}
    assert ignored.pop("link to a folder") == "no notebook, and no student is named by where it is"
    assert ignored == {name: reason for name, (_, reason) in IGNORED.items()}


def test_deleted_cells_cost_their_questions_and_duplicated_ones_nothing(graded: dict[str, Row]) -> None:
    row = graded["deleted.ipynb"]
    assert [row[name] for name in POINTS] == ["2", "0", "3", "0", "0", "3", "2"]
    assert "There is no function named gradient" in row["message"]
    assert graded["duplicated.ipynb"]["total"] == "20"


def test_no_process_is_left(graded: dict[str, Row]) -> None:
    assert left() == set()


def test_no_file_is_left(graded: dict[str, Row], folder: Path) -> None:
    assert sorted(path.name for path in folder.parent.iterdir()) == ["results", "submissions"]
    results = folder.parent / "results"
    written = ["changes.csv", "gradebook.csv", "ignored.csv", "private", "reports", "summary.html", "written.csv"]
    assert sorted(path.name for path in results.iterdir()) == written
    reports = {path.name for path in (results / "reports").iterdir()}
    names = {row["report"].removeprefix("reports/").removesuffix(".html") for row in graded.values()}
    assert reports == {f"{name}.{end}" for name in names for end in ("html", "log")}
    assert (results / "private").stat().st_mode & 0o77 == 0


def test_no_report_shows_a_hidden_input_or_runs_a_script(graded: dict[str, Row], folder: Path) -> None:
    seed = (folder.parent / "results/private/seed").read_text()
    for row in graded.values():
        page, _ = said(row, folder)
        assert seed not in page
        assert "<script" not in page


def test_no_cell_of_the_gradebook_is_a_formula(graded: dict[str, Row], folder: Path) -> None:
    with open(folder.parent / "results/gradebook.csv", newline="", encoding="utf-8") as file:
        assert not [cell for row in csv.reader(file) for cell in row if cell.startswith(("=", "+", "-", "@"))]
