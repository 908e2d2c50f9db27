"""The book as an integration test: built strictly, every cell run, then looked over."""

from collections.abc import Callable
from pathlib import Path

import pytest
import site_faults
from conftest import ROOT, build_book, executed_pages

CHECKS = [
    site_faults.failed_cells,
    site_faults.broken_links,
    site_faults.images_without_alt,
    site_faults.foreign_addresses,
    site_faults.local_paths,
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
    site_faults.local_paths: '<a href="file:///home/reader/index.html#here">here</a>',
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


# ---- Pages that must not be published ----

CELLS = {
    "index": "print(6 * 7)",
    "fails": "print('before')\nassert 1 + 1 == 3, 'a sum that is wrong'",
    "leans": "open('references.bib')",  # on a file that no notebook has beside it
    "complains": "import sys\nprint('be careful', file=sys.stderr)",
}


def write_book(folder: Path, cells: dict[str, str]) -> None:
    """A book of a page for each of these cells."""
    front, _, _ = (ROOT / "book" / "index.md").read_text(encoding="utf-8").partition("---\n\n")
    (folder / "book").mkdir(exist_ok=True)
    for name, cell in cells.items():
        text = f"{front}---\n\n# The page {name}\n\n```{{code-cell}} ipython3\n{cell}\n```\n"
        (folder / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    (folder / "book" / "references.bib").touch()
    for name in ("book/_assets", "book/_ext", "_config.yml"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    chapters = "".join(f"- file: book/{name}\n" for name in cells if name != "index")
    (folder / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\n" + (f"chapters:\n{chapters}" if chapters else "")
    )


def test_a_cell_that_fails_or_complains_breaks_the_build_says_why_and_is_not_kept(tmp_path: Path) -> None:
    write_book(tmp_path, CELLS)
    build = build_book(tmp_path, tmp_path / "out")
    said = build.stdout + build.stderr
    assert build.returncode != 0
    for text in (
        "book/fails.md: a cell fails",
        "AssertionError: a sum that is wrong",
        "book/leans.md: a cell fails",
        "FileNotFoundError",
        "book/complains.md: a cell writes to stderr",
        "be careful",
    ):
        assert text in said
    (folder,) = (tmp_path / "out" / "_build" / "executed").iterdir()
    with executed_pages(folder) as cache:
        assert [Path(record.uri).stem for record in cache.list_cache_records()] == ["index"]
    assert not list((tmp_path / "out").rglob("*.html"))
