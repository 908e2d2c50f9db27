"""What `import wdlesson` costs and gives."""

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import wdlesson

INNER = {"checks", "colab", "decay_rules", "kinds"}  # modules that only the package itself uses

SNIPPET = """
from typing import Any, assert_type

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

import wdlesson

ArrayAndNumber = tuple[NDArray[Any], np.floating[Any]]
ridge = wdlesson.ridge


def tensors(X: Tensor, y: Tensor) -> None:
    assert_type(ridge.fit(X, y, 1.0), tuple[Tensor, Tensor])
    assert_type(ridge.path(X, y, [1.0, 2.0]), tuple[Tensor, Tensor])
    assert_type(ridge.gd_iterate(X, y, 1.0, 0.1, 3, y, 0.0), tuple[Tensor, Tensor])
    assert_type(ridge.shrinkage(X, 1.0), Tensor)
    assert_type(ridge.loo(X, y, X[0]), Tensor)
    assert_type(ridge.gcv(X, y, np.ones(3)), Tensor)
    assert_type(wdlesson.conventions.convert(X, source="mse", target="sklearn", n=3), Tensor)


def arrays(X: NDArray[np.float32], y: NDArray[np.float32]) -> None:
    assert_type(ridge.fit(X, y, 1.0), ArrayAndNumber)
    assert_type(ridge.path(X, y, [1.0, 2.0]), tuple[NDArray[Any], NDArray[Any]])
    assert_type(ridge.gd_iterate(X, y, 1.0, 0.1, 3, y, 0.0), ArrayAndNumber)
    assert_type(ridge.shrinkage(X, 1.0), NDArray[Any])
    assert_type(ridge.loo(X, y, [1.0]), NDArray[Any])
    assert_type(ridge.gcv(X, y, [1.0]), NDArray[Any])
    assert_type(wdlesson.conventions.convert(X, source="mse", target="sklearn", n=3), NDArray[Any])


def what_numpy_makes_an_array_of(X: pd.DataFrame, y: "pd.Series[float]") -> None:
    assert_type(ridge.fit(X, y, 1.0), ArrayAndNumber)
    assert_type(ridge.fit([[1.0], [2.0]], [1.0, 2.0], 1.0), ArrayAndNumber)


def numbers(X: Tensor) -> None:
    assert_type(ridge.effective_dof(X, 1.0, intercept=False), float)
    assert_type(ridge.max_stable_lr(X, 1.0), float)
    assert_type(wdlesson.conventions.convert(3.0, source="mse", target="torch"), float)


def homework(f: Any) -> None:
    assert_type(wdlesson.homework.verdict("hw1.q1", f).right, bool)
    wdlesson.homework.check("hw1.q1", f)


def wrong(X: Tensor, y: Tensor) -> None:
    ridge.fit(X, y, "1")  # expected: No overload variant of "fit"
    wdlesson.nothing  # expected: Module has no attribute "nothing"
    wdlesson.homework.nothing  # expected: Module has no attribute "nothing"
    wdlesson.homework.check(1, len)  # expected: Argument 1 to "check" has incompatible type "int"
"""


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_import_loads_next_to_nothing() -> None:
    code = "import sys; before = set(sys.modules); import wdlesson; print(*set(sys.modules) - before)"
    known = {"wdlesson", "importlib", "importlib._bootstrap", "importlib._bootstrap_external", "types", "warnings"}
    assert set(run(code).split()) <= known


def test_the_core_modules_pull_in_neither_d2l_nor_matplotlib() -> None:
    code = "import sys; from wdlesson import concise, conventions, data, ridge, scratch, sweep; print(*sys.modules)"
    assert not set(run(code).split()) & {"torchvision", "d2l", "matplotlib"}


def test_modules_are_listed_before_they_are_loaded_on_first_use() -> None:
    names = [*wdlesson.__all__, "d2l_modules"]
    code = f"import wdlesson; print(*dir(wdlesson)); print(*(getattr(wdlesson, n).__name__ for n in {names}))"
    listed, loaded = run(code).splitlines()
    assert set(listed.split()) >= set(names)
    assert loaded.split() == [f"wdlesson.{name}" for name in names]


def test_what_is_not_there_is_no_attribute() -> None:
    for module in (wdlesson, wdlesson.homework):
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            getattr(module, "nothing")  # noqa: B009  (mypy knows too)


def test_a_star_gives_every_module_that_the_dependencies_of_the_package_carry() -> None:
    code = "import sys; sys.modules |= {'d2l': None, 'torchvision': None}; from wdlesson import *; print(*dir())"
    assert set(run(code).split()) >= set(wdlesson.__all__)
    found = {module.name for module in pkgutil.iter_modules(wdlesson.__path__)}
    assert found <= {*wdlesson.__all__, "d2l_modules", *INNER}


def test_type_checkers_know_the_lazy_modules_and_what_comes_out_for_what_goes_in(tmp_path: Path) -> None:
    path = tmp_path / "snippet.py"
    path.write_text(SNIPPET)
    root = Path(__file__).parents[1]
    command = [sys.executable, "-m", "mypy", "--strict", "--no-pretty", "--show-error-codes", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root).stdout
    expected = {i: line.split("# expected: ")[1] for i, line in enumerate(SNIPPET.split("\n"), 1) if "# exp" in line}
    errors = [line.partition("snippet.py:")[2] for line in said.splitlines() if ": error: " in line]
    assert {int(error.split(":")[0]) for error in errors} == expected.keys(), said
    for number, words in expected.items():
        assert any(error.startswith(f"{number}:") and words in error for error in errors), said
