"""The words of the checks and of the reports in the language that is asked for; English where nothing is.

Each sentence stands in English in the table of its module, and `questions/words/LANGUAGE.json` has what it is in
another language. The language is that of `speaking`, else what WDLESSON_LANGUAGE in the environment says, which the
first cell of a translated notebook sets.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from textwrap import fill
from typing import Any
from unicodedata import east_asian_width

from wdlesson.homework import questions

FOLDER = Path(questions.__file__).parent / "words"  # where Gradescope lets no student look
VARIABLE = "WDLESSON_LANGUAGE"
WIDE = "\u3000-\u303f\u3400-\u9fff\uff00-\uffef"
EDGE = re.compile(r" (?=\{)|(?<=\}) ")  # a space beside a placeholder,
NEEDLESS = re.compile(f"(?<=[{WIDE}])\0(?=[{WIDE}])")  # which is dropped between two wide characters
PART = re.compile(rf"[“（《]*(?:[{WIDE}]|[^\s{WIDE}]+)[”，。；：！？、）》]*\s*")  # what stays on one line

_spoken: ContextVar[str | None] = ContextVar("language", default=None)


def languages() -> list[str]:
    """The languages that there are beside English.

    Returns
    -------
    list of str
        Such as "zh_CN".
    """
    return sorted(path.stem for path in FOLDER.glob("*.json"))


@cache
def table(language: str) -> dict[str, str]:
    """What the sentences are in a language.

    Parameters
    ----------
    language : str
        Such as "zh_CN".

    Returns
    -------
    dict of str
        By the English sentence; empty for a language that is not there.
    """
    if language not in languages():
        return {}
    return dict(json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8")))


def language() -> str:
    """The language that is spoken now.

    Returns
    -------
    str
        Such as "zh_CN"; empty for English.
    """
    named = _spoken.get()
    return os.environ.get(VARIABLE, "") if named is None else named


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language, whatever the environment says.

    Parameters
    ----------
    language : str
        Such as "zh_CN"; empty for English.

    Yields
    ------
    None
        While it is spoken.
    """
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def say(text: str, **values: Any) -> str:
    """A sentence in the language that is spoken.

    Parameters
    ----------
    text : str
        The sentence in English; with values, a template as `str.format` takes it.
    **values : object
        What the template is filled with.

    Returns
    -------
    str
        The sentence; in English where the language does not have it.

    Examples
    --------
    >>> with speaking("zh_CN"):
    ...     say("{name}: right.", name="hw1.q3")
    'hw1.q3：正确。'
    """
    own = table(language()).get(text)
    if own is None or not values:
        return text.format(**values) if values else own or text
    return NEEDLESS.sub("", EDGE.sub("\0", own).format(**values)).replace("\0", " ")


def _wide(text: str) -> bool:
    return bool(re.search(f"[{WIDE}]", text))


def listed(names: Iterable[str]) -> str:
    """Names one after another, as the language lists them.

    Parameters
    ----------
    names : iterable of str
        The names, in English.

    Returns
    -------
    str
        All of them.
    """
    return say(", ").join(map(say, names))


def retold(said: str, templates: Iterable[str]) -> str:
    """A sentence that was said in English, where this module may not be imported, in the language that is spoken.

    Parameters
    ----------
    said : str
        The sentence; it may be anything.
    templates : iterable of str
        What it may have been made of, the longer of two that fit first.

    Returns
    -------
    str
        The sentence; as it was where it fits no template.
    """
    for template in templates:
        if found := _pattern(template).fullmatch(said):
            return say(template, **found.groupdict())
    return said


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(template)), re.DOTALL)


def forms(text: str) -> list[str]:
    """A sentence in every language that there is: what a notebook in any of them may say.

    Parameters
    ----------
    text : str
        The sentence in English.

    Returns
    -------
    list of str
        The English one first.
    """
    return [text, *(table(each).get(text, text) for each in languages())]


def wrapped(text: str, width: int) -> str:
    """A text in lines; one without wide characters as `textwrap.fill` makes them.

    Parameters
    ----------
    text : str
        The text.
    width : int
        How long a line may be, in columns: a wide character takes two, and a line may end after it.

    Returns
    -------
    str
        The lines.
    """
    if not _wide(text):
        return fill(text, width)
    lines = [""]
    for part in PART.findall(text):
        if lines[-1] and _columns(lines[-1] + part.rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.rstrip() for line in lines)


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
