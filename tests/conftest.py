"""What the tests share: the book, built once as the reader gets it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def build_book(source: Path, output: Path) -> subprocess.CompletedProcess[str]:
    """Build a book strictly into a fresh folder: warnings are errors, and every reference must resolve."""
    shutil.rmtree(output, ignore_errors=True)
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    command = [str(jupyter_book), "build", str(source), "--all", "-W", "-n", "--keep-going"]
    return subprocess.run(
        [*command, "--path-output", str(output)], cwd=source, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built site, every cell of every page run."""
    output = ROOT / "_build" / "test"
    build = build_book(ROOT, output)
    assert build.returncode == 0, "the book does not build:\n" + build.stdout[-4000:] + build.stderr[-4000:]
    return output / "_build" / "html"
