"""The frame of every explorer, on a page like the site's but without the book: address, reset, links, tables, keys."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from conftest import ROOT
from mount import page_with, tables
from playwright.sync_api import Error, Locator, Page, Route, expect

from wdlesson import explorers
from wdlesson.explorers.base import Explorer, Parameter

ALL = [getattr(explorers, name) for name in explorers.__all__]
HOME = "http://book.test/page.html"
LINKS = (
    '<p id="first"><a class="wd-set" href="?norm-ball.norm=L1&amp;norm-ball.lam=0.1#norm-ball">L1</a> '
    '<a class="wd-set" href="?lambda-dial.lam=1#lambda-dial">one</a> <a href="#about-lambda-dial">on</a></p>'
)
Open = Callable[[str], None]


@pytest.fixture
def visit(page: Page) -> Iterator[Open]:
    """Open a page of two explorers at an address: what comes after the page's name."""
    html = page_with(explorers.NormBall(), explorers.LambdaDial(), links=LINKS)
    script = (ROOT / "book" / "_assets" / "widgets.js").read_text("utf-8")

    def answer(route: Route) -> None:
        scripts = route.request.url.endswith(".js")
        route.fulfill(body=script if scripts else html, content_type="text/javascript" if scripts else "text/html")

    def go(rest: str) -> None:
        page.goto(HOME + rest)
        expect(page.locator(".wd-line")).to_have_count(2)

    def note(error: Error) -> None:
        errors.append(error)

    errors: list[Error] = []
    page.route("http://book.test/**", answer)
    page.on("pageerror", note)
    yield go
    page.remove_listener("pageerror", note)
    assert errors == []


def line(page: Page, anchor: str) -> Locator:
    return page.locator(f"#{anchor} .wd-line")


def slide(page: Page, anchor: str, label: str, index: int) -> None:
    page.locator(f"#{anchor}").get_by_label(label, exact=True).fill(str(index))


def query(page: Page) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(page.url).query))


def test_the_first_state_leaves_the_address_clean_and_another_is_written_into_it(page: Page, visit: Open) -> None:
    visit("")
    slide(page, "norm-ball", "Penalty λ", 0)
    slide(page, "lambda-dial", "Penalty λ", 0)
    page.wait_for_url("**?*lambda-dial*")
    assert query(page) == {"norm-ball.lam": "0", "lambda-dial.lam": "0"}
    page.locator("#norm-ball").get_by_role("button", name="Reset").click()
    page.wait_for_url(lambda url: "norm-ball" not in url)
    page.locator("#lambda-dial").get_by_role("button", name="Reset").click()
    page.wait_for_url(HOME)


def test_the_state_survives_a_reload_and_going_away_and_back(page: Page, visit: Open) -> None:
    visit("?norm-ball.minimum=0.6,2.4&norm-ball.norm=L1&lambda-dial.sample=3")
    seen = [line(page, anchor).text_content() for anchor in ("norm-ball", "lambda-dial")]
    assert "(0.60, 2.40)" in str(seen[0])
    assert "sample 4 of 20" in str(seen[1])
    page.reload()
    expect(page.locator(".wd-line")).to_have_text([str(text) for text in seen])
    page.goto(HOME.replace("page", "other"))
    page.go_back()
    expect(page.locator(".wd-line")).to_have_text([str(text) for text in seen])


def test_what_else_is_in_the_address_stays_there(page: Page, visit: Open) -> None:
    visit("?highlight=decay#about-norm-ball")
    slide(page, "norm-ball", "Penalty λ", 0)
    page.wait_for_url("**norm-ball.lam=0*")
    assert query(page) == {"highlight": "decay", "norm-ball.lam": "0"}
    assert urlsplit(page.url).fragment == "about-norm-ball"


def test_an_anchor_of_the_page_leaves_the_figures_as_they_are(page: Page, visit: Open) -> None:
    visit("")
    before = line(page, "norm-ball").text_content()
    slide(page, "norm-ball", "Penalty λ", 101)
    page.get_by_role("link", name="on", exact=True).click()  # before the address is written
    page.wait_for_url("**norm-ball.lam=10#about-lambda-dial")
    assert line(page, "norm-ball").text_content() != before


@pytest.mark.parametrize(
    ("said", "anchor", "words"),
    [
        ("norm-ball.lam=1e9", "norm-ball", "λ 10:"),
        ("norm-ball.lam=-Infinity", "norm-ball", "λ 0:"),
        ("norm-ball.minimum=99,-99", "norm-ball", "(3.50, −3.50)"),
        ("norm-ball.lam=", "norm-ball", "λ 0.03:"),
        ("norm-ball.lam=NaN&norm-ball.norm=L3&norm-ball.minimum=1", "norm-ball", "λ 0.03:"),
        ("norm-ball.minimum=1,2,3&norm-ball.nothing=1&norm-ball=2", "norm-ball", "(2.74, −2.66)"),
        ("lambda-dial.sample=7.6", "lambda-dial", "sample 9 of 20"),
        ("lambda-dial.sample=1e400", "lambda-dial", "sample 20 of 20"),
        ("lambda-dial.lam=%3Cscript%3E&%&=&lambda-dial.lam", "lambda-dial", "λ 0.002:"),
    ],
)
def test_a_bad_value_in_an_address_is_clamped_or_ignored(
    page: Page, visit: Open, said: str, anchor: str, words: str
) -> None:
    visit(f"?{said}")
    assert words in str(line(page, anchor).text_content())


def test_a_link_of_the_text_sets_its_figure_alone_and_back_unsets_it(page: Page, visit: Open) -> None:
    visit("?lambda-dial.lam=0&norm-ball.minimum=1,1")
    link = page.get_by_role("link", name="L1", exact=True)
    link.focus()
    page.keyboard.press("Enter")
    expect(line(page, "norm-ball")).to_contain_text("w₂ is exactly 0")
    expect(line(page, "norm-ball")).to_contain_text("(2.74, −2.66)")  # what it does not name is as at first
    expect(link).to_be_focused()
    assert query(page) == {"lambda-dial.lam": "0", "norm-ball.lam": "0.1", "norm-ball.norm": "L1"}
    assert urlsplit(page.url).fragment == "norm-ball"
    expect(page.locator("#norm-ball .wd-spoken")).to_contain_text("exactly 0")
    page.go_back()
    expect(line(page, "norm-ball")).to_contain_text("(1.00, 1.00)")
    assert "λ 0:" in str(line(page, "lambda-dial").text_content())


def test_a_link_opens_in_a_new_tab_where_that_is_asked_for(page: Page, visit: Open) -> None:
    visit("")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="one").click(modifiers=["Control"])
    opened.value.close()
    assert "λ 0.002" in str(line(page, "lambda-dial").text_content())


def test_link_and_embed_code_carry_the_whole_state(page: Page, visit: Open) -> None:
    visit("?norm-ball.lam=0.3#about-norm-ball")
    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (t) => { window.copied = t; } } })"
    )
    figure = page.locator("#norm-ball")
    figure.get_by_role("button", name="Copy link").click()
    expect(figure.get_by_role("status")).to_have_text("Copied.")
    state = "norm-ball.lam=0.3&norm-ball.minimum=2.74,-2.66&norm-ball.norm=L2"
    assert page.evaluate("copied") == f"{HOME}?{state}#norm-ball"
    figure.get_by_role("button", name="Copy embed code").click()
    page.wait_for_function("copied.startsWith('<iframe')")
    source = re.search(r'src="([^"]*)"', page.evaluate("copied"))
    assert source
    assert source[1].replace("&amp;", "&") == f"http://book.test/explorers/norm-ball.html?{state}"


def test_where_the_clipboard_is_refused_the_text_is_there_to_copy_by_hand(page: Page, visit: Open) -> None:
    visit("")  # over plain http there is no clipboard
    figure = page.locator("#lambda-dial")
    figure.get_by_role("button", name="Copy link").click()
    by_hand = figure.locator(".wd-bar input")
    expect(by_hand).to_be_focused()
    assert by_hand.input_value() == f"{HOME}?lambda-dial.lam=0.002&lambda-dial.sample=0#lambda-dial"
    assert page.evaluate("getSelection().toString()") == by_hand.input_value()


def test_a_screen_reader_hears_the_line_once_a_pause(page: Page, visit: Open) -> None:
    visit("")
    spoken = page.locator("#norm-ball .wd-spoken")
    page.evaluate(
        """() => {
          window.heard = [];
          const spoken = document.querySelector("#norm-ball .wd-spoken");
          new MutationObserver(() => heard.push(spoken.textContent)).observe(spoken, { childList: true });
        }"""
    )
    page.locator("#norm-ball").get_by_label("Penalty λ", exact=True).focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    expect(spoken).not_to_be_empty()
    assert page.evaluate("heard") == [line(page, "norm-ball").text_content()]
    assert spoken.get_attribute("aria-live") == "polite"


@pytest.mark.parametrize(
    ("key", "at"),
    [
        ("Home", "(−3.50, −2.66)"),
        ("End", "(3.50, −2.66)"),
        ("PageUp", "(2.74, −1.66)"),
        ("PageDown", "(2.74, −3.50)"),
        ("ArrowLeft", "(2.64, −2.66)"),
    ],
)
def test_keys_move_the_handle_and_not_the_page(page: Page, visit: Open, key: str, at: str) -> None:
    visit("")
    page.locator("#norm-ball .wd-handle").focus()
    top = page.evaluate("scrollY")
    page.keyboard.press(key)
    expect(line(page, "norm-ball")).to_contain_text(f"from {at}")
    assert page.evaluate("scrollY") == top


def test_a_sign_shows_what_can_be_dragged_until_it_has_been(page: Page, visit: Open) -> None:
    visit("")
    signs = page.locator("#norm-ball .wd-sign")
    expect(signs).to_have_count(2)
    page.locator("#norm-ball .wd-handle").focus()
    page.keyboard.press("ArrowUp")
    expect(signs).to_have_count(1)
    page.locator("#norm-ball .wd-scrub").click()
    expect(signs).to_have_count(0)


def test_plots_stand_one_below_the_other_as_the_page_gets_narrow_and_stay_as_they_are_set(
    page: Page, visit: Open
) -> None:
    visit("?norm-ball.lam=0.3")
    said = line(page, "norm-ball").text_content()
    heights = []
    for width in (1280, 390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_selector(f"#norm-ball .wd-plots[data-narrow={str(width < 608).lower()}]")
        heights.append(page.locator("#norm-ball svg[role=group]").first.get_attribute("viewBox"))
        assert line(page, "norm-ball").text_content() == said
        (dot,) = page.locator("#norm-ball svg[role=group]").nth(1).locator("circle.penalty").all()
        assert dot.get_attribute("data-x") == "0.3"
    assert heights[0] == heights[2] != heights[1]


@pytest.mark.parametrize("kind", ALL)
def test_plots_have_names_and_tables_of_their_numbers(page: Page, kind: type[Explorer]) -> None:
    script = (ROOT / "book" / "_assets" / "widgets.js").read_text("utf-8")
    page.set_content(page_with(kind()).replace('<script defer src="widgets.js">', f"<script>{script}"))
    shown = tables(page)
    names = page.locator("svg[role=group]").evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    captions = page.locator("caption").all_text_contents()
    assert captions
    assert set(captions) <= set(names)
    assert len(set(names)) == len(names)
    for table in shown:
        head = table.locator("thead th").count()
        texts = "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
        rows = table.locator("tbody tr").evaluate_all(texts)
        assert len(rows) >= 3
        assert all(len(row) == head for row in rows)
        assert all(cell and not re.search("NaN|undefined|∞", cell) for row in rows for cell in row)


@pytest.mark.parametrize("kind", ALL)
def test_the_script_knows_the_bounds_of_each_parameter(kind: type[Explorer]) -> None:
    explorer = kind()
    assert explorer.frame["anchor"] == kind.anchor() == re.sub("(?<!^)(?<![A-Z])(?=[A-Z])", "-", kind.__name__).lower()
    assert explorer.frame["bounds"].keys() == set(kind.parameters())
    for name, bounds in explorer.frame["bounds"].items():
        trait = kind.class_traits()[name]
        assert isinstance(trait, Parameter)
        for value in ends(bounds):
            setattr(explorer, name, value)
            assert np.all(getattr(explorer, name) == value)


def ends(bounds: dict[str, Any]) -> list[Any]:
    """The values at the bounds."""
    if "options" in bounds:
        return list(bounds["options"])
    if "parts" in bounds:
        parts = [ends(part) for part in bounds["parts"]]
        return [[part[0] for part in parts], [part[-1] for part in parts]]
    low, high = bounds["low"], bounds["high"]
    return [[low, high], [high, low]] if "pair" in bounds else [low, high]
