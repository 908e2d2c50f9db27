"""What `make test` leaves out when it runs again: a test that passed, while all that it depends on is the same."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

ONE = "def test_one():\n    assert True\n"
TWO = "import shared\n\ndef test_two():\n    assert shared.VALUE == 1\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two files of tests, one of which leans on another file."""
    tests = tmp_path / "tests"
    tests.mkdir()
    shutil.copy(ROOT / "tests" / "passed.py", tests)
    shutil.copytree(ROOT / "book" / "_ext", tmp_path / "book" / "_ext", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = tests book/_ext\n")
    (tests / "shared.py").write_text("VALUE = 1\n")
    (tests / "test_one.py").write_text(ONE)
    (tests / "test_two.py").write_text(TWO)
    return tmp_path


def run(repository: Path, *options: str) -> tuple[int, str]:
    plugins = ["-p", "passed", "-p", "xdist", "-p", "no:cacheprovider"]  # alone: others take a second each time
    command = [sys.executable, "-m", "pytest", *plugins, *options]
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    result = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)
    return result.returncode, result.stdout + result.stderr


@pytest.mark.parametrize("workers", [(), ("--numprocesses", "2")])
def test_what_passed_is_left_out_until_something_changes(repository: Path, workers: tuple[str, ...]) -> None:
    assert "2 passed" in run(repository, *workers)[1]
    code, said = run(repository, *workers)
    assert code == 0
    assert "2 tests were left out" in said
    one = repository / "tests" / "test_one.py"
    one.write_text(ONE + "\n")
    code, said = run(repository, *workers)
    assert code == 0
    assert "1 passed" in said
    assert "1 tests were left out" in said
    # Concerns both, as far as anyone knows. Of another length, or what Python keeps compiled of this second would do.
    (repository / "tests" / "shared.py").write_text("VALUE = 20\n")
    code, said = run(repository, *workers)
    assert code == 1
    assert "1 failed, 1 passed" in said


def test_what_imports_other_tests_depends_on_them(repository: Path) -> None:
    tests = repository / "tests"
    (tests / "test_three.py").write_text("from test_one import test_one as first\n\ndef test_three():\n    first()\n")
    (tests / "test_four.py").write_text("import test_three\n\ndef test_four():\n    test_three.test_three()\n")
    assert "4 passed" in run(repository)[1]
    (tests / "test_one.py").write_text(ONE.replace("True", "not []"))
    said = run(repository)[1]
    assert "3 passed" in said
    assert "1 tests were left out" in said


def test_what_failed_or_did_not_run_runs_again(repository: Path) -> None:
    (repository / "tests" / "test_one.py").write_text(ONE + "\ndef test_bad():\n    assert False\n")
    for _ in range(2):
        code, said = run(repository, "tests/test_one.py")
        assert code == 1
        assert "1 failed" in said
    assert "1 failed, 1 passed" in run(repository)[1]  # test_two had not run


def test_a_test_whose_end_fails_runs_again(repository: Path) -> None:
    fixture = "import pytest\n\n@pytest.fixture\ndef bad():\n    yield\n    raise OSError\n\n"
    (repository / "tests" / "test_one.py").write_text(fixture + "def test_one(bad):\n    assert True\n")
    for _ in range(2):
        assert "1 error" in run(repository, "tests/test_one.py")[1]
