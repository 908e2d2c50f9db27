"""The search finds what a beginner looks up, in the spelling that comes to mind."""

import pytest
from playwright.sync_api import Page, expect

WORDS = ("λ", "Tikhonov", "BN", "regularization", "regularisation", "ridge", "Hessian", "权重衰减")


@pytest.mark.parametrize("word", WORDS)
def test_the_search_finds(word: str, page: Page, address: str) -> None:
    page.goto(f"{address}search.html?q={word}")
    expect(page.locator("#search-results li a").first).to_be_visible()


def test_the_search_does_not_find_everything(page: Page, address: str) -> None:
    page.goto(f"{address}search.html?q=xylophone")
    expect(page.locator(".search-summary")).to_contain_text("did not match")
    expect(page.locator("#search-results li a")).to_have_count(0)
