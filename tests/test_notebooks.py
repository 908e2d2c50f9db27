"""The pages as notebooks: plain to read, whole, and what the site shows is a run of each on its own."""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat as untyped
import pytest
from conftest import ADDRESS, REPOSITORY, ROOT, executed_pages, run_notebook
from fingerprints import fingerprint
from nbclient import NotebookClient

nbformat: Any = untyped
SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "book").glob("*.md"))}
WITH_CODE = [name for name, source in SOURCES.items() if "```{code-cell}" in source]
STATIC_PICTURE = {"text/html", "text/plain"}
TIMED = {"sweep"}  # shows how long its trainings took


@pytest.fixture(scope="session")
def notebooks(built: Path) -> dict[str, Any]:
    return {path.stem: nbformat.read(path, as_version=4) for path in sorted((built / "notebooks").glob("*.ipynb"))}


def texts(notebook: Any) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def test_every_page_with_code_is_there(notebooks: dict[str, Any]) -> None:
    assert list(notebooks) == WITH_CODE


@pytest.mark.parametrize("name", WITH_CODE)
def test_it_has_the_code_of_its_page_below_the_install_line(name: str, notebooks: dict[str, Any]) -> None:
    blocks = re.findall(r"```\{code-cell\} ipython3\n(.*?)\n```", SOURCES[name], re.DOTALL)
    cells = [re.sub(r"\A(---\n.*?\n---\n|(:[^\n]*\n)+)", "", block, flags=re.DOTALL).strip() for block in blocks]
    first, *others = (cell.source for cell in notebooks[name].cells if cell.cell_type == "code")
    assert first.startswith(f'%pip install -q --no-deps "wdlesson @ git+https://github.com/{REPOSITORY}@')
    assert notebooks[name].cells[0].cell_type == "code"
    assert others == cells


@pytest.mark.parametrize("name", WITH_CODE)
def test_it_has_the_prose_of_its_page(name: str, notebooks: dict[str, Any]) -> None:
    """Every paragraph of plain words in the source is there."""
    source = re.sub(r"\A---\n.*?\n---\n", "", SOURCES[name], flags=re.DOTALL)
    source = re.sub(r"^```.*?^```$", "", source, flags=re.DOTALL | re.MULTILINE)
    paragraphs = [p for p in source.split("\n\n") if re.fullmatch(r"[A-Z][\w\s,.;:?!()\-–]+", p.strip())]
    found = " ".join(" ".join(texts(notebooks[name])).split())
    assert [p for p in paragraphs if " ".join(p.split()) not in found.replace("\\", "")] == []


@pytest.mark.parametrize("name", WITH_CODE)
def test_its_text_is_plain_markdown(name: str, notebooks: dict[str, Any]) -> None:
    text = "\n".join(texts(notebooks[name]))
    prose = re.sub(
        r"`[^`\n]+`|\$\$.*?\$\$|\$[^$\n]+\$", "", re.sub(r"```.*?```", "", text, flags=re.DOTALL), flags=re.S
    )
    assert not re.findall(r"\{\w+\}|^:::|^\(.*\)=$", prose, re.MULTILINE), "a directive or a role of MyST is left"
    assert "\\norm" not in text, "a macro is left, which a notebook does not know"
    assert set(re.findall(r"</?(\w+)>", prose)) <= {"details", "summary"}
    assert re.search(r"^# \S", text, re.MULTILINE)
    assert text.count("$$") % 2 == 0


@pytest.mark.parametrize("name", WITH_CODE)
def test_its_links_lead_to_the_hosted_pages(name: str, notebooks: dict[str, Any], site: Path) -> None:
    for address in re.findall(r"\]\(([^)\s]+)\)", "\n".join(texts(notebooks[name]))):
        assert address.startswith(("https://", "http://", "mailto:")), address
        if address.startswith(ADDRESS):
            page, _, anchor = re.sub(r"\?[^#]*", "", address.removeprefix(ADDRESS)).partition("#")
            assert (site / page).is_file(), address
            assert not anchor or f'id="{anchor}"' in (site / page).read_text(encoding="utf-8"), address


def test_an_exercise_folds_its_solution(notebooks: dict[str, Any]) -> None:
    for name in WITH_CODE:
        cells, shut = notebooks[name].cells, set(notebooks[name].metadata.colab.collapsed_sections)
        headings = {cell.id for cell in cells if re.match(r"#+ Solution", cell.source)}
        folded = sum("<summary>Solution" in cell.source for cell in cells)
        assert headings == shut
        assert len(headings) + folded == SOURCES[name].count("{solution") - SOURCES[name].count("{solution-end}")
        assert sum(cell.source.count("<summary>Hint") for cell in cells) == SOURCES[name].count("```{hint}")


@pytest.mark.parametrize("name", WITH_CODE)
def test_it_carries_no_output_but_the_static_pictures_of_explorers(name: str, notebooks: dict[str, Any]) -> None:
    for cell in notebooks[name].cells:
        kinds = [set(output.data) for output in cell.get("outputs", [])]
        assert kinds == ([STATIC_PICTURE] if re.search(r"^explorers\.\w+\(\)$", cell.source, re.MULTILINE) else [])
        assert cell.get("execution_count") is None


def test_a_cell_that_needs_a_kernel_is_in_the_notebook_and_not_on_the_page(
    notebooks: dict[str, Any], site: Path
) -> None:
    cells = [cell for cell in notebooks["scratch"].cells if "notebook-only" in cell.metadata.get("tags", [])]
    assert ["ipywidgets.interact(" in cell.source for cell in cells] == [True]
    assert "ipywidgets" not in (site / "book" / "scratch.html").read_text("utf-8")


def test_cell_ids_are_there_and_stay(notebooks: dict[str, Any]) -> None:
    for notebook in notebooks.values():
        nbformat.validate(notebook)
        assert [cell.id for cell in notebook.cells] == [f"cell-{i:03}" for i in range(len(notebook.cells))]


# ---- Each runs outside the book ----


@pytest.fixture(scope="session")
def published(built: Path, notebooks: dict[str, Any]) -> dict[str, Any]:
    """The runs whose outputs the site shows: of each notebook's cells, in an empty folder (see test_book.py)."""
    found = {}
    with executed_pages(built / "executed" / fingerprint()) as cache:
        for record in cache.list_cache_records():
            name, run = Path(record.uri).stem, cache.get_cache_bundle(record.pk).nb
            if name in notebooks and code(run) == code(notebooks[name])[1:]:  # not one of a page as it was before
                found[name] = run
    return found


def code(notebook: Any) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("name", WITH_CODE)
def test_the_site_shows_a_run_of_its_cells(name: str, notebooks: dict[str, Any], published: dict[str, Any]) -> None:
    assert name in published
    assert published[name].metadata.kernelspec == notebooks[name].metadata.kernelspec
    outputs = [output for cell in published[name].cells for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    assert outputs


def execute(notebook: Any, folder: Path) -> Any:
    """Run all cells but the install line, which `make colab` runs; an error is kept among the outputs."""
    notebook = nbformat.from_dict(notebook)
    del notebook.cells[0]
    client = NotebookClient(notebook, timeout=600, allow_errors=True, resources={"metadata": {"path": str(folder)}})
    return run_notebook(client)


@pytest.fixture(scope="session")
def executed(notebooks: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every notebook after another run in a folder of its own, as many at a time as there are cores."""
    folders = [tmp_path_factory.mktemp(name) for name in notebooks]
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(os.cpu_count()) as pool:
        patch.setenv("TQDM_DISABLE", "1")
        patch.setenv("OMP_NUM_THREADS", "1")
        return dict(zip(notebooks, pool.map(execute, notebooks.values(), folders), strict=True))


@pytest.mark.weekly
@pytest.mark.parametrize("name", WITH_CODE)
def test_it_runs_on_its_own(name: str, executed: dict[str, Any]) -> None:
    outputs = [output for cell in executed[name].cells for output in cell.get("outputs", [])]
    assert [output.evalue for output in outputs if output.output_type == "error"] == []
    assert outputs


def shown(notebook: Any) -> list[str]:
    """What a reader sees below each cell: texts and pictures, without the random names of live widgets."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "code" and "skip-execution" not in cell.metadata.get("tags", []):
            outputs = cell.outputs
            text = "".join(output.get("text", "") for output in outputs)
            data = [{k: v for k, v in o.get("data", {}).items() if "widget" not in k} for o in outputs]
            found.append(text + json.dumps([kinds for kinds in data if kinds], sort_keys=True))
    return found


@pytest.mark.weekly
@pytest.mark.parametrize("name", [name for name in WITH_CODE if name not in TIMED])
def test_it_shows_what_the_page_shows(name: str, executed: dict[str, Any], published: dict[str, Any]) -> None:
    """So a run gives the same numbers and the same pictures, to the byte, whenever and wherever on one machine."""
    assert shown(executed[name]) == shown(published[name])
