"""The catalogues of a translation: `locale/LANGUAGE/PAGE.po`, one for each page and assignment, and `site.po`.

    python book/_ext/catalogue.py update [LANGUAGE]    takes new and changed English into them, or begins a language
    python book/_ext/catalogue.py                      lists every fault; ends with 1 if there is one

A sentence whose English has changed keeps its translation, marked as fuzzy, beside the former English.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import faithful
import messages
import yaml
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
CELL = re.compile(r"^ *`{3,}\{code-cell\}[^\n]*\n---\n(.*?)\n---\n", re.MULTILINE | re.DOTALL)
HEAD = 'msgid ""\nmsgstr ""\n"Language: {}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def languages() -> list[str]:
    return sorted({path.parent.name for path in (ROOT / "locale").glob("*/*.po")})


def sources() -> list[Path]:
    """The pages and the assignments."""
    return sorted([*ROOT.glob("book/*.md"), *ROOT.glob("assignments/*.md")])


def place(source: Path, language: str) -> Path:
    """Where the catalogue of a page lies."""
    return ROOT / "locale" / language / f"{source.stem}.po"


def alts(source: str) -> Iterator[str]:
    """The alternative texts of a page's figures."""
    for metadata in CELL.findall(source):
        if alt := yaml.safe_load(metadata).get("mystnb", {}).get("image", {}).get("alt"):
            yield alt


def template(source: str, language: str) -> Catalog:
    """All messages of a page, none translated."""
    catalog = Catalog(locale=language, fuzzy=False)
    for message in messages.texts(source):
        catalog.add(message)
    for alt in alts(source):
        catalog.add(alt, auto_comments=["alternative text of a figure"])
    entry: Message
    for entry in catalog:
        entry.flags -= {"python-format", "python-brace-format"}  # Babel takes TeX's braces for these
    return catalog


def load(path: Path, language: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def save(catalog: Catalog, path: Path, language: str) -> None:
    """Without dates, places and wrapping, so that a change of the file is a change of its words."""
    text = BytesIO()
    write_po(text, catalog, width=0, omit_header=True, include_previous=True, ignore_obsolete=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(HEAD.format(language).encode() + text.getvalue())


def update(language: str) -> None:
    for source in sources():
        path = place(source, language)
        catalog = load(path, language)
        catalog.update(template(source.read_text("utf-8"), language))
        save(catalog, path, language)


def translations(path: Path, language: str) -> dict[str, str]:
    """What is translated for good: neither empty nor fuzzy."""
    return {str(m.id): str(m.string) for m in load(path, language) if m.id and m.string and not m.fuzzy}


def faults(language: str) -> Iterator[str]:
    """Everything that is missing, stale, doubtful or unfaithful in a language."""
    known = {place(source, language) for source in sources()} | {ROOT / "locale" / language / "site.po"}
    for path in sorted((ROOT / "locale" / language).glob("*.po")):
        if path not in known:
            yield f"{path.name}: belongs to no page"
    for source in sources():
        path = place(source, language)
        wanted = template(source.read_text("utf-8"), language)
        yield from (f"{path.name}: {fault}" for fault in page_faults(wanted, load(path, language), language))


def page_faults(wanted: Catalog, found: Catalog, language: str) -> Iterator[str]:
    for message in found:
        if message.id and message.id not in wanted:
            yield f"stale: {message.id[:60]!r}"
    for message in wanted:
        if message.id:
            yield from message_faults(str(message.id), found.get(message.id), language)


def message_faults(message: str, found: Message | None, language: str) -> Iterator[str]:
    if found is None or not found.string:
        yield f"missing: {message[:60]!r}"
    elif found.fuzzy:
        yield f"fuzzy: {message[:60]!r}"
    else:
        for fault in faithful.faults(message, str(found.string), language):
            yield f"{fault}: {str(found.string)[:60]!r}"


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["update"]:
        for language in arguments[1:] or languages():
            update(language)
        return 0
    found = [f"{language}/{fault}" for language in languages() for fault in faults(language)]
    print(*found, f"{len(found)} faults", sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
