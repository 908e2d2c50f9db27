"""What a class handed in: one submission a student, and for all that is none the reason.

Of several notebooks of one student the newest counts that has the assignment in it. Newer is the higher number of
Canvas's upload, then the higher number of the try in a name (`hw1 (2).ipynb`, `hw1-2.ipynb`), then the later time in
the folder or the zip. What is in a folder for backups counts only where there is nothing else.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from wdlesson.homework.grading.archive import WORDS as ARCHIVE_WORDS
from wdlesson.homework.grading.archive import WithZips, open_archive
from wdlesson.homework.grading.content import assignments_in
from wdlesson.homework.grading.files import WORDS as FILE_WORDS
from wdlesson.homework.grading.files import Entry, Folder
from wdlesson.homework.grading.layouts import (
    GRADESCOPE,
    NOTEBOOK_ENDS,
    Found,
    Student,
    below_wrapper,
    gradescope_students,
    named_file,
    noise,
    owner,
)
from wdlesson.homework.grading.notebook import NotANotebookError, UnreadableError, parse
from wdlesson.homework.grading.roster import WORDS as ROSTER_WORDS
from wdlesson.homework.grading.roster import Person, Roster
from wdlesson.homework.questions import ASSIGNMENTS

MAX_TRY_CHARS = 300
MAX_LOOKED_INTO = 12  # notebooks of one student; of more, the newest
TRY = re.compile(r"(.+?)(?:\s*\((\d{1,3})\)|[-_ ](\d{1,3}))", re.DOTALL)
UNSAFE = {ARCHIVE_WORDS["path"], ARCHIVE_WORDS["again"]}
BACKUPS = re.compile(r"backups?|old|archive|previous|trash", re.IGNORECASE)

WORDS = {
    "noise": "made by a system, not by a student",
    "metadata": "Gradescope's list of who handed in",
    "timestamp": "nbgrader's note of the time",
    "class zip": "a zip with the work of several students; to grade it, give it instead of the folder",
    "no notebook": "no notebook",
    "nobody": "no notebook, and no student is named by where it is",
    "nested": "a zip in a student's zip; it is not opened",
    "other": "{id} is graded, of the same student",
    "other assignment": "in the folder of {name}",
    "all none": "no notebook among what was handed in: {files}",
    "nothing": "nothing was handed in",
    "late": "late, says Canvas",
    "group": "handed in with {names}",
    "unreadable newer": "{id} is newer, and cannot be read",
    "time differs": "{id} has a lower number, and a later time",
    "maybe": "there is a submission that may be theirs",
}


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Parameters
    ----------
    student, number : str
        Who: a name, and what the learning platform or the roster calls them.
    entry : Entry or None
        The file that counts; None where there is none.
    status : str, optional
        Known before grading: "absent" or "not a notebook".
    message : str, optional
        Why there is nothing to grade.
    notes : tuple of str, optional
        What the teacher should know.
    """

    student: str
    number: str
    entry: Entry | None
    status: str = ""
    message: str = ""
    notes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The path of the file, as printable text."""
        return self.entry.id if self.entry else ""


@dataclass(frozen=True)
class Class:
    """What a class handed in.

    Parameters
    ----------
    source : WithZips
        Where the files are read.
    submissions : list of Submission
        One a student.
    ignored : list of tuple of str
        For every other file its id and the reason.
    """

    source: WithZips
    submissions: list[Submission]
    ignored: list[tuple[str, str]]


def collect(path: Path, assignment: str, roster: Roster | None = None, single: bool = False) -> Class:
    """What a class handed in.

    Parameters
    ----------
    path : Path
        A folder or a zip, as a learning platform gives it.
    assignment : str
        Such as "hw1".
    roster : Roster, optional
        The students, so that who handed in nothing has a submission too.
    single : bool, optional
        Whether all files are one student's.

    Returns
    -------
    Class
        One submission a student, in the order of their names.

    Raises
    ------
    ValueError
        If there is no such folder and no such zip.
    """
    if path.is_dir():
        source, stem = WithZips(Folder(path)), ""
    elif path.is_file():
        source, stem = WithZips(open_archive(path)), path.stem
    else:
        raise ValueError(FILE_WORDS["missing"].format(path=path))
    return _Collector(source, assignment, stem).run(roster, single)


class _Collector:
    """Goes through the files once; what is no submission is noted as it is met."""

    def __init__(self, source: WithZips, assignment: str, stem: str) -> None:
        self.source, self.assignment, self.stem = source, assignment, stem
        self.ignored: list[tuple[str, str]] = []

    def ignore(self, entry: Entry, reason: str) -> None:
        self.ignored.append((entry.id, reason))

    def run(self, roster: Roster | None, single: bool) -> Class:
        found = self._owned()
        if single:
            found = [replace(each, students=(Student("submission"),)) for each in found]
        by_student: dict[str, list[tuple[Student, Found]]] = defaultdict(list)
        for each in self._own(found, roster):
            for student in each.students:
                by_student[student.key].append((student, each))
        listed = _listed([pairs[0][0] for pairs in by_student.values()], roster)
        groups: dict[str, list[tuple[Student, Found]]] = defaultdict(list)
        for key, pairs in by_student.items():
            person, _ = listed[key]
            groups[f"line {person.line}" if person else key] += pairs
        submissions = [self._submission(pairs, *listed[pairs[0][0].key]) for pairs in groups.values()]
        submissions += _absent(roster, listed)
        submissions = _told_apart(sorted(submissions, key=lambda each: (each.student.casefold(), each.number, each.id)))
        chosen = {each.id for each in submissions}
        ignored = sorted({(id, reason) for id, reason in self.ignored if id not in chosen})
        return Class(self.source, submissions, ignored)

    def _owned(self) -> list[Found]:
        """Every file with its student, but for what systems leave behind."""
        entries = self.source.entries()
        paths = below_wrapper(entries, self.assignment, self.stem)
        groups, times = self._gradescope(entries, paths)
        owned = []
        for entry, path in zip(entries, paths, strict=True):
            if entry.problem in UNSAFE:
                self.ignore(entry, entry.problem)
            elif noise(entry.parts):
                self.ignore(entry, WORDS["noise"])
            elif path == (GRADESCOPE,):
                self.ignore(entry, WORDS["metadata"])
            else:
                found = owner(entry, path, groups)
                time = times.get(path[0])
                owned.append(replace(found, entry=replace(entry, modified=time)) if time else found)
        return owned

    def _gradescope(
        self, entries: list[Entry], paths: list[tuple[str, ...]]
    ) -> tuple[dict[str, tuple[Student, ...]], dict[str, float]]:
        """What Gradescope's list says: the one beside the folders, since any student may hand in a file of its name."""
        lists = [entry for entry, path in zip(entries, paths, strict=True) if path == (GRADESCOPE,)]
        if not lists:
            return {}, {}
        students, times = gradescope_students(self.source.read(lists[0]).decode("utf-8", "replace"))
        return students, {folder: time for folder, text in times.items() if (time := _seconds(text))}

    def _own(self, found: list[Found], roster: Roster | None) -> Iterator[Found]:
        """The files that count for a student: with those in their own zips, without other assignments'."""
        nbgrader = any(each.folders[:1] == (self.assignment,) for each in found)
        others = set(ASSIGNMENTS) - {self.assignment}
        for each in found:
            if nbgrader and each.folders and each.folders[0] in others:
                self.ignore(each.entry, WORDS["other assignment"].format(name=each.folders[0]))
            elif each.file == "timestamp.txt":
                self.ignore(each.entry, WORDS["timestamp"])
            elif each.zip:
                yield from self._unzipped(each, roster)
            elif not each.students and not (roster and self._namesake(each, roster)):
                self.ignore(each.entry, WORDS["nobody"])
            else:
                yield each if each.students else named_file(each)

    @staticmethod
    def _namesake(each: Found, roster: Roster) -> bool:
        return roster.find(named_file(each).students[0])[0] is not None

    def _unzipped(self, each: Found, roster: Roster | None) -> Iterator[Found]:
        """What is in a student's own zip. One at the top is the class's, if several students are in it."""
        known = each.students or (roster and self._namesake(each, roster))
        whose = each if each.students else named_file(each)
        try:
            inside = self.source.inside(each.entry)
        except (UnreadableError, NotANotebookError) as error:
            if known:
                yield replace(whose, entry=replace(each.entry, problem=str(error)))
            else:
                self.ignore(each.entry, str(error))
            return
        if not known and self._of_several(inside):
            self.ignore(each.entry, WORDS["class zip"])
            return
        counted = [found for entry in inside for found in self._inner(whose, entry)]
        yield from counted
        if known and not counted:
            yield whose

    def _inner(self, whose: Found, entry: Entry) -> Iterator[Found]:
        inner = replace(whose, entry=entry, file=entry.name, folders=entry.parts[:-1])
        if noise(entry.parts):
            self.ignore(entry, WORDS["noise"])
        elif inner.zip:
            self.ignore(entry, WORDS["nested"])
        else:
            yield inner

    def _of_several(self, inside: list[Entry]) -> bool:
        paths = zip(inside, below_wrapper(inside, self.assignment), strict=True)
        notebooks = [owner(entry, path, {}) for entry, path in paths if entry.name.lower().endswith(NOTEBOOK_ENDS)]
        return len({student.key for each in notebooks for student in each.students}) > 1

    def _submission(self, pairs: list[tuple[Student, Found]], person: Person | None, why: str) -> Submission:
        student = pairs[0][0]
        name, number = (person.name, student.number or person.number) if person else (student.name, student.number)
        notebooks = [found for _, found in pairs if found.notebook]
        notes = [why] if why else []
        notes += [WORDS["late"]] if any(found.late for _, found in pairs) else []
        together = {each.name for _, found in pairs for each in found.students} - {student.name}
        notes += [WORDS["group"].format(names=", ".join(sorted(together)))] if together else []
        for _, each in pairs:
            if not each.notebook:
                self.ignore(each.entry, each.entry.problem or WORDS["no notebook"])
        if not notebooks:
            files = WORDS["all none"].format(files=", ".join(found.entry.id for _, found in pairs[:5]))
            return Submission(name, number, None, "not a notebook", files, tuple(notes))
        chosen, more = self._choose(notebooks)
        for found in notebooks:
            if found is not chosen:
                self.ignore(found.entry, WORDS["other"].format(id=chosen.entry.id))
        return Submission(name, number, chosen.entry, notes=(*notes, *more))

    def _choose(self, notebooks: list[Found]) -> tuple[Found, list[str]]:
        """The one that counts, and what is odd about it."""
        if len(notebooks) == 1:
            return notebooks[0], []
        recent = sorted(notebooks, key=lambda each: each.entry.modified)[-MAX_LOOKED_INTO:]
        ranked = [(self._rank(each), each) for each in recent]
        best = max(rank for rank, _ in ranked)
        chosen = _newest([each for rank, each in ranked if rank == best], self.assignment)
        notes = []
        newest = _newest(recent, self.assignment)
        if newest is not chosen and self._rank(newest)[0] == 0:
            notes.append(WORDS["unreadable newer"].format(id=newest.entry.id))
        for each in recent:
            same = _try(each)[0] == _try(chosen)[0] and not each.upload and each is not chosen
            if same and each.entry.modified > chosen.entry.modified and _try(each)[1] < _try(chosen)[1]:
                notes.append(WORDS["time differs"].format(id=each.entry.id))
        return chosen, notes

    def _rank(self, found: Found) -> tuple[int, bool]:
        """The assignment that is asked for, then what has nothing of any, then another one, then what is damaged."""
        try:
            about = assignments_in(parse(self.source.read(found.entry)))
        except (UnreadableError, NotANotebookError):
            return 0, False
        rank = 3 if self.assignment in about else 1 if about else 2
        return rank, not any(BACKUPS.fullmatch(folder) for folder in found.folders)


def _seconds(text: str) -> float:
    for form in ("%Y-%m-%d %H:%M:%S.%f %z", "%Y-%m-%d %H:%M:%S %z"):
        try:
            return datetime.strptime(text, form).timestamp()
        except ValueError:
            continue
    return 0.0


def _try(found: Found) -> tuple[str, tuple[int, ...]]:
    """The name of a notebook without the numbers of its try, and these numbers."""
    name, tries = found.file, list[int]()
    end = next(end for end in NOTEBOOK_ENDS if name.lower().endswith(end))
    name = name[: -len(end)][-MAX_TRY_CHARS:]
    while match := TRY.fullmatch(name):
        name, tries = match[1], [int(match[2] or match[3]), *tries]
    return name.casefold(), tuple(tries)


def _newest(notebooks: list[Found], assignment: str) -> Found:
    """The highest try of each name, and of these the latest."""
    best: dict[str, Found] = {}
    for each in notebooks:
        name, _ = _try(each)
        rival = best.setdefault(name, each)
        best[name] = max(rival, each, key=lambda one: (one.upload, _try(one)[1], one.entry.modified))

    def when(each: Found) -> tuple[int, float, bool, str]:
        return each.upload, each.entry.modified, _try(each)[0] == assignment, each.entry.id

    return max(best.values(), key=when)


Listed = dict[str, tuple[Person | None, str]]


def _listed(students: Iterable[Student], roster: Roster | None) -> Listed:
    """For each student the line of the roster, or why there is none."""
    if roster is None:
        return {student.key: (None, "") for student in students}
    students = list(students)
    listed = {student.key: roster.find(student) for student in students}
    numbered = [student for student in students if student.number and listed[student.key][0]]
    claims = Counter(listed[student.key][0] for student in numbered)
    for student in numbered:
        if claims[listed[student.key][0]] > 1:
            listed[student.key] = None, ROSTER_WORDS["shared"]
    return listed


def _absent(roster: Roster | None, listed: Listed) -> Iterator[Submission]:
    """Who is on the roster and handed in nothing."""
    people = roster.people if roster else []
    there = {person.line for person, _ in listed.values() if person}
    doubtful = any(why and why != ROSTER_WORDS["unknown"] for _, why in listed.values())
    for person in people:
        if person.line not in there:
            notes = (WORDS["maybe"],) if doubtful and _may_be(person, listed, roster) else ()
            yield Submission(person.name, person.number, None, "absent", WORDS["nothing"], notes)


def _may_be(person: Person, listed: Listed, roster: Roster | None) -> bool:
    names = [why for found, why in listed.values() if not found]
    return any(person.name in why or why == ROSTER_WORDS["shared"] for why in names)


def _told_apart(submissions: list[Submission]) -> list[Submission]:
    """No two with the same name and number: their rows could not be told apart."""
    seen: Counter[tuple[str, str]] = Counter()
    apart = []
    for each in submissions:
        seen[each.student, each.number] += 1
        n = seen[each.student, each.number]
        apart.append(each if n == 1 else replace(each, number=f"{each.number}#{n}"))
    return apart
