"""Words in figures can be read on a phone: a tap opens a figure in its own size."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import with_explorer
from playwright.sync_api import Page, expect

LEAST = 10  # CSS pixels
CONTRAST = 4.5  # WCAG 2.2, 1.4.3


def words(svg: Path) -> Iterator[float]:
    """The sizes of the words of a figure of matplotlib's, in CSS pixels, at the figure's own size."""
    for group in ElementTree.parse(svg).iterfind(".//{*}g[@id]/{*}g[@transform]"):
        if scale := re.search(r"scale\(([\d.]+)", group.get("transform", "")):
            yield float(scale[1]) * 100 * 4 / 3  # an em is drawn at 100 points


def test_words_are_large_enough_at_the_figures_own_size(site: Path) -> None:
    figures = {svg.name: list(words(svg)) for svg in (site / "_images").glob("*.svg")}
    assert sum(map(len, figures.values())) > 300
    assert [name for name, sizes in figures.items() if min(sizes, default=LEAST) < LEAST] == []


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, as WCAG 2.2 defines it."""
    shares = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return sum(weight * s for weight, s in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def pale_words(svg: Path) -> set[str]:
    """The colours of a figure's words that can't be read on white."""
    groups = ElementTree.parse(svg).iterfind(".//{*}g[@id]/{*}g[@transform]")
    colours = {found[1] for g in groups if (found := re.search(r"fill: (#[0-9a-f]{6})", g.get("style", "")))}
    return {colour for colour in colours if 1.05 / (luminance(colour) + 0.05) < CONTRAST}


def test_words_of_figures_can_be_read_on_white(site: Path) -> None:
    pale = {svg.name: pale_words(svg) for svg in (site / "_images").glob("*.svg")}
    assert {name: colours for name, colours in pale.items() if colours} == {}
    assert luminance("#ffffff") == pytest.approx(1)
    assert 1.05 / (luminance("#cc79a7") + 0.05) == pytest.approx(3.06, abs=0.01)


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
