"""An edition of the book in another language, from the same pages and the same outputs.

`BOOK_LANGUAGE=zh_CN` names it. While Sphinx reads a page, its messages are replaced by those of its catalogue,
`locale/zh_CN/PAGE.po`: no other file is written, and all that comes after, from the parser to the notebooks and the
PDF, sees a page in Chinese. Code cells are left alone, down to their metadata, so that the cache of outputs knows them.
The site's own words are in `site.po`, in front of what Sphinx, the theme and other extensions have for that language.

A message without its translation stays English, and warns: under `-W` no unfinished edition can be built.
"""

import os
import re
from collections.abc import Callable
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import catalogue
import messages
import sphinx.locale
from docutils import nodes
from docutils.nodes import Element
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

LANGUAGE = os.environ.get("BOOK_LANGUAGE", "")
SETTINGS = ("project", "html_title", "author", "nb_code_prompt_show", "nb_code_prompt_hide")
HINTS = ("togglebutton_hint", "togglebutton_hint_hide")
NAMES = re.compile(r'(\b(?:aria-label|title|data-bs-title)=")([A-Z][A-Za-z ]*)"')
logger = logging.getLogger(__name__)


class Words(NullTranslations):
    """The site's own words, before those of others."""

    def __init__(self, words: dict[str, str], others: NullTranslations) -> None:
        super().__init__()
        self.words = words
        self.add_fallback(others)

    def gettext(self, message: str) -> str:
        return self.words.get(message) or super().gettext(message)


def site_words() -> dict[str, str]:
    return catalogue.translations(catalogue.ROOT / "locale" / LANGUAGE / "site.po", LANGUAGE)


def set_language(app: Sphinx) -> None:
    """While there is time: other extensions bring their words in the language of the moment."""
    app.config.language = LANGUAGE
    app._init_i18n()
    put_first(site_words())
    app.translator = sphinx.locale.translators["general", "sphinx"]


def put_first(words: dict[str, str]) -> None:
    for key, others in sphinx.locale.translators.items():
        if key[0] == "general" and not isinstance(others, Words):
            sphinx.locale.translators[key] = Words(words, others)


def translate_settings(app: Sphinx, config: Config) -> None:
    words = site_words()
    put_first(words)  # other extensions' too, which are there by now
    for name in (*SETTINGS, *HINTS):
        config[name] = words.get(config[name], config[name])
    settings: Any = config
    bar = settings.html_theme_options.get("search_bar_text", "Search...")
    settings.html_theme_options |= {"search_bar_text": words.get(bar, bar)}
    settings.notfound_context = {name: words.get(text, text) for name, text in settings.notfound_context.items()}


def translate_parts(app: Sphinx, config: Config) -> None:
    """The captions of the parts in the contents."""
    words = site_words()
    for document in config.external_site_map.values():
        for part in document.subtrees:
            part.caption = words.get(part.caption, part.caption)


# ---- A page ----


def lookup(page: Path) -> Callable[[str], str]:
    """What the catalogue of a page has for a message."""
    known = catalogue.translations(catalogue.place(page, LANGUAGE), LANGUAGE)

    def say(message: str) -> str:
        if message not in known:
            logger.warning("no translation of %r", message[:60], location=str(page), type="edition")
        return known.get(message, message)

    return say


def translate_page(app: Sphinx, docname: str, source: list[str]) -> None:
    page = Path(app.env.doc2path(docname))
    app.env.note_dependency(str(catalogue.place(page, LANGUAGE)))
    say = app.env.temp_data["say"] = lookup(page)
    app.env.temp_data["headings"] = {say(heading): heading for heading in messages.headings(source[0])}
    source[0] = messages.translate(source[0], say)


class KeepAnchors(SphinxTransform):
    """Sections keep the anchors of the English page, so that a link holds in every edition."""

    default_priority = 0

    def apply(self, **kwargs: Any) -> None:
        for title in self.document.findall(nodes.title):
            heading = self.env.temp_data["headings"].get(title.rawsource)
            if heading and isinstance(title.parent, nodes.section):
                self.rename(title.parent, nodes.make_id(re.sub(r"[`$*]", "", heading)))

    def rename(self, section: Element, anchor: str) -> None:
        if not anchor or anchor in self.document.ids:
            return
        before, section["ids"][0] = section["ids"][0], anchor
        self.document.ids[anchor] = section
        names = self.document.nameids
        names.update({name: anchor for name, id in names.items() if id == before})


def write_source(app: Sphinx, exception: Exception | None) -> None:
    """The source of a page that a reader can download is what the page was made from."""
    if exception is not None or app.builder.name != "html":
        return
    for page in sorted(app.env.found_docs):
        source = Path(app.env.doc2path(page))
        text = messages.translate(source.read_text("utf-8"), lookup(source))
        Path(app.outdir, "_sources", source.relative_to(app.srcdir)).write_text(text, "utf-8")


def describe_figures(app: Sphinx, document: nodes.document) -> None:
    """Their alternative texts stand in the metadata of cells, which stays English."""
    say = app.env.temp_data["say"]
    for image in document.findall(nodes.image):
        if messages.speaks(image.get("alt", "")) and image["alt"] != image["uri"]:
            image["alt"] = say(image["alt"])


def name_proofs(app: Sphinx, document: nodes.document) -> None:
    """sphinx-proof writes this word into the text."""
    for proof in document.findall(lambda node: type(node).__name__ == "proof_node"):
        text = next((t for t in proof.findall(nodes.Text) if t.startswith("Proof. ")), None)
        if text:
            text.parent.replace(text, nodes.Text(sphinx.locale._("Proof. ") + text.removeprefix("Proof. ")))


def translate_theme(app: Sphinx, exception: Exception | None) -> None:
    """The words that the theme's templates don't translate: names of its menus and buttons."""
    if exception is None and app.builder.format == "html":
        words = site_words()
        for page in Path(app.outdir).rglob("*.html"):
            text = page.read_text("utf-8")
            page.write_text(NAMES.sub(lambda found: found[1] + words.get(found[2], found[2]) + '"', text), "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    if LANGUAGE:
        set_language(app)
        app.connect("config-inited", translate_settings, priority=1)  # before sphinx-togglebutton takes its hints
        app.connect("config-inited", translate_parts, priority=950)  # after the contents are read
        app.connect("source-read", translate_page)
        app.connect("doctree-read", describe_figures, priority=1)
        app.connect("doctree-read", name_proofs, priority=1)
        app.connect("build-finished", translate_theme)
        app.connect("build-finished", write_source)
        app.add_transform(KeepAnchors)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
