"""MathJax is served by the site itself, so that no page asks another host for it."""

from importlib.metadata import files
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.fileutil import copy_asset

# What a page may ask for: the program, TeX packages that it loads on demand, fonts, and speech in English.
MATHJAX_PARTS = (
    "tex-chtml.js",
    "input/tex",
    "output/chtml",
    "a11y",
    "ui",
    "sre/mathmaps/base.json",
    "sre/mathmaps/en.json",
)


def mathjax_folder() -> Path:
    """Where the package `sphinx-mathjax-offline`, whose name no import statement can spell, keeps MathJax."""
    program = next(f for f in files("sphinx-mathjax-offline") or [] if f.name == "tex-chtml.js")
    return Path(str(program.locate())).parent


def copy_mathjax(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        target = Path(app.outdir) / "_static" / "mathjax"
        for part in MATHJAX_PARTS:
            copy_asset(mathjax_folder() / part, (target / part).parent if "." in part else target / part)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
