"""Addresses that were published lead to where their section stands now."""

import json
from pathlib import Path

from conftest import ROOT
from playwright.sync_api import Page
from site_faults import has_anchor

OLD = (ROOT / "tests" / "addresses.txt").read_text("utf-8").split()  # of release 0.1.0: pages, headings, equations


def anchors(site: Path) -> dict[str, str]:
    text = (site / "_static" / "anchors.js").read_text("utf-8")
    found: dict[str, str] = json.loads(text.removeprefix("window.bookAnchors = ").rstrip(";\n"))
    return found


def place(site: Path, address: str) -> str | None:
    """The address at which an old one ends, or None."""
    page, _, anchor = address.partition("#")
    if (site / page).is_file() and has_anchor(site / page, anchor):
        return address
    moved = anchors(site).get(anchor)
    return f"{moved}.html#{anchor}" if moved and (site / page).is_file() else None


def test_each_old_address_has_a_place(site: Path) -> None:
    assert len(OLD) > 150
    assert [address for address in OLD if place(site, address) is None] == []


def test_the_anchors_are_where_the_list_says(site: Path) -> None:
    assert [a for a, page in anchors(site).items() if not has_anchor(site / f"{page}.html", a)] == []


def test_an_anchor_of_another_page_leads_there(page: Page, address: str) -> None:
    page.goto(f"{address}book/index.html#ex-exercises-prior")
    page.wait_for_url(f"{address}book/exercises.html#ex-exercises-prior")
    page.goto(f"{address}book/index.html#there-is-no-such-anchor")
    page.wait_for_load_state("networkidle")
    assert page.url.endswith("book/index.html#there-is-no-such-anchor")
