"""What a lesson costs and how it folds: its length, the time it takes, and its checks in one line.

The length of a page is counted in its source: words of prose, without formulas, addresses, exercises, solutions and
code, and lines of code that stand open, without checks, without what only draws, and without the code of solutions.
From these, and from the number of exercises, follows the time that stands under the title.
"""

import ast
import functools
import math
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.nodes import Element
from myst_nb.core.read import read_myst_markdown_notebook
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util.docutils import SphinxRole
from sphinx.writers.html5 import HTML5Translator

WORDS_PER_MINUTE = 160
LINES_PER_MINUTE = 15
MINUTES_PER_EXERCISE = 5
FOLDED = {"check", "hide-input", "hide-cell", "remove-cell", "remove-input", "notebook-only"}
APART = {
    "exercise",
    "hint",
    "solution",
    "solution-start",
    "solution-end",
    "math",
    "bibliography",
    "glossary",
    "toctree",
}
FENCE = re.compile(r"(`{3,}|:{3,})\s*(?:\{([\w:-]+)\})?")
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$]+\$", re.DOTALL)
ADDRESS = re.compile(r"(?<=\])\([^()\s]*\)")  # of a link
OPTION = re.compile(r":\w[\w-]*:|\(\S+\)=$")  # of a directive; and the label of a heading
WORD = re.compile(r"[^\W\d_][\w'’-]*")


@dataclass(frozen=True)
class Length:
    """How long a page is."""

    words: int = 0
    lines: int = 0
    exercises: int = 0

    def __add__(self, other: "Length") -> "Length":
        return Length(self.words + other.words, self.lines + other.lines, self.exercises + other.exercises)

    @property
    def minutes(self) -> int:
        """The time to read it, exercises apart."""
        return math.ceil(self.words / WORDS_PER_MINUTE + self.lines / LINES_PER_MINUTE)

    @property
    def exercise_minutes(self) -> int:
        return MINUTES_PER_EXERCISE * self.exercises


@functools.cache  # the front page asks for the length of others, more than once
def measure(source: str) -> Length:
    """The length of a page, from its source."""
    counter = Counter()
    return sum((counter.length(cell) for cell in read_myst_markdown_notebook(source).cells), Length())


class Counter:
    """Counts cell by cell, and knows whether it is between the start and the end of a solution."""

    def __init__(self) -> None:
        self.in_solution = False
        self.fences: list[tuple[str, str]] = []  # those open here: the mark, and the directive's name

    def length(self, cell: Element) -> Length:
        if cell.cell_type == "code":
            unread = self.in_solution or FOLDED & set(cell.metadata.get("tags", []))
            return Length(lines=0 if unread else sum(bool(line.strip()) for line in cell.source.splitlines()))
        prose = "\n".join(line for line in cell.source.splitlines() if self.is_prose(line.strip()))
        exercises = len(re.findall(r"^`{3,}\{exercise\}", cell.source, re.MULTILINE))
        return Length(words=len(WORD.findall(ADDRESS.sub(" ", FORMULA.sub(" ", prose)))), exercises=exercises)

    def is_prose(self, line: str) -> bool:
        if fence := FENCE.match(line):
            self.turn(*fence.groups(""))
            return False
        apart = self.in_solution or any(name in APART for _, name in self.fences)
        return not (apart or OPTION.match(line))

    def turn(self, mark: str, name: str) -> None:
        """Open or close a directive."""
        if self.fences and not name and mark == self.fences[-1][0]:
            self.fences.pop()
            return
        self.fences.append((mark, name))
        if name.startswith("solution-"):
            self.in_solution = name == "solution-start"


def length_of(app: Sphinx, docname: str) -> Length:
    return measure(Path(app.env.doc2path(docname)).read_text("utf-8"))


# ---- The time, under the title and where a page asks for it ----


class Minutes(SphinxRole):
    """The minutes that pages take together: `` {minutes}`penalty gradient` ``."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        folder = Path(self.env.docname).parent
        total = sum(length_of(self.env.app, str(folder / name)).minutes for name in self.text.split())
        return [nodes.Text(str(total))], []


def add_time(app: Sphinx, document: nodes.document) -> None:
    """Put the time to read under the title of a page with code."""
    length = length_of(app, app.env.docname)
    if not length.lines:
        return
    told = _("%d minutes to read") % length.minutes
    if length.exercises:
        told += _(", %d more for the exercises") % length.exercise_minutes
    title = next(document.findall(nodes.title))
    title.parent.insert(title.parent.index(title) + 1, nodes.paragraph("", told, classes=["time-to-read"]))


# ---- Checks, each cell of them in one line ----


def fold_checks(app: Sphinx, document: nodes.document) -> None:
    for cell in document.findall(nodes.container):
        if "tag_check" in cell.get("classes", []):
            code = next(cell.findall(nodes.literal_block)).astext()
            n = number_of_checks(code)
            cell["hide_mode"] = "all"
            cell["prompt_show"] = cell["prompt_hide"] = _("✓ 1 check") if n == 1 else _("✓ %d checks") % n


def number_of_checks(code: str) -> int:
    """How many assertions stand in it: `assert`, and calls of functions whose name begins with assert_."""
    return sum(isinstance(node, ast.Assert) or is_assertion(node) for node in ast.walk(ast.parse(code)))


def is_assertion(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name.startswith("assert_")


def open_fold(translator: HTML5Translator, node: Element) -> None:
    """A fold is named by what it holds, and by nothing else."""
    classes = " ".join(["admonition", "hide", *node["classes"]])
    summary = f'<summary><p class="admonition-title">{escape(node["prompt_show"])}</p></summary>'
    translator.body.append(f'<details class="{classes}">\n{summary}\n')


def close_fold(translator: HTML5Translator, node: Element) -> None:
    translator.body.append("</details>\n")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("minutes", Minutes())
    app.add_node(HideCodeCellNode, override=True, html=(open_fold, close_fold))
    app.connect("doctree-read", add_time)
    app.connect("doctree-read", fold_checks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
