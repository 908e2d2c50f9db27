"""A pytest plugin, `-p passed`: what passed before is left out while all that it depends on is the same.

A test depends on its own file, on the files of tests that this imports, and on every other file of the repository but
the rest of the tests: on the package, the pages, the lock, the tools and what the tests share. Only passes are kept.
`make clean` forgets them.
"""

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fingerprints import ROOT, digest

RECORD = ROOT / "_build" / "test" / "passed.json"
IMPORTED = re.compile(r"^(?:from|import) (test_\w+)", re.MULTILINE)
NOT_OURS = {
    ".git",
    ".venv",
    "_build",
    "_look",
    "__pycache__",
    ".ruff_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".hypothesis",
}


def files(folder: Path) -> Iterator[Path]:
    """What the repository holds, tests aside, in an order that is the same everywhere."""
    for path in sorted(folder.iterdir()):
        if path.name in NOT_OURS or path.name.startswith("test_"):
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


@functools.cache
def key(tests: Path) -> str:
    """Of all that the tests of this file depend on."""
    return f"{shared()} {digest(*sorted(with_imported(tests)))}"


def with_imported(tests: Path) -> set[Path]:
    """A file of tests and all that it imports of others, directly or through them."""
    names = IMPORTED.findall(tests.read_text(encoding="utf-8"))
    return {tests}.union(*(with_imported(tests.parent / f"{name}.py") for name in names))


@functools.cache
def shared() -> str:
    return digest(*files(ROOT))


@functools.cache
def before() -> dict[str, str]:
    """The key with which each test passed."""
    return json.loads(RECORD.read_text("utf-8")) if RECORD.is_file() else {}


def file_of(test: str) -> Path:
    return ROOT / test.partition("::")[0]


def is_kept(test: str) -> bool:
    return test in before() and file_of(test).is_file() and before()[test] == key(file_of(test))


class Passed:
    """Notes what passes, in the process that sees all reports."""

    def __init__(self) -> None:
        self.ran: dict[str, bool] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        good = report.passed if report.when == "call" else not report.failed and not report.skipped
        self.ran[report.nodeid] = self.ran.get(report.nodeid, True) and good

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.kept = [test for test in before() if test not in self.ran and is_kept(test)]
        passed = {test: key(file_of(test)) for test, good in self.ran.items() if good}
        RECORD.parent.mkdir(parents=True, exist_ok=True)
        RECORD.write_text(json.dumps({test: before()[test] for test in self.kept} | passed), "utf-8")
        if self.kept and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.kept:
            terminalreporter.write_line(
                f"{len(self.kept)} tests were left out: they passed before, and nothing that they depend on has "
                "changed since (`make clean` makes them run again)"
            )


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # a worker of pytest-xdist only leaves out
        before()  # as it is when the run begins
        config.pluginmanager.register(Passed())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept = {item for item in items if is_kept(item.nodeid)}
    config.hook.pytest_deselected(items=list(kept))
    items[:] = [item for item in items if item not in kept]
