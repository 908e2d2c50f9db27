"""Every page in a real browser: it stands alone, shuts nobody out, fits a phone and loads fast."""

import gzip
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import serve
from axe_playwright_python.sync_playwright import Axe
from conftest import pages, with_explorer
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response
from site_faults import soup
from tabs import SIZE, settle

FONT = re.compile(r"\.(woff2?|ttf)\b")
LIMIT = 400_000  # bytes, compressed, of a page with an explorer, without fonts


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


COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
THE_REST = {"rules": {rule: {"enabled": False} for rule in COLOURS["runOnly"]}}
LISTING = re.compile(r'<div class="highlight">.*?</pre>', re.DOTALL)
WORD = re.compile(r'<span class="([^"]+)">')
CODE = [".cell_input .highlight pre", ".highlight:not(.cell_input .highlight) pre"]  # of a cell, and of an example
ELSEWHERE = {"exclude": [[".highlight"], [".katex"]]}  # what the tests of words in code and of formulas see to
PLAIN = """() => {
  for (const formula of document.querySelectorAll(".katex")) formula.textContent = "x";
  for (const code of document.querySelectorAll(".highlight pre")) code.textContent = code.textContent;
}"""
STILL = "* { transition: none !important }"  # no colour between two others


def violations(page: Page, context: Any, rules: dict[str, Any]) -> list[str]:
    response = Axe().run(page, context=context, options=rules | {"resultTypes": ["violations"]}).response
    serious = [found for found in response["violations"] if found["impact"] in ("serious", "critical")]
    return [f"{found['id']}: {node['html'][:200]}" for found in serious for node in found["nodes"]]


KINDS = """(seen) => {
  const paper = (e) => {
    const { backgroundColor, backgroundImage } = getComputedStyle(e);
    const opaque = !e.parentElement || backgroundImage !== "none" || backgroundColor !== "rgba(0, 0, 0, 0)";
    return opaque ? backgroundColor + backgroundImage : paper(e.parentElement);
  };
  const kind = (e) => {
    const { color, fontSize, fontWeight, opacity, textShadow, position } = getComputedStyle(e);
    const drawn = [color, paper(e), fontSize, fontWeight, opacity, textShadow, position];
    return JSON.stringify([e.tagName, e.className, e.parentElement.tagName, e.parentElement.className, ...drawn]);
  };
  const found = new Set(document.querySelectorAll("input, select, textarea"));
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() && e.checkVisibility() && !e.closest(".highlight, .katex")) found.add(e);
  }
  const known = new Set(seen);
  const fresh = [...found].filter((e) => !known.has(kind(e)) && known.add(kind(e)));
  document.querySelectorAll("[data-fresh]").forEach((e) => e.removeAttribute("data-fresh"));
  for (const e of fresh) e.setAttribute("data-fresh", "");
  return fresh.map(kind);
}"""


class Colours:
    """What axe says of colours, once for each kind of text: of the same element and style, on the same ground.

    They take most of its time. `make weekly` has it look at all texts.
    """

    def __init__(self) -> None:
        self.seen: dict[str, list[str]] = {"light": [], "dark": []}

    def faults(self, page: Page, theme: str) -> list[str]:
        fresh = page.evaluate(KINDS, self.seen[theme])
        self.seen[theme] += fresh
        return violations(page, {"include": [["[data-fresh]"]]} | ELSEWHERE, COLOURS) if fresh else []


def dark(page: Page) -> None:
    """Switched as the reader switches it."""
    page.evaluate("document.documentElement.dataset.theme = 'dark'")


def faults(page: Page, colours: Colours) -> list[str]:
    """What axe finds on a page, whose formulas and words in code have tests of their own and are taken away."""
    page.add_style_tag(content=STILL)
    page.evaluate(PLAIN)
    found = violations(page, ELSEWHERE, THE_REST) + colours.faults(page, "light")
    dark(page)
    return found + [f"dark: {fault}" for fault in colours.faults(page, "dark")]


def light_and_dark(page: Page, context: Any, rules: dict[str, Any]) -> list[str]:
    """All that axe finds in the light, and, by the rules of colour, in the dark."""
    page.add_style_tag(content=STILL)
    found = violations(page, context, rules)
    dark(page)
    return found + [f"dark: {fault}" for fault in violations(page, context, COLOURS)]


@pytest.mark.weekly
@pytest.mark.parametrize("edition", ["", "zh/"])
def test_every_text_of_every_page_can_be_read(site: Path, address: str, browser: Browser, edition: str) -> None:
    """In `make test` each kind of text is looked at once."""
    found = {}
    for name in pages(site / edition):
        with browser.new_page(color_scheme="light") as page:
            page.goto(address + edition + name, wait_until="networkidle")
            if page.url == address + edition + name:  # it does not only send the reader on
                found[name] = light_and_dark(page, ELSEWHERE, {})
    assert len(found) > 30
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_every_kind_of_word_in_code_can_be_read(site: Path, address: str, browser: Browser) -> None:
    """One of each that any page has, in one cell and in one example."""
    listings = [code for name in pages(site) for code in LISTING.findall((site / name).read_text("utf-8"))]
    kinds = sorted({word for code in listings for word in WORD.findall(code)})
    assert len(listings) > 400
    assert len(kinds) > 10
    name = next(name for name in pages(site) if all(map(soup(site / name).select, CODE)))
    with browser.new_page(color_scheme="light") as page:
        page.goto(address + name, wait_until="networkidle")
        page.evaluate(PLAIN)
        for code in CODE:
            fill = "(e, kinds) => e.innerHTML = kinds.map(kind => `<span class='${kind}'>word</span>`).join('\\n')"
            page.locator(code).first.evaluate(fill, kinds)
        context = {"include": [[code] for code in CODE]}
        assert light_and_dark(page, context, {}) == []
        page.add_style_tag(content=".highlight pre span { color: #777 !important; background: #888 !important }")
        assert len(violations(page, context, COLOURS)) >= 2 * len(kinds)  # it looks at each


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_formula_has_the_colour_of_its_text(address: str, page: Page, theme: str) -> None:
    page.goto(f"{address}book/directions.html")
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    colours = """
        const colour = (e) => getComputedStyle(e).color;
        return [...document.querySelectorAll(".bd-article .katex-html")].map((formula) => {
          const own = [...formula.querySelectorAll("*")].filter((e) => e.textContent.trim()).map(colour);
          return [colour(formula.closest(".math").parentElement), [...new Set(own)]];
        });
    """
    found = page.evaluate(f"() => {{ {colours} }}")
    assert len(found) > 50
    assert [pair for pair in found if pair[1] != [pair[0]]] == []


def weight(responses: list[Response]) -> int:
    """What a page weighs, compressed, without fonts."""
    counted = [r for r in responses if r.ok and r.url.startswith("http") and not FONT.search(r.url)]
    bodies = {r.url: r.body() for r in counted}
    return sum(len(gzip.compress(body)) for body in bodies.values())


def too_wide(page: Page) -> Iterator[int]:
    """The phones' widths at which a page scrolls sideways."""
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        settle(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            yield width


@dataclass
class Visit:
    """What is seen in one visit to a page."""

    noticed: list[str]
    weight: int
    violations: list[str]
    too_wide: list[int]


class Visitor:
    """Goes from page to page in one tab, with a browser's cache, and looks at each."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.colours = Colours()
        self.noticed: list[str] = []
        self.responses: list[Response] = []
        listen(page, address, self.noticed)
        page.on("response", lambda response: self.responses.append(response))

    def visit(self, name: str) -> Visit:
        self.page.goto("about:blank")  # nothing of the page before comes after this
        self.noticed.clear()
        self.responses.clear()
        self.page.goto(self.address + name, wait_until="networkidle")
        if self.page.url != self.address + name:  # it only sends the reader on
            return Visit([*self.noticed], 0, [], [])
        wide = list(too_wide(self.page))
        self.page.set_viewport_size(SIZE)
        weighs, heard = weight(self.responses), [*self.noticed]  # axe loads style sheets, some from where none are
        return Visit(heard, weighs, faults(self.page, self.colours), wide)


@pytest.fixture(scope="module")
def visits(site: Path, address: str, browser: Browser) -> dict[str, Visit]:
    with browser.new_page(viewport=SIZE, color_scheme="light") as page:
        visitor = Visitor(page, address)
        found = {name: visitor.visit(name) for name in pages(site)}
    assert all(len(kinds) > 100 for kinds in visitor.colours.seen.values())
    return found


def test_no_page_asks_another_host_or_reports_an_error(visits: dict[str, Visit]) -> None:
    assert [line for seen in visits.values() for line in seen.noticed] == []


def test_no_page_shuts_a_reader_out(visits: dict[str, Visit]) -> None:
    assert {name: seen.violations for name, seen in visits.items() if seen.violations} == {}


def test_no_page_scrolls_sideways_on_a_phone(visits: dict[str, Visit]) -> None:
    assert {name: seen.too_wide for name, seen in visits.items() if seen.too_wide} == {}


def test_pages_with_an_explorer_are_light(visits: dict[str, Visit], site: Path) -> None:
    weights = {name: visits[name].weight for name in with_explorer(site)}
    assert {name: bytes for name, bytes in weights.items() if bytes > LIMIT} == {}


def test_a_visit_notices(new_page: Page, tmp_path: Path) -> None:
    """A page with a fault of each kind."""
    (tmp_path / "bad.html").write_text(BAD)
    with serve.serve(tmp_path, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        seen = Visitor(new_page, f"http://127.0.0.1:{server.server_port}/").visit("bad.html")
        server.shutdown()
    said = str(seen.noticed)
    assert all(fault in said for fault in ("asks https://example.org/x.png", "404", ": thrown"))
    assert any("image-alt" in fault for fault in seen.violations)
    assert any("color-contrast" in fault for fault in seen.violations)
    assert seen.too_wide == [390, 320]
    assert seen.weight > 0


BAD = """
<!doctype html><html lang="en"><title>Bad</title><main><h1>Bad</h1><img src="missing.png">
<p style="color: #888; background: #999; width: 500px">words</p><img src="https://example.org/x.png" alt="none">
<script>throw Error("thrown")</script></main></html>
"""


def test_a_kind_of_text_is_looked_at_once(page: Page) -> None:
    pale, paler = ("<p style='color: #bbb'>pale</p>", "<p style='color: #ccc'>paler</p>")
    colours = Colours()
    for texts, count in (
        (pale * 3, 1),
        (pale, 0),
        (pale + paler, 1),
        (f"<div style='background: #999'>{pale}</div>", 1),
    ):
        page.set_content(f"<html lang='en'><title>Kinds</title><main>{texts}</main></html>")
        assert len(colours.faults(page, "light")) == count, texts
