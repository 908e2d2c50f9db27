"""What Jupyter Book and its theme leave to be put right: roles that mislead a reader, and work that is done twice.

The theme's script restyles a page whose colours the first lines of the page did not choose, and lays out each closed
fold to learn what in it scrolls. Here the first lines choose, and `tab_stops.js` looks once something shows.
"""

import re
from pathlib import Path

from rewrite import rewrite_pages
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

SCRIPT = "scripts/pydata-sphinx-theme.js"
TAB_STOPS = re.compile(r'document\.querySelectorAll\(\["pre",[^\]]*\]\.join\(", "\)\)\.forEach\(e=>\{.*?\?0:-1\}\)')
PATCHES = {
    # The list of a bibliography must have list items, and its entries are none.
    '<div role="list" class="citation-list">': '<div class="citation-list">',
    ' role="doc-biblioentry"': "",
    'dataset.theme = localStorage.getItem("theme") || "auto"': (
        'dataset.theme = ["light", "dark"].find((mode) => mode === localStorage.getItem("mode"))'
        ' ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")'
    ),
}


def patch_page(page: str, site: Path) -> str:
    for theirs, ours in PATCHES.items():
        page = page.replace(theirs, ours)
    return page


def patch_script(script: str) -> str:
    """The theme's script without its search for what scrolls."""
    script, found = TAB_STOPS.subn("0", script)
    if found != 1:
        raise ExtensionError(f"the theme's {SCRIPT} looks in another way now for what scrolls: see theme_patches.py")
    return script


def patch_theme(app: Sphinx, exception: Exception | None) -> None:
    builders = ("html", "singlehtml")
    rewrite_pages(app, exception, patch_page, builders)
    if exception is None and app.builder.name in builders:
        script = Path(app.outdir, "_static", SCRIPT)
        script.write_text(patch_script(script.read_text("utf-8")), "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("comments_config", {}, "html")  # Jupyter Book sets it for an extension that we leave out
    app.connect("build-finished", patch_theme)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
