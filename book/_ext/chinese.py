"""Chinese words on an English page are marked as Chinese: a screen reader speaks them so, a browser picks the font.

On a Chinese page, English is marked where it is stressed: it is slanted there, and has no dots below.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform

WORDS = re.compile(r"[㐀-鿿][㐀-鿿，。、-]*[㐀-鿿]|[㐀-鿿]")
BETWEEN_TAGS = re.compile(r">[^<>]+<")
MARK, ENGLISH = "language-zh-Hans", "language-en"  # docutils writes them as an attribute `lang`


def is_chinese(config: Config) -> bool:
    return str(config.language).startswith("zh")


class MarkChinese(SphinxPostTransform):
    default_priority = 900  # the bibliography is there by then

    def run(self, **kwargs: object) -> None:
        if is_chinese(self.config):
            return
        for text in list(self.document.findall(nodes.Text)):
            if WORDS.search(text) and not isinstance(text.parent, nodes.literal_block | nodes.raw | nodes.literal):
                text.parent.replace(text, parts(str(text)))


class MarkEnglish(SphinxPostTransform):
    default_priority = 900

    def run(self, **kwargs: object) -> None:
        if is_chinese(self.config):
            for stressed in self.document.findall(nodes.emphasis):
                if not WORDS.search(stressed.astext()):
                    stressed["classes"].append(ENGLISH)


def parts(text: str) -> list[nodes.Node]:
    found, end = list[nodes.Node](), 0
    for words in WORDS.finditer(text):
        found += [nodes.Text(text[end : words.start()]), nodes.inline("", words[0], classes=[MARK])]
        end = words.end()
    return [part for part in [*found, nodes.Text(text[end:])] if part.astext()]


def mark_index(app: Sphinx, exception: Exception | None) -> None:
    """The index comes from no page of ours: there the words are marked in its HTML."""
    index = Path(app.outdir) / "genindex.html"
    if exception is None and app.builder.name == "html" and not is_chinese(app.config):
        head, body, rest = index.read_text("utf-8").partition("<article")
        marked = BETWEEN_TAGS.sub(lambda text: WORDS.sub(r'<span lang="zh-Hans">\g<0></span>', text[0]), rest)
        index.write_text(head + body + marked, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_post_transform(MarkChinese)
    app.add_post_transform(MarkEnglish)
    app.connect("build-finished", mark_index)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
