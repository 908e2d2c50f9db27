"""What `get_ipython()` gives in the grader: the magics that run Python run it, the others do nothing.

No command of the system runs: there is no network here, and what a command would install or fetch is not there.
"""

import contextlib
import io
import os
import re
import runpy
import sys
import types
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from typing import Any

OTHER_LANGUAGES = frozenset(
    [
        *("!", "HTML", "SVG", "bash", "cmd", "html", "javascript", "js", "latex", "markdown", "perl", "pypy", "python"),
        *("python2", "python3", "ruby", "script", "sh", "shell", "skip", "sql", "svg", "sx", "system"),
    ]
)
FILES = frozenset({"file", "writefile"})
OPTIONS = re.compile(r"(?:\s*(?:-[nrtpTDls]\s*\S+|-[a-zA-Z]+|--[\w-]+)(?=\s|$))*\s*")  # of %time, %timeit and %prun
PYLAB = "import numpy, matplotlib; from matplotlib import pylab, mlab, pyplot; np = numpy; plt = pyplot\n"
TIMES = dict(average=0.0, stdev=0.0, best=0.0, worst=0.0, loops=1, repeat=1, all_runs=[0.0], timings=[0.0])


class Anything:
    """What is asked of IPython and does nothing here: it takes every call, has every attribute, and is empty."""

    def __getattr__(self, name: str) -> Any:
        """Another one; special methods are looked for in vain, so that copying and the like go on without."""
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Nothing."""

    def __contains__(self, _: Any) -> bool:
        """It has nothing in it."""
        return False

    def __iter__(self) -> Any:
        """No items."""
        return iter(())


class Shell(Anything):
    """A small IPython.

    Parameters
    ----------
    notebook : wdlesson.homework.sandbox.cells.Notebook
        Whose names it works on.
    """

    def __init__(self, notebook: Any) -> None:
        self._notebook, self.user_ns, self.user_module = notebook, notebook.namespace, notebook.module

    def run_cell(self, source: str) -> None:
        """Run a cell, whose text is given.

        Parameters
        ----------
        source : str
            Its text.
        """
        self._notebook.execute(source)

    def push(self, names: dict[str, Any]) -> None:
        """Bind names.

        Parameters
        ----------
        names : dict
            What to bind.
        """
        self.user_ns.update(names)

    def ev(self, expression: str) -> Any:
        """The value of an expression.

        Parameters
        ----------
        expression : str
            Its text.

        Returns
        -------
        object
            Its value.
        """
        return self._notebook.run_code(expression.strip(), "eval")

    def getoutput(self, command: str) -> list[str]:
        """What a command of the system prints: nothing, since none runs.

        Parameters
        ----------
        command : str
            The command.

        Returns
        -------
        list of str
            Empty.
        """
        return []

    def run_line_magic(self, name: str, line: str) -> Any:
        """Run a line magic.

        Parameters
        ----------
        name : str
            Its name, without the percent sign.
        line : str
            What stands behind it.

        Returns
        -------
        object
            What the magic returns; None for those that do nothing here.
        """
        names = sys._getframe(1).f_locals
        if name in ("time", "prun"):
            return self._timed(line, names)
        if name == "timeit":
            return self._repeated("", line, dict(names))
        own = {"run": self._run_file, "pylab": self._pylab}
        return own[name](line) if name in own else SIMPLE[name](line) if name in SIMPLE else None

    def run_cell_magic(self, name: str, line: str, cell: str) -> Any:
        """Run a cell magic. What is below one that is unknown runs, as long as it is Python.

        Parameters
        ----------
        name : str
            Its name, without the percent signs.
        line, cell : str
            What stands behind it and below it.

        Returns
        -------
        object
            What the magic returns, or None.
        """
        if name == "timeit":
            return None if self._notebook.definitions else self._repeated(OPTIONS.sub("", line, 1), cell, {})
        if name in FILES:
            _write(line, cell)
        elif name == "capture":
            self._capture(line, cell)
        elif name not in OTHER_LANGUAGES:
            self._notebook.execute(cell)
        return None

    def _timed(self, line: str, names: dict[str, Any]) -> Any:
        code = OPTIONS.sub("", line, count=1)
        try:
            compile(code, "<magic>", "eval", PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except SyntaxError:
            return self._notebook.run_code(code, "exec", names)
        return self._notebook.run_code(code, "eval", names)

    def _repeated(self, setup: str, code: str, names: dict[str, Any]) -> Any:
        """`%timeit`: once is enough, and what it binds is gone afterwards."""
        for source in (setup, OPTIONS.sub("", code, count=1)):
            self._notebook.run_code(source, "exec", names)
        return types.SimpleNamespace(**TIMES)

    def _capture(self, line: str, cell: str) -> None:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self._notebook.execute(cell)
        for name in (word for word in line.split() if word.isidentifier()):
            kept = dict(stdout=out.getvalue(), stderr=err.getvalue(), outputs=[], show=lambda: print(out.getvalue()))
            self.user_ns[name] = types.SimpleNamespace(**kept)

    def _run_file(self, line: str) -> None:
        path = next(word for word in line.split() if not word.startswith("-"))
        path = path if path.endswith(".py") else f"{path}.py"
        made = runpy.run_path(path, run_name="__main__")
        self.user_ns.update({name: value for name, value in made.items() if not name.startswith("__")})

    def _pylab(self, _: str) -> None:
        self._notebook.execute(f"{PYLAB}from pylab import *\nfrom numpy import *")


def _env(line: str) -> Any:
    """`%env NAME`, `%env NAME=value`, `%env NAME value`."""
    name, _, value = line.strip().replace("=", " ", 1).partition(" ")
    if value:
        os.environ[name] = value.strip()
    return os.environ.get(name) if name else dict(os.environ)


def _write(line: str, text: str) -> None:
    """`%%writefile [-a] NAME`."""
    *options, path = line.split()
    with open(os.path.expanduser(path.strip("'\"")), "a" if options else "w", encoding="utf-8") as file:
        file.write(text)


SIMPLE: dict[str, Any] = {
    "env": _env,
    "set_env": _env,
    "pwd": lambda _: os.getcwd(),
    **dict.fromkeys(("sx", "system", "who_ls"), lambda _: []),
}
