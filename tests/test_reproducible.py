"""Two builds of the site are the same, byte for byte.

A page's outputs are compared in test_notebooks.py, with a second run of all its cells. Here the second build takes them
from the first, and the PDF with them, which takes a minute to print; notebooks and pages are made anew.
"""

import shutil
from pathlib import Path

from conftest import NOTEBOOKS, PAGES, ROOT, build_all


def files(site: Path) -> dict[str, bytes]:
    return {str(path.relative_to(site)): path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()}


def test_a_second_build_is_the_same_to_the_byte(built: Path) -> None:
    output = ROOT / "_build" / "again"
    shutil.rmtree(output, ignore_errors=True)
    for taken in ("executed", "pdf"):
        if (built / taken).exists():  # there is no PDF where there is no browser
            shutil.copytree(built / taken, output / "_build" / taken)
    build_all(output, NOTEBOOKS, PAGES)
    one, two = files(built / "html"), files(output / "_build" / "html")
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []
