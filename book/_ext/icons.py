"""Font Awesome, cut down to the icons in use, within the theme's style sheet.

The theme brings some 2,000 icons, of which a page shows about 20. What is in use is read from the built site: the names
in pages and scripts, and the characters that style sheets have elsewhere, as such or by their code.
"""

import base64
import io
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx

SHEET = "styles/pydata-sphinx-theme.css"
NAME = re.compile(r"\bfa-[a-z0-9-]+")
RULE = re.compile(
    r"(?P<selectors>\.fa-[a-z0-9-]+:before(?:,\.fa-[a-z0-9-]+:before)*)"
    r'\{content:"\\?(?:(?P<code>[0-9a-f]{2,5}) ?|(?P<character>[^"\\]))"\}'
)
CODE = re.compile(r'"\\([0-9a-f]{2,5}) ?"')
ICON = re.compile("[\ue000-\uf8ff]")  # where Unicode has no characters of its own
FILES = re.compile(
    r'src:url\((?P<path>[^)]*/webfonts/)(?P<name>[\w-]+)\.woff2\) format\("woff2"\),url\([^)]*\) format\("truetype"\)'
)


def names_in_use(site: Path) -> set[str]:
    """The names of icons that stand in a page or in a script."""
    files = [path for path in site.rglob("*") if path.suffix in (".html", ".js")]
    return {name for path in files for name in NAME.findall(path.read_text("utf-8"))}


def cut_rules(sheet: str, names: set[str]) -> tuple[str, set[int]]:
    """The style sheet without the icons that have none of these names, and the characters of those that have."""
    kept = set()

    def cut(rule: re.Match[str]) -> str:
        if not names & set(NAME.findall(rule["selectors"])):
            return ""
        kept.add(int(rule["code"], 16) if rule["code"] else ord(rule["character"]))
        return rule[0]

    return RULE.sub(cut, sheet), kept


def characters_of(sheet: str) -> set[int]:
    """The icons that a style sheet has, as characters or by their code."""
    return {int(code, 16) for code in CODE.findall(sheet)} | {ord(icon) for icon in ICON.findall(sheet)}


def subset(font: Path, characters: Iterable[int]) -> bytes:
    """The font with these characters alone, as WOFF."""
    whole = TTFont(font, recalcTimestamp=False)  # the same bytes in each build
    part = Subsetter(Options(layout_features=[], notdef_outline=True))
    part.populate(unicodes=list(characters))
    part.subset(whole)
    whole.flavor = "woff"
    whole.save(file := io.BytesIO(), reorderTables=False)
    return file.getvalue()


def inline_fonts(sheet: str, folder: Path, characters: set[int]) -> str:
    """The style sheet with its fonts inside, each with those of the characters that it has."""

    def inline(source: re.Match[str]) -> str:
        part = subset(folder / source["path"] / f"{source['name']}.ttf", characters)
        return f'src:url(data:font/woff;base64,{base64.b64encode(part).decode()}) format("woff")'

    return FILES.sub(inline, sheet)


def cut_icons(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    site = Path(app.outdir)
    path = site / "_static" / SHEET
    sheet, characters = cut_rules(path.read_text("utf-8"), names_in_use(site))
    others = [other.read_text("utf-8") for other in (site / "_static").rglob("*.css") if other != path]
    characters |= set().union(*map(characters_of, (sheet, *others)))
    path.write_text(inline_fonts(sheet, path.parent, characters), "utf-8")
    shutil.rmtree(site / "_static" / "vendor" / "fontawesome")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", cut_icons, priority=800)  # the pages are as they will be
    return {"parallel_read_safe": True, "parallel_write_safe": True}
