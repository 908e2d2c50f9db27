"""Every page is executed anew at every build, as many at a time as there are cores.

MyST-NB executes pages one after the other, or takes them from a cache. So where a build says `force`, a new cache is
made in a temporary folder of its own and filled in parallel before the pages are read: nothing old is ever published.
A page that fails is not in the cache; MyST-NB then runs it once more, and reports the error.
"""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

logger = logging.getLogger(__name__)


def use_new_cache(app: Sphinx, config: Config) -> None:
    """In place of `force`; before MyST-NB reads its settings."""
    if config.nb_execution_mode == "force":
        folder = TemporaryDirectory(prefix="pages-")
        config.nb_execution_mode, config.nb_execution_cache_path = "cache", folder.name
        app.connect("env-before-read-docs", fill)
        app.connect("build-finished", lambda app, exception: folder.cleanup())


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
    app.connect("config-inited", use_new_cache, priority=1)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
