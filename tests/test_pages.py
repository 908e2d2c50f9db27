"""Every page in a real browser: it stands alone, shuts nobody out, fits a phone and loads fast."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import pages, with_explorer
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

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


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_no_page_shuts_a_reader_out(site: Path, address: str, browser: Browser, mode: Any) -> None:
    found = []
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if mode == "dark":  # which changes colours alone
        options["runOnly"] = ["color-contrast", "link-in-text-block"]
    for name in pages(site):
        with browser.new_page(color_scheme=mode) as page:
            page.goto(address + name, wait_until="networkidle")
            if page.url != address + name:
                continue  # a page that only sends the reader on
            page.add_style_tag(content="* { transition: none !important }")  # no colour between two others
            for violation in Axe().run(page, options=options).response["violations"]:
                if violation["impact"] in ("serious", "critical"):
                    found += [f"{name}: {violation['id']}: {node['html'][:200]}" for node in violation["nodes"]]
    assert found == []


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
