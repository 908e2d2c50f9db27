"""Two builds of the site are the same, byte for byte.

A page's outputs are compared in test_notebooks.py, with a second run of all its cells. Here the second build takes them
from the first; notebooks, pages and the PDF are made anew.
"""

import shutil
from pathlib import Path

import pytest
from conftest import PAGES, PDF, ROOT, STAND_IN, build_all
from pdf import PDF_PATH


def files(site: Path) -> dict[str, bytes]:
    return {str(path.relative_to(site)): path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()}


@pytest.mark.weekly
def test_a_second_build_of_the_site_is_the_same_to_the_byte(built: Path) -> None:
    again = begin(built)
    shutil.copytree(built / "pdf", again / "pdf")
    (again / PDF_PATH).write_bytes(STAND_IN)  # as beside the first
    build_all(again / "zh", PAGES, language="zh_CN")
    build_all(again.parent, PAGES)
    one, two = files(built / "html"), files(again / "html")
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


@pytest.mark.weekly
def test_a_second_print_is_the_same_to_the_byte(built: Path, pdf: Path) -> None:
    again = begin(built)
    build_all(again.parent, PDF)
    assert (again / PDF_PATH).read_bytes() == pdf.read_bytes()


def begin(built: Path) -> Path:
    """A folder to build in, where nothing is but what the cells gave."""
    again = ROOT / "_build" / "again" / "_build"
    shutil.rmtree(again, ignore_errors=True)
    shutil.copytree(built / "executed", again / "executed")
    return again
