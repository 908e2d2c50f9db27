"""What the tests share: the book, built once as the reader gets it."""

import ast
import asyncio
import gc
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # a core for each worker, before any test imports torch

import collector
import pytest
import serve
import site_faults
from filelock import FileLock
from fingerprints import digest, sources
from hypothesis import settings
from jupyter_cache import get_cache
from nbclient import NotebookClient
from pdf import CHROMIUM, PDF_PATH, PRINTED_FROM, version
from playwright.sync_api import Browser, Page, sync_playwright
from tabs import SIZE, Tabs

gc.set_threshold(*collector.THRESHOLD)  # for trees of pages, as for the build
settings.register_profile("wdlesson", deadline=None)  # a busy machine is no fault
settings.load_profile("wdlesson")

ROOT = Path(__file__).parent.parent
REPOSITORY = "example/weight-decay"  # the site is built for this one, whatever the environment says
ADDRESS = f"https://example.github.io{site_faults.HOME}"  # and its pages are said to be there


def build_book(source: Path, output: Path, *builder: str, language: str = "") -> subprocess.CompletedProcess[str]:
    """Build a book strictly: warnings are errors, and every reference must resolve."""
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    command = [str(jupyter_book), "build", str(source), "--all", "-W", "-n", "--keep-going", *builder]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    return subprocess.run(
        [*command, "--path-output", str(output)],
        cwd=source,
        env=environment | {"GITHUB_REPOSITORY": REPOSITORY, "BOOK_LANGUAGE": language},
        capture_output=True,
        text=True,
        check=False,
    )


CELL = re.compile(r"^```\{code-cell\} ipython3\n(?:---\n.*?^---\n|)(.*?)^```$", re.DOTALL | re.MULTILINE)


def definitions(page: str, *data: str) -> dict[str, Any]:
    """What a page imports and the functions it defines, and the names given; none of its experiments run."""
    names: dict[str, Any] = {}
    for cell in CELL.findall((ROOT / "book" / f"{page}.md").read_text("utf-8")):
        code = re.sub(r"^[%:].*$", "", cell, flags=re.MULTILINE)
        body = [node for node in ast.parse(code).body if _defines(node, data)]
        exec(compile(ast.Module(body, []), f"{page}.md", "exec"), names)
    return names


def _defines(node: ast.stmt, data: tuple[str, ...]) -> bool:
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Name) and target.id in data for target in node.targets)
    return isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)


FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PDF = ("--builder", "singlehtml")
PAGES = ()


def build_all(output: Path, *builders: tuple[str, ...], language: str = "") -> None:
    for builder in builders:
        build = build_book(ROOT, output, *builder, language=language)
        assert build.returncode == 0, "the book does not build:\n" + build.stdout[-4000:] + build.stderr[-4000:]


OUTPUT = ROOT / "_build" / "test"
STAND_IN = b"%PDF a stand-in: the printed book is the fixture `pdf`, which takes a minute"


def built_from() -> str:
    """Everything that a build of the tests depends on; while it is the same, a build serves the next run too."""
    return f"{sources()} {digest(Path(__file__))}"


def once(name: str, make: Callable[[], None], key: str) -> None:
    """Make this for all workers, and for the next run too while the key, what it is made from, is the same."""
    done = OUTPUT / f"{name}.done"
    OUTPUT.mkdir(parents=True, exist_ok=True)
    with FileLock(OUTPUT / f"{name}.lock"):
        if not (done.is_file() and done.read_text() == key):
            done.unlink(missing_ok=True)
            make()
            done.write_text(key)


def build_site() -> None:
    """The pages and their notebooks, every cell of every page run, unless it was run before and is the same."""
    (OUTPUT / "pdf.done").unlink(missing_ok=True)
    for folder in (OUTPUT / "_build").glob("*"):
        if folder.name != "executed":
            shutil.rmtree(folder)
    printed = OUTPUT / "_build" / PDF_PATH
    printed.parent.mkdir(parents=True)
    printed.write_bytes(STAND_IN)
    (OUTPUT / "_build" / PRINTED_FROM).write_text(sources())
    build_all(OUTPUT / "_build/zh", PAGES, language="zh_CN")
    build_all(OUTPUT, PAGES)


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder of everything that is built from the book."""
    once("site", build_site, built_from())
    return OUTPUT / "_build"


@pytest.fixture(scope="session")
def pdf(built: Path) -> Path:
    """The whole book, printed."""
    if CHROMIUM is None:
        pytest.skip("no browser found: install Debian's package chromium")
    once("pdf", lambda: build_all(OUTPUT, PDF), f"{built_from()} {version()}")  # which stands on its first page
    return built / PDF_PATH


@pytest.fixture(scope="session")
def site(built: Path) -> Path:
    """The folder of the built site."""
    return built / "html"


def pages(site: Path) -> list[str]:
    """The addresses of all pages, below the site's own."""
    return [str(page.relative_to(site)) for page in site_faults.pages(site)]


def run_notebook(client: NotebookClient, **options: Any) -> Any:
    """Run a notebook, and close the loop that it ran in: in a thread, since the browser's runs in the main one."""
    with ThreadPoolExecutor(1) as own:
        return own.submit(lambda: asyncio.run(client.async_execute(**options))).result()


@contextmanager
def executed_pages(folder: Path) -> Iterator[Any]:
    """The cache in which a build keeps its executed pages; its database is closed afterwards."""
    cache: Any = get_cache(folder)
    try:
        yield cache
    finally:
        cache.db.dispose()


def weekly(*values: Any) -> list[Any]:
    """Further values of a parameter, for `make weekly` alone."""
    return [pytest.param(value, marks=pytest.mark.weekly) for value in values]


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


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Tabs:
    return Tabs(browser)


@pytest.fixture
def page(tabs: Tabs) -> Page:
    return tabs.clear("desk")


@pytest.fixture
def phone(tabs: Tabs) -> Page:
    return tabs.clear("phone")


@pytest.fixture
def unscripted(tabs: Tabs) -> Page:
    """A page in which no script runs."""
    return tabs.clear("without scripts")


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Page]:
    """For what listens to a page, and for what a first visit asks for."""
    with browser.new_page(viewport=SIZE) as page:
        yield page


# ---- The order, and what need not run again ----

LONGEST = ("test_pdf.py", "test_pages.py")  # of those that need the built book


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One file that needs the built book, then those that don't: no worker waits for the build while there is work.

    The longest of the files that need it come next, and the short ones fill up what is left.
    """
    book, printed = ({item.path for item in items if name in fixtures(item)} for name in ("built", "pdf"))
    first = min(book - printed, default=None)

    def turn(item: pytest.Item) -> int:
        if item.path == first or item.path not in book:
            return int(item.path != first)
        return 2 + LONGEST.index(item.path.name) if item.path.name in LONGEST else 9

    items.sort(key=turn)
    for item in items:
        if "built" in fixtures(item):
            item.add_marker("book")


def fixtures(item: pytest.Item) -> tuple[str, ...]:
    return getattr(item, "fixturenames", ())
