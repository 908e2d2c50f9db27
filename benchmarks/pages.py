"""What each page costs to run: seconds, and the peak memory of its kernel. One page after another.

    python benchmarks/pages.py [PAGE ...]

For each page: seconds from the start of its kernel to its end, peak memory of the kernel (Linux), and its slowest cell.
The limits that we keep to: no page above 40 s, no kernel above 1.5 GB.
"""

import os
import sys
import time
from pathlib import Path

import nbformat
from myst_nb.core.read import read_myst_markdown_notebook  # type: ignore[import-untyped]
from nbclient import NotebookClient
from tqdm.auto import tqdm

BOOK = Path(__file__).parent.parent / "book"
PEAK = "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"  # kB


def run(page: Path) -> tuple[float, float, float, str]:
    """Seconds of the page, peak GB of its kernel, and seconds and first line of its slowest cell."""
    notebook = read_myst_markdown_notebook(page.read_text(encoding="utf-8"), add_source_map=False)
    notebook.cells = [cell for cell in notebook.cells if "skip-execution" not in cell.metadata.get("tags", [])]
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK))
    start = time.perf_counter()
    cells: list[tuple[float, str]] = []
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(page.parent)}})
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            begun = time.perf_counter()
            client.execute_cell(cell, index)
            cells.append((time.perf_counter() - begun, cell.source.split("\n")[0]))
    seconds, line = max(cells)
    return time.perf_counter() - start, int(notebook.cells[-1].outputs[0].text) / 1e6, seconds, line


def main(names: list[str]) -> None:
    os.environ.update(TQDM_DISABLE="1", OMP_NUM_THREADS="1")  # as book/_ext/execute.py sets them
    pages = [BOOK / f"{name}.md" for name in names] or sorted(BOOK.rglob("*.md"))
    pages = [page for page in pages if "```{code-cell}" in page.read_text(encoding="utf-8")]
    for page in tqdm(pages, unit="page"):
        seconds, memory, slowest, line = run(page)
        tqdm.write(f"{page.stem:20} {seconds:5.1f} s  {memory:4.2f} GB   slowest cell {slowest:5.1f} s: {line}")


if __name__ == "__main__":
    main(sys.argv[1:])
