"""The answers in words, found wherever a student left them.

A written question has a cell of its own, known by nbgrader's name or by the id of the cell; what is typed into new
cells below it belongs to the answer, up to the next cell that the course has made. Where names and ids are gone, the
place below the question says which cell is meant. Pictures become files beside the answers.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from wdlesson.homework.feedback.words import forms
from wdlesson.homework.grading.notebook import Cell
from wdlesson.homework.questions import assignment

COURSE = {"points": "Written ({n} points)", "point": "Written ({n} point)", "title": "Homework {n}"}
PLACEHOLDER = "YOUR ANSWER HERE"


def _in_any_language(*templates: str) -> str:
    """A pattern of what the course's notebooks say, where each placeholder is a number."""
    said = dict.fromkeys(form for template in templates for form in forms(template))
    return "|".join(re.escape(form).replace(re.escape("{n}"), r"\d+") for form in said)


PROMPT = re.compile(rf"\s*(?:\*\*|__)?(?:{_in_any_language(COURSE['points'], COURSE['point'])})")
COURSE_HEADING = re.compile(rf"\s*##? (?:\d+\. |{_in_any_language(COURSE['title'])})")
PLACEHOLDERS = re.compile(_in_any_language(PLACEHOLDER))
DATA = re.compile(r"data:image/[\w.+-]+;base64,([A-Za-z0-9+/=\s%]+)")
ATTACHED = re.compile(r"attachment:([^\s)\"'>]+)")
LOCAL = re.compile(r"!\[[^\]\n]{0,200}\]\((?!data:|attachment:|https?:|\[)([^)\s]{1,300})")
KINDS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif", b"RIFF": "webp"}
MAX_PICTURES = 20
MAX_CHARS = 200_000

WORDS = {
    "picture": "[picture: {name}]",
    "lost": "[a picture that is not in the notebook: {name}]",
    "odd": "[a picture of a kind that is not saved]",
    "many": "[one picture more than {n}]",
    "nothing": "nothing found",
    "cells": "in {n} cells",
    "code": "partly in a code cell",
    "place": "found by its place",
    "prompt": "typed below the question, in its cell",
    "pictures": "pictures: {n}",
    "lost pictures": "names a picture that is not in the notebook",
}


@dataclass
class Answer:
    """One answer in words.

    Parameters
    ----------
    text : str
        All of it, with the names of its pictures in their places.
    notes : list of str, optional
        How it was found, where that is not in its own cell.
    pictures : dict of bytes, optional
        By the name that the text has for them.
    """

    text: str
    notes: list[str] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)


def answers(cells: list[Cell], name: str) -> dict[str, Answer]:
    """The answers in words of a notebook.

    Parameters
    ----------
    cells : list of Cell
        Those of the notebook.
    name : str
        The assignment, such as "hw1".

    Returns
    -------
    dict of Answer
        One for each written question, in order.
    """
    asked = assignment(name)
    notebook = _Notebook(cells, {question.function for question in asked.questions}, name)
    written = [question.name for question in asked.written]
    return {each: notebook.answer(each.removeprefix(f"{name}."), i) for i, each in enumerate(written)}


class _Notebook:
    """The cells, and which of them the course has made."""

    def __init__(self, cells: list[Cell], functions: set[str], name: str) -> None:
        self.cells, self.functions, self.name = cells, functions, name
        self.prompts = [i for i, cell in enumerate(cells) if not cell.code and PROMPT.match(cell.source)]

    def answer(self, own: str, order: int) -> Answer:
        """The answer to the question with this name, which is the one of this order."""
        named = [i for i, cell in enumerate(self.cells) if own in {cell.grade_id, cell.id}]
        prompt = self._prompt(named, order)
        places = set(named)
        for start in [*named, *([prompt] if prompt is not None else [])]:
            places |= set(self._below(start, own))
        parts = [self.cells[i] for i in sorted(places)]
        answer = _Answer(own)
        typed = _below_prompt(self.cells[prompt]) if prompt is not None and prompt not in places else ""
        texts = [answer.text(typed, self.cells[prompt])] if typed and prompt is not None else []
        texts += [answer.cell(cell) for cell in parts]
        texts = [text for text in texts if text.strip()]
        return Answer("\n\n".join(texts)[:MAX_CHARS], self._notes(answer, texts, typed, named, parts), answer.pictures)

    def _prompt(self, named: list[int], order: int) -> int | None:
        """The cell with the question: the last before the answer's own cell, else that of its order."""
        if named and (above := [i for i in self.prompts if i < named[0]]) and not self._between(above[-1], named[0]):
            return above[-1]
        return self.prompts[order] if order < len(self.prompts) and not named else None

    def _between(self, prompt: int, own: int) -> bool:
        return any(self._course(self.cells[i], "") for i in range(prompt + 1, own))

    def _below(self, start: int, own: str) -> Iterator[int]:
        """The cells below one that are no course's own, until one is."""
        for i in range(start + 1, len(self.cells)):
            if self._course(self.cells[i], own):
                return
            yield i

    def _course(self, cell: Cell, own: str) -> bool:
        if own and own in {cell.grade_id, cell.id}:
            return False
        if cell.code:
            source = cell.source
            made = re.search(rf"""(?:check|verdict)\(\s*["']{self.name}\.""", source)
            return bool(made) or any(re.search(rf"^def {each}\b", source, re.MULTILINE) for each in self.functions)
        known = re.fullmatch(r"[wq]\d(?:-check)?", cell.grade_id or cell.id or "")
        return bool(PROMPT.match(cell.source) or COURSE_HEADING.match(cell.source) or known)

    def _notes(self, answer: "_Answer", texts: list[str], typed: str, named: list[int], parts: list[Cell]) -> list[str]:
        if not texts:
            return [WORDS["nothing"]]
        used = [cell for cell in parts if cell.source.strip() and not PLACEHOLDERS.fullmatch(cell.source.strip())]
        notes = {
            WORDS["place"]: not named,
            WORDS["prompt"]: bool(typed),
            WORDS["cells"].format(n=len(used)): len(used) > 1,
            WORDS["code"]: any(cell.code for cell in used),
            WORDS["pictures"].format(n=len(answer.pictures)): bool(answer.pictures),
            WORDS["lost pictures"]: answer.lost,
        }
        return [note for note, is_so in notes.items() if is_so]


def _below_prompt(cell: Cell) -> str:
    """What stands below the first paragraph of the cell with the question."""
    _, _, below = cell.source.replace("\r\n", "\n").strip().partition("\n\n")
    return below.strip()


class _Answer:
    """Texts of one answer, as they are put together."""

    def __init__(self, own: str) -> None:
        self.own, self.lost = own, False
        self.pictures: dict[str, bytes] = {}

    def cell(self, cell: Cell) -> str:
        return self.text(cell.source, cell)

    def text(self, source: str, cell: Cell) -> str:
        """A text with its pictures saved, and without the course's placeholder."""
        text = source.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
        text = PLACEHOLDERS.sub("", text)
        text = DATA.sub(lambda match: self._picture(match[1]), text)[:MAX_CHARS]
        text = ATTACHED.sub(lambda match: self._attached(match[1], cell.attachments), text)
        text = LOCAL.sub(self._local, text).strip("\n")
        return f"```\n{text}\n```" if cell.code and text.strip() else text

    def _local(self, match: re.Match[str]) -> str:
        self.lost = True
        return WORDS["lost"].format(name=match[1])

    def _attached(self, name: str, attachments: dict[str, Any]) -> str:
        kinds = attachments.get(name) or attachments.get(re.sub("%20", " ", name))
        data = next((part for part in kinds.values() if isinstance(part, str)), "") if isinstance(kinds, dict) else ""
        if not data:
            self.lost = True
            return WORDS["lost"].format(name=name)
        return self._picture(data)

    def _picture(self, data: str) -> str:
        if len(self.pictures) >= MAX_PICTURES:
            return WORDS["many"].format(n=MAX_PICTURES)
        try:
            picture = base64.b64decode(re.sub(r"\s|%0A", "", data), validate=False)
        except (binascii.Error, ValueError):
            picture = b""
        kind = next((kind for start, kind in KINDS.items() if picture.startswith(start)), None)
        if kind is None:
            return WORDS["odd"]
        name = f"{self.own}-{len(self.pictures) + 1}.{kind}"
        self.pictures[name] = picture
        return WORDS["picture"].format(name=name)
