"""What `help` says: every public function, class and method explains its parameters, and every example runs."""

import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from numpydoc.validate import validate

import wdlesson

CODES = {
    "PR01",  # a parameter that is not explained,
    "PR02",  # one that is explained and not there,
    "PR03",  # in another order,
    "PR04",  # without its type
    "RT01",  # nothing said of what comes back,
    "RT03",  # or its type alone
    "YD01",  # nothing said of what is yielded
}

MODULES = [
    module.name
    for module in pkgutil.walk_packages(wdlesson.__path__, "wdlesson.")
    if not any(part.startswith("_") for part in module.name.split("."))
]


def own(holder: Any, module: str) -> Iterator[tuple[str, Any]]:
    """What is public in a module or a class, and defined there: functions however they are wrapped, and classes."""
    for name, member in vars(holder).items():
        plain = inspect.unwrap(getattr(member, "__func__", member))
        routine = inspect.isfunction(plain) or inspect.isclass(plain)
        if routine and not name.startswith("_") and plain.__module__ == module:
            yield name, plain


def public(module: str) -> Iterator[str]:
    for name, member in own(importlib.import_module(module), module):
        yield f"{module}.{name}"
        if inspect.isclass(member):
            yield from (f"{module}.{name}.{method}" for method, _ in own(member, module))


NAMES = [name for module in MODULES for name in public(module)]


def test_every_kind_is_found() -> None:
    kinds = {
        "wdlesson.ridge.fit",  # overloaded,
        "wdlesson.homework.sandbox.limits.Limits",  # a dataclass,
        "wdlesson.homework.sandbox.session.Session.ask",  # a method,
        "wdlesson.d2l_modules.WeightDecay.loss",
    }
    assert kinds <= set(NAMES)
    assert {"wdlesson.checks", "wdlesson.homework.sandbox.seccomp"} <= set(MODULES)


@pytest.mark.filterwarnings("ignore:Widget:DeprecationWarning")  # numpydoc reads every attribute of a widget
@pytest.mark.parametrize("name", NAMES)
def test_help_explains_what_goes_in_and_what_comes_out(name: str) -> None:
    assert [f"{code}: {said}" for code, said in validate(name)["errors"] if code in CODES] == []


def examples(module: ModuleType) -> list[doctest.DocTest]:
    return [test for test in doctest.DocTestFinder().find(module) if test.examples]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runner = doctest.DocTestRunner(verbose=False)
    for test in examples(importlib.import_module(name)):
        runner.run(test)
    assert runner.failures == 0


def test_there_are_examples() -> None:
    found = {test.name for name in MODULES for test in examples(importlib.import_module(name))}
    assert {"wdlesson.ridge.fit", "wdlesson.conventions.convert", "wdlesson.homework.feedback.instant.check"} <= found
