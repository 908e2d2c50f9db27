"""Builds the notebooks of an assignment from its MyST source: the solution, and the student's without it.

nbgrader's own preprocessors take the solutions and the hidden tests out. MyST-NB and nbgrader are needed here and
nowhere else in the package; the `test` and `book` groups have them.
"""

from pathlib import Path
from typing import Any

import nbformat as untyped
from nbformat import NotebookNode

from wdlesson import colab

nbformat: Any = untyped


SOURCES = Path("assignments")
TARGET = Path("_build/homework")


def build(name: str, source: Path | None = None, target: Path = TARGET) -> tuple[Path, Path]:
    """Write student.ipynb and solution.ipynb.

    Parameters
    ----------
    name : str
        The assignment, such as "hw1"; they are written into a folder of that name.
    source : Path, optional
        Its MyST source; by default the one in `assignments/`, which is there at the top of the repository.
    target : Path, optional
        The folder above.

    Returns
    -------
    tuple of Path
        The student's file and the solution's.

    Raises
    ------
    ValueError
        If the source is not there.
    """
    source = source or SOURCES / f"{name}.md"
    if not source.is_file():
        raise ValueError(f"source is {source}; there is no such file (run this at the top of the repository)")
    solution = read(source)
    folder = target / name
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "student.ipynb", folder / "solution.ipynb"
    for path, notebook in zip(paths, (strip(solution), solution), strict=True):
        nbformat.validate(notebook)
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    return paths


def read(source: Path) -> NotebookNode:
    """The notebook that a MyST page says, with the install line in front and with cell ids that never change.

    Parameters
    ----------
    source : Path
        The MyST page.

    Returns
    -------
    NotebookNode
        The notebook, solutions and hidden tests among its cells.
    """
    from myst_nb.core.read import read_myst_markdown_notebook

    notebook: Any = read_myst_markdown_notebook(source.read_text(encoding="utf-8"))
    notebook.cells.insert(0, nbformat.v4.new_code_cell(colab.install_line()))
    for i, cell in enumerate(notebook.cells):
        cell["id"] = cell.metadata.get("nbgrader", {}).get("grade_id", f"cell-{i:02}")
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": notebook.metadata["kernelspec"],
            "language_info": {"name": "python"},
            "wdlesson": {"assignment": source.stem},
        }
    )
    return notebook  # type: ignore[no-any-return]


def strip(solution: NotebookNode) -> NotebookNode:
    """The student's notebook: no solutions, no hidden tests, no outputs.

    Parameters
    ----------
    solution : NotebookNode
        What `read` gives; it is left as it is.

    Returns
    -------
    NotebookNode
        Another notebook.
    """
    from nbgrader.preprocessors import ClearHiddenTests, ClearOutput, ClearSolutions  # type: ignore[import-untyped]

    notebook = nbformat.from_dict(solution)
    for preprocessor in (ClearSolutions(), ClearHiddenTests(), ClearOutput()):
        notebook, _ = preprocessor.preprocess(notebook, {})
    return notebook  # type: ignore[no-any-return]
