"""Who handed a file in, as the learning platforms say it in the names of what they let a teacher download.

    Canvas       one flat zip: adamsamy_10001_200001_hw1.ipynb, bakerbob_LATE_10002_200002_hw1-1.ipynb
    Moodle       a folder a student, or flat: Anna Adam_501_assignsubmission_file/hw1.ipynb
    Gradescope   submission_300/hw1.ipynb, and submission_metadata.yml, which has the names
    nbgrader     ann/hw1/hw1.ipynb, other assignments beside it
    by hand      ann/anything.ipynb, or ann.ipynb

The names are made by Canvas's `lib/content_zipper.rb`, by Moodle's `mod/assign/locallib.php` and by nbgrader's
`submitted` folder.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wdlesson.homework.grading.files import Entry
from wdlesson.homework.grading.text import printable

CANVAS = re.compile(r"(?P<name>.+?)(?P<late>_LATE)?_(?P<number>\d+)_(?P<upload>\d+)_(?P<file>.+)", re.DOTALL)
ANONYMOUS = re.compile(r"(?P<name>anon)(?P<late>_LATE)?_(?P<number>\w+?)_(?P<upload>\d+)_(?P<file>.+)", re.DOTALL)
MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?", re.DOTALL)
GRADESCOPE = "submission_metadata.yml"
WRAPPERS = {"submitted", "submissions", "submission"}
NOTEBOOK_ENDS = (".ipynb", ".ipynb.txt", ".ipynb.json")  # the last two are what some browsers make of the first


@dataclass(frozen=True)
class Student:
    """Who handed something in, as far as the download says.

    Parameters
    ----------
    name : str
        To be read by people.
    number : str, optional
        What the platform calls them.
    kind : str, optional
        What that number is: "number", "moodle", or "any" for the name of a folder or of a file.
    email : str, optional
        Where the download says it.
    """

    name: str
    number: str = ""
    kind: str = "any"
    email: str = ""

    @property
    def key(self) -> str:
        """The same for all that one student handed in: names that differ in case alone are one student's."""
        own = self.number or unicodedata.normalize("NFC", self.name).casefold()
        return f"{self.kind}:{own}"


@dataclass(frozen=True)
class Found:
    """A file, and whose it is.

    Parameters
    ----------
    entry : Entry
        The file.
    students : tuple of Student
        One; several where a group handed in together; none where nobody can be named.
    file : str
        Its name, as the student gave it.
    folders : tuple of str, optional
        Those below the student's own.
    upload : int, optional
        Canvas's number of the upload, which grows with time.
    late : bool, optional
        Whether Canvas says so.
    """

    entry: Entry
    students: tuple[Student, ...]
    file: str
    folders: tuple[str, ...] = ()
    upload: int = 0
    late: bool = False

    @property
    def notebook(self) -> bool:
        """Whether its name is that of a notebook."""
        return self.file.lower().endswith(NOTEBOOK_ENDS)

    @property
    def zip(self) -> bool:
        """Whether its name is that of a zip."""
        return self.file.lower().endswith(".zip")


def owner(entry: Entry, parts: Sequence[str], groups: dict[str, tuple[Student, ...]]) -> Found:
    """Whose a file is.

    Parameters
    ----------
    entry : Entry
        The file.
    parts : sequence of str
        Its path, below the folder that holds the class.
    groups : dict of tuple of Student
        Gradescope's, by the name of their folder.

    Returns
    -------
    Found
        The file with its student.
    """
    first, *below = parts
    *folders, file = below or [first]
    if first in groups and below:
        return Found(entry, groups[first], file, tuple(folders))
    if (match := MOODLE.fullmatch(first)) and (below or match["file"]):
        student = Student(printable(match["name"]), match["number"], "moodle")
        return Found(entry, (student,), file if below else match["file"], tuple(folders))
    if not below and (match := ANONYMOUS.fullmatch(first) or CANVAS.fullmatch(first)):
        student = Student(printable(match["name"]), match["number"], "number")
        return Found(entry, (student,), match["file"], (), int(match["upload"][:18]), bool(match["late"]))
    return _by_hand(entry, first, tuple(folders), file, bool(below))


def _by_hand(entry: Entry, first: str, folders: tuple[str, ...], file: str, has_folder: bool) -> Found:
    """A folder is a student; a file at the top is one if it is a notebook, and else nobody's."""
    if has_folder:
        return Found(entry, (Student(printable(first)),), file, folders)
    end = next((end for end in NOTEBOOK_ENDS if first.lower().endswith(end)), None)
    return Found(entry, (Student(printable(first[: -len(end)] or first)),) if end else (), file)


def named_file(found: Found) -> Found:
    """A file at the top that is no notebook, taken to be its namesake's: `ann.zip`, `ann.pdf`.

    Parameters
    ----------
    found : Found
        What `owner` gave, without a student.

    Returns
    -------
    Found
        The same file, with the student of its name.
    """
    return replace(found, students=(Student(printable(found.file.rpartition(".")[0] or found.file)),))


def below_wrapper(entries: list[Entry], assignment: str, stem: str = "") -> list[tuple[str, ...]]:
    """The paths below the folder that holds the class: a download may have one more around it.

    Parameters
    ----------
    entries : list of Entry
        All files.
    assignment : str
        Such as "hw1": a folder of that name is a student's own.
    stem : str, optional
        The name of the zip.

    Returns
    -------
    list of tuple of str
        One for each entry.
    """
    paths = [entry.parts for entry in entries]
    real = [path for path in paths if not noise(path)]
    while real and _is_wrapper(real, assignment, stem):
        top = real[0][0]
        paths = [path[1:] if path[0] == top and len(path) > 1 else path for path in paths]
        real = [path[1:] for path in real]
    return paths


def _is_wrapper(paths: list[tuple[str, ...]], assignment: str, stem: str) -> bool:
    if len({path[0] for path in paths}) > 1 or any(len(path) < 2 for path in paths):
        return False
    top, second = paths[0][0], {path[1] for path in paths}
    if MOODLE.fullmatch(top):
        return False
    folders = {path[1] for path in paths if len(path) > 2}
    platform = GRADESCOPE in second or any(MOODLE.fullmatch(name) or CANVAS.fullmatch(name) for name in second)
    return platform or top.lower() in {*WRAPPERS, stem.lower()} or (len(folders) > 1 and assignment not in folders)


def noise(parts: Sequence[str]) -> bool:
    """Whether a path is one that a system made by itself, and no student.

    Parameters
    ----------
    parts : sequence of str
        The path.

    Returns
    -------
    bool
        For `__MACOSX`, checkpoints, and hidden files and folders such as `.DS_Store`.
    """
    hidden = any(part.startswith(".") and not part.lower().endswith(NOTEBOOK_ENDS) for part in parts)
    own = parts[-1].startswith("._") or parts[-1].lower() in {"thumbs.db", "desktop.ini"}
    return hidden or own or "__MACOSX" in parts


SCALAR = re.compile(r"\s*-?\s*:(\w+):\s*(.*?)\s*$")


def gradescope_students(text: str) -> tuple[dict[str, tuple[Student, ...]], dict[str, str]]:
    """Who is behind each of Gradescope's folders, and when they handed in.

    Read is what Gradescope writes: a folder's name at the margin, and below it `:created_at:` and `:submitters:`, with
    `:name:`, `:sid:` and `:email:` of each.

    Parameters
    ----------
    text : str
        The file `submission_metadata.yml`.

    Returns
    -------
    tuple of dict
        The students, and the times as text, both by the name of the folder.
    """
    people: dict[str, list[dict[str, str]]] = {}
    times: dict[str, str] = {}
    folder, inside = "", False
    for line in text.splitlines():
        if re.match(r"[^\s:#-].*:\s*$", line):
            folder, inside = _scalar(line.strip()[:-1]), False
            people[folder] = []
        elif folder and re.match(r"\s{0,2}:\w+:", line):
            inside = line.strip() == ":submitters:"
            if (match := SCALAR.match(line)) and match[1] == "created_at":
                times.setdefault(folder, _scalar(match[2]))
        elif inside and (match := SCALAR.match(line)):
            if line.lstrip().startswith("-"):
                people[folder].append({})
            if people[folder]:
                people[folder][-1][match[1]] = _scalar(match[2])
    return {folder: tuple(map(_submitter, each)) for folder, each in people.items() if each}, times


def _submitter(about: dict[str, str]) -> Student:
    name, sid, email = (printable(about.get(key, "")) for key in ("name", "sid", "email"))
    return Student(name or email or sid, sid or email, "number" if sid else "email", email)


ESCAPE = re.compile(r'\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(["\\/]))')


def _scalar(text: str) -> str:
    """A scalar of YAML: as it is, or in quotes of one kind or the other."""
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        return ESCAPE.sub(lambda m: m[4] or _character(m[1] or m[2] or m[3]), text[1:-1])
    return "" if text in {"~", "null"} else text


def _character(digits: str) -> str:
    return chr(min(int(digits, 16), 0x10FFFF))
