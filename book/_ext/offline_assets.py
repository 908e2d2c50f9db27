"""The site stands alone: MathJax is served from it, and what nobody needs is not."""

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


def patch_theme(app: Sphinx, exception: Exception | None) -> None:
    """Leave out half a megabyte of icons that the theme ships twice, and roles that confuse a screen reader."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    (site / "_static/scripts/fontawesome.js").write_text("// The icons come from the web font.\n")
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        if "citation-list" in text:  # a bibliography's list must have list items, and its entries are none
            text = text.replace('<div role="list" class="citation-list">', '<div class="citation-list">')
            page.write_text(text.replace(' role="doc-biblioentry"', ""), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("comments_config", {}, "html")  # Jupyter Book sets it for an extension that we leave out
    app.connect("build-finished", copy_mathjax)
    app.connect("build-finished", patch_theme)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
