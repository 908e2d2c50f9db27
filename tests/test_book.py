"""The book as an integration test: built strictly, every cell run, then looked over."""

from collections.abc import Callable
from pathlib import Path

import pytest
import site_faults
from conftest import ROOT, build_book

CHECKS = [
    site_faults.failed_cells,
    site_faults.broken_links,
    site_faults.images_without_alt,
    site_faults.foreign_addresses,
    site_faults.homework_solutions,
]


@pytest.mark.parametrize("faults", CHECKS)
def test_the_site_has_no(faults: Callable[[Path], list[str]], site: Path) -> None:
    assert faults(site) == []


def test_every_code_page_shows_its_outputs(site: Path) -> None:
    assert site_faults.pages_without_outputs(site, ROOT / "book") == []


def test_every_page_in_the_book_folder_is_published(site: Path) -> None:
    assert {p.stem for p in (ROOT / "book").glob("*.md")} == {p.stem for p in (site / "book").glob("*.html")}


PLANTED: dict[Callable[[Path], list[str]], str] = {
    site_faults.failed_cells: '<div class="cell_output"><div class="output traceback">ValueError</div></div>',
    site_faults.broken_links: '<a href="nowhere.html">there</a>',
    site_faults.images_without_alt: '<img src="page.html" alt="../_images/0123.svg">',
    site_faults.foreign_addresses: '<script src="https://cdn.example.org/x.js"></script>',
    site_faults.homework_solutions: "<pre>### BEGIN SOLUTION</pre>",
}


@pytest.mark.parametrize("faults", CHECKS)
def test_a_planted_fault_is_found(faults: Callable[[Path], list[str]], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<p id="here"><a href="#here">here</a></p>')
    assert faults(tmp_path) == []
    site_faults.soup.cache_clear()
    page.write_text(PLANTED[faults])
    assert len(faults(tmp_path)) == 1
    site_faults.soup.cache_clear()


def test_more_planted_faults_are_found(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text('<a href="#nowhere">x</a><script>const A = "https://cdn.example.org"</script>')
    (tmp_path / "style.css").write_text("@font-face { src: url(//fonts.example.org/a.woff2) }")
    assert len(site_faults.broken_links(tmp_path)) == 1
    assert len(site_faults.foreign_addresses(tmp_path)) == 2


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        ("assert 1 + 1 == 3", "AssertionError"),
        ('import sys; print("careful", file=sys.stderr)', "stderr was found in the cell outputs"),
    ],
)
def test_a_cell_that_fails_or_complains_breaks_the_build(cell: str, complaint: str, tmp_path: Path) -> None:
    front, _, _ = (ROOT / "book" / "index.md").read_text(encoding="utf-8").partition("---\n\n")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "index.md").write_text(f"{front}---\n\n# A page\n\n```{{code-cell}} ipython3\n{cell}\n```\n")
    (tmp_path / "book" / "references.bib").touch()
    (tmp_path / "book" / "_assets").symlink_to(ROOT / "book" / "_assets")
    (tmp_path / "book" / "_ext").symlink_to(ROOT / "book" / "_ext")
    (tmp_path / "_config.yml").symlink_to(ROOT / "_config.yml")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/index\n")
    build = build_book(tmp_path, tmp_path / "out")
    assert build.returncode != 0
    assert complaint in build.stdout + build.stderr
