"""The whole book as one PDF, printed by the system's Chromium from the single-page build.

Who wrote it and when, and contents, stand on top; answers and solutions stand in an appendix. Chromium numbers the
pages as it prints, and knows no page number before. So it prints twice or more: a print tells on which page each part
begins, and the next has these numbers in its contents and beside its links.
"""

import io
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.dates import format_date
from fingerprints import sources
from pypdf import PdfReader, PdfWriter
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.locale import _
from sphinx.util import logging

if TYPE_CHECKING:
    from playwright.sync_api import Page

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
PDF_PATH = "pdf/weight-decay.pdf"  # beside the builds
PRINTED_FROM = "pdf/printed-from"  # beside the PDF: what the book was then
LICENCE = "Text and figures: CC BY 4.0. Code: MIT License."
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"]  # containers have neither sandbox nor GPU
FOOTER = '<p style="margin: auto; font: 8pt sans-serif; color: #555"><span class="pageNumber"></span></p>'
LAYOUT: dict[str, Any] = {
    "format": "A4",
    "scale": 0.78,
    "margin": {"top": "18mm", "bottom": "20mm", "left": "18mm", "right": "18mm"},
    "display_header_footer": True,
    "header_template": "<span></span>",
    "footer_template": FOOTER,
    "print_background": True,
    "outline": True,
    "tagged": True,
}
DRAFT = {"outline": False, "tagged": False}  # as good for counting pages, and less work
DATE = re.compile(rb"D:\d{14}")
NODE = re.compile(rb"(?<=\(node)\d{8}(?=\))")
BACK = re.compile(r'(<a role="doc-backlink") href="[^"]*"')  # numbered by page, and a number is many pages' here
STYLE = Path(__file__).parent / "pdf.css"
LAY_OUT_ANEW = (
    "{ const { style } = document.body; style.display = 'none'; document.body.offsetHeight; style.display = '' }"
)
MOST_PRINTS = 4
NUMBER = "numbers => document.querySelectorAll('[data-of]').forEach(e => e.textContent = numbers[e.dataset.of] ?? '')"


def script(name: str) -> str:
    return (Path(__file__).parent / f"{name}.js").read_text(encoding="utf-8")


def register_singlehtml_handlers(app: Sphinx) -> None:
    """sphinx-exercise names this builder, and Sphinx then looks for all handlers under its name; the rest say HTML."""
    handlers = app.registry.translation_handlers
    handlers["singlehtml"] = handlers["html"] | handlers.get("singlehtml", {})


def print_book(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "singlehtml":
        return
    if CHROMIUM is None:
        raise ExtensionError("the PDF is printed by Chromium, and there is none here: install it (Debian: chromium)")
    target = Path(app.outdir).parent / PDF_PATH
    target.parent.mkdir(exist_ok=True)
    page = Path(app.outdir, "index.html")
    page.write_text(with_own_links(app, f"{app.config.root_doc}.html"), encoding="utf-8")
    target.write_bytes(
        sign(print_page(CHROMIUM, page.as_uri(), imprint(app.config.author, app.config.language)), app.config.author)
    )
    record_sources(Path(app.outdir).parent)
    logger.info("printed %s", target)


def with_own_links(app: Sphinx, name: str) -> str:
    """The book on one page, with links into itself: Sphinx writes it below a folder, and its links from above."""
    book = Path(app.outdir, name).read_text(encoding="utf-8")
    return BACK.sub(r"\1", book.replace(f'href="{name}#', 'href="#'))


def record_sources(builds: Path) -> None:
    (builds / PRINTED_FROM).write_text(sources())


def is_current(builds: Path) -> bool:
    """Whether the PDF beside these builds was printed from the sources as they are now."""
    record = builds / PRINTED_FROM
    return (builds / PDF_PATH).is_file() and record.is_file() and record.read_text() == sources()


def print_page(chromium: str, address: str, imprint: list[str]) -> bytes:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(color_scheme="light")
        page.emulate_media(media="print", color_scheme="light")
        page.goto(address)
        prepare(page, imprint)
        printed = print_numbered(page)
        browser.close()
    return printed


def print_numbered(page: "Page") -> bytes:
    """Print until the numbers in it are those of its own pages: a number may move a line, and a line a page."""
    numbers = page_numbers(print_anew(page, **DRAFT))
    for __ in range(MOST_PRINTS - 1):
        page.evaluate(NUMBER, numbers)
        printed = print_anew(page)
        found = page_numbers(printed)
        if found == numbers:
            return printed
        numbers = found
    raise ExtensionError(f"the numbers of the PDF's pages still move after {MOST_PRINTS} prints")


def print_anew(page: "Page", **options: Any) -> bytes:
    """Print a page that is laid out from nothing: what Chromium keeps from the last print breaks pages elsewhere."""
    page.evaluate(LAY_OUT_ANEW)
    return page.pdf(**LAYOUT | options)


def prepare(page: "Page", imprint: list[str]) -> None:
    """Make the website's page a book on paper."""
    refuse_missing(page.evaluate(script("pdf_glyphs")))
    page.add_style_tag(path=STYLE)
    page.evaluate(script("pdf_code"))
    page.evaluate(script("pdf_answers"), words())
    page.evaluate(script("pdf_contents"), {"imprint": imprint, "words": words()})
    page.evaluate("document.fonts.ready.then(() => true)")  # those of formulas


def words() -> dict[str, str]:
    """What the scripts write on the pages."""
    return {
        "contents": _("Contents"),
        "answers": _("Answers and solutions"),
        "answer": _("Answer"),
        "solution": _("Solution"),
        "page": _(": page "),
        "asked": _("asked on page "),
    }


def refuse_missing(letters: str) -> None:
    if letters:
        raise ExtensionError(
            f"the PDF would show empty boxes for {letters}: no font here has these letters. "
            "Install one (for Chinese, Debian: fonts-wqy-microhei)"
        )


def page_numbers(printed: bytes) -> dict[str, int]:
    """The page of every anchor that a link leads to."""
    reader = PdfReader(io.BytesIO(printed))
    return {
        name.lstrip("/"): 1 + (reader.get_destination_page_number(where) or 0)
        for name, where in reader.named_destinations.items()
    }


def imprint(author: str, language: str) -> list[str]:
    """The lines below the title: authors, licence, and the day of this version if it is known."""
    day, locale = version(), "en_GB" if language == "en" else language
    made = [_("Version of %s") % format_date(day, "long", locale=locale)] if day else []
    return [author, _(LICENCE), *made]


def version() -> datetime | None:
    """When this version was made: SOURCE_DATE_EPOCH, or else the last commit; nothing without git."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH") or last_commit()
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None


def last_commit() -> str:
    """Its time, of this folder: the repository may be another's in which a copy of the book lies."""
    if not shutil.which("git"):
        return ""
    command = ["git", "log", "-1", "--format=%ct", "--", "."]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def renumber_nodes(printed: bytes) -> bytes:
    """Number the cells of tables from 1, in their order: Chromium counts on from what it has made before."""
    nodes = sorted(set(NODE.findall(printed)))
    numbers = {node: b"%08d" % number for number, node in enumerate(nodes, start=1)}
    return NODE.sub(lambda found: numbers[found[0]], printed)


def sign(printed: bytes, author: str) -> bytes:
    """Name the author in the file's properties, and the version's time in place of the clock's."""
    day = version() or datetime(1980, 1, 1, tzinfo=UTC)
    dated = DATE.sub(f"D:{day:%Y%m%d%H%M%S}".encode(), printed)  # of the same length: offsets in the file stay true
    writer = PdfWriter(io.BytesIO(renumber_nodes(dated)), incremental=True)
    writer.add_metadata({"/Author": author})
    signed = io.BytesIO()
    writer.write(signed)
    return signed.getvalue()


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", register_singlehtml_handlers)
    app.connect("build-finished", print_book)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
