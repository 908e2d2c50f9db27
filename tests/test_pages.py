"""Every page in a real browser: it stands alone, shuts nobody out, fits a phone and loads fast."""

import gzip
import re
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from conftest import pages, with_explorer
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response
from site_faults import soup

LIMIT = 400_000  # bytes, compressed, of a page with an explorer, without fonts and MathJax


def listen(page: Page, address: str, noticed: list[str]) -> None:
    """Note what a page asks of another host, what it does not find, and what it complains of."""

    def asked(request: Request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            noticed.append(f"{page.url} asks {request.url}")

    def answered(response: Response) -> None:
        if response.status >= 400:
            noticed.append(f"{page.url}: {response.status} {response.url}")

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            noticed.append(f"{page.url}: {message.text}")

    page.on("request", asked)
    page.on("response", answered)
    page.on("console", said)
    page.on("pageerror", lambda error: noticed.append(f"{page.url}: {error}"))


def test_no_page_asks_another_host_or_reports_an_error(site: Path, address: str, browser: Browser) -> None:
    noticed: list[str] = []
    for name in pages(site):
        with browser.new_page() as page:
            listen(page, address, noticed)
            page.goto(address + name, wait_until="networkidle")
    assert noticed == []


COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
TOKENS = ".highlight pre span[class]"
CODE = [".cell_input .highlight pre", ".highlight:not(.cell_input .highlight) pre"]  # of a cell, and of an example


def violations(page: Page, context: Any, rules: dict[str, Any]) -> list[str]:
    response = Axe().run(page, context=context, options=rules | {"resultTypes": ["violations"]}).response
    serious = [found for found in response["violations"] if found["impact"] in ("serious", "critical")]
    return [f"{found['id']}: {node['html'][:200]}" for found in serious for node in found["nodes"]]


def light_and_dark(page: Page, context: Any, rules: dict[str, Any]) -> list[str]:
    """What axe finds in the light, and, by the rules of colour, in the dark, switched as the reader switches it."""
    page.add_style_tag(content="* { transition: none !important }")  # no colour between two others
    found = violations(page, context, rules)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    return found + [f"dark: {fault}" for fault in violations(page, context, COLOURS)]


def test_no_page_shuts_a_reader_out(site: Path, address: str, browser: Browser) -> None:
    """Without code, whose words are most of a page's elements and of a few colours: see the next test."""
    found = []
    for name in pages(site):
        with browser.new_page(color_scheme="light") as page:
            page.goto(address + name, wait_until="networkidle")
            if page.url == address + name:  # not a page that only sends the reader on
                found += [f"{name}: {fault}" for fault in light_and_dark(page, {"exclude": [[".highlight"]]}, {})]
    assert found == []


def test_every_kind_of_word_in_code_can_be_read(site: Path, address: str, browser: Browser) -> None:
    """One of each that any page has, in one cell and in one example."""
    words = [word for name in pages(site) for word in soup(site / name).select(TOKENS)]
    kinds = sorted({" ".join(word["class"]) for word in words})
    assert len(kinds) > 10
    name = next(name for name in pages(site) if all(map(soup(site / name).select, CODE)))
    with browser.new_page(color_scheme="light") as page:
        page.goto(address + name, wait_until="networkidle")
        for code in CODE:
            fill = "(e, kinds) => e.innerHTML = kinds.map(kind => `<span class='${kind}'>word</span>`).join('\\n')"
            page.locator(code).first.evaluate(fill, kinds)
        context = {"include": [[code] for code in CODE]}
        assert light_and_dark(page, context, {}) == []
        page.add_style_tag(content=".highlight pre span { color: #777 !important; background: #888 !important }")
        assert len(violations(page, context, COLOURS)) >= 2 * len(kinds)  # it looks at each


def test_no_page_scrolls_sideways_on_a_phone(site: Path, address: str, browser: Browser) -> None:
    wide = []
    with browser.new_page() as page:
        for name in pages(site):
            page.goto(address + name)
            for width in (390, 320):
                page.set_viewport_size({"width": width, "height": 800})
                page.wait_for_timeout(200)
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    wide.append(f"{name} at {width}")
    assert wide == []


def weight(page: Page, url: str) -> int:
    """What a page weighs, compressed, without fonts and MathJax."""
    seen: list[Response] = []
    page.on("response", lambda response: seen.append(response))
    page.goto(url, wait_until="networkidle")
    bodies = {r.url: r.body() for r in seen if r.ok and r.url.startswith("http")}
    return sum(len(gzip.compress(b)) for at, b in bodies.items() if not re.search(r"mathjax|\.(woff2?|ttf)\b", at))


def test_pages_with_an_explorer_are_light(site: Path, address: str, browser: Browser) -> None:
    weights = {}
    for name in with_explorer(site):
        with browser.new_page() as page:
            weights[name] = weight(page, address + name)
    assert {name: bytes for name, bytes in weights.items() if bytes > LIMIT} == {}
