"""What is printed: the whole book as a PDF, and one page as a reader prints it."""

import ctypes
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib
import pdf as printing
import pytest
import site_faults
from conftest import FLAGS, ROOT
from playwright.sync_api import Browser, Page
from pypdf import PdfReader
from pypdf.generic import DictionaryObject
from pypdfium2 import PdfDocument, PdfObject, PdfPage, raw
from sphinx.errors import ExtensionError

PAGES = sorted(path.stem for path in (ROOT / "book").glob("*.md"))
MEGABYTE = 2**20

# ---- The PDF ----

Box = tuple[float, float, float, float]  # left, bottom, right, top
WHITE = (1.0, 1.0, 1.0)
CODE_PAPER = (0.953, 0.957, 0.961)


@dataclass
class Sheet:
    """One page of the PDF: its text, where pieces of text begin, and the filled boxes."""

    text: str
    pieces: list[tuple[float, float]]
    boxes: list[tuple[Box, tuple[float, ...]]]
    width: float

    def empty(self) -> list[Box]:
        """Boxes of code, and others as wide as the text, in which nothing stands."""
        return [box for box, colour in self.boxes if self.matters(box, colour) and not self.holds_text(box)]

    def wide(self, box: Box, least: float = 0.7) -> bool:
        left, bottom, right, top = box
        return top - bottom > 7 and 0.98 > (right - left) / self.width > least

    def matters(self, box: Box, colour: tuple[float, ...]) -> bool:
        code = max(abs(a - b) for a, b in zip(colour, CODE_PAPER, strict=True)) < 0.01
        return colour != WHITE and self.wide(box, 0.5 if code else 0.7)

    def holds_text(self, box: Box) -> bool:
        left, bottom, right, top = box
        return any(left - 1 <= x <= right + 1 and bottom - 2 <= y <= top + 2 for x, y in self.pieces)


def read(page: PdfPage) -> Sheet:
    words = page.get_textpage()
    text = " ".join(unicodedata.normalize("NFKC", words.get_text_range()).split())  # ligatures become letters
    pieces = [words.get_rect(i)[:2] for i in range(words.count_rects())]
    drawn = page.get_objects([raw.FPDF_PAGEOBJ_PATH])
    boxes = [(shape.get_bounds(), fill(shape)) for shape in drawn if is_filled(shape)]
    return Sheet(text, pieces, boxes, page.get_width())


def is_filled(shape: PdfObject) -> bool:
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(shape.raw, ctypes.byref(mode), ctypes.byref(stroke))
    return mode.value != int(raw.FPDF_FILLMODE_NONE)


def fill(shape: PdfObject) -> tuple[float, ...]:
    """The colour of the ink, from 0 to 1: red, green, blue."""
    ink = [ctypes.c_uint() for _ in range(4)]
    raw.FPDFPageObj_GetFillColor(shape.raw, *map(ctypes.byref, ink))
    return tuple(part.value / 255 for part in ink[:3])


@pytest.fixture(scope="module")
def printed(pdf: Path) -> PdfReader:
    return PdfReader(pdf)


@pytest.fixture(scope="module")
def places(pdf: Path) -> dict[str, int]:
    return printing.page_numbers(pdf.read_bytes())


@pytest.fixture(scope="module")
def sheets(pdf: Path) -> list[Sheet]:
    return [read(page) for page in PdfDocument(pdf)]


def title(site: Path, name: str) -> str:
    return str(site_faults.soup(site / "book" / f"{name}.html").select("h1")[0].find(string=True, recursive=False))


def contents(sheets: list[Sheet]) -> str:
    return "".join(sheet.text for sheet in sheets[:5])


def test_the_pdf_holds_the_whole_book_with_contents_and_page_numbers(site: Path, sheets: list[Sheet]) -> None:
    for name in set(PAGES) - {"index"}:
        listed = re.search(rf"{re.escape(title(site, name))} (\d+)", contents(sheets))
        assert listed, f"the contents do not list {name}"
        text = sheets[int(listed[1]) - 1].text
        assert title(site, name) in text
        assert text.endswith(listed[1])  # the number at the foot
        assert "\\frac" not in text  # formulas were typeset
    assert sheets[-1].text.endswith(str(len(sheets)))


def test_no_box_is_left_empty_at_a_page_break(sheets: list[Sheet]) -> None:
    assert {number: sheet.empty() for number, sheet in enumerate(sheets, 1) if sheet.empty()} == {}


def test_no_page_is_empty(sheets: list[Sheet]) -> None:
    assert [number for number, sheet in enumerate(sheets, 1) if sheet.text == str(number)] == []


def test_an_empty_box_is_noticed() -> None:
    box: Box = (80.0, 50.0, 520.0, 70.0)
    sheet = Sheet("", [(90.0, 100.0)], [(box, CODE_PAPER)], 600.0)
    assert sheet.empty() == [box]
    assert Sheet("x", [(90.0, 60.0)], [(box, CODE_PAPER)], 600.0).empty() == []


def test_chinese_terms_are_printed(sheets: list[Sheet]) -> None:
    assert any("权重衰减" in sheet.text for sheet in sheets)


def test_checks_are_a_line_each(sheets: list[Sheet]) -> None:
    lines = [line for sheet in sheets for line in re.findall(r"✓ \d+ checks?", sheet.text)]
    assert len(lines) > 100
    assert not any(re.search(r"\bassert ", sheet.text) for sheet in sheets)


def numbered(places: dict[str, int], kind: str) -> list[int]:
    """The pages of questions or of answers, in their order."""
    count = sum(name.startswith(f"{kind}-") for name in places)
    return [places[f"{kind}-{number}"] for number in range(1, count + 1)]


def test_answers_stand_in_an_appendix_with_links_there_and_back(
    site: Path, places: dict[str, int], sheets: list[Sheet]
) -> None:
    start = re.search(r"Answers and solutions (\d+)", contents(sheets))
    assert start
    questions, answers = numbered(places, "question"), numbered(places, "answer")
    assert (
        len(questions) == len(answers) == len(list(site_faults.elements(site, ".admonition.dropdown:not(.hint)"))) > 50
    )
    assert max(questions) < int(start[1]) <= min(answers)
    for question, answer in zip(questions, answers, strict=True):
        around = sheets[question - 1].text + sheets[question].text  # the link may stand on the next page
        assert re.search(rf"(Answer \d+|Solution): page {answer}\b", around)
        assert f"asked on page {question}" in sheets[answer - 1].text


def links(printed: PdfReader) -> Iterator[DictionaryObject]:
    for page in printed.pages:
        for annotation in page.get("/Annots", []):
            if (found := annotation.get_object())["/Subtype"] == "/Link":
                yield found


def lost_links(printed: PdfReader, places: dict[str, int]) -> list[str]:
    """The links that lead neither to a place in the book nor to the web."""
    within = [str(link["/Dest"]).lstrip("/") for link in links(printed) if "/Dest" in link]
    abroad = [str(link["/A"]["/URI"]) for link in links(printed) if "/Dest" not in link]  # type: ignore[index]
    assert len(within) > 500
    assert len(abroad) > 30
    lost = [place for place in within if place not in places]
    return lost + [place for place in abroad if not place.startswith(("https://", "http://"))]


def test_a_link_leads_into_the_book_or_to_the_web(printed: PdfReader, places: dict[str, int]) -> None:
    assert lost_links(printed, places) == []


def test_a_citation_leads_to_its_work(site: Path, places: dict[str, int], sheets: list[Sheet]) -> None:
    """Ids are of a page's own, and the book's one page has many pages' ids: a work's must be found first."""
    cited = [work for _, work in site_faults.elements(site, ".citation") if str(work["id"]) in places]
    assert len(cited) > 50
    for work in cited:
        label = work.select_one(".label")
        assert label
        assert label.get_text() in sheets[places[str(work["id"])] - 1].text


def answers_of(site: Path, name: str) -> list[str]:
    """A long piece of text from each answer and solution of a page, where there is one."""
    answers = site_faults.soup(site / "book" / f"{name}.html").select(".admonition.dropdown:not(.hint)")
    pieces = [max(answer.select("p")[1].find_all(string=True), key=len) for answer in answers]
    return [" ".join(piece.split()) for piece in pieces if len(piece) > 40]


def test_no_answer_stands_beside_its_question(site: Path, places: dict[str, int], sheets: list[Sheet]) -> None:
    first = min(numbered(places, "answer"))
    body, appendix = (" ".join(s.text for s in part) for part in (sheets[: first - 1], sheets[first - 1 :]))
    sentences = [sentence for name in PAGES for sentence in answers_of(site, name)]
    assert [sentence for sentence in sentences if sentence in body] == []
    assert sum(sentence in appendix for sentence in sentences) > 0.8 * len(sentences) > 20  # a page break cuts some


def test_the_first_page_says_who_and_when_and_under_which_licence(printed: PdfReader, sheets: list[Sheet]) -> None:
    for line in printing.imprint("The wdlesson authors", "en"):
        assert str(line) in sheets[0].text
    assert printed.metadata
    assert (printed.metadata.title, printed.metadata.author) == ("Weight decay", "The wdlesson authors")


def test_the_pdf_is_small(pdf: Path) -> None:
    assert pdf.stat().st_size < 12 * MEGABYTE


# ---- Which version it is ----


def test_the_environment_tells_the_time_of_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert printing.version() == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert printing.imprint("A", "en")[-1] == "Version of 14 November 2023"


def test_else_the_last_commit_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setattr(printing, "ROOT", tmp_path)
    assert printing.version() is None  # no repository
    (tmp_path / "page.md").touch()
    stamp = {f"GIT_{who}_{what}": who.lower() for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    stamp |= {"GIT_AUTHOR_DATE": "1600000000 +0000", "GIT_COMMITTER_DATE": "1600000000 +0000"}
    for command in (["init", "--quiet"], ["add", "page.md"], ["commit", "--quiet", "--message", "one"]):
        subprocess.run(["git", *command], cwd=tmp_path, env=os.environ | stamp, check=True)
    assert printing.version() == datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)
    monkeypatch.setenv("PATH", "")
    assert printing.version() is None  # no git


# ---- Fonts ----


FONTS = Path(str(matplotlib.get_data_path()), "fonts", "ttf")  # Latin and Greek, and no Chinese


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody but the system chooses the fonts")
def test_a_letter_without_a_font_is_found(browser: Browser, page: Page, tmp_path: Path) -> None:
    words = "<p>weight decay λ 权重衰减</p>"
    page.set_content(words)
    assert page.evaluate(printing.script("pdf_glyphs")) == ""
    fonts = tmp_path / "fonts.conf"
    fonts.write_text(f"<fontconfig><dir>{FONTS}</dir><cachedir>{tmp_path}</cachedir></fontconfig>")
    environment: dict[str, Any] = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
    latin = browser.browser_type.launch(executable_path=printing.CHROMIUM, args=FLAGS, env=environment)
    poor = latin.new_page()
    poor.set_content(words)
    assert poor.evaluate(printing.script("pdf_glyphs")) == "".join(sorted("权重衰减"))
    latin.close()


def test_the_build_says_which_font_to_install() -> None:
    printing.refuse_missing("")
    with pytest.raises(ExtensionError, match=r"empty boxes for 权重: .* fonts-wqy-microhei"):
        printing.refuse_missing("权重")


# ---- A page that a reader prints ----

DARK = """
() => {
  const shade = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b;
  return [document.body, ...document.querySelectorAll("article *")].filter((e) => {
    if (!e.checkVisibility()) return false;
    const { color, backgroundColor, filter, mixBlendMode } = getComputedStyle(e);
    const paper = shade(backgroundColor);
    const dark = light(shade(color)) > 200 || (paper[3] !== 0 && light(paper) < 130);
    return dark || filter !== "none" || mixBlendMode !== "normal";
  }).map((e) => e.outerHTML.slice(0, 80));
}
"""


@pytest.fixture
def dark(browser: Browser, address: str) -> Iterator[Page]:
    with browser.new_page(color_scheme="dark") as page:
        page.goto(address + "book/penalty.html", wait_until="networkidle")
        page.add_style_tag(content="* { transition: none !important }")  # no colour between two others
        yield page


def test_a_dark_page_is_printed_as_a_light_one(dark: Page) -> None:
    assert dark.evaluate(DARK) != []
    dark.emulate_media(media="print", color_scheme="dark")
    dark.wait_for_function("document.documentElement.dataset.theme === 'light'")
    assert dark.evaluate(DARK) == []
    dark.emulate_media(media="screen", color_scheme="dark")
    dark.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    assert dark.evaluate(DARK) != []


def test_a_reader_prints_light_paper_without_empty_boxes_and_answers(site: Path, dark: Page) -> None:
    theme = "document.documentElement.dataset.theme"
    dark.evaluate(f"addEventListener('beforeprint', () => window.printed = {theme})")
    sheets = [read(page) for page in PdfDocument(dark.pdf(print_background=True))]
    assert dark.evaluate(f"[window.printed, {theme}]") == ["light", "dark"]
    assert [box for sheet in sheets for box in sheet.empty()] == []
    text = " ".join(sheet.text for sheet in sheets)
    assert "Predict" in text
    assert [sentence for sentence in answers_of(site, "penalty") if sentence in text] == []


def test_nodes_are_numbered_from_one_in_their_order() -> None:
    one, two = (b"[(node%08d) (node%08d)] (node%08d) node" % (9 + k, 7 + k, 9 + k) for k in (0, 13))
    assert printing.renumber_nodes(one) == printing.renumber_nodes(two)
    assert printing.renumber_nodes(one) == b"[(node00000002) (node00000001)] (node00000002) node"
