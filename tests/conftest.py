"""What the tests share: the book, built once as the reader gets it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parent.parent
REPOSITORY = "example/weight-decay"  # the site is built for this one, whatever the environment says
HOME = "/weight-decay/"  # where GitHub Pages would serve it
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def build_book(source: Path, output: Path, *builder: str) -> subprocess.CompletedProcess[str]:
    """Build a book strictly: warnings are errors, and every reference must resolve."""
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    command = [str(jupyter_book), "build", str(source), "--all", "-W", "-n", "--keep-going", *builder]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    return subprocess.run(
        [*command, "--path-output", str(output)],
        cwd=source,
        env=environment | {"GITHUB_REPOSITORY": REPOSITORY},
        capture_output=True,
        text=True,
        check=False,
    )


NOTEBOOKS = ("--builder", "custom", "--custom-builder", "notebooks")
PDF = ("--builder", "singlehtml")
PAGES = ()


def build_all(output: Path, *builders: tuple[str, ...]) -> None:
    for builder in builders:
        build = build_book(ROOT, output, *builder)
        assert build.returncode == 0, "the book does not build:\n" + build.stdout[-4000:] + build.stderr[-4000:]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> Path:
    """The folder of everything that is built from the book, every cell of every page run: once for all workers."""
    output = ROOT / "_build" / "test"
    done = output / testrun_uid
    with FileLock(tmp_path_factory.getbasetemp().parent / "book.lock"):
        if not done.exists():
            shutil.rmtree(output, ignore_errors=True)
            build_all(output, NOTEBOOKS, *([PDF] if CHROMIUM else []), PAGES)
            done.touch()
    return output / "_build"


@pytest.fixture(scope="session")
def site(built: Path) -> Path:
    """The folder of the built site."""
    return built / "html"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One file that needs the built book, then those that don't, then the others: no worker waits for the build."""
    book = {item.path for item in items if "built" in getattr(item, "fixturenames", ())}
    first = min(book, default=None)
    items.sort(key=lambda item: 0 if item.path == first else 1 + (item.path in book))
    for item in items:
        if "built" in getattr(item, "fixturenames", ()):
            item.add_marker("book")
