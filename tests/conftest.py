"""What the tests share: the book, built once as the reader gets it."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import serve
import site_faults
from filelock import FileLock
from paper import CHROMIUM
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
REPOSITORY = "example/weight-decay"  # the site is built for this one, whatever the environment says
ADDRESS = f"https://example.github.io{site_faults.HOME}"  # and its pages are said to be there


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


FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
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


def pages(site: Path) -> list[str]:
    """The addresses of all pages, below the site's own."""
    return [str(page.relative_to(site)) for page in site_faults.pages(site)]


def with_explorer(site: Path) -> list[str]:
    return [name for name in pages(site) if "widget-view+json" in (site / name).read_text("utf-8")]


@pytest.fixture(scope="session")
def address(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("host")
    (root / site_faults.HOME.strip("/")).symlink_to(site)
    with serve.serve(root, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{site_faults.HOME}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no browser found: install Debian's package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_page(viewport={"width": 1280, "height": 1000}) as page:
        yield page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One file that needs the built book, then those that don't, then the others: no worker waits for the build."""
    book = {item.path for item in items if "built" in getattr(item, "fixturenames", ())}
    first = min(book, default=None)
    items.sort(key=lambda item: 0 if item.path == first else 1 + (item.path in book))
    for item in items:
        if "built" in getattr(item, "fixturenames", ()):
            item.add_marker("book")
