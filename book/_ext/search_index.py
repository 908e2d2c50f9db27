"""What the search reads: each section, each term of the glossary and each object of the package, in plain words.

Sphinx's own index knows words and pages alone: not where on a page a word stands, nor how its sentence goes on. Ours is
a list of places with their text, which `_assets/search.js` ranks and quotes. A reader's browser loads it when the
search is asked for.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

UNREAD = (nodes.title, nodes.FixedTextElement, nodes.image, nodes.target, nodes.system_message)
OUTPUT = {"cell_output", "toctree-wrapper"}
UNSOUGHT = OUTPUT | {"time-to-read"}
BLOCKS = (nodes.paragraph, nodes.term, nodes.list_item, nodes.entry, nodes.Admonition, nodes.field_name, nodes.field)
NAME = re.compile(r"[^\W\d]\w+")  # in code


@dataclass
class Place:
    """Somewhere that a link can lead to."""

    page: str
    anchor: str
    title: str
    text: str
    names: list[str] = field(default_factory=list)  # other words for the title
    code: str = ""
    kind: str = "section"


# ---- Formulas, in words that can be read and found ----

SIGNS = {
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "ll": "≪", "gg": "≫",
    "cdot": "·", "times": "×", "pm": "±", "odot": "⊙", "to": "→", "in": "∈", "sum": "∑", "infty": "∞", "top": "ᵀ",
    "sim": "~", "mid": "|", "dots": "…", "ldots": "…", "quad": " ", "exp": "exp", "log": "log", "ln": "ln",
    "max": "max", "min": "min", "left": "", "right": "", "mathcal": "", "big": "", "Big": "",
}  # fmt: skip
COMMAND = re.compile(r"\\([a-zA-Z]+)\s*")
SPELT = (
    (re.compile(r"\\norm\{([^{}]*)\}"), r"‖\1‖"),
    (re.compile(r"\\(?:text|mathrm|operatorname|mathbb|hat|bar|tilde)\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\\[td]?frac\{([^{}]*)\}\{([^{}]*)\}"), r"\1/\2"),
    (re.compile(r"\\sqrt\{([^{}]*)\}"), r"√(\1)"),
    (re.compile(r"\^2"), "²"),
    (re.compile(r"\\[,;!:]|\\ "), " "),
)


def sign(command: re.Match[str]) -> str:
    """A command of TeX as one character, or as it is."""
    name = command[1]
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {'LAMDA' if name.lower() == 'lambda' else name.upper()}")
    except KeyError:
        return SIGNS.get(name, command[0])


def plain(formula: str) -> str:
    """A short formula without TeX; an ellipsis for one that needs it."""
    for tex, words in SPELT:
        formula = tex.sub(words, formula)
    formula = re.sub(r"[{}]", "", COMMAND.sub(sign, formula))
    return "…" if "\\" in formula else formula


# ---- Places, from a page's document ----


def prose(node: nodes.Node) -> Iterator[str]:
    """The words of a node, formulas in plain signs, without code, outputs and places of their own."""
    if isinstance(node, nodes.Text):
        yield str(node)
    elif isinstance(node, nodes.math_block):
        yield " … "
    elif isinstance(node, nodes.math):
        yield plain(node.astext())
    elif isinstance(node, nodes.Element) and is_read(node):
        for child in node.children:
            yield from () if is_place(child) else prose(child)
        yield " " if isinstance(node, BLOCKS) else ""


def is_place(node: nodes.Node) -> bool:
    """Whether it is apart from the text around it. (A theorem is a section too, without a title.)"""
    titled = isinstance(node, nodes.section) and isinstance(node[0], nodes.title)
    return titled or isinstance(node, addnodes.glossary | addnodes.desc)


def is_read(node: nodes.Element) -> bool:
    return not (isinstance(node, UNREAD) or UNSOUGHT & set(node.get("classes", [])))


def text_of(*parts: nodes.Node) -> str:
    return " ".join("".join(word for part in parts for word in prose(part)).split())


def title_of(node: nodes.Element) -> str:
    """Its words; a title's own node is left out of the prose around it."""
    return text_of(*node.children)


def code_of(parts: list[nodes.Node]) -> Iterator[str]:
    """The code of these, outputs aside."""
    for part in parts:
        if isinstance(part, nodes.literal_block):
            yield part.astext()
        elif isinstance(part, nodes.Element) and not OUTPUT & set(part.get("classes", [])):
            yield from code_of([child for child in part.children if not is_place(child)])


def names_in(code: Iterator[str]) -> str:
    """Each of its names once: code is searched and not quoted."""
    return " ".join(sorted({name for part in code for name in NAME.findall(part)}))


def section(node: nodes.section, page: str) -> Place:
    own = [child for child in node.children if not is_place(child)]
    title = title_of(node[0])
    is_page = not isinstance(node.parent, nodes.section)
    kind, anchor = ("page", "") if is_page else ("section", node["ids"][0])
    return Place(page, anchor, title, text_of(*own), code=names_in(code_of(own)), kind=kind)


def term(item: nodes.definition_list_item, page: str) -> Place:
    first, *others = item.findall(nodes.term)
    definition = next(item.findall(nodes.definition))
    return Place(
        page, first["ids"][0], title_of(first), text_of(definition), [title_of(other) for other in others], kind="term"
    )


def described(node: addnodes.desc, page: str) -> Iterator[Place]:
    signature, content = node[0], node[-1]
    for anchor in signature["ids"][:1]:
        yield Place(page, anchor, anchor, text_of(*content.children), kind="object")


def places(document: nodes.document, page: str) -> Iterator[Place]:
    yield from (section(node, page) for node in document.findall(nodes.section) if is_place(node))
    for glossary in document.findall(addnodes.glossary):
        yield from (term(item, page) for item in glossary.findall(nodes.definition_list_item))
    for node in document.findall(addnodes.desc):
        yield from described(node, page)


# ---- The index, in one file ----

SPHINX_SEARCH = ("searchtools.js", "language_data.js")  # its scripts, which the theme copies


class Index:
    """The places of each page, as a build writes it."""

    def __init__(self) -> None:
        self.pages: dict[str, list[Place]] = {}

    def add(self, app: Sphinx, document: nodes.document, page: str) -> None:
        if app.builder.name == "html":
            self.pages[page] = list(places(document, page))

    def write(self, app: Sphinx, exception: Exception | None) -> None:
        if exception is None and app.builder.name == "html":
            rows: list[dict[str, Any]] = [
                {name: value for name, value in asdict(place).items() if value}
                for page in sorted(self.pages)
                for place in self.pages[page]
            ]
            text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
            static = Path(app.outdir, "_static")
            (static / "search_index.js").write_text(f"window.bookPlaces = {text};\n", "utf-8")
            for name in SPHINX_SEARCH:
                (static / name).unlink(missing_ok=True)


def do_without_sphinx_search(app: Sphinx) -> None:
    """No index of Sphinx's own; the search page is written as any other."""
    if app.builder.name == "html":
        app.builder.search = False  # type: ignore[attr-defined]
        app.config.html_additional_pages = {**app.config.html_additional_pages, "search": "search.html"}


def setup(app: Sphinx) -> dict[str, bool]:
    index = Index()
    app.connect("builder-inited", do_without_sphinx_search)
    app.connect("doctree-resolved", index.add, priority=900)
    app.connect("build-finished", index.write)
    return {"parallel_read_safe": True, "parallel_write_safe": False}  # the index is gathered in one process
