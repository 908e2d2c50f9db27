"""What Jupyter Book and its theme leave to be put right: roles that mislead a reader."""

from pathlib import Path

from sphinx.application import Sphinx


def patch_theme(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        for page in Path(app.outdir).rglob("*.html"):
            fix_citation_roles(page)


def fix_citation_roles(page: Path) -> None:
    """The list of a bibliography must have list items, and its entries are none."""
    text = page.read_text(encoding="utf-8")
    if "citation-list" in text:
        text = text.replace('<div role="list" class="citation-list">', '<div class="citation-list">')
        page.write_text(text.replace(' role="doc-biblioentry"', ""), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("comments_config", {}, "html")  # Jupyter Book sets it for an extension that we leave out
    app.connect("build-finished", patch_theme)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
