"""What a notebook is, told without running it: which assignment, and how each of its functions is written."""

import hashlib
import re

from wdlesson.homework.grading.notebook import Cell
from wdlesson.homework.questions import ASSIGNMENTS

CHECK = re.compile(r"""(?:check|verdict)\(\s*["'](\w+)\.""")
DEFINED = re.compile(r"^[ \t]*def[ \t]+(\w+)", re.MULTILINE)
DOCSTRING = re.compile(r"\"{3}.*?\"{3}|'{3}.*?'{3}", re.DOTALL)
COMMENT = re.compile(r"#[^\n]*")


def assignments_in(cells: list[Cell]) -> dict[str, int]:
    """How much of each assignment a notebook has.

    Parameters
    ----------
    cells : list of Cell
        Those of the notebook.

    Returns
    -------
    dict of int
        For each assignment, how many of its functions are defined or checked; only where there are any.
    """
    code = "\n".join(cell.source for cell in cells if cell.code)
    defined, checked = set(DEFINED.findall(code)), CHECK.findall(code)
    found = {
        name: len(defined & {question.function for question in each.questions}) + checked.count(name)
        for name, each in ASSIGNMENTS.items()
    }
    return {name: n for name, n in found.items() if n}


def other_assignment(cells: list[Cell], name: str) -> str | None:
    """The assignment that a notebook is, if it is another one.

    Parameters
    ----------
    cells : list of Cell
        Those of the notebook.
    name : str
        The assignment that it was handed in for.

    Returns
    -------
    str or None
        The other's name; None where it has anything of the one asked for, or nothing of any.
    """
    found = assignments_in(cells)
    return None if name in found or not found else max(found, key=lambda each: found[each])


def functions(cells: list[Cell], names: set[str]) -> dict[str, str]:
    """For each function, a digest of how it is written: layout, comments and docstrings do not count.

    Parameters
    ----------
    cells : list of Cell
        Those of the notebook.
    names : set of str
        The functions that count; the last of a name does.

    Returns
    -------
    dict of str
        The digests; a function of fewer than 60 characters has none, since there is one short way to write it.
    """
    found = {}
    for cell in cells:
        if cell.code:
            for name, text in _written(cell.source):
                if name in names and len(text) >= 60 and "NotImplementedError" not in text:
                    found[name] = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return found


def _written(source: str) -> list[tuple[str, str]]:
    """Each function at the margin of a cell, with all that is indented below it, blanks left out."""
    bare = COMMENT.sub("", DOCSTRING.sub("", source))
    parts = re.split(r"^(?=\S)", bare, flags=re.MULTILINE)
    heads = [(re.match(r"def[ \t]+(\w+)", part), part) for part in parts]
    return [(head[1], re.sub(r"\s+", "", part)) for head, part in heads if head]
