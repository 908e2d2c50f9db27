"""Tables for spreadsheets and from them: CSV of any separator, in which no cell is run.

A spreadsheet computes a cell that starts with `=`, `+`, `-`, `@`, a tab or a carriage return, and one that cuts lines
at `;` sees a start after each of these. There a cell gets an apostrophe, which `plain` takes away again. The rule is
that of OWASP's page "CSV Injection".
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wdlesson.homework.grading.files import write_whole

MAX_BYTES = 64 << 20
MAX_CELL_CHARS = 32_767  # a spreadsheet cuts what is longer
SEPARATORS = ",;\t"
FULL_WIDTH = "\uff1d\uff0b\uff0d\uff20"
RUN = rf"(?='*[=+\-@\t\r{FULL_WIDTH}])"  # apostrophes that stand there already count, so that `plain` takes one away
ESCAPABLE = re.compile(rf"(^|;)([^\S\t\r]*){RUN}")
ESCAPED = re.compile(rf"(^|;)([^\S\t\r]*)'{RUN}")

WORDS = {
    "large": "{path} is larger than {limit} MiB",
    "encoding": "{path} is neither UTF-8 nor UTF-16: save it as CSV UTF-8",
    "empty": "{path} has no line of headings",
    "csv": "{path} is no table: {error}",
}


def harmless(cell: Any) -> Any:
    """A cell that no spreadsheet runs.

    Parameters
    ----------
    cell : object
        Text, or anything else, which stays as it is.

    Returns
    -------
    object
        The text, with an apostrophe where a formula would start.

    Examples
    --------
    >>> harmless("=1+1"), harmless("Adam;=1+1"), harmless("a = b")
    ("'=1+1", "Adam;'=1+1", 'a = b')
    """
    return ESCAPABLE.sub(r"\1\2'", cell) if isinstance(cell, str) else cell


def plain(cell: str) -> str:
    """The text that `harmless` was given.

    Parameters
    ----------
    cell : str
        A cell of one of our tables.

    Returns
    -------
    str
        It without the apostrophes that were put in.

    Examples
    --------
    >>> plain(harmless("=1+1;-2")), plain("it's")
    ('=1+1;-2', "it's")
    """
    return ESCAPED.sub(r"\1\2", cell)


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """CSV with every cell in quotes and none that is run.

    Parameters
    ----------
    rows : iterable of sequence
        The lines, the headings first.

    Returns
    -------
    str
        The text, with the byte order mark by which a spreadsheet knows UTF-8.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return "\ufeff" + file.getvalue()


def write_table(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """Write a table whole.

    Parameters
    ----------
    path : Path
        The file.
    rows : iterable of sequence
        The lines, the headings first.
    """
    write_whole(path, csv_text(rows))


def heading(text: str) -> str:
    """A heading without what differs from program to program: case, blanks, punctuation.

    Parameters
    ----------
    text : str
        As it stands in a file.

    Returns
    -------
    str
        Letters and digits alone.

    Examples
    --------
    >>> heading("E-Mail Address "), heading("SIS User ID")
    ('emailaddress', 'sisuserid')
    """
    return re.sub(r"[\W_]+", "", text).casefold()


@dataclass(frozen=True)
class Table:
    """A table as it was read.

    Parameters
    ----------
    header : list of str
        The headings, as they stand.
    rows : list of list of str
        The lines below, each as long as the header.
    """

    header: list[str]
    rows: list[list[str]]

    def column(self, *names: str) -> int | None:
        """The first column with one of these headings.

        Parameters
        ----------
        *names : str
            As `heading` gives them.

        Returns
        -------
        int or None
            Its number, from 0.
        """
        return next((i for i, each in enumerate(self.header) if heading(each) in names), None)

    def dicts(self) -> list[dict[str, str]]:
        """The lines of one of our own tables, by heading.

        Returns
        -------
        list of dict of str
            A dictionary a line, its texts as they were before they were made harmless.
        """
        return [dict(zip(self.header, map(plain, row), strict=True)) for row in self.rows]


def read_table(path: Path) -> Table:
    """Read a table that a spreadsheet or a learning platform wrote.

    Parameters
    ----------
    path : Path
        CSV with commas, semicolons or tabs, in UTF-8 or UTF-16, with a byte order mark or without.

    Returns
    -------
    Table
        Its headings and its lines; empty lines are left out.

    Raises
    ------
    ValueError
        If it is no such table.
    """
    text = _text(path)
    if not text.strip():
        raise ValueError(WORDS["empty"].format(path=path))
    before = csv.field_size_limit(MAX_BYTES)
    try:
        header, *rows = _lines(text)
    except csv.Error as error:
        raise ValueError(WORDS["csv"].format(path=path, error=error)) from None
    finally:
        csv.field_size_limit(before)
    return Table(header, [_fitted(row, len(header)) for row in rows if any(cell.strip() for cell in row)])


def _text(path: Path) -> str:
    with open(path, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(WORDS["large"].format(path=path, limit=MAX_BYTES >> 20))
    try:
        return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(WORDS["encoding"].format(path=path)) from None


def _lines(text: str) -> list[list[str]]:
    """Every line, cut at the separator that gives the headings the most cells."""
    text = text.lstrip("\r\n")

    def cut(separator: str, lines: str) -> Any:
        return csv.reader(io.StringIO(lines, newline=""), delimiter=separator)

    separator = max(SEPARATORS, key=lambda each: len(next(cut(each, text))))
    return list(cut(separator, text))


def _fitted(row: list[str], length: int) -> list[str]:
    return (row + [""] * length)[:length]
