"""Chinese words on an English page are marked as Chinese: a screen reader speaks them so, a browser picks the font."""

import re

from docutils import nodes
from sphinx.application import Sphinx

WORDS = re.compile(r"[㐀-鿿][㐀-鿿，。、-]*[㐀-鿿]|[㐀-鿿]")
MARK = "language-zh-Hans"  # docutils writes it as an attribute `lang`


def mark_chinese(app: Sphinx, document: nodes.document) -> None:
    if str(app.config.language).startswith("zh"):
        return
    for text in list(document.findall(nodes.Text)):
        if WORDS.search(text) and not isinstance(text.parent, nodes.literal_block | nodes.raw | nodes.literal):
            text.parent.replace(text, parts(str(text)))


def parts(text: str) -> list[nodes.Node]:
    found, end = list[nodes.Node](), 0
    for words in WORDS.finditer(text):
        found += [nodes.Text(text[end : words.start()]), nodes.inline("", words[0], classes=[MARK])]
        end = words.end()
    return [part for part in [*found, nodes.Text(text[end:])] if part.astext()]


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", mark_chinese)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
