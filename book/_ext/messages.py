"""The messages of a page: what a translator sees of its source, and how the translation goes back into its place.

A message is a paragraph, a heading, an item of a list, a row of a table, the title of a directive, the terms of one
entry of the glossary, or a display formula with words in it. All else stays as it is, byte for byte: code, formulas,
options, labels. The lines of a message are joined, so that a paragraph that is only wrapped anew is the same message.
"""

import re
from collections.abc import Callable, Iterator

Piece = tuple[str, str, str]  # what stays in front, the message (empty where all stays), what stays behind

FENCE = re.compile(r"(?P<indent> *)(?P<fence>`{3,}|:{3,})(?P<info>.*)")
PROSE = re.compile(
    r"\{(admonition|note|hint|exercise|exercise-start|solution|glossary|prf:\w+)\}"
)  # holds text, not code
TITLED = re.compile(r"(\{(?:admonition|exercise|exercise-start|prf:\w+)\} +)(\S.*)")
OPTION = re.compile(r" *:[\w-]+:( |$)")
MARKED = re.compile(r"( *(?:[-*] |\d+\. |#+ ))(.*)")
NUMBERED = re.compile(r" *(?!1\. )\d+\. ")  # in a paragraph this is a number at the end of a sentence
FORMULA_END = re.compile(r" *\$\$( \([\w-]+\))?")
WORDS = re.compile(r"(?<![_^])(?<![_^]\{)\\text(?:it|rm)?\{[^}]*[A-Za-z]{2}")  # not a subscript such as w_{\text{true}}
STRUCTURE = re.compile(r"(\([\w-]+\)=|\+\+\+.*|%.*| *\|[-| :]+\| *|)")
INLINE = re.compile(
    r"(?P<role>\{[\w:]+\}`[^`]*`)|(?P<code>(?P<tick>`+).+?(?P=tick))|(?P<formula>\$[^$]+\$)|(?P<link>\]\([^)]*\))",
    re.DOTALL,
)


def pieces(source: str) -> Iterator[Piece]:
    """The source in pieces; joined they are the source, but for line breaks within a message."""
    return _Page(source.split("\n")).pieces()


def texts(source: str) -> list[str]:
    """The messages, in the order of the page."""
    return [message for _, message, _ in pieces(source) if speaks(message)]


def headings(source: str) -> list[str]:
    """Those of the messages that are headings."""
    return [message for before, message, _ in pieces(source) if before.startswith("#")]


def speaks(message: str) -> bool:
    """Whether there is a word in it, outside of formulas, code, and what roles and links point to."""
    return bool(re.search(r"[A-Za-z]{2}", INLINE.sub(" ", message)) or WORDS.search(message))


def translate(source: str, lookup: Callable[[str], str]) -> str:
    """The source with what `lookup` says of each message in its place."""
    parts = (before + (lookup(m) if speaks(m) else m) + after for before, m, after in pieces(source))
    return "".join(parts).removesuffix("\n")


class _Page:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.at = 0
        self.glossary = False

    def pieces(self) -> Iterator[Piece]:
        if self.lines[0] == "---":
            yield self.stays(self.lines.index("---", 1) + 1)
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if fence := FENCE.fullmatch(line):
                yield from self.directive(fence)
            elif line.strip() == "$$":
                yield from self.formula(self.at + 1, self.end(FORMULA_END))
            elif STRUCTURE.fullmatch(line.rstrip()):
                yield self.stays(self.at + 1)
            else:
                yield self.text()

    def stays(self, end: int) -> Piece:
        """All lines up to `end`, as they are."""
        before = "".join(line + "\n" for line in self.lines[self.at : end])
        self.at = end
        return before, "", ""

    def end(self, closing: re.Pattern[str]) -> int:
        """The next line that closes what the present one opens."""
        return next(i for i in range(self.at + 1, len(self.lines)) if closing.fullmatch(self.lines[i].rstrip()))

    def directive(self, fence: re.Match[str]) -> Iterator[Piece]:
        info = fence["info"]
        if not info:  # the end of one that holds text
            self.glossary = False
            yield self.stays(self.at + 1)
        elif PROSE.match(info):
            self.glossary = info == "{glossary}"
            yield self.title(fence)
            yield from self.options()
        else:
            end = self.end(re.compile(rf" *{fence['fence']}"))
            yield from self.formula(self.body(), end) if info == "{math}" else [self.stays(end + 1)]

    def title(self, fence: re.Match[str]) -> Piece:
        titled = TITLED.fullmatch(fence["info"])
        if not titled:
            return self.stays(self.at + 1)
        self.at += 1
        return fence["indent"] + fence["fence"] + titled[1], titled[2], "\n"

    def options(self) -> Iterator[Piece]:
        while self.at < len(self.lines) and OPTION.match(self.lines[self.at]):
            yield self.stays(self.at + 1)

    def body(self) -> int:
        """The first line of a formula below the options of its directive."""
        return next(i for i in range(self.at + 1, len(self.lines)) if not OPTION.match(self.lines[i]))

    def formula(self, first: int, end: int) -> Iterator[Piece]:
        """A display formula: a message if there are words in it."""
        body = "\n".join(self.lines[first:end])
        if not WORDS.search(body):
            yield self.stays(end + 1)
            return
        yield self.stays(first)
        self.at = end + 1
        yield "", body, "\n" + self.lines[end] + "\n"

    def text(self) -> Piece:
        first = self.lines[self.at]
        run = [first, *self.rest(first)]
        self.at += len(run)
        if self.glossary and not first.startswith(" "):
            return "", "\n".join(run), "\n"  # the terms of an entry, a line each
        marked = MARKED.fullmatch(first)
        indent = marked[1] if marked else first[: len(first) - len(first.lstrip())]
        return indent, " ".join([first[len(indent) :].strip(), *(line.strip() for line in run[1:])]), "\n"

    def rest(self, first: str) -> Iterator[str]:
        """The lines that go on with the message which `first` begins."""
        if first.lstrip().startswith(("|", "#")):
            return
        for line in self.lines[self.at + 1 :]:
            if self.stops(line, first):
                return
            yield line

    def stops(self, line: str, first: str) -> bool:
        """Whether a line is no part of the message that `first` begins."""
        if STRUCTURE.fullmatch(line.rstrip()) or FENCE.fullmatch(line) or line.strip() == "$$":
            return True
        if MARKED.fullmatch(line) and (MARKED.fullmatch(first) or not NUMBERED.match(line)):
            return True
        return self.glossary and line.startswith(" ") != first.startswith(" ")
