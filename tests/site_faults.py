"""Faults of a built site. Each function takes its folder and returns one line for every fault it finds."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

HOME = "/weight-decay/"  # where GitHub Pages would serve the site
TEXTS = (".html", ".css", ".js", ".ipynb", ".md", ".svg", ".txt", ".xml")
SOLUTION_MARKERS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS")


@cache
def soup(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def pages(site: Path) -> list[Path]:
    """The pages, without the theme's templates, and without another language's below them."""
    return [page for page in sorted(site.rglob("*.html")) if not {"_static", "zh"} & {*page.relative_to(site).parts}]


def elements(site: Path, selector: str) -> Iterator[tuple[Path, Tag]]:
    for page in pages(site):
        for element in soup(page).select(selector):
            yield page, element


def failed_cells(site: Path) -> list[str]:
    found = elements(site, ".cell_output .traceback, .cell_output .stderr")
    return [f"{page.name}: {element.get_text()[:200]}" for page, element in found]


def pages_without_outputs(site: Path, sources: Path) -> list[str]:
    """Pages whose source has code cells and that show fewer cells, or no output at all."""
    faults = []
    for source in sorted(sources.glob("*.md")):
        text = source.read_text(encoding="utf-8")
        cells = len(re.findall(r"^```\{code-cell\}(?![^`]*^:tags: \[notebook-only)", text, re.MULTILINE))
        page = site / sources.name / f"{source.stem}.html"
        if not cells or not page.exists():
            continue
        shown, outputs = len(soup(page).select("div.cell")), len(soup(page).select(".cell_output"))
        if shown < cells or not outputs:
            faults.append(f"{page.name}: {cells} code cells in the source, {shown} on the page, {outputs} outputs")
    return faults


def broken_links(site: Path) -> list[str]:
    """Addresses within the site whose file or anchor does not exist."""
    faults = []
    for page, element in elements(site, "[href], [src]"):
        address = str(element.get("href") or element.get("src"))
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or address == "#":
            continue
        path = unquote(parts.path)
        start = site if path.startswith(HOME) else page.parent  # the page for wrong addresses names the whole path
        target = (start / path.removeprefix(HOME)).resolve() if path else page
        if not target.exists():
            faults.append(f"{page.name}: {address} does not exist")
        elif parts.fragment and target.suffix == ".html" and not has_anchor(target, unquote(parts.fragment)):
            faults.append(f"{page.name}: {address} has no such anchor")
    return faults


@cache
def ids(page: Path) -> set[str]:
    return {str(element["id"]) for element in soup(page).find_all(id=True)}


def has_anchor(page: Path, name: str) -> bool:
    return name in ids(page)


def images_without_alt(site: Path) -> list[str]:
    """Images whose alternative text is missing, or no sentence (a file name stands in by default)."""
    return [
        f"{page.name}: {image.get('src')}: alt is {image.get('alt')!r}"
        for page, image in elements(site, "img")
        if len(str(image.get("alt", "")).split()) < 4
    ]


def local_paths(site: Path) -> list[str]:
    """Files of text that name the folder of the machine on which they were made, or a file by its address there."""
    found = re.compile("|".join(map(re.escape, (f"{Path(__file__).parents[1]}/", "file:///"))))
    texts = [path for path in sorted(site.rglob("*")) if path.suffix in TEXTS]
    return [f"{path.name}: {named[0]}" for path in texts if (named := found.search(path.read_text("utf-8")))]


def foreign_addresses(site: Path) -> list[str]:
    """Scripts, styles, fonts, images and frames from another host. Links that a reader clicks are fine.

    So is the name of a namespace (http://www.w3.org/2000/svg), which nobody fetches.
    """
    foreign = re.compile(r"^(https?:)?//")
    faults = []
    for page, element in elements(site, "[src], link[href], [data], [poster], [srcset]"):
        if element.name == "link" and {"canonical", "alternate"} & set(element.get("rel") or []):
            continue
        for name in ("src", "href", "data", "poster", "srcset"):
            if foreign.match(str(element.get(name, ""))):
                faults.append(f"{page.name}: <{element.name} {name}={element[name]}>")
    for page, script in elements(site, "script:not([src]), style"):
        faults += [
            f"{page.name}: inline {script.name}: {url}"
            for url in re.findall(r"https?://(?!www\.w3\.org/)[^\s\"']+", script.text)
        ]
    for sheet in site.rglob("*.css"):
        urls = re.findall(r"(?:@import\s+|url\()\s*[\"']?((?:https?:)?//[^\"')]+)", sheet.read_text(encoding="utf-8"))
        faults += [f"{sheet.name}: {url}" for url in urls]
    return faults


def homework_solutions(site: Path) -> list[str]:
    """Anything of `assignments/`: a file of that name, or a marker of its solutions in any text."""
    faults = [str(path) for path in site.rglob("*") if "assignments" in path.relative_to(site).parts]
    for path in site.rglob("*"):
        if path.suffix in {".html", ".md", ".txt", ".js", ".json", ".ipynb"}:
            text = path.read_text(encoding="utf-8", errors="replace")
            faults += [f"{path.name}: {marker}" for marker in SOLUTION_MARKERS if marker in text]
    return faults
