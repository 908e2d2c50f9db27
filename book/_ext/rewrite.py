"""Change each page of the built site: what several extensions here do at the end of a build."""

from collections.abc import Callable, Iterator
from pathlib import Path

from sphinx.application import Sphinx


def pages(site: Path) -> Iterator[Path]:
    """The pages, without the theme's templates."""
    yield from (page for page in sorted(site.rglob("*.html")) if "_static" not in page.relative_to(site).parts)


def rewrite_pages(
    app: Sphinx, exception: Exception | None, change: Callable[[str, Path], str], builders: tuple[str, ...] = ("html",)
) -> None:
    """Replace the text of each page by what this makes of it; it is told the folder of the site, too."""
    if exception is not None or app.builder.name not in builders:
        return
    site = Path(app.outdir)
    for page in pages(site):
        before = page.read_text(encoding="utf-8")
        after = change(before, site)
        if after != before:
            page.write_text(after, encoding="utf-8")
