"""Runs the cells of a notebook as Jupyter does, one top-level statement after the other.

A cell goes through IPython's own transformation, so that magics, `!`, `?`, top-level `await` and indented cells are
what they are there. Two things differ, since a notebook that ran at home may lack something here, a package or a file:

* A statement that raises an error is left out, and so are those below it in the cell that read a name which it should
  have bound. The others run. Jupyter would end the cell there, and so does this at what is meant to end it: `raise` and
  `assert False` at the top level, `sys.exit()`, and a stop by hand.
* Of each name the last callable is remembered, and what each check was given, with all names as they were at that time.
"""

import __future__

import ast
import asyncio
import linecache
import os
import sys
import types
from collections.abc import Callable, Iterator
from inspect import CO_COROUTINE
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from wdlesson.homework.sandbox import PACKAGE_INSIDE
from wdlesson.homework.sandbox.describe import describe
from wdlesson.homework.sandbox.shell import Shell

Names = dict[str, Any]
MAX_ERRORS = 3  # of one cell, that are told
DELETED = object()
LASTING = __future__.annotations.compiler_flag  # `from __future__` holds for the cells below too
DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
COSTLY = ast.Call | ast.Await | ast.For | ast.AsyncFor | ast.While | ast.With | ast.AsyncWith | ast.comprehension


class Notebook:
    """The names of a notebook, in which its cells run and its functions are looked for."""

    def __init__(self) -> None:
        """Begin with what every notebook has."""
        module = types.ModuleType("__main__")
        self.module, self.namespace = module, module.__dict__
        self.cell = 0  # the number of the one that runs, or ran last
        self.definitions = False  # whether only statements run that take no time
        self.callables: dict[str, tuple[Any, int]] = {}  # the last of each name, and its cell
        self.lost: dict[str, tuple[str, int]] = {}  # what a name stands for that stood for a callable, and since when
        self.checked: dict[str, tuple[Any, Names]] = {}  # by question: the function, and all names at that time
        self._end: Names = {}
        self._now: Names = {}
        self._flags, self._errors = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, list[str]()
        self._loop: asyncio.AbstractEventLoop | None = None
        shell = Shell(self)
        nothing = {name: lambda *_, **__: None for name in ("exit", "quit")}  # Jupyter runs the rest of the cell
        self.namespace.update(display=print, get_ipython=lambda: shell, In=[], Out={}, **nothing)

    def run(self, number: int, source: str, definitions: bool = False) -> str | None:
        """Run one cell.

        Parameters
        ----------
        number : int
            Its number.
        source : str
            What it says.
        definitions : bool, optional
            True leaves out all that might take long: calls and loops at the top level.

        Returns
        -------
        str or None
            Its errors in one line, or None.
        """
        self.cell, self.definitions, self._errors = number, definitions, []
        self.execute(source)
        return "; ".join(self._errors[:MAX_ERRORS]) or None

    def execute(self, source: str) -> None:
        """Run statements at the top level; what fails is noted, and left out.

        Parameters
        ----------
        source : str
            A cell, or what stands below a magic in one.
        """
        try:
            statements = self._parsed(source)
        except BaseException as error:
            self._errors.append(describe(error))
            return
        missing: set[str] = set()
        for statement in statements:
            if not self._step(statement, missing):
                return

    def _parsed(self, source: str) -> list[ast.stmt]:
        text = TransformerManager().transform_cell(source)  # type: ignore[no-untyped-call]
        name = f"<cell {self.cell}>"
        linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name  # for inspect.getsource
        body = ast.parse(text, name).body
        return [each for statement in body for each in _single_imports(statement)]

    def _step(self, statement: ast.stmt, missing: set[str]) -> bool:
        """Run a statement, unless something that it needs is missing; False where the cell ends here."""
        if self.definitions and not _costs_nothing(statement):
            return True
        if isinstance(statement, DEFINITIONS):
            _drop_missing(statement, missing)
        if missing & set(_read(statement)):
            missing.update(_bound(statement))
            return True
        try:
            self.run_code(ast.Module([statement], []), "exec")
            missing.difference_update(_bound(statement))
            return True
        except BaseException as error:
            self._errors.append(describe(error))
            missing.update(_bound(statement))
            return isinstance(error, Exception) and not _ends_cell(statement)
        finally:
            self._watch()

    def run_code(self, source: Any, mode: str, names: Names | None = None) -> Any:
        """Run code with the notebook's names as globals.

        Parameters
        ----------
        source : str or ast.AST
            The code.
        mode : {"exec", "eval"}
            Statements, or an expression.
        names : dict, optional
            The local names; by default the same as the global ones.

        Returns
        -------
        object
            The value of an expression, or None.
        """
        code = compile(source, f"<cell {self.cell}>", mode, self._flags, dont_inherit=True)
        self._flags |= code.co_flags & LASTING
        value = eval(code, self.namespace, names)
        return self._awaited(value) if code.co_flags & CO_COROUTINE else value

    def _awaited(self, coroutine: Any) -> Any:
        self._loop = self._loop or asyncio.new_event_loop()
        return self._loop.run_until_complete(coroutine)

    def _watch(self) -> None:
        """Note which names stand for another callable now, and which for none any more."""
        for name, value in self.namespace.items():
            if callable(value) and self.callables.get(name, (None,))[0] is not value:
                self.callables[name] = value, self.cell
        for name in self.callables:
            value = self.namespace.get(name, DELETED)
            if callable(value):
                self.lost.pop(name, None)
            else:
                self.lost.setdefault(name, ("" if value is DELETED else type(value).__name__, self.cell))

    def check(self, question: str, function: Callable[..., Any]) -> Any:
        """Stand in for the instant checks: note the function, and the names that it finds here.

        Parameters
        ----------
        question : str
            Such as "hw1.q3".
        function : callable
            What the student gave.
        """
        if isinstance(question, str) and callable(function):
            self.checked[question] = function, dict(self.namespace)

    def verdict(self, question: str, function: Callable[..., Any], seed: int = 0) -> Any:
        """Stand in for the verdict of the instant checks.

        Parameters
        ----------
        question : str
            Such as "hw1.q3".
        function : callable
            What the student gave.
        seed : int, optional
            Of the inputs, for nbgrader; nothing is computed here.

        Returns
        -------
        SimpleNamespace
            One that says that it is right.
        """
        self.check(question, function)
        return types.SimpleNamespace(right=True, message="", case=None)

    def end(self, functions: dict[str, str]) -> dict[str, Any]:
        """All cells have run: bring back the functions whose names stand for something else now.

        Parameters
        ----------
        functions : dict of str
            The function's name for each question.

        Returns
        -------
        dict
            "lost": for each function that was brought back, of what kind the name is now ("": deleted), since which
            cell, and the function's own cell. "earlier": the questions for which `function` finds another state.
        """
        lost = {name: [*self.lost[name], self.callables[name][1]] for name in functions.values() if name in self.lost}
        self.namespace.update({name: self.callables[name][0] for name in lost})
        self._end = self._now = dict(self.namespace)
        return {"lost": lost, "earlier": [name for name, each in functions.items() if self._differs(name, each)]}

    def _differs(self, question: str, name: str) -> bool:
        function, names = self._earlier(question, name)
        changed = any(self._end.get(key, DELETED) is not value for key, value in names.items())
        return changed or function is not self._end.get(name)

    def _earlier(self, question: str, name: str) -> tuple[Any, Names]:
        """The function that was checked and the names of that time; unchecked, the end with every lost callable."""
        if question in self.checked:
            return self.checked[question]
        names = {**self._end, **{each: self.callables[each][0] for each in self.lost}}
        return names.get(name), names

    def function(self, name: str, checked: str = "") -> Any:
        """A function to be called now, with all names as they were at its time.

        Parameters
        ----------
        name : str
            Its name.
        checked : str, optional
            A question, to go back to its last check; by default the end of the notebook counts.

        Returns
        -------
        object
            What is there; None for nothing.
        """
        function, names = self._earlier(checked, name) if checked else (self._end.get(name), self._end)
        if names is not self._now:
            self.namespace.clear()
            self.namespace.update(names)
            self._now = names
        return function

    def install(self) -> None:
        """Become this process's notebook: `__main__`, the checks, and what IPython hands out."""
        import IPython
        from IPython.core import getipython

        if os.path.isdir(PACKAGE_INSIDE):  # in a sandbox the folder is the notebook's own; Jupyter has it on the path
            sys.path.append(os.getcwd())
        sys.modules["__main__"] = self.module
        homework: Any = sys.modules["wdlesson.homework"]
        homework.check, homework.verdict = self.check, self.verdict
        getipython.get_ipython = IPython.get_ipython = self.namespace["get_ipython"]


def _single_imports(statement: ast.stmt) -> list[ast.stmt]:
    """`import a, b` as two statements, so that one that is missing costs itself alone."""
    if not isinstance(statement, ast.Import):
        return [statement]
    return [ast.copy_location(ast.Import([alias]), statement) for alias in statement.names]


def _run_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when a statement does: of a function that it makes, all but the body."""
    yield node
    if isinstance(node, ast.Lambda):
        inside: list[Any] = [node.args]
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        inside = [*node.decorator_list, node.args, *([node.returns] if node.returns else [])]
    elif isinstance(node, ast.comprehension):
        inside = [node.iter, *node.ifs]
    else:
        inside = list(ast.iter_child_nodes(node))
    for child in inside:
        yield from _run_nodes(child)


def _bound(statement: ast.AST) -> Iterator[str]:
    """The names that a statement binds."""
    for node in _run_nodes(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, DEFINITIONS):
            yield node.name
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]


def _read(statement: ast.AST) -> Iterator[str]:
    """The names that a statement reads when it runs."""
    for node in _run_nodes(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def _drop_missing(definition: Any, missing: set[str]) -> None:
    """Take what is missing off a definition that works without: its annotations, its decorators."""
    if not missing:
        return
    definition.decorator_list = [each for each in definition.decorator_list if not missing & set(_read(each))]
    for node in ast.walk(definition):
        if isinstance(node, ast.arg) and node.annotation and missing & set(_read(node.annotation)):
            node.annotation = None
    if getattr(definition, "returns", None) and missing & set(_read(definition.returns)):
        definition.returns = None


def _costs_nothing(statement: ast.stmt) -> bool:
    """Whether a statement takes no time: an import, a definition, what has no call and no loop; a cell's magic."""
    if isinstance(statement, DEFINITIONS) or ast.unparse(statement).startswith("get_ipython().run_cell_magic("):
        return True
    return not any(isinstance(node, COSTLY) for node in _run_nodes(statement))


def _ends_cell(statement: ast.stmt) -> bool:
    """Whether a statement that failed was meant to end the cell, whatever is installed."""
    return isinstance(statement, ast.Raise) or (
        isinstance(statement, ast.Assert) and isinstance(statement.test, ast.Constant)
    )
