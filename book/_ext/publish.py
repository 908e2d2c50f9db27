"""What the site needs to be found and to link to its own source. One setting, the repository, gives every address.

`wdlesson.colab.repository` reads it. Where it is not set, there is no canonical address, no sitemap and no button that
would lead nowhere. The notebooks go with the pages if they were built before, beside this build, and so does the PDF,
if it was printed from the same sources.
"""

import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from docutils import nodes
from execute import sources
from pdf import PDF_PATH
from sphinx.application import Sphinx
from sphinx.errors import ConfigError
from sphinx.util import logging

from wdlesson import colab

COLAB = "https://colab.research.google.com/github"
BRANCH = "gh-pages"  # where .github/workflows/publish.yml puts the site
PRINTED_FROM = "pdf/printed-from"  # beside the PDF: what the book was then
logger = logging.getLogger(__name__)


def home(repository: str) -> str:
    """Where GitHub Pages serves a repository."""
    owner, name = repository.split("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def set_addresses(app: Sphinx, repository: str) -> None:
    config: Any = app.config
    config.html_baseurl = config.ogp_site_url = home(repository)
    config.notfound_urls_prefix = urlsplit(config.html_baseurl).path
    config.html_theme_options |= {
        "repository_url": colab.HOST + repository,
        "repository_branch": "main",
        "use_repository_button": True,
        "use_edit_page_button": True,
    }


def has_download(app: Sphinx, path: str) -> bool:
    """Whether this lies beside the build, to go with the pages; a PDF of other pages than these stays behind."""
    beside = Path(app.outdir).parent
    if path == PDF_PATH:
        record = beside / PRINTED_FROM
        return (beside / PDF_PATH).is_file() and record.is_file() and record.read_text() == sources()
    return (beside / path).is_file()


def record_sources(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.name == "singlehtml":
        (Path(app.outdir).parent / PRINTED_FROM).write_text(sources())


def add_buttons(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Beside the theme's own: open the notebook in Colab, download it or the book, report an issue on the page."""
    if doctree is None or app.builder.name != "html":
        return
    groups = {button.get("label"): button.get("buttons") for button in context["header_buttons"]}
    repository, notebook = colab.repository(), f"notebooks/{Path(page).name}.ipynb"
    here = has_download(app, notebook)
    if here:
        groups["download-buttons"].insert(0, link(context["pathto"](notebook, 1), ".ipynb", "fas fa-code", "notebook"))
    if has_download(app, PDF_PATH):  # in place of the theme's own, which prints one page
        groups["download-buttons"][-1] = link(
            context["pathto"](PDF_PATH, 1), "the book, .pdf", "fas fa-file-pdf", "pdf"
        )
    if repository:
        title = urlencode({"title": f"On the page {page}: "}, quote_via=quote)
        address = f"{colab.HOST}{repository}/issues/new?{title}"
        groups["source-buttons"].append(link(address, "Report an issue", "fas fa-lightbulb", "issue"))
    if here and repository:
        address = f"{COLAB}/{repository}/blob/{BRANCH}/{notebook}"
        context["header_buttons"].insert(0, link(address, "Colab", "fas fa-rocket", "colab"))


def link(url: str, text: str, icon: str, label: str) -> dict[str, str]:
    """A button as the theme describes one."""
    return {"type": "link", "url": url, "text": text, "icon": icon, "label": label, "tooltip": TOOLTIPS[label]}


TOOLTIPS = {
    "colab": "Open this page as a notebook in Colab",
    "notebook": "Download this page as a notebook",
    "pdf": "Download the whole book as one PDF",
    "issue": "Report an issue on this page",
}


def drop_address(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """sphinxext-opengraph writes a page's address even where there is none."""
    context["metatags"] = re.sub(r'<meta property="og:url" [^>]*>\n?', "", context.get("metatags", ""))


def copy_downloads(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.name == "html":
        beside = Path(app.outdir).parent
        pdf = [beside / PDF_PATH] if has_download(app, PDF_PATH) else []
        for source in sorted([*beside.glob("notebooks/*.ipynb"), *pdf]):
            target = Path(app.outdir, source.relative_to(beside))
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(source, target)


ROOT_REDIRECT = """<!DOCTYPE html>
<html lang="en">
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
    """The address without a page sends the reader on. Jupyter Book's own page for that has no title and no link."""
    if exception is None and app.builder.name == "html":
        text = ROOT_REDIRECT.format(page=f"{app.config.root_doc}.html", title=app.config.project)
        Path(app.outdir, "index.html").write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    try:
        repository = colab.repository()
    except ValueError as error:
        raise ConfigError(str(error)) from error
    logger.info("the repository: %s", repository or "none is named, so no page has an address")
    if repository:
        set_addresses(app, repository)
        app.setup_extension("sphinx_sitemap")
        app.config.sitemap_url_scheme = "{link}"
        app.config.sitemap_excludes = ["search.html", "genindex.html", "404.html"]
    else:
        app.config.ogp_social_cards = {"enable": False}
        app.config.notfound_urls_prefix = "/"
        app.connect("html-page-context", drop_address, priority=901)
    app.connect("html-page-context", add_buttons, priority=900)  # after the theme's
    app.connect("build-finished", copy_downloads)
    app.connect("build-finished", write_root_redirect, priority=900)  # after sphinx-external-toc's
    app.connect("build-finished", record_sources, priority=900)  # after pdf's
    return {"parallel_read_safe": True, "parallel_write_safe": True}
