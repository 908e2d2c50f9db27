"""The Chinese edition as a PDF: the same book, in contents, headings and words of its own language."""

import re
import unicodedata
from pathlib import Path

import pytest
import site_faults
from conftest import OUTPUT, PDF, build_all, built_from, once
from pdf import CHROMIUM, PDF_PATH, page_numbers, version
from pypdf import PdfReader
from pypdfium2 import PdfDocument
from test_pdf import PAGES, Sheet, lost_links, numbered, read, title

pytestmark = pytest.mark.weekly
FOLDER = OUTPUT / "_build" / "zh"
NO_GLYPH = re.compile("[\ufffd\uffff]")  # \ufffe is a hyphen at the end of a line


@pytest.fixture(scope="module")
def printed(built: Path) -> Path:
    if CHROMIUM is None:
        pytest.skip("no browser found: install Debian's package chromium")
    once("pdf-zh", lambda: build_all(FOLDER, PDF, language="zh_CN"), f"{built_from()} {version()}")
    return FOLDER / "_build" / PDF_PATH


@pytest.fixture(scope="module")
def sheets(printed: Path) -> list[Sheet]:
    return [read(page) for page in PdfDocument(printed)]


def test_it_is_the_whole_book_in_chinese(site: Path, sheets: list[Sheet]) -> None:
    contents = "\n".join(sheet.text for sheet in sheets[:5])
    for name in set(PAGES) - {"index"}:
        heading = unicodedata.normalize("NFKC", title(site / "zh", name)).replace(" ", "")  # as what is read
        listed = re.search(r"\s*".join(map(re.escape, heading)) + r"\s*(\d+)", contents)
        assert listed, f"the contents do not list {heading}"
        assert heading in sheets[int(listed[1]) - 1].text.replace(" ", "")
    assert sum("".join(sheet.text.split()).count("权重衰减") for sheet in sheets) > 60
    assert not any(NO_GLYPH.search(sheet.text) for sheet in sheets)


def test_it_has_the_answers_of_the_english_one(site: Path, printed: Path) -> None:
    questions = site_faults.elements(site, ".admonition.dropdown:not(.hint)")
    assert len(numbered(page_numbers(printed.read_bytes()), "answer")) == len(list(questions)) > 50


def test_its_links_lead_into_it_or_to_the_web(printed: Path) -> None:
    assert lost_links(PdfReader(printed), page_numbers(printed.read_bytes())) == []
