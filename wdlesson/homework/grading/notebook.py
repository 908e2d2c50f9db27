"""Reads what a student handed in: bytes that should be a notebook, and may be anything."""

import json
from dataclasses import dataclass, field
from typing import Any

MAX_BYTES = 10 << 20
MAX_CELLS = 1000


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
        If it is damaged, too long, or of the old format 3.
    """
    content = _json(data)
    if isinstance(content, dict) and "worksheets" in content:
        raise UnreadableError("a notebook of the old format 3: open it and save it anew")
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise NotANotebookError("JSON, but no notebook: it has no list of cells")
    if len(content["cells"]) > MAX_CELLS:
        raise UnreadableError(f"more than {MAX_CELLS} cells")
    return [_cell(i, cell) for i, cell in enumerate(content["cells"], 1) if isinstance(cell, dict)]


def _json(data: bytes) -> Any:
    text = data.decode("utf-8-sig", "replace")
    try:
        return json.loads(text)
    except RecursionError:
        raise UnreadableError("JSON that is nested too deep") from None
    except ValueError as error:
        if text.lstrip().startswith("{"):
            raise UnreadableError(f"damaged or cut off: {str(error)[:200]}") from None
        raise NotANotebookError("no JSON, so no notebook") from None


def _cell(number: int, cell: dict[str, Any]) -> Cell:
    source = cell.get("source")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    text = source if isinstance(source, str) else ""
    return Cell(number, cell.get("cell_type") == "code", text, _grade_id(cell), *_more(cell))


def _more(cell: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Its id and its attachments."""
    id, files = cell.get("id"), cell.get("attachments")
    return id if isinstance(id, str) else None, files if isinstance(files, dict) else {}


def _grade_id(cell: dict[str, Any]) -> str | None:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return grade_id if isinstance(grade_id, str) else None
