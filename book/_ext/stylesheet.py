"""One style sheet a page, in place of a dozen that a browser would wait for one by one."""

import functools
import hashlib
import os
import re
from pathlib import Path

from rewrite import rewrite_pages
from sphinx.application import Sphinx

LINK = re.compile(
    r'\s*<link\b(?=[^>]*\srel="stylesheet")[^>]*\shref="(?P<root>[^"]*)_static/(?P<path>[^"?]+)[^"]*"[^>]*>'
)
IMPORT = re.compile(r'@import\s+"(?P<path>[^"]+)"\s*;')
URL = re.compile(r"""url\(\s*(?P<quote>["']?)(?!data:|#|/|[a-z]+:)(?P<path>[^"')]+)(?P=quote)\s*\)""")
COMMENT = re.compile(r"/\*(?!!).*?\*/", re.DOTALL)  # one that begins with ! is a licence
BLANK = re.compile(r"\s*\n\s*")


def read(static: Path, path: str) -> str:
    """A style sheet with what it imports, its addresses as seen from the folder `_static`."""
    folder = os.path.dirname(path)
    text = (static / path).read_text("utf-8").replace('@charset "UTF-8";', "")
    text = URL.sub(lambda found: f'url("{within(folder, found["path"])}")', COMMENT.sub("", text))
    return IMPORT.sub(lambda found: read(static, within(folder, found["path"])), text)


def within(folder: str, path: str) -> str:
    """An address that is meant from this folder."""
    return os.path.normpath(os.path.join(folder, path)).replace(os.sep, "/")


@functools.cache  # most pages have the same
def join(static: Path, paths: tuple[str, ...]) -> str:
    """Write these style sheets as one; returns its name, which says what is in it."""
    text = '@charset "UTF-8";\n' + "\n".join(BLANK.sub("\n", read(static, path)).strip() for path in paths)
    name = f"book-{hashlib.sha256(text.encode()).hexdigest()[:8]}.css"
    (static / name).write_text(text + "\n", "utf-8")
    return name


def join_sheets(page: str, site: Path) -> str:
    """The page with one link, where its first was."""
    links = list(LINK.finditer(page))
    if not links:
        return page
    name = join(site / "_static", tuple(link["path"] for link in links))
    link = f'\n  <link rel="stylesheet" href="{links[0]["root"]}_static/{name}">'
    start = links[0].start()
    return page[:start] + link + LINK.sub("", page[start:])


def join_all(app: Sphinx, exception: Exception | None) -> None:
    """Every page has one sheet; those that it was made of are gone."""
    parts: set[Path] = set()

    def change(page: str, site: Path) -> str:
        parts.update(site / "_static" / link["path"] for link in LINK.finditer(page))
        return join_sheets(page, site)

    rewrite_pages(app, exception, change)
    for part in parts:
        part.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", join_all, priority=850)  # after what changes a style sheet
    return {"parallel_read_safe": True, "parallel_write_safe": True}
