"""How a notebook gets this package in Colab, and the repository that it comes from.

One setting names the repository: the environment's `GITHUB_REPOSITORY`, which GitHub's workflows set, or `repository:
url` in `_config.yml`.
"""

import os
from pathlib import Path

CONFIG = Path("_config.yml")
HOST = "https://github.com/"


def repository() -> str:
    """The repository as `ORG/REPO`; empty where nothing names it."""
    return os.environ.get("GITHUB_REPOSITORY") or _configured()


def _configured() -> str:
    import yaml  # comes with the book's tools, and nobody else calls this

    settings = yaml.safe_load(CONFIG.read_text(encoding="utf-8")) if CONFIG.is_file() else {}
    url = settings.get("repository", {}).get("url") or ""
    if url and not url.startswith(HOST):
        raise ValueError(f"repository: url in {CONFIG} is {url!r}; it must be {HOST}ORG/REPO, or empty")
    return url.removeprefix(HOST).strip("/")


def install_line() -> str:
    """The first cell of a notebook: installs what Colab lacks, and replaces nothing that it has.

    anywidget and psygnal, which it needs, are in Colab today; pip leaves them as they are.
    """
    if not (name := repository()):
        return "# This notebook needs the package wdlesson; the book's front page says how to get it."
    revision = os.environ.get("GITHUB_SHA", "main")
    return f'%pip install -q --no-deps "wdlesson @ git+{HOST}{name}@{revision}" d2l==1.0.3 anywidget psygnal'
