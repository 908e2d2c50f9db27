"""The address without a page sends the reader on to the first.

Jupyter Book's own page for that has no title and no link.
"""

from pathlib import Path

from editions import chosen, html_language
from sphinx.application import Sphinx

ROOT_REDIRECT = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url={page}">
<title>{title}</title>
<link rel="icon" href="_static/favicon.svg">
</head>
<body><a href="{page}">{title}</a></body>
</html>
"""


def write_root_redirect(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.name == "html":
        page, title = f"{app.config.root_doc}.html", app.config.project
        text = ROOT_REDIRECT.format(page=page, title=title, language=html_language(chosen()))
        Path(app.outdir, "index.html").write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", write_root_redirect, priority=900)  # after sphinx-external-toc's
    return {"parallel_read_safe": True, "parallel_write_safe": True}
