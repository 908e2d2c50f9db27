"""The search finds what a beginner looks up, in the spelling that comes to mind: as typed, the best place first."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import search_index
from conftest import with_explorer
from playwright.sync_api import Browser, Locator, Page, expect
from tabs import SIZE

FIRST = {  # what is typed, and the place that is about it
    "λ": ("lambda", "glossary.html#term-lambda"),
    "lambda": ("lambda", "glossary.html#term-lambda"),
    "choosing lambda": ("Choosing lambda", "choosing.html"),
    "Tikhonov": ("Tikhonov regularisation: ridge regression", "glossary.html#term-ridge-regression"),
    "BN": ("BN: batch normalisation", "glossary.html#term-batch-normalisation"),
    "regularization": ("regularisation", "glossary.html#term-regularisation"),
    "regularisation": ("regularisation", "glossary.html#term-regularisation"),
    "regulariz": ("regularisation", "glossary.html#term-regularisation"),
    "ridge": ("ridge: ridge regression", "glossary.html#term-ridge-regression"),
    "weight decay": ("Weight decay", "index.html"),
    "weight_decay": ("Weight decay", "index.html"),
    "AdamW": ("AdamW", "adamw.html"),
    "adamw": ("AdamW", "adamw.html"),
    "Hessian": ("Hessian", "glossary.html#term-Hessian"),
    "early stopping": ("Early stopping", "early-stopping.html"),
    "double descent": ("Double descent", "double-descent.html"),
    "grok": ("Grokking", "grokking.html"),
    "overfit": ("overfitting", "glossary.html#term-overfitting"),
    "from_arrays": ("wdlesson.data.Problem.from_arrays", "api.html#wdlesson.data.Problem.from_arrays"),
    "权重衰减": ("权重衰减: weight decay", "glossary.html#term-weight-decay"),
}
ON_PAGE = {"Muon": "today.html", "Lion": "today.html", "PyTorch AdamW decay": "adamw.html"}


@pytest.fixture(scope="module")
def search_page(browser: Browser, address: str) -> Iterator[Page]:
    with browser.new_page(viewport=SIZE) as page:
        page.goto(f"{address}search.html")
        expect(page.locator("#search-results ul")).to_be_attached()
        yield page


@pytest.fixture
def field(search_page: Page) -> Locator:
    """Empty, and nothing found."""
    field = search_page.locator("main form.bd-search input")
    field.fill("")
    expect(results(field)).to_have_count(0)
    return field


def results(field: Locator) -> Locator:
    return field.page.locator("#search-results li a")


@pytest.mark.parametrize("word", FIRST)
def test_the_right_place_comes_first(word: str, field: Locator) -> None:
    field.fill(word)
    title, target = FIRST[word]
    expect(results(field).first).to_have_text(title)
    assert str(results(field).first.get_attribute("href")).endswith(f"/book/{target}")


@pytest.mark.parametrize("word", ON_PAGE)
def test_the_right_page_comes_first(word: str, field: Locator) -> None:
    field.fill(word)
    assert f"/book/{ON_PAGE[word]}" in str(results(field).first.get_attribute("href"))


def test_the_search_does_not_find_everything(field: Locator) -> None:
    field.fill("xylophone")
    expect(field.page.locator(".search-summary")).to_contain_text("did not match")
    expect(results(field)).to_have_count(0)


def test_a_link_to_a_search_shows_it(page: Page, address: str) -> None:
    page.goto(f"{address}search.html?q=Tikhonov")
    expect(results(page.locator("main form.bd-search input")).first).to_contain_text("Tikhonov")


def test_every_place_that_is_found_is_there(field: Locator) -> None:
    hrefs = set[str]()
    for word in ("decay", "ridge", "norm", "lambda", "train", "exercise"):
        field.fill(word)
        hrefs |= set(results(field).evaluate_all("all => all.map(e => e.href)"))
    assert len(hrefs) > 50
    for page in {href.partition("#")[0] for href in hrefs}:
        text = field.page.request.get(page).text()
        for anchor in {href.partition("#")[2] for href in hrefs if href.startswith(page)} - {""}:
            assert f'id="{anchor}"' in text, anchor


def test_excerpts_are_words(site: Path) -> None:
    """No TeX, no button."""
    text = (site / "_static" / "search_index.js").read_text("utf-8")
    assert "\\\\" not in text
    assert "Click to" not in text
    assert not re.search(r'"text":"\d+ minutes to read', text)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        (r"\lambda", "λ"),
        (r"\eta\lambda", "ηλ"),
        (r"\norm{w}^2", "‖w‖²"),
        (r"\frac{\lambda}{2}\norm{w}^2", "λ/2‖w‖²"),
        (r"\Delta", "Δ"),
        (r"X^\top X/n", "X^ᵀX/n"),
        (r"w_{\text{true}}", "w_true"),
        (r"\begin{pmatrix} 1 \end{pmatrix}", "…"),
    ],
)
def test_formulas_are_quoted_in_signs(formula: str, words: str) -> None:
    assert search_index.plain(formula) == words


# ---- From any page ----


def test_the_search_comes_when_it_is_asked_for(site: Path, address: str, new_page: Page) -> None:
    asked, page = list[str](), new_page
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address + with_explorer(site)[0])
    assert not [url for url in asked if url.endswith(("search.js", "search_index.js"))]
    page.keyboard.press("Control+k")
    expect(page.locator("#pst-search-dialog input")).to_be_focused()
    page.keyboard.type("tikhonov")
    expect(page.locator("#pst-search-dialog li a").first).to_contain_text("Tikhonov")
    expect(page.locator("#pst-search-dialog li mark").first).to_have_text("Tikhonov")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#pst-search-dialog li a").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/glossary.html#term-ridge-regression")


def test_what_is_typed_before_the_search_is_there_counts(address: str, page: Page) -> None:
    page.goto(f"{address}book/penalty.html")
    page.evaluate("document.querySelector('#pst-search-dialog input').value = 'Tikhonov'")
    page.keyboard.press("Control+k")
    expect(page.locator("#pst-search-dialog li a").first).to_contain_text("Tikhonov")


def test_the_search_runs_from_a_folder(site: Path, page: Page) -> None:
    page.goto((site / "book" / "penalty.html").as_uri())
    page.keyboard.press("Control+k")
    page.keyboard.type("ridge")
    expect(page.locator("#pst-search-dialog li a").first).to_contain_text("ridge")


def test_the_search_finds_its_way_from_a_wrong_address(address: str, page: Page) -> None:
    page.goto(f"{address}404.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("ridge")
    link = page.locator("#pst-search-dialog li a").first
    assert page.request.get(str(link.evaluate("e => e.href"))).ok
