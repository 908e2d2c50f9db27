"""Reads what a student handed in: bytes that should be a notebook, and may be anything."""

import json
from dataclasses import dataclass, field
from typing import Any

MAX_BYTES = 10 << 20
MAX_CELLS = 1000
WORDS = {
    "no cells": "JSON, but no notebook: it has no list of cells",
    "many cells": f"more than {MAX_CELLS} cells",
    "no worksheet": "a notebook of the old format 3 without a worksheet",
    "deep": "JSON that is nested too deep",
    "damaged": "damaged or cut off: {error}",
    "no JSON": "no JSON, so no notebook",
}


class UnreadableError(ValueError):
    """A notebook that is damaged, or that cannot be read."""


class NotANotebookError(ValueError):
    """Something else than a notebook."""


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook.

    Parameters
    ----------
    number : int
        Its place in the notebook, from 1.
    code : bool
        Whether it is code.
    source : str
        What it says.
    grade_id : str or None, optional
        The name that nbgrader knows it by.
    id : str or None, optional
        The notebook's own name of it.
    attachments : dict, optional
        The files that were put into it, such as pictures; what is in it may be anything.
    """

    number: int
    code: bool
    source: str
    grade_id: str | None = None
    id: str | None = None
    attachments: dict[str, Any] = field(default_factory=dict)


def parse(data: bytes) -> list[Cell]:
    """The cells of a notebook.

    Parameters
    ----------
    data : bytes
        What was handed in; it may be anything.

    Returns
    -------
    list of Cell
        All its cells, in order.

    Raises
    ------
    NotANotebookError
        If it is something else.
    UnreadableError
        If it is damaged or too long.
    """
    content = _json(data)
    cells = _cells(content) if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise NotANotebookError(WORDS["no cells"])
    if len(cells) > MAX_CELLS:
        raise UnreadableError(WORDS["many cells"])
    return [_cell(i, cell) for i, cell in enumerate(cells, 1) if isinstance(cell, dict)]


def _cells(content: dict[str, Any]) -> Any:
    """The list of cells; the old format 3 has it on worksheets."""
    sheets = content.get("worksheets")
    if not isinstance(sheets, list):
        return content.get("cells")
    lists = [sheet["cells"] for sheet in sheets if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)]
    if not lists:
        raise UnreadableError(WORDS["no worksheet"])
    return [cell for cells in lists for cell in cells]


def _json(data: bytes) -> Any:
    encoding = json.detect_encoding(data)  # UTF-8, or UTF-16 and UTF-32, each with or without a byte order mark
    text = data.decode(encoding, "replace")
    try:
        return json.loads(text)
    except RecursionError:
        raise UnreadableError(WORDS["deep"]) from None
    except ValueError as error:
        if text.lstrip().startswith("{"):
            raise UnreadableError(WORDS["damaged"].format(error=str(error)[:200])) from None
        raise NotANotebookError(WORDS["no JSON"]) from None


def _cell(number: int, cell: dict[str, Any]) -> Cell:
    code = cell.get("cell_type") == "code"
    source = cell.get("source", cell.get("input") if code else None)  # `input` is format 3's
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    text = source.replace("\r\n", "\n").replace("\r", "\n") if isinstance(source, str) else ""
    return Cell(number, code, text, _grade_id(cell), *_more(cell))


def _more(cell: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Its id and its attachments."""
    id, files = cell.get("id"), cell.get("attachments")
    return id if isinstance(id, str) else None, files if isinstance(files, dict) else {}


def _grade_id(cell: dict[str, Any]) -> str | None:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return grade_id if isinstance(grade_id, str) else None
