"""Whether a translation says what the message says, as far as a machine can tell: formulas, code, links, numbers, table
cells, terms, and the marks that Markdown leaves standing."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from messages import INLINE

ROOT = Path(__file__).resolve().parents[2]
ROLE = re.compile(r"\{[\w:]+\}`([^`<]*)[^`]*`")
TARGET = re.compile(r"`(?:[^`<]*<)?([^`>]*)>?`")
TEXT = re.compile(r"\\text(?:it|rm)?\{[^}]*\}")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?![.,]?\d| (?:million|billion))")  # 6 billion is 60 亿
HAN = r"[\u4e00-\u9fff]"


def faults(message: str, translation: str, language: str) -> Iterator[str]:
    """What the translation has lost or added."""
    if message.startswith("\\"):  # a display formula
        if TEXT.sub("", message) != TEXT.sub("", translation):
            yield "the formula differs outside of its words"
        return
    yield from exchanged(kept(message), kept(translation))
    yield from (f"lost {number}" for number in (numbers(message) - numbers(translation)).elements())
    if cells(message) != cells(translation):
        yield "another number of cells in a row"
    if any("*" in text or "`" in text for text in spoken(translation)):
        yield "a mark of Markdown shows"
    for check in OF_LANGUAGE.get(language, ()):
        yield from check(message, translation)


def exchanged(before: Counter[str], after: Counter[str]) -> Iterator[str]:
    """What is missing, and what is new; a translation may say something twice."""
    yield from (f"lost {what}" for what in (before - after).elements())
    yield from (f"added {what}" for what in after.keys() - before.keys())


def kept(text: str) -> Counter[str]:
    """What a translation takes over as it stands: formulas, code, what roles and links point to."""
    return Counter(TARGET.sub(r"`\1`", found[0]) if found["role"] else found[0] for found in INLINE.finditer(text))


def numbers(text: str) -> Counter[str]:
    return Counter(NUMBER.findall(INLINE.sub(" ", text)))


def cells(text: str) -> int:
    return text.count("|") if text.startswith("|") else 0


def spoken(text: str) -> Iterator[str]:
    """What a reader sees as text once Markdown has read it; formulas, code and roles aside."""
    for token in MarkdownIt().parseInline(INLINE.sub(lambda m: m[0] if m["link"] else "{x}", text)):
        yield from (child.content for child in token.children or [] if child.type == "text")


# ---- Chinese ----


def shown(role: re.Match[str]) -> str:
    """A role that shows Chinese words is Chinese; another may be anything."""
    return role[1].strip() if re.match(HAN, role[1]) else "x"


def chinese_punctuation(message: str, translation: str) -> Iterator[str]:
    bare = INLINE.sub(lambda m: m[0] if m["link"] else "x", translation)
    if re.search(rf"{HAN}[,;:!?()](?!\()|[,;:!?(]{HAN}", re.sub(r"\]\([^)]*\)", "]", bare)):
        yield "half-width punctuation beside Chinese"
    if re.search(rf"{HAN}[A-Za-z0-9`$]|[A-Za-z0-9`$]{HAN}", ROLE.sub(shown, translation)):
        yield "no space between Chinese and what is not"
    if re.search(r"[\u3000-\u303f\uff01-\uff5e] [\u4e00-\u9fffA-Za-z0-9`${]", translation):
        yield "a space after full-width punctuation"


@cache
def terms(language: str) -> list[tuple[re.Pattern[str], list[str]]]:
    """Terms that have one translation: a pattern of the English, and what may stand for it."""
    with (ROOT / "locale" / language / "terms.csv").open(encoding="utf-8", newline="") as file:
        return [(re.compile(rf"\b(?:{en})", re.IGNORECASE), own.split("|")) for en, own in csv.reader(file)]


def chinese_terms(message: str, translation: str) -> Iterator[str]:
    bare = INLINE.sub(" ", message)
    for english, own in terms("zh_CN"):
        if (found := english.search(bare)) and not any(word in translation for word in own):
            yield f"{found[0]} is {' or '.join(own)}"


Check = Callable[[str, str], Iterator[str]]
OF_LANGUAGE: dict[str, tuple[Check, ...]] = {"zh_CN": (chinese_punctuation, chinese_terms)}
