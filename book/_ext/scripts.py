"""No script holds up a page: each waits until the page is there, and none is asked for that nobody needs.

The options that Sphinx's scripts read stand in the page itself. The theme's script of icons is left out, since the
icons come from a font, and so are its wishes to load two scripts early that nothing on the page waits for.
"""

import re
from pathlib import Path

from rewrite import rewrite_pages
from sphinx.application import Sphinx

EXTERNAL = re.compile(r"<script\b(?P<attributes>[^>]*\ssrc=[^>]*)>")
WAITS = re.compile(r"\s(defer|async|type)\b")
OPTIONS = re.compile(r'<script\b[^>]*\ssrc="[^"]*_static/documentation_options\.js[^"]*"[^>]*></script>')
UNNEEDED = re.compile(
    r"\s*<!-- So that users can add custom icons -->|\s*<!-- Pre-loaded scripts that we'll load fully later -->"
    r'|\s*<script\b[^>]*_static/scripts/fontawesome\.js[^>]*></script>|\s*<link rel="preload" as="script"[^>]*>'
)


def defer(script: re.Match[str]) -> str:
    """The start of a script in a file of its own, which runs when the page is there."""
    return script[0] if WAITS.search(script["attributes"]) else f"<script defer{script['attributes']}>"


def lighten(page: str, site: Path) -> str:
    """The page, with its scripts as they should be."""
    options = (site / "_static" / "documentation_options.js").read_text("utf-8").strip()
    page = OPTIONS.sub(lambda _: f"<script>{options}</script>", UNNEEDED.sub("", page))
    return EXTERNAL.sub(defer, page)


def lighten_pages(app: Sphinx, exception: Exception | None) -> None:
    rewrite_pages(app, exception, lighten, ("html", "singlehtml"))
    for unused in ("documentation_options.js", "scripts/fontawesome.js"):
        Path(app.outdir, "_static", unused).unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", lighten_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
