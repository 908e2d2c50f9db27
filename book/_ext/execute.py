"""Every page is executed before a build reads it, as many at a time as there are cores.

MyST-NB executes pages one after the other, or takes them from a cache that looks at nothing but a page's code. So where
a build says `force`, the pages are executed in parallel into a cache beside its output, in a folder named after
everything else that a page's numbers depend on: the package, the locked environment, the version of Python. What has
changed is run anew; the website, the single page for the PDF and a second look at either share one run.

A page runs as its notebook does when it is downloaded: its cells, in a folder of its own where nothing else lies. A
page of which a cell fails or writes to stderr ends the build, which shows all of what it said; nothing of it is kept.
Builders that show no output run none.
"""

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import joblib  # type: ignore[import-untyped]
from fingerprints import fingerprint
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.readers import get_reader
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging

WITHOUT_OUTPUT = ("notebooks", "linkcheck")
COLOUR = re.compile(r"\x1b\[[\d;]*m")
logger = logging.getLogger(__name__)


class FailedPages(SphinxError):
    """Cells that failed or complained, with all that they said."""

    category = "Pages that do not run"


def english_builds(app: Sphinx) -> Path:
    """Where the English builds lie, whose outputs every edition shows: the others are in `_build/zh/_build`."""
    return Path(app.outdir).parents[2 if app.config.language != "en" else 0]


def choose_mode(app: Sphinx) -> None:
    """In place of `force`; before MyST-NB reads its settings."""
    if app.builder.name in WITHOUT_OUTPUT:
        app.config.nb_execution_mode = "off"
    elif app.config.nb_execution_mode == "force":
        app.config.nb_execution_mode = "cache"
        app.config.nb_execution_cache_path = str(english_builds(app) / "executed" / fingerprint())
        app.connect("env-before-read-docs", fill)


def fill(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run the pages that the cache does not have, and keep those that nothing is wrong with."""
    cache = get_cache(Path(app.config.nb_execution_cache_path))
    pages = missing_pages(cache, [Path(env.doc2path(name)) for name in docnames])
    complaints = []
    for path, said in run_all(pages, app.config.nb_execution_timeout):
        complaints += [f"{path.relative_to(app.srcdir)}: {text}" for text in said]
        if not said:
            cache.cache_notebook_bundle(CacheBundleIn(pages[path], str(path)), check_validity=False, overwrite=True)
    logger.info("executed %d pages", len(pages))
    if complaints:
        raise FailedPages("\n\n".join(complaints))


def missing_pages(cache: Any, paths: list[Path]) -> dict[Path, Any]:
    """The pages with code that the cache does not have, as notebooks."""
    read = get_reader({"name": "myst_nb_md", "type": "plugin"})
    pages = {}
    for path in paths:
        if "```{code-cell}" in path.read_text(encoding="utf-8"):
            notebook = read(str(path))
            try:
                cache.match_cache_notebook(notebook)
            except KeyError:
                pages[path] = notebook
    return pages


def run_all(pages: dict[Path, Any], timeout: int) -> Iterator[tuple[Path, list[str]]]:
    """Run notebooks, the longest first; each comes back with what its cells complained of."""
    order = sorted(pages, key=lambda path: -sum(len(cell.source) for cell in code_cells(pages[path])))
    with ThreadPoolExecutor(joblib.cpu_count()) as pool:  # a thread waits; a kernel is a process
        runs = {path: pool.submit(run, pages[path], timeout) for path in order}
        try:
            for path, future in runs.items():
                yield path, future.result()
        except BaseException:  # Ctrl-C stops the pages that wait, too
            pool.shutdown(cancel_futures=True)
            raise


def run(notebook: Any, timeout: int) -> list[str]:
    """Run a notebook, in place; returns what its cells complained of."""
    with TemporaryDirectory() as folder:
        try:
            client(notebook, timeout, folder).execute()
        except CellExecutionError as error:
            return [f"a cell fails\n{COLOUR.sub('', str(error))}"]
        except Exception as error:  # a kernel that died, or a cell that took too long
            return [f"{type(error).__name__}: {error}"]
    return [
        f"a cell writes to stderr\n{cell.source}\n------------------\n{output.text}"
        for cell in code_cells(notebook)
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stderr"
    ]


def client(notebook: Any, timeout: int, folder: str) -> NotebookClient:
    return NotebookClient(
        notebook,
        timeout=timeout,
        record_timing=False,
        resources={"metadata": {"path": folder}},
        extra_arguments=["--log-level=ERROR"],  # its own warning, that it talks over TCP, is for servers
    )


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def setup(app: Sphinx) -> dict[str, bool]:
    os.environ["TQDM_DISABLE"] = "1"  # a bar that shows on slow machines alone would change the page
    os.environ["OMP_NUM_THREADS"] = "1"  # one core for a kernel; and sums come out the same, however many there are
    os.environ.pop("WDLESSON_LANGUAGE", None)  # the outputs are those of every edition
    app.connect("builder-inited", choose_mode, priority=1)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
