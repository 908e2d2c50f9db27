"""What the tests share: the book, built once as the reader gets it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


def build_all(output: Path) -> Path:
    """The notebooks, the PDF if there is a browser to print it, and the pages; returns the folder that holds them."""
    builders = [("--builder", "custom", "--custom-builder", "notebooks"), ("--builder", "singlehtml"), ()]
    for builder in builders:
        if "singlehtml" in builder and CHROMIUM is None:
            continue
        build = build_book(ROOT, output, *builder)
        assert build.returncode == 0, "the book does not build:\n" + build.stdout[-4000:] + build.stderr[-4000:]
    return output / "_build"


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder of everything that is built from the book, every cell of every page run."""
    output = ROOT / "_build" / "test"
    shutil.rmtree(output, ignore_errors=True)
    return build_all(output)


@pytest.fixture(scope="session")
def site(built: Path) -> Path:
    """The folder of the built site."""
    return built / "html"
