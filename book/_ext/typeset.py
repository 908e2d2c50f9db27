r"""Formulas are set while the book is built, by KaTeX: a page needs no script for them, and reads whole without any.

Each is there twice: as MathML, which screen readers speak, and as HTML, which is seen. One that KaTeX does not take
is a warning, which stops the build. The macros are the setting `math_macros`.

What takes a page's text, and not its HTML, would find TeX: the search, a page's description, the title of its window.
It finds a formula's characters instead, as λ for `\lambda`, and the search's index has those in titles alone.

A page with formulas asks at once for the fonts that most of them need: lines would break anew when these come late. A
script asks, since browsers let a page from file:// ask for no font in advance, and report that as an error.
"""

import re
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from docutils import nodes
from docutils.nodes import Element
from katex import KATEX, characters, typeset
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.fileutil import copy_asset
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

LAST, FIRST = re.compile(r"\S\Z"), re.compile(r"\A\S")
PARTS = '</span><span class="katex-base">'  # between two of them a line may end
OTHER_FONTS = re.compile(r',url\([^)]*\) format\("(?:woff|truetype)"\)')  # for browsers from before 2016
FONTS_AT_ONCE = Template("""
<script>
  if (location.protocol !== "file:") for (const name of ["Main-Regular", "Math-Italic"]) {
    const href = `$folder/KaTeX_$${name}.woff2`;
    const link = { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "anonymous", href };
    document.head.append(Object.assign(document.createElement("link"), link));
  }
</script>
""")
logger = logging.getLogger(__name__)


# ---- A formula on its page ----


def put(translator: HTML5Translator, node: Element, display: bool) -> None:
    try:
        html = typeset(node.astext(), translator.config.math_macros, display)
    except ValueError as error:
        logger.warning("%s\n%s", error, node.astext(), location=node, type="typeset")
        return
    bound = "bound" in node.parent.get("classes", [])
    translator.body.append(html.replace(PARTS, f'</span><span class="gap"> {PARTS}') if bound else html)


def visit_math(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(translator.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    put(translator, node, display=False)
    translator.body.append("</span>")
    raise nodes.SkipNode


def visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(translator.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        translator.body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})')
        translator.add_permalink_ref(node, _("Link to this equation"))
        translator.body.append("</span>")
    put(translator, node, display=True)
    translator.body.append("</div>\n")
    raise nodes.SkipNode


class BindToNeighbours(SphinxPostTransform):
    """No line ends between a formula and the sign before or after it; within the formula it may.

    Browsers end lines at both sides of KaTeX's boxes, whatever stands there. Where they must not, they don't between
    the boxes either; so a space without width stands there.
    """

    formats = ("html",)
    default_priority = 800  # all text is there by then

    def run(self, **kwargs: object) -> None:
        for formula in list(self.document.findall(nodes.math)):
            parent, i = formula.parent, formula.parent.index(formula)
            before, after = take(parent[i - 1 : i], LAST), take(parent[i + 1 : i + 2], FIRST)
            if before or after:
                parent[i] = nodes.inline("", "", nodes.Text(before), formula, nodes.Text(after), classes=["bound"])


def take(neighbour: list[nodes.Node], sign: re.Pattern[str]) -> str:
    """Take this from the text there, if it has it."""
    for text in neighbour:
        if isinstance(text, nodes.Text) and (found := sign.search(text)):
            text.parent.replace(text, nodes.Text(sign.sub("", text)))
            return found[0]
    return ""


# ---- Its words ----


def spell_out(formula: Element, config: Config) -> None:
    formula[:] = [nodes.Text(characters(formula.astext(), config.math_macros))]


def describe(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """In a page's description and its window's title, which are text, a formula is its characters."""
    if doctree is None:
        return
    for formula in doctree.findall(nodes.math):
        spell_out(formula, app.config)
    title = app.env.longtitles[page].deepcopy()
    for formula in (found := list(title.findall(nodes.math))):
        spell_out(formula, app.config)
    if found:
        context["title"] = escape(title.astext())


# ---- The site ----


def ask_for_fonts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if doctree is not None and any(doctree.findall(is_formula)):
        folder = context["pathto"]("_static/katex/fonts", resource=True)
        context["metatags"] += FONTS_AT_ONCE.substitute(folder=folder)


def is_formula(node: nodes.Node) -> bool:
    return isinstance(node, nodes.math | nodes.math_block)


def copy_katex(app: Sphinx, exception: Exception | None) -> None:
    """The style and the fonts, with their licence."""
    if exception is not None or app.builder.format != "html":
        return
    target = Path(app.outdir) / "_static" / "katex"
    copy_asset(KATEX / "dist" / "fonts", target / "fonts", excluded=lambda path: not path.endswith(".woff2"))
    copy_asset(KATEX / "LICENSE", target)
    style = (KATEX / "dist" / "katex.min.css").read_text(encoding="utf-8")
    (target / "katex.min.css").write_text(OTHER_FONTS.sub("", style), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("math_macros", {}, "env")
    app.add_html_math_renderer("typeset", (visit_math, None), (visit_block, None))
    app.add_post_transform(BindToNeighbours)
    app.add_css_file("katex/katex.min.css")
    app.connect("html-page-context", describe, priority=400)  # before what writes the description
    app.connect("html-page-context", ask_for_fonts)
    app.connect("build-finished", copy_katex)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
