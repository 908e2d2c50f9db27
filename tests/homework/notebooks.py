"""Notebooks for the tests, made from the solution of an assignment."""

import atexit
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from wdlesson.homework.build import read, strip
from wdlesson.homework.grading.submission import close_fork_server

atexit.register(close_fork_server)  # all tests share the fork server that the first of them starts
SOURCES = Path(__file__).parents[2] / "assignments"


@lru_cache
def solution(name: str = "hw1") -> Any:
    return read(SOURCES / f"{name}.md")


@lru_cache
def stub(name: str = "hw1") -> Any:
    return strip(solution(name))


def as_bytes(notebook: Any) -> bytes:
    return json.dumps(notebook).encode()


def cells(name: str = "hw1") -> dict[str, str]:
    """The code of the solution by nbgrader's grade_id, without the checks."""
    code = {cell["id"]: cell["source"] for cell in solution(name)["cells"] if cell["cell_type"] == "code"}
    return {key: source for key, source in code.items() if not key.endswith("-check")}


def notebook(sources: list[str]) -> dict[str, Any]:
    made: Any = [{"cell_type": "code", "metadata": {}, "source": source} for source in sources]
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


def changed(code: str, where: str) -> bytes:
    """The solution with a cell in front ("first"), at the end ("last"), or in place of a question's ("q3")."""
    own = cells()
    if where in own:
        return as_bytes(notebook(list({**own, where: code}.values())))
    sources = list(own.values())
    return as_bytes(notebook([code, *sources] if where == "first" else [*sources, code]))
