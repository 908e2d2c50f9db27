"""What `import wdlesson` costs and gives."""

import subprocess
import sys

import pytest

import wdlesson


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_import_pulls_in_nothing_heavy() -> None:
    loaded = set(run("import sys, wdlesson; print(*sys.modules)").split())
    assert not loaded & {"torch", "torchvision", "d2l", "matplotlib", "pandas", "sklearn", "xarray"}


def test_the_core_rooms_pull_in_neither_d2l_nor_matplotlib() -> None:
    code = "import sys; from wdlesson import concise, conventions, data, ridge, scratch, sweep; print(*sys.modules)"
    assert not set(run(code).split()) & {"torchvision", "d2l", "matplotlib"}


def test_rooms_load_on_first_use() -> None:
    assert run("import wdlesson; print(wdlesson.ridge.fit.__name__)") == "fit\n"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        wdlesson.nothing  # noqa: B018
