"""Buttons beside the theme's own: open a page in Colab, download its notebook or the book, report an issue on it.

Each is there only if it leads somewhere: to a file that goes with the pages, or to the repository, if one is named.
"""

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from docutils import nodes
from downloads import has_download
from editions import ENGLISH, chosen, folder
from pdf import PDF_PATH
from sphinx.application import Sphinx
from sphinx.locale import _

from wdlesson import colab

COLAB = "https://colab.research.google.com/github"
BRANCH = "gh-pages"  # where .github/workflows/publish.yml puts the site
BUTTONS = {  # text, icon and tooltip of each
    "colab": ("Colab", "fas fa-rocket", "Open this page as a notebook in Colab"),
    "notebook": (".ipynb", "fas fa-code", "Download this page as a notebook"),
    "pdf": ("the book, .pdf", "fas fa-file-pdf", "Download the whole book as one PDF"),
    "issue": ("Report an issue", "fas fa-lightbulb", "Report an issue on this page"),
}


def button(label: str, url: str) -> dict[str, str]:
    """A button as the theme describes one."""
    text, icon, tooltip = BUTTONS[label]
    return {"type": "link", "url": url, "text": _(text), "icon": icon, "label": label, "tooltip": _(tooltip)}


def issue_address(repository: str, page: str) -> str:
    """Where a reader reports an issue on a page."""
    title = urlencode({"title": f"On the page {page}: "}, quote_via=quote)
    return f"{colab.HOST}{repository}/issues/new?{title}"


def edit_translation(buttons: list[dict[str, str]], page: str) -> None:
    """In another language, whoever suggests an edit is led to the page's catalogue."""
    if chosen() != ENGLISH:
        catalogue = f"locale/{chosen()}/{Path(page).name}.po"
        for each in buttons:
            each["url"] = each["url"].replace(f"{page}.md", catalogue)


def add_buttons(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if doctree is None or app.builder.name != "html":
        return
    buttons, path_to = context["header_buttons"], context["pathto"]
    groups = {group.get("label"): group.get("buttons") for group in buttons}
    repository, notebook = colab.repository(), f"notebooks/{Path(page).name}.ipynb"
    if has_download(app, notebook):
        groups["download-buttons"].insert(0, button("notebook", path_to(notebook, 1)))
        if repository:
            buttons.insert(0, button("colab", f"{COLAB}/{repository}/blob/{BRANCH}/{folder(chosen())}{notebook}"))
    if has_download(app, PDF_PATH):  # in place of the theme's own, which prints one page
        groups["download-buttons"][-1] = button("pdf", path_to(PDF_PATH, 1))
    if repository:
        groups["source-buttons"].append(button("issue", issue_address(repository, page)))
        edit_translation(groups["source-buttons"], page)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", add_buttons, priority=900)  # after the theme's
    return {"parallel_read_safe": True, "parallel_write_safe": True}
