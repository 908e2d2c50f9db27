"""Words in figures can be read on a phone: a tap opens a figure in its own size."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import with_explorer
from playwright.sync_api import Browser, Page, expect

LEAST = 10  # CSS pixels


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 390, "height": 800}, is_mobile=True, has_touch=True) as context:
        yield context.new_page()


def words(svg: Path) -> Iterator[float]:
    """The sizes of the words of a figure of matplotlib's, in CSS pixels, at the figure's own size."""
    for group in ElementTree.parse(svg).iterfind(".//{*}g[@id]/{*}g[@transform]"):
        if scale := re.search(r"scale\(([\d.]+)", group.get("transform", "")):
            yield float(scale[1]) * 100 * 4 / 3  # an em is drawn at 100 points


def test_words_are_large_enough_at_the_figures_own_size(site: Path) -> None:
    figures = {svg.name: list(words(svg)) for svg in (site / "_images").glob("*.svg")}
    assert sum(map(len, figures.values())) > 300
    assert [name for name, sizes in figures.items() if min(sizes, default=LEAST) < LEAST] == []


def test_a_tap_opens_a_figure_in_its_own_size(phone: Page, address: str) -> None:
    phone.goto(f"{address}book/scratch.html")
    figure, dialog = phone.locator(".cell_output img").first, phone.locator("dialog.whole-figure")
    own = figure.evaluate("e => e.naturalWidth")
    assert figure.bounding_box()["width"] < 390 < own  # type: ignore[index]
    for close in (dialog.get_by_role("button"), dialog.locator("img")):
        figure.tap()
        assert dialog.locator("img").bounding_box()["width"] == own  # type: ignore[index]
        assert phone.evaluate("document.documentElement.scrollWidth") == 390
        close.tap()
        expect(dialog).to_have_count(0)
    phone.get_by_role("button", name=figure.get_attribute("alt")).focus()
    phone.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    phone.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_each_button_opens_on_a_screen_that_shrinks_no_figure_too(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 760, "height": 800})
    page.goto(f"{address}book/scratch.html")
    buttons, dialog = page.locator("button.enlarge"), page.locator("dialog.whole-figure")
    assert buttons.count() == page.locator(".cell_output img").count() > 0
    for button in buttons.all():
        button.click()
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)


SIZES = """(figures) => figures.flatMap((figure) => [...figure.querySelectorAll("svg text")]
  .filter((word) => word.textContent.trim())
  .map((word) => parseFloat(getComputedStyle(word).fontSize) * word.ownerSVGElement.getScreenCTM().a))"""


def test_words_of_explorers_are_large_enough_on_a_phone(site: Path, phone: Page, address: str) -> None:
    for name in with_explorer(site):
        phone.goto(address + name)
        expect(phone.locator(".wd-explorer svg text").first).to_be_visible()
        sizes = phone.locator(".wd-explorer").evaluate_all(SIZES)
        assert len(sizes) > 10
        assert min(sizes) >= LEAST


def test_a_figure_that_is_not_shrunk_is_no_button(page: Page, address: str) -> None:
    page.goto(f"{address}book/scratch.html")
    assert page.locator("button.enlarge").count() == 0
