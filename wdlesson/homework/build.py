"""Builds the notebooks of an assignment from its MyST source: the solution, and the student's without it.

In another language the source is translated first, by the catalogue of the assignment, as the book's pages are.

nbgrader's own preprocessors take the solutions and the hidden tests out. MyST-NB and nbgrader are needed here and
nowhere else in the package; the `test` and `book` groups have them.
"""

import sys
from pathlib import Path
from typing import Any

import nbformat as untyped
from nbformat import NotebookNode

from wdlesson import colab
from wdlesson.homework.feedback.words import VARIABLE, say, speaking
from wdlesson.homework.grading.written import PLACEHOLDER

nbformat: Any = untyped


SOURCES = Path("assignments")
TARGET = Path("_build/homework")
EXTENSIONS = Path("book/_ext")  # what translates a page


def build(name: str, source: Path | None = None, target: Path = TARGET, language: str = "") -> tuple[Path, Path]:
    """Write student.ipynb and solution.ipynb.

    Parameters
    ----------
    name : str
        The assignment, such as "hw1"; they are written into a folder of that name.
    source : Path, optional
        Its MyST source; by default the one in `assignments/`, which is there at the top of the repository.
    target : Path, optional
        The folder above; of another language than English, that above the language's.
    language : str, optional
        Such as "zh_CN"; empty for English.

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
    solution = read(source, language)
    folder = target / language / name
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "student.ipynb", folder / "solution.ipynb"
    for path, notebook in zip(paths, (strip(solution, language), solution), strict=True):
        nbformat.validate(notebook)
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    return paths


def read(source: Path, language: str = "") -> NotebookNode:
    """The notebook that a MyST page says, with the install line in front and with cell ids that never change.

    Parameters
    ----------
    source : Path
        The MyST page.
    language : str, optional
        Such as "zh_CN": the page is translated, and the first cell has the checks speak it.

    Returns
    -------
    NotebookNode
        The notebook, solutions and hidden tests among its cells.
    """
    from myst_nb.core.read import read_myst_markdown_notebook

    notebook: Any = read_myst_markdown_notebook(_text(source, language))
    notebook.cells.insert(0, nbformat.v4.new_code_cell(colab.install_line() + _setting(language)))
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


def _text(source: Path, language: str) -> str:
    text = source.read_text(encoding="utf-8")
    if not language:
        return text
    sys.path.append(str(EXTENSIONS))
    try:
        import catalogue
        import messages
    finally:
        sys.path.remove(str(EXTENSIONS))
    known = catalogue.translations(catalogue.place(source, language), language)
    return messages.translate(text, lambda message: known.get(message, message))


def _setting(language: str) -> str:
    return f'\nimport os\n\nos.environ["{VARIABLE}"] = "{language}"' if language else ""


def strip(solution: NotebookNode, language: str = "") -> NotebookNode:
    """The student's notebook: no solutions, no hidden tests, no outputs.

    Parameters
    ----------
    solution : NotebookNode
        What `read` gives; it is left as it is.
    language : str, optional
        Of the words that stand where an answer belongs.

    Returns
    -------
    NotebookNode
        Another notebook.
    """
    from nbgrader.preprocessors import ClearHiddenTests, ClearOutput, ClearSolutions  # type: ignore[import-untyped]

    notebook = nbformat.from_dict(solution)
    with speaking(language):
        clear_solutions = ClearSolutions(text_stub=say(PLACEHOLDER))
    for preprocessor in (clear_solutions, ClearHiddenTests(), ClearOutput()):
        notebook, _ = preprocessor.preprocess(notebook, {})
    return notebook  # type: ignore[no-any-return]
