"""The Chinese edition as it is built: the same runs, the same anchors, and no English left on its pages."""

import copy
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import site_faults
from bs4 import BeautifulSoup, Tag
from conftest import ADDRESS, pages
from playwright.sync_api import Page, expect
from site_faults import elements, soup
from test_pages import Visitor

HAN = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{3}")
CODE = sorted(
    path.stem for path in (Path(__file__).parents[1] / "book").glob("*.md") if "{code-cell}" in path.read_text("utf-8")
)


@pytest.fixture(scope="session")
def chinese(site: Path) -> Path:
    return site / "zh"


@pytest.fixture(scope="session")
def names(site: Path) -> list[str]:
    return [name for name in pages(site) if name.startswith("book/")]


# ---- The two belong together ----


def test_both_have_the_same_pages(site: Path, chinese: Path) -> None:
    assert pages(chinese) == pages(site)


def test_each_page_links_to_its_twin(site: Path, chinese: Path, names: list[str]) -> None:
    for edition, other in ((site, chinese), (chinese, site)):
        for name in names:
            (link,) = soup(edition / name).select("a.edition")
            assert (edition / name).parent.joinpath(str(link["href"])).resolve() == (other / name).resolve()
    assert soup(site / names[0]).select("a.edition")[0].get_text(strip=True) == "中文"
    assert soup(chinese / names[0]).select("a.edition")[0].get_text(strip=True) == "English"


def test_search_engines_are_told_of_both(site: Path, chinese: Path, names: list[str]) -> None:
    for edition in (site, chinese):
        for name in names:
            links = {str(a["hreflang"]): str(a["href"]) for a in soup(edition / name).select("link[hreflang]")}
            english = ADDRESS + name
            assert links == {"en": english, "zh-CN": f"{ADDRESS}zh/{name}", "x-default": english}
            (canonical,) = soup(edition / name).select("link[rel=canonical]")
            assert canonical["href"] == links["en" if edition == site else "zh-CN"]
    assert f"{ADDRESS}zh/book/penalty.html" in (chinese / "sitemap.xml").read_text("utf-8")


def test_each_says_its_language(site: Path, chinese: Path, names: list[str]) -> None:
    for edition, language in ((site, "en"), (chinese, "zh-CN")):
        assert {str(soup(edition / name).select_one("html")["lang"]) for name in names} == {language}  # type: ignore[index]


def test_no_link_of_the_chinese_edition_is_broken(chinese: Path) -> None:
    broken = site_faults.broken_links(chinese)
    assert [link for link in broken if not link.startswith("404.html")] == []  # GitHub serves the root's alone
    assert site_faults.foreign_addresses(chinese) == []


def test_a_catalogue_is_what_an_edit_is_suggested_for(chinese: Path) -> None:
    links = [str(a["href"]) for a in soup(chinese / "book/penalty.html").select("a[href*='/edit/']")]
    assert [link.rpartition("/main/")[2] for link in links] == ["locale/zh_CN/penalty.po"]


# ---- The same runs ----


def cells(edition: Path, name: str) -> list[tuple[str, str]]:
    """What stands in each code cell, and below it: alternative texts and the names of folds aside."""
    return [
        (text_of(cell, ".cell_input pre"), output_of(edition, cell)) for cell in soup(edition / name).select("div.cell")
    ]


def text_of(cell: Tag, selector: str) -> str:
    return "".join(element.get_text() for element in cell.select(selector))


def output_of(edition: Path, cell: Tag) -> str:
    found = BeautifulSoup("".join(str(output) for output in cell.select(".cell_output")), "html.parser")
    for image in found.select("img"):
        path = (edition / "book" / str(image["src"])).resolve()
        image.attrs = {"src": hashlib.sha256(path.read_bytes()).hexdigest()}
    return str(found)


def states(edition: Path, name: str) -> list[Any]:
    scripts = soup(edition / name).select('script[type="application/vnd.jupyter.widget-state+json"]')
    return [json.loads(script.text) for script in scripts]


def test_code_outputs_pictures_and_figures_are_the_same(site: Path, chinese: Path, names: list[str]) -> None:
    count = 0
    for name in names:
        ours, theirs = cells(site, name), cells(chinese, name)
        assert ours == theirs, name
        assert states(site, name) == states(chinese, name)
        count += len(ours)
    assert count > 400


def test_anchors_are_the_same(site: Path, chinese: Path, names: list[str]) -> None:
    def anchors(edition: Path, name: str) -> set[str]:
        found = {str(element["id"]) for element in soup(edition / name).select("main [id]")}
        return {anchor for anchor in found if not re.fullmatch(r"id\d+|.*-\d+|codecell\d+", anchor)}

    for name in names:
        assert anchors(site, name) == anchors(chinese, name), name


@pytest.mark.parametrize("name", CODE)
def test_notebooks_have_the_same_code(name: str, site: Path, chinese: Path) -> None:
    both = [
        json.loads((edition / f"notebooks/{name}.ipynb").read_text("utf-8"))["cells"] for edition in (site, chinese)
    ]
    ours, theirs = ([cell["source"] for cell in each if cell["cell_type"] == "code"] for each in both)
    assert ours[1:] == theirs[1:]  # the first installs the package, and may set its language
    prose = "".join("".join(cell["source"]) for cell in both[1] if cell["cell_type"] == "markdown")
    assert len(HAN.findall(prose)) > 300


# ---- No English left ----

APART = (
    "script, style, noscript, pre, code, .cell_output, .math, .katex, .citation, dl.citation, .citation-list, dl.py, "
    ".sig-object, a[href*='#id'], svg, kbd, a.edition"
)
NAMES_KEPT = re.compile(
    r"AdamW|SGD|Colab|nbgrader|Gradescope|Ali|LoRA|\.(ipynb|md|pdf)|wdlesson[\w.]*|λ|GitHub|Ctrl|"
    r"lambda|Lasso|Hessian|MacKay|Muon|Lion|Adam|Frobenius|CC BY|"
    r"Goh|Defazio|Gromov|van Laarhoven|Tibshirani|Chou|bubblewrap|[A-Z]\w+ (et al\.|and \w+)"
)


def left(document: BeautifulSoup) -> Iterator[str]:
    """Blocks of text and names of things in which no Chinese character stands."""
    document = copy.copy(document)
    for element in document.select(APART):
        element.decompose()
    for element in document.find_all(True):
        for name in ("alt", "title", "aria-label", "placeholder"):
            if is_english(str(element.get(name, ""))):
                yield f"{name}: {element[name]}"
        holds_no_block = not element.find(["p", "li", "div", "a", "button", "span", "td", "th", "dt"])
        if holds_no_block and element.name != "em" and is_english(element.get_text()):
            yield f"{element.name}: {' '.join(element.get_text().split())}"


def is_english(text: str) -> bool:
    return bool(ENGLISH.search(NAMES_KEPT.sub("", text))) and not HAN.search(text)


TERMS = {"glossary", "api", "genindex"}  # both languages stand there, and what is written in the package


def test_no_english_is_left(chinese: Path) -> None:
    found = {
        f"{name}: {text}"
        for name in pages(chinese)
        if Path(name).stem not in TERMS
        for text in left(soup(chinese / name))
    }
    assert sorted(found) == []


def test_english_that_is_left_is_noticed() -> None:
    page = BeautifulSoup('<p>Two words</p><p>两个 words</p><img alt="A picture"><code>print this</code>', "html.parser")
    assert list(left(page)) == ["p: Two words", "alt: A picture"]


# ---- In a browser ----


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("权重衰减", "book/"),
        ("岭回归", "book/"),
        ("有效自由度", "book/"),
        ("早停", "book/early-stopping.html"),
        ("双重下降", "book/double-descent.html"),
        ("噪声下限", "book/"),
        ("AdamW", "book/adamw.html"),
    ],
)
def test_the_search_finds_chinese(query: str, first: str, chinese: Path, page: Page, address: str) -> None:
    page.goto(f"{address}zh/search.html")
    page.locator("form.bd-search input").last.fill(query)
    hits = page.locator("#search-results a")
    expect(hits.first).to_be_visible()
    assert first in str(hits.first.get_attribute("href"))
    assert query in page.locator("#search-results li").first.inner_text()


def test_the_search_says_where_nothing_is(chinese: Path, page: Page, address: str) -> None:
    page.goto(f"{address}zh/search.html")
    page.locator("form.bd-search input").last.fill("雪豹")
    expect(page.locator(".search-summary").last).to_contain_text("没有找到")


def test_dots_of_stress_stand_below_chinese_alone(chinese: Path) -> None:
    dotted = [stressed for _, stressed in elements(chinese, "em:not([class]):not([lang])")]
    assert len(dotted) > 50
    assert [str(stressed) for stressed in dotted if not HAN.search(stressed.get_text())] == []
    assert list(elements(chinese, 'em[lang="en"]'))


def test_figures_speak_the_language_of_their_page(chinese: Path, page: Page, address: str) -> None:
    for edition, word in (("", "New sample"), ("zh/", "换一组样本")):
        page.goto(f"{address}{edition}book/index.html")
        expect(page.get_by_role("button", name=word)).to_be_visible()


def test_chinese_pages_shut_nobody_out(chinese: Path, new_page: Page, address: str) -> None:
    visitor = Visitor(new_page, address)
    for name in ("index", "penalty", "practice", "glossary"):
        seen = visitor.visit(f"zh/book/{name}.html")
        assert (seen.noticed, seen.violations, seen.too_wide) == ([], [], []), name
