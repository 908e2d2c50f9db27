"""A builder that writes every page with code as a notebook, which reads well where Markdown is all there is.

The text becomes plain Markdown with TeX, as Colab and JupyterLab show it; what a page links to is on the hosted page,
since nothing else is beside a notebook there. Answers and solutions fold: into `<details>`, or, where a solution has
cells, under a heading that starts collapsed. Nothing is run, and no output is kept but the static picture of an
explorer. Two builds give the same bytes.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import nbformat as untyped
from docutils import nodes
from docutils.nodes import Element, Node
from editions import ENGLISH, chosen
from notebook_only import remove_outputs
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.environment import BuildEnvironment
from sphinx.locale import _
from sphinx.util.math import get_node_equation_number

from wdlesson import colab, explorers

nbformat: Any = untyped

SPECIAL = re.compile(r"([\\`*$<]|(?<!\w)_|_(?!\w)|\](?=\())")  # what Markdown would not take as text
EXPLORER = re.compile(r"^explorers\.(\w+)\(\)\s*$", re.MULTILINE)


class NotebookBuilder(Builder):
    """Pages as notebooks, in one folder."""

    name = "notebooks"
    format = "ipynb"
    allow_parallel = True
    fignumbers: dict[str, dict[str, tuple[int, ...]]]

    def get_outdated_docs(self) -> Iterator[str]:
        """Every page, at every build: they take seconds."""
        yield from self.env.found_docs

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """The hosted page; nothing where the site has no address."""
        site = self.config.html_baseurl
        return f"{site}{docname}.html" if site else ""

    def get_relative_uri(self, from_: str, to: str, typ: str | None = None) -> str:
        """The hosted page too: a notebook has no neighbours."""
        return self.get_target_uri(to, typ)

    def prepare_writing(self, docnames: set[str]) -> None:
        """Nothing to prepare."""

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Write the page, if it has code."""
        if not has_code(doctree):
            return
        notebook = Page(self, docname).notebook(doctree)
        nbformat.validate(notebook)
        path = Path(self.outdir, f"{Path(docname).name}.ipynb")
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def speak(language: str) -> str:
    """The line that has the checks of homework speak the language of the page."""
    return "" if language == ENGLISH else f"\n%env WDLESSON_LANGUAGE={language}"


def is_code(node: Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def has_code(node: Node) -> bool:
    return next(node.findall(is_code), None) is not None


class Page:
    """One page on its way to a notebook: its cells, and the text that is not yet in a cell."""

    def __init__(self, builder: NotebookBuilder, docname: str) -> None:
        self.builder, self.docname = builder, docname
        builder.fignumbers = builder.env.toc_fignumbers.get(docname, {})  # where Sphinx looks for a page's numbers
        self.macros = builder.config.math_macros
        self.cells: list[Any] = []
        self.text: list[str] = []
        self.collapsed: list[str] = []

    def notebook(self, doctree: nodes.document) -> Any:
        """The whole page."""
        self.add_code(colab.install_line() + speak(chosen()))
        self.walk(doctree, level=0)
        self.flush()
        notebook = nbformat.v4.new_notebook(cells=self.cells)
        notebook.metadata = nbformat.from_dict(
            {
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
                "colab": {"collapsed_sections": self.collapsed},
            }
        )
        return notebook

    # Cells

    def flush(self, **metadata: Any) -> str:
        """Make a cell of the text so far; returns its id."""
        id = f"cell-{len(self.cells):03}"
        if self.text:
            source = "\n\n".join(self.text)
            self.cells.append(nbformat.v4.new_markdown_cell(source, id=id, metadata=metadata))
            self.text = []
        return id

    def add_code(self, source: str, tags: list[str] | None = None) -> None:
        self.flush()
        cell = nbformat.v4.new_code_cell(source, id=f"cell-{len(self.cells):03}")
        if tags:
            cell.metadata["tags"] = tags
        if drawn := EXPLORER.search(source):
            output = getattr(explorers, drawn[1])().static_mimebundle()
            cell.outputs = [nbformat.v4.new_output("display_data", output)]
        self.cells.append(cell)

    def walk(self, parent: Element, level: int) -> None:
        """The children of something that may hold cells, one after another."""
        for node in cast(list[Element], parent.children):
            kind = type(node).__name__
            if is_code(node):
                code = next(node.findall(nodes.literal_block)).astext()
                self.add_code(code, node.get("cell_metadata", {}).get("tags"))
            elif isinstance(node, nodes.title):
                self.add_heading(max(level, 1), self.inline(node))
            elif isinstance(node, nodes.section):
                self.walk(node, level + 1)
            elif kind == "exercise_enumerable_node":
                self.exercise(node, level)
            elif kind == "solution_node":
                self.solution(node, level)
            elif text := self.block(node):
                self.text.append(text)

    def add_heading(self, level: int, text: str) -> None:
        self.flush()
        self.text.append(f"{'#' * level} {text}")

    def exercise(self, node: Element, level: int) -> None:
        title, content = cast(list[Element], node.children)
        number = self.number("exercise", node["label"])
        self.add_heading(level + 1, f"{_('Exercise')} {number} {self.inline(title)}")
        self.walk(content, level + 1)

    def solution(self, node: Element, level: int) -> None:
        """Folded: in one cell if it is text alone, else under a heading that starts collapsed."""
        title = _("Solution to exercise %s") % self.number("exercise", node["target_label"])
        content = cast(Element, node.children[1])
        if not has_code(content):
            self.text.append(details(title, self.blocks(content)))
            return
        self.add_heading(level + 2, title)
        self.collapsed.append(self.flush(**{"jp-MarkdownHeadingCollapsed": True}))
        self.walk(content, level + 2)

    def number(self, kind: str, label: str) -> str:
        """The number that the hosted page shows."""
        return ".".join(map(str, self.builder.fignumbers[kind][label]))

    # Blocks: a paragraph's worth of Markdown each

    def blocks(self, parent: Element) -> str:
        return "\n\n".join(text for node in parent.children if (text := self.block(node)))

    def block(self, node: Node) -> str:
        """A node that holds no cells; raises `NotImplementedError` for one that no page has had before."""
        write: Callable[[Any], str] | None = getattr(self, f"block_{type(node).__name__}", None)
        if write is None:
            raise NotImplementedError(f"{self.docname}: no Markdown is known for a {type(node).__name__}: {node}")
        return write(node)

    def block_section(self, node: nodes.section) -> str:
        return self.blocks(node)

    def block_paragraph(self, node: nodes.paragraph) -> str:
        return self.inline(node)

    def block_math_block(self, node: nodes.math_block) -> str:
        tex = self.tex(node.astext().strip())
        if node["number"]:
            tex += f" \\tag{{{get_node_equation_number(cast(Any, self), node)}}}"
        return f"$$\n{tex}\n$$"

    def block_literal_block(self, node: nodes.literal_block) -> str:
        return f"```{node.get('language', '')}\n{node.astext()}\n```"

    def block_bullet_list(self, node: Element) -> str:
        return "\n".join("- " + indent(self.blocks(cast(Element, item)), 2) for item in node.children)

    def block_enumerated_list(self, node: Element) -> str:
        items = enumerate(node.children, start=node.get("start", 1))
        return "\n".join(f"{i}. " + indent(self.blocks(cast(Element, item)), 3) for i, item in items)

    def block_block_quote(self, node: Element) -> str:
        return quote(self.blocks(node))

    def block_note(self, node: Element) -> str:
        return quote(f"**{_('Note')}**\n\n{self.blocks(node)}")

    def block_hint(self, node: Element) -> str:
        return details(_("Hint"), self.blocks(node))

    def block_admonition(self, node: Element) -> str:
        title, *content = node.children
        if not isinstance(title, nodes.title):
            return quote(self.blocks(node))  # a proof
        name = self.inline(title)
        text = "\n\n".join(filter(None, map(self.block, content)))
        return details(name, text) if "dropdown" in node["classes"] else quote(f"**{name}**\n\n{text}")

    def block_proof_node(self, node: Element) -> str:
        return self.blocks(node)

    def block_theorem_node(self, node: Element) -> str:
        title, content = cast(list[Element], node.children)
        kind = node["realtype"]
        name = f"**{_(kind.title())} {self.number(kind, node['label'])}** {self.inline(title)}"
        return quote(f"{name}\n\n{self.blocks(content)}")

    block_proposition_node = block_theorem_node

    def block_table(self, node: nodes.table) -> str:
        rows = [
            [" ".join(self.blocks(cast(Element, entry)).split()).replace("|", r"\|") for entry in row.children]
            for row in node.findall(nodes.row)
        ]
        rows.insert(1, ["---"] * len(rows[0]))
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def block_nothing(self, node: Node) -> str:
        """What a notebook does without: anchors, the index, the table of contents."""
        return ""

    block_target = block_index = block_compound = block_comment = block_nothing

    # Inline

    def inline(self, parent: Element) -> str:
        """The text of a node on one line."""
        return " ".join("".join(map(self.span, parent.children)).split())

    def span(self, node: Node) -> str:
        if isinstance(node, nodes.Text):
            return SPECIAL.sub(r"\\\1", node.astext())
        if isinstance(node, nodes.math):
            return f"${self.tex(node.astext())}$"
        if isinstance(node, nodes.literal):
            return code(node.astext())
        inside = "".join(map(self.span, node.children))
        if isinstance(node, nodes.emphasis):
            return f"*{inside}*"
        if isinstance(node, nodes.strong):
            return f"**{inside}**"
        if isinstance(node, nodes.reference):
            return f"[{inside}]({self.address(node)})" if self.address(node) else inside
        if isinstance(node, (nodes.target, nodes.inline)) or type(node).__name__ == "index":
            return inside
        raise NotImplementedError(f"{self.docname}: no Markdown is known for a {type(node).__name__}: {node}")

    def address(self, node: nodes.reference) -> str:
        """Where a link goes, an anchor on this page being one on the hosted page; nothing if that has no address."""
        page = self.builder.get_target_uri(self.docname)
        uri = node["refuri"] if "refuri" in node else f"{page}#{node['refid']}"
        return "" if uri.startswith("#") or not uri else uri

    def tex(self, source: str) -> str:
        """TeX with the site's macros, of one argument each, written out: a notebook does not know them."""
        for name, body in self.macros.items():
            while f"{name}{{" in source:
                before, __, after = source.partition(f"{name}{{")
                end = closing(after)
                source = before + body.replace("#1", after[:end]) + after[end + 1 :]
        return source


def closing(text: str) -> int:
    """Where the brace that was opened just before `text` is closed."""
    depth = 1
    for i, character in enumerate(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0:
            return i
    raise ValueError(f"a brace is not closed before: {text}")


def details(title: str, text: str) -> str:
    return f"<details>\n<summary>{title}</summary>\n\n{text}\n\n</details>"


def quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def indent(text: str, width: int) -> str:
    return text.replace("\n", "\n" + " " * width).replace("\n" + " " * width + "\n", "\n\n")


def code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}"


def write_beside(app: Sphinx, env: BuildEnvironment) -> None:
    """Where the website is built, its pages are written as notebooks too, from the same reading, beside it.

    The transforms of a page ask the application for its builder.
    """
    if app.builder.name != "html":
        return
    html = app.builder
    app.builder = notebooks = NotebookBuilder(app, env)
    notebooks.outdir = html.outdir.parent / notebooks.name
    notebooks.outdir.mkdir(exist_ok=True)
    for docname in sorted(env.found_docs):
        doctree = env.get_doctree(docname)
        if has_code(doctree):  # to resolve the others would list the bibliography twice
            remove_outputs(doctree)
            notebooks.write_doc(docname, env.get_and_resolve_doctree(docname, notebooks, doctree))
    app.builder = html


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_builder(NotebookBuilder)
    app.connect("env-check-consistency", write_beside)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
