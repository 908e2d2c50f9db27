"""Cells run as in Jupyter, in this process: what is bound, what an error costs, which function counts in the end."""

import io
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from wdlesson.homework.sandbox.cells import Notebook


def run(*sources: str, definitions: bool = False) -> tuple[Notebook, list[str | None]]:
    """In a thread of its own: a browser's tests, in the same process, leave a running loop in the main one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_run, sources, definitions).result()


def _run(sources: tuple[str, ...], definitions: bool) -> tuple[Notebook, list[str | None]]:
    notebook = Notebook()
    errors = [notebook.run(i, source, definitions) for i, source in enumerate(sources, 1)]
    if notebook._loop:
        notebook._loop.close()
    return notebook, errors


BINDS = {
    "%%time\nx = 1": True,
    "%%prun\nx = 1": True,
    "%%capture\nx = 1": True,
    "%%capture out --no-display\nx = 1": True,
    "%%time\n%%capture\nx = 1": True,
    "%%heat\nx = 1": True,  # an extension's
    "%%timeit\nx = 1": False,
    "%%timeit -n 3 -r 1 y = 0\nx = y": False,
    "%%bash\nx = 1": False,
    "%%html\nx = 1": False,
    "%%script false\nx = 1": False,
    "%%julia\nx = [1 2]": False,
    "%time x = 1": True,
    "%timeit x = 1": False,
    "%timeit -n 3 x = 1": False,
    "%prun -l 3 x = 1": True,
    "x = %time 1 + 1": True,
    "x = %timeit -o -n 1 1 + 1": True,
    "x = !ls": True,
    "x = %pwd": True,
    "x = 1; print?": False,
    "!pip install x\nx = 1": True,
    "%pip install x\nx = 1": True,
    "print?\nx = 1": True,
    "?print\nx = 1": True,
    "#@title A\n%%time\nx = 1": True,
    "    x = 1\n    y = 2": True,
    ">>> x = 1\n>>> y = 2": True,
    "import asyncio\nawait asyncio.sleep(0)\nx = 1": True,
    "async def f(): return 1\nx = await f()": True,
    "async def f(): yield 1\nasync for x in f(): pass": True,
    "%unknown 3\nx = 1": True,
    "exit()\nx = 1": True,
    "if get_ipython().config: y = 1\nx = 1": True,
    "get_ipython().run_line_magic('matplotlib', 'inline')\nget_ipython().events.register('a', print)\nx = 1": True,
    "get_ipython().run_cell('x = 1')": True,
    "get_ipython().push({'x': get_ipython().ev('1 + 1')})": True,
    "%env WDLESSON_TEST=7\nimport os\nx = int(os.environ['WDLESSON_TEST'])": True,
    "%pylab inline\nx = zeros(3)": True,
    "def f():\n    %time y = 2\n    return 1\nx = f()": True,
    "'''\n%%time\n'''\nx = 1": True,
}


@pytest.mark.parametrize("source", BINDS)
def test_a_cell_binds_what_it_does_in_jupyter(source: str) -> None:
    notebook, _ = run(source)
    assert ("x" in notebook.namespace) == BINDS[source]


ERRORS = {
    "an import that is missing": ("import math, nothere, os\nx = 1", True),
    "what needs it": ("import nothere\ny = nothere.z\nx = y", False),
    "what else needs nothing": ("from nothere import drive\ndrive.mount('/x')\nx = 1", True),
    "a name that is bound again": ("y = nothere\ny = 2\nx = y", True),
    "an old value": ("y = nothere\ny += 1\nx = y", False),
    "annotations": ("from nothere import T\ndef x(a: T, *, b: T = 1) -> list[T]: return 1", True),
    "a decorator": ("import nothere\n@nothere.jit\ndef x(): return 1", True),
    "a default": ("import nothere\ndef x(a=nothere.b): return 1", False),
    "a body": ("import nothere\ndef x(): return nothere.b", True),
    "a comprehension's own name": ("z = [y for y in nothere]\ny = 2\nx = y", True),
    "an error in the middle": ("y = 1 / 0\nx = 1", True),
    "an assertion": ("assert 1 == 2\nx = 1", True),
    "a stop": ("raise ValueError('no more')\nx = 1", False),
    "another stop": ("assert False\nx = 1", False),
    "the end": ("import sys\nsys.exit()\nx = 1", False),
    "an interruption": ("raise KeyboardInterrupt\nx = 1", False),
    "no Python": ("x = 1\nprint 3", False),
    "a return": ("return 3\nx = 1", True),
    "input": ("y = input()\nx = 1", True),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_costs_what_needs_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source, bound = ERRORS[name]
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    notebook, (error,) = run(source)
    assert ("x" in notebook.namespace) == bound
    assert error


def test_an_error_says_its_line() -> None:
    assert run("x = 1\n\ny = 1 / 0")[1] == ["ZeroDivisionError: division by zero (cell 1, line 3)"]


def test_a_future_import_holds_for_the_cells_below() -> None:
    assert run("from __future__ import annotations", "def f(x: Nothing) -> Nothing: return x")[1] == [None, None]


def test_files_that_cells_write_can_be_imported_and_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    written = "%%writefile my_helper_of_tests.py\ndef f(): return 3"
    notebook, errors = run(written, "import my_helper_of_tests as h\nx = h.f()", "%run my_helper_of_tests\ny = f()")
    assert errors == [None, None, None]
    assert (notebook.namespace["x"], notebook.namespace["y"]) == (3, 3)


def test_the_source_of_a_function_can_be_read() -> None:
    notebook, _ = run("def f():\n    return 1", "import inspect\nx = inspect.getsource(f)")
    assert notebook.namespace["x"] == "def f():\n    return 1\n"


def test_after_a_stop_only_definitions_run() -> None:
    """A long experiment below an answer costs itself."""
    source = (
        "import time\nA = 3\ndef f(): return A\ntime.sleep(100)\nfor i in range(9): x = i\ng = lambda: f()\ny = f()"
    )
    notebook, (error,) = run(source, definitions=True)
    assert error is None
    assert notebook.namespace["g"]() == 3
    assert not {"x", "y"} & set(notebook.namespace)
    timed, _ = run("%%time\ndef f(): return 1\nimport time\ntime.sleep(100)", definitions=True)
    assert timed.namespace["f"]() == 1


END = {"q": "f"}


def test_the_last_callable_of_a_name_counts() -> None:
    notebook, _ = run("def f(): return 1", "for f in range(3): pass", "f = 2.5")
    assert notebook.end(END) == {"lost": {"f": ["int", 2, 1]}, "earlier": []}
    assert notebook.function("f")() == 1
    assert notebook.namespace["f"]() == 1  # also for the functions that call it


def test_a_function_that_is_deleted_or_bound_again_counts() -> None:
    notebook, _ = run("def f(): return 1", "del f")
    assert notebook.end(END)["lost"] == {"f": ["", 2, 1]}
    assert notebook.function("f")() == 1
    again, _ = run("def f(): return 1", "f = 3", "def f(): return 2")
    assert again.end(END) == {"lost": {}, "earlier": []}
    assert again.function("f")() == 2


def after_check(*sources: str) -> Notebook:
    """A notebook that checks `f` after its first cell."""
    notebook = Notebook()
    notebook.namespace["check"] = notebook.check
    for i, source in enumerate((sources[0], "check('q', f)", *sources[1:]), 1):
        notebook.run(i, source)
    return notebook


@pytest.mark.parametrize("later", ["def f(): return 2", "A = 2", "del A", "def g(): return 2", "g = 7"])
def test_what_was_checked_can_be_called_as_it_was(later: str) -> None:
    notebook = after_check("A = 1\ndef g(): return A\ndef f(): return g()", later)
    assert notebook.end(END)["earlier"] == ["q"]
    assert notebook.function("f", "q")() == 1
    assert notebook.function("f") is notebook._end["f"]
    assert ("A" in notebook.namespace) == (later != "del A")  # and back again


def test_nothing_is_tried_twice_where_nothing_changed() -> None:
    assert after_check("def f(): return 1", "x = 3").end(END)["earlier"] == []


def test_without_a_check_lost_helpers_come_back() -> None:
    notebook, _ = run("def loss(): return 1\ndef f(): return loss()", "loss = loss()")
    assert notebook.end(END)["earlier"] == ["q"]
    assert notebook.function("f", "q")() == 1


def test_a_check_may_be_given_anything() -> None:
    notebook: Any = after_check("f = 3", "check(['a'], print)", "check('q', None)")
    assert notebook.end(END) == {"lost": {}, "earlier": []}
    assert notebook.function("f") == 3
    assert notebook.verdict("q", print).right
