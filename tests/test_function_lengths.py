"""Functions stay short: none above 35 lines, in Python and in JavaScript, and half of those in Python at most 6.

Counted are the lines with code: blank ones, comments and docstrings are not.
"""

import ast
import io
import statistics
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from pygments.lexers.javascript import JavascriptLexer  # type: ignore[import-untyped]
from pygments.token import Comment, String  # type: ignore[import-untyped]

LONGEST, MEDIAN = 35, 6
PYTHON = sorted(path for folder in ("wdlesson", "book/_ext", "tools") for path in (ROOT / folder).rglob("*.py"))
SCRIPTS = sorted(path for folder in ("wdlesson", "book") for path in (ROOT / folder).rglob("*.js"))
LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
BLOCKS = {"if", "for", "while", "switch", "catch"}  # what a parenthesis and a brace may follow without a function

Length = tuple[str, int]  # a function's name or first line, and how many lines of code it has


def python_functions(source: str) -> Iterator[Length]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    code = {line for t in tokens if t.type not in LAYOUT for line in range(t.start[0], t.end[0] + 1)}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            docstring = lines(node.body[0]) if ast.get_docstring(node) is not None else set()
            yield node.name, len(lines(node) & code - docstring)


def lines(node: ast.stmt) -> set[int]:
    return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))


def script_tokens(source: str) -> Iterator[tuple[int, str]]:
    """The line and the text of every token that is neither a comment nor space; of a piece of a string, the line."""
    line = 1
    for kind, text in JavascriptLexer(stripnl=False).get_tokens(source):
        if text.strip() and kind not in Comment:
            yield line, "" if kind in String else text
        line += text.count("\n")


def script_functions(source: str) -> Iterator[Length]:
    """Every function with braces, named or not; one that has others in it counts them."""
    numbers, texts = zip(*script_tokens(source), strict=True)
    opened: list[int] = []
    start: dict[int, int] = {}  # where the bracket was opened that is closed here
    for i, text in enumerate(texts):
        if text in ("(", "[", "{"):
            opened.append(i)
        elif text in (")", "]", "}"):
            start[i] = opened.pop()
            if text == "}" and begins_function(texts, start, start[i]):
                first = numbers[start[i]]
                yield f"line {first}", len({line for line in numbers if first <= line <= numbers[i]})
    assert not opened, "brackets that are never closed"


def begins_function(texts: tuple[str, ...], start: dict[int, int], brace: int) -> bool:
    before = texts[brace - 1] if brace else ""
    return before == "=>" or (before == ")" and texts[start[brace - 1] - 1] not in BLOCKS)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_function_in_python_is_long(path: Path) -> None:
    assert [(name, length) for name, length in python_functions(read(path)) if length > LONGEST] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_function_in_javascript_is_long(path: Path) -> None:
    assert [(name, length) for name, length in script_functions(read(path)) if length > LONGEST] == []


def test_half_of_the_functions_in_python_are_very_short() -> None:
    assert statistics.median(length for path in PYTHON for _, length in python_functions(read(path))) <= MEDIAN


# ---- That they are counted ----


def test_lines_of_python_are_counted_without_docstring_comments_and_blanks() -> None:
    source = '''
def outer(x):
    """What it does,

    at length.
    """
    # a comment
    text = """two
    lines"""

    def inner():
        return text  # said

    return inner
'''
    assert dict(python_functions(source)) == {"outer": 6, "inner": 2}


def test_lines_of_javascript_are_counted_without_comments_and_blanks() -> None:
    source = """
function named({ a, b }) {
  // a comment { that opens
  const text = `a { ${a}`; /* and } another

  of two lines */
  if (/[{(]/.test(b)) {
    return text;
  }

  return [1].map((x) => {
    return x;
  });
}
class Kind {
  method(a = {}) { return a; }
}
const short = (x) =>
  x;
"""
    assert dict(script_functions(source)) == {"line 2": 9, "line 11": 3, "line 16": 1}
