"""The whole book as one PDF, printed by the system's Chromium from the single-page build, with contents on top.

Chromium numbers the pages as it prints, and knows no page number before. So it prints twice: the first print tells on
which page each part and page of the book begins, and the second has these numbers in its contents.
"""

import io
import re
import shutil
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

logger = logging.getLogger(__name__)

PAPER = "pdf/weight-decay.pdf"  # beside the builds
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"]  # containers have neither sandbox nor GPU
FOOTER = '<p style="margin: auto; font: 8pt sans-serif; color: #555"><span class="pageNumber"></span></p>'
LAYOUT = {
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
DATE = re.compile(rb"D:\d{14}")
ADD_CONTENTS = (Path(__file__).parent / "paper.js").read_text(encoding="utf-8")
STYLE = Path(__file__).parent / "paper.css"


def lend_handlers(app: Sphinx) -> None:
    """sphinx-exercise names this builder, and Sphinx then looks for all handlers under its name; the rest say HTML."""
    handlers = app.registry.translation_handlers
    handlers["singlehtml"] = handlers["html"] | handlers.get("singlehtml", {})


def print_book(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "singlehtml":
        return
    if CHROMIUM is None:
        raise ExtensionError("the PDF is printed by Chromium, and there is none here: install it (Debian: chromium)")
    target = Path(app.outdir).parent / PAPER
    target.parent.mkdir(exist_ok=True)
    page = Path(app.outdir, "index.html")  # Sphinx writes it into a subfolder, from where its links lead nowhere
    shutil.copyfile(Path(app.outdir, app.config.root_doc).with_suffix(".html"), page)
    target.write_bytes(print_page(CHROMIUM, page.as_uri()))
    logger.info("printed %s", target)


def print_page(chromium: str, address: str) -> bytes:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(color_scheme="light")
        page.emulate_media(media="print", color_scheme="light")
        page.goto(address)
        page.evaluate("MathJax.startup.promise")
        page.add_style_tag(path=STYLE)
        page.evaluate(ADD_CONTENTS, {})
        first: Any = page.pdf(**LAYOUT)  # type: ignore[arg-type]
        reader = PdfReader(io.BytesIO(first))
        numbers = {
            name.lstrip("/"): 1 + (reader.get_destination_page_number(where) or 0)
            for name, where in reader.named_destinations.items()
        }
        page.evaluate(ADD_CONTENTS, numbers)
        printed = page.pdf(**LAYOUT)  # type: ignore[arg-type]
        browser.close()
    return DATE.sub(b"D:19800101000000", printed)  # of the same length, so that the offsets in the file stay true


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", lend_handlers)
    app.connect("build-finished", print_book)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
