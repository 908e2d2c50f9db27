"""The students of a class, from any table that has them: a learning platform's export, or a list made by hand.

A student is found by an identifier first, and by the name only where that fits one line alone: two of one name are
never guessed apart.
"""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from wdlesson.homework.grading.layouts import Student
from wdlesson.homework.grading.tables import Table, heading, plain, read_table
from wdlesson.homework.grading.text import printable

# Headings as `heading` gives them: lower case, letters and digits alone.
NAMES = ("student", "name", "fullname", "studentname", "displayname", "学生", "姓名", "全名", "vollständigername")
FIRST = ("firstname", "first", "givenname", "forename", "vorname", "prénom", "名")
LAST = ("lastname", "last", "surname", "familyname", "nachname", "nom", "姓", "姓氏")
IDENTIFIERS = {
    "number": ("id", "studentid", "idnumber", "sisuserid", "sid", "studentnumber", "number", "matrikelnummer", "学号"),
    "moodle": ("identifier", "id", "identifikator", "标识符", "编号"),
    "login": ("sisloginid", "loginid", "login", "username", "user", "netid", "userid", "用户名", "anmeldename"),
    "email": ("email", "emailaddress", "mail", "emailadresse", "邮箱", "电子邮件", "电子邮件地址", "email地址"),
}

NO_STUDENTS = {"Points Possible", "Points Possible (read only)", "Student, Test"}  # lines in Canvas's gradebook

WORDS = {
    "headings": "{path} has no column with a name or a number of students; its headings are {found}",
    "several": "several students on the list have this name: {names}",
    "unknown": "not on the list of students",
    "conflict": "the number is that of {one} on the list, the name that of {other}",
    "shared": "another submission has this name as well, and the list has one student of it",
}


def forms(name: str) -> frozenset[str]:
    """What a name may look like elsewhere: Adams, Amy; Amy Adams; adamsamy; with accents or without.

    Parameters
    ----------
    name : str
        As it stands somewhere.

    Returns
    -------
    frozenset of str
        Of two names that may be the same, a form is the same.

    Examples
    --------
    >>> forms("Adams, Amy") & forms("amy adams") & forms("adamsamy")
    frozenset({'adamsamy'})
    """
    last, comma, first = name.partition(",")
    orders = {f"{last} {first}", f"{first} {last}"}
    words = name.split()
    if not comma and len(words) > 1:
        orders |= {" ".join([*words[i:], *words[:i]]) for i in range(1, len(words))}
    return frozenset(filter(None, (_letters(order, bare) for order in orders for bare in (False, True))))


def _letters(text: str, bare: bool) -> str:
    split = unicodedata.normalize("NFKD" if bare else "NFKC", text.casefold())
    return "".join(c for c in split if c.isalnum())


def identifier(text: str) -> str:
    """An identifier without what a spreadsheet or Moodle adds: `Participant 501`, `501.0`, blanks, case.

    Parameters
    ----------
    text : str
        A cell, or a part of a name.

    Returns
    -------
    str
        What is compared.

    Examples
    --------
    >>> identifier("Participant 501"), identifier(" AB12 "), identifier("501.0")
    ('501', 'ab12', '501')
    """
    bare = re.sub(r"\.0$", "", unicodedata.normalize("NFC", text.strip()))
    number = re.fullmatch(r"[^\d\s]+\s*(\d+)", bare) if not re.fullmatch(r"\w+", bare, re.ASCII) else None
    return (number[1] if number else bare).casefold()


@dataclass(frozen=True)
class Person:
    """One line of a roster.

    Parameters
    ----------
    line : int
        Its place among the lines, from 0.
    name : str
        To be read by people.
    identifiers : frozenset of tuple of str
        Kind and value of each.
    number : str
        The first of them, to be read by people.
    """

    line: int
    name: str
    identifiers: frozenset[tuple[str, str]]
    number: str

    @cached_property
    def forms(self) -> frozenset[str]:
        """Those of the name, computed once."""
        return forms(self.name)


class Roster:
    """The students of a class.

    Parameters
    ----------
    table : Table
        With a column of names, or of an identifier.
    path : Path
        Where it is from, for messages.

    Raises
    ------
    ValueError
        If it has neither.
    """

    def __init__(self, table: Table, path: Path) -> None:
        """Read each line; those of Canvas that are no student are passed over."""
        columns = _Columns(table)
        if not columns.any:
            raise ValueError(WORDS["headings"].format(path=path, found=", ".join(map(printable, table.header))))
        people = (columns.person(i, row) for i, row in enumerate(table.rows))
        self.people = [person for person in people if person]
        self._by_identifier: dict[tuple[str, str], set[int]] = defaultdict(set)
        self._by_form: dict[str, set[int]] = defaultdict(set)
        for i, person in enumerate(self.people):
            for each in person.identifiers:
                self._by_identifier[each].add(i)
            for form in person.forms:
                self._by_form[form].add(i)

    def find(self, student: Student) -> tuple[Person | None, str]:
        """The line of a student.

        Parameters
        ----------
        student : Student
            As the download names them.

        Returns
        -------
        tuple
            The person and "", or None and the reason.
        """
        by_number = self._numbered(student)
        by_name = set().union(*(self._by_form.get(form, set()) for form in forms(student.name)))
        found = by_number & by_name or by_number or by_name
        if len(found) == 1:
            (one,) = found
            if by_name and one not in by_name:
                other = self._names(by_name)
                return None, WORDS["conflict"].format(one=self.people[one].name, other=other)
            return self.people[one], ""
        return None, WORDS["several"].format(names=self._names(found)) if found else WORDS["unknown"]

    def _numbered(self, student: Student) -> set[int]:
        kinds = IDENTIFIERS if student.kind == "any" else [student.kind]
        own = {(kind, identifier(student.number or student.name)) for kind in kinds}
        if student.email:
            own.add(("email", identifier(student.email)))
        return set().union(*(self._by_identifier.get(each, set()) for each in own))

    def _names(self, lines: set[int]) -> str:
        return "; ".join(f"{self.people[i].name} {self.people[i].number}".strip() for i in sorted(lines))


class _Columns:
    """Where a table has what."""

    def __init__(self, table: Table) -> None:
        self.name, self.first, self.last = (table.column(*each) for each in (NAMES, FIRST, LAST))
        found = {kind: self._all(table, names) for kind, names in IDENTIFIERS.items()}
        self.identifiers = [(kind, column) for kind, columns in found.items() for column in columns]
        self.any = bool(self.identifiers) or self.name is not None or self.last is not None

    @staticmethod
    def _all(table: Table, names: tuple[str, ...]) -> list[int]:
        return [i for i, each in enumerate(table.header) if heading(each) in names]

    def person(self, line: int, row: list[str]) -> Person | None:
        cells = [printable(plain(cell).strip()) for cell in row]
        name = self._name(cells)
        own = [(kind, identifier(cells[i])) for kind, i in self.identifiers if cells[i]]
        own += [("login", value.partition("@")[0]) for kind, value in own if "@" in value]  # as a folder may be named
        if name in NO_STUDENTS or not (name or own):
            return None
        number = next((cells[i] for _, i in self.identifiers if cells[i]), "")
        return Person(line, name or number, frozenset(own), number)

    def _name(self, cells: list[str]) -> str:
        if self.name is not None:
            return cells[self.name]
        parts = [cells[i] for i in (self.first, self.last) if i is not None]
        return " ".join(filter(None, parts))


def read_roster(path: Path) -> Roster:
    """The students in a file.

    Parameters
    ----------
    path : Path
        A table, as `read_table` takes it.

    Returns
    -------
    Roster
        Its students.
    """
    return Roster(read_table(path), path)
