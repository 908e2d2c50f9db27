"""How a notebook gets this package in Colab, and the repository that it comes from.

The repository is what the environment's `GITHUB_REPOSITORY` says, which GitHub's workflows set; else `repository: url`
in `_config.yml`; else where this clone comes from, if that is on GitHub.
"""

import os
import re
import subprocess
from pathlib import Path

CONFIG = Path("_config.yml")
HOST = "https://github.com/"
ORIGIN = re.compile(r"(?:https://(?:[^@/]+@)?|ssh://git@|git@)github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?")


def repository() -> str:
    """The repository that this package comes from.

    Returns
    -------
    str
        As `ORG/REPO`; empty where nothing names it.

    Raises
    ------
    ValueError
        If what names it is in another form.
    """
    if name := os.environ.get("GITHUB_REPOSITORY"):
        return _checked(name, "GITHUB_REPOSITORY", "ORG/REPO")
    return _configured() or _cloned()


def _configured() -> str:
    import yaml  # comes with the book's tools, and nobody else calls this

    settings = yaml.safe_load(CONFIG.read_text(encoding="utf-8")) if CONFIG.is_file() else {}
    url = settings.get("repository", {}).get("url") or ""
    name = url.removeprefix(HOST).strip("/")
    return _checked(name, f"repository: url in {CONFIG}", f"{HOST}ORG/REPO, or empty", url) if url else ""


def _checked(name: str, where: str, form: str, said: str = "") -> str:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise ValueError(f"{where} is {(said or name)!r}; it must be {form}")
    return name


def _cloned() -> str:
    """Where the clone's `origin` is; not that of another clone in which this folder may lie."""
    folder = CONFIG.absolute().parent
    if not (folder / ".git").exists():
        return ""
    git = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}  # set in a hook of git's
    command = ["git", "-C", str(folder), "remote", "get-url", "origin"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False, env=git).stdout
    except FileNotFoundError:  # a clone where there is no git any more
        return ""
    found = ORIGIN.fullmatch(said.strip())
    return found[1] if found else ""


def install_line() -> str:
    """The first cell of a notebook: installs what Colab lacks, and replaces nothing that it has.

    anywidget and psygnal, which it needs, are in Colab today; pip leaves them as they are.

    Returns
    -------
    str
        A line of IPython; a comment where the repository has no name.

    Raises
    ------
    ValueError
        As for `repository`.
    """
    if not (name := repository()):
        return "# This notebook needs the package wdlesson; the book's front page says how to get it."
    in_workflow = os.environ.get("GITHUB_ACTIONS") == "true"
    revision = os.environ.get("GITHUB_SHA", "main") if in_workflow else "main"
    return f'%pip install -q --no-deps "wdlesson @ git+{HOST}{name}@{revision}" d2l==1.0.3 anywidget psygnal'
