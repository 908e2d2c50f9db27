"""The editions of the book, in its languages: where each lies, and the links between them.

English lies at the root of the site, Chinese in the folder `zh`. The English pages are built last and take the others
along, each if it was built from the same sources. A page then links to the same page in the other language, and says to
search engines what there is in which.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import catalogue
from babel import Locale
from docutils import nodes
from execute import english_builds
from fingerprints import sources
from sphinx.application import Sphinx

from wdlesson import colab

BUILT_FROM = "built-from"  # beside the builds of an edition: what the book was then
ENGLISH = "en"


def chosen() -> str:
    """The language of this build."""
    return os.environ.get("BOOK_LANGUAGE") or ENGLISH


def folder(language: str) -> str:
    """Where an edition lies on the site, as its addresses begin."""
    return "" if language == ENGLISH else f"{language.partition('_')[0]}/"


def html_language(language: str) -> str:
    """A language as HTML writes it."""
    return language.replace("_", "-")


def builds(app: Sphinx, language: str) -> Path:
    """Where the builds of an edition lie: the English ones in `_build`, others in `_build/zh/_build`."""
    english = english_builds(app)
    return english if language == ENGLISH else english / folder(language) / "_build"


def is_current(app: Sphinx, language: str) -> bool:
    """Whether an edition was built from the sources as they are now."""
    record = builds(app, language) / BUILT_FROM
    return record.is_file() and record.read_text("utf-8") == sources()


def others(app: Sphinx) -> list[str]:
    """The other languages that there will be on the site."""
    if chosen() != ENGLISH:
        return [ENGLISH, *(language for language in catalogue.languages() if language != chosen())]
    return [language for language in catalogue.languages() if is_current(app, language)]


def place_links(app: Sphinx) -> None:
    """In the header, before the buttons."""
    options: Any = app.config.html_theme_options
    options["article_header_end"] = ["editions.html", "article-header-buttons.html"]


def link_editions(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if doctree is None or app.builder.name != "html":
        return
    up = "../" if folder(chosen()) else ""
    context["editions"] = [
        {
            "href": f"{context['content_root']}{up}{folder(language)}{page}.html",
            "language": html_language(language),
            "name": str(Locale.parse(language).get_language_name(language)),
        }
        for language in others(app)
    ]
    if colab.repository() and context["editions"]:
        context["metatags"] = context.get("metatags", "") + alternates(app, page)


def alternates(app: Sphinx, page: str) -> str:
    """The page's address in each language, English for readers of any other."""
    root = app.config.html_baseurl.removesuffix(folder(chosen()))
    known = [(html_language(each), folder(each)) for each in sorted({chosen(), *others(app)})]
    links = [*known, ("x-default", "")]
    return "".join(f'<link rel="alternate" hreflang="{tag}" href="{root}{at}{page}.html">\n' for tag, at in links)


def record_sources(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.name == "html" and chosen() != ENGLISH:
        (builds(app, chosen()) / BUILT_FROM).write_text(sources(), "utf-8")


def take_along(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.name == "html" and chosen() == ENGLISH:
        for language in others(app):
            target = Path(app.outdir, folder(language))
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(builds(app, language) / "html", target)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", place_links)
    app.connect("html-page-context", link_editions, priority=100)  # before the theme drops what renders empty
    app.connect("build-finished", record_sources, priority=950)  # after all that changes the pages
    app.connect("build-finished", take_along, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
