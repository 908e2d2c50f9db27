"""Every page is executed before a build reads it, as many at a time as there are cores.

MyST-NB executes pages one after the other, or takes them from a cache that looks at nothing but a page's code. So where
a build says `force`, the pages are executed in parallel into a cache beside its output, in a folder named after
everything else that a page's numbers depend on: the package, the locked environment, the version of Python. What has
changed is run anew; the website, the single page for the PDF and a second look at either share one run. A page that
fails is not in the cache; MyST-NB then runs it once more, and reports the error. Builders that show no output run none.
"""

import hashlib
import os
import sys
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

ROOT = Path(__file__).parents[2]
WITHOUT_OUTPUT = ("notebooks", "linkcheck")
logger = logging.getLogger(__name__)


def fingerprint() -> str:
    """Of everything that a page's numbers depend on, its own code aside."""
    digest = hashlib.sha256(sys.version.encode())
    package = (path for path in ROOT.glob("wdlesson/**/*") if path.is_file() and path.suffix != ".pyc")
    for path in (ROOT / "requirements.lock", *sorted(package)):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def choose_mode(app: Sphinx) -> None:
    """In place of `force`; before MyST-NB reads its settings."""
    if app.builder.name in WITHOUT_OUTPUT:
        app.config.nb_execution_mode = "off"
    elif app.config.nb_execution_mode == "force":
        app.config.nb_execution_mode = "cache"
        app.config.nb_execution_cache_path = str(Path(app.outdir).parent / "executed" / fingerprint())
        app.connect("env-before-read-docs", fill)


def fill(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    cache = get_cache(Path(app.config.nb_execution_cache_path))
    for name in docnames:
        page = Path(env.doc2path(name))
        if "```{code-cell}" in page.read_text(encoding="utf-8"):
            cache.add_nb_to_project(str(page), read_data={"name": "myst_nb_md", "type": "plugin"})
    executor = load_executor("local-parallel", cache, logger.logger)
    result = executor.run_and_cache(timeout=app.config.nb_execution_timeout)
    logger.info("executed %d pages, of which %d failed", len(result.all()), len(result.all()) - len(result.succeeded))


def setup(app: Sphinx) -> dict[str, bool]:
    os.environ["TQDM_DISABLE"] = "1"  # a bar that shows on slow machines alone would change the page
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core for a kernel
    app.connect("builder-inited", choose_mode, priority=1)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
