"""A class of sixty, messy and honest, and what four learning platforms make of it when a teacher downloads it."""

import base64
import copy
import io
import re
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from homework.notebooks import as_bytes, solution, stub

POINTS = (2, 3, 3, 4, 3, 3, 2)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
NOON = time.mktime((2026, 11, 2, 12, 0, 0, 0, 0, -1))
HOUR = 3600.0
FULL = sum(POINTS)


@dataclass(frozen=True)
class File:
    """A file as a student names it, handed in some hours after noon."""

    name: str
    data: bytes
    hours: float = 0.0


@dataclass(frozen=True)
class Pupil:
    """A student of the class, what was handed in, and what must come of it."""

    last: str
    first: str
    files: tuple[File, ...]
    status: str = "ok"
    total: int | None = FULL
    graded: str = ""  # the name of the file that counts, where there are several
    note: str = ""
    late: bool = False
    written: dict[str, str] = field(default_factory=dict)
    written_note: str = ""

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


def edited(**cells: str | None) -> dict[str, Any]:
    """The solution with other sources in some of its cells; None removes one."""
    made = copy.deepcopy(solution())
    for cell in made["cells"]:
        cell["source"] = cells.get(cell["id"].replace("-", "_"), cell["source"]) or ""
    gone = {name for name, source in cells.items() if source is None}
    made["cells"] = [cell for cell in made["cells"] if cell["id"].replace("-", "_") not in gone]
    return made  # type: ignore[no-any-return]


def book(remark: str, **cells: str | None) -> bytes:
    """A right notebook that no other student has handed in like this."""
    return as_bytes(edited(**{"cell_02": f"# {remark}\nimport torch", **cells}))


def with_cells(where: str, *new: dict[str, Any], replaced: bool = False, **cells: str | None) -> bytes:
    """The solution with cells below one, or in its place."""
    made = edited(**cells)
    i = [cell["id"] for cell in made["cells"]].index(where)
    made["cells"][i if replaced else i + 1 : i + 1] = list(new)
    return as_bytes(made)


def markdown(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "new", "metadata": {}, "source": source, **more}


def code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "id": "new", "metadata": {}, "source": source, "outputs": [], "execution_count": None}


def without_metadata(keep_ids: bool) -> bytes:
    made = edited(w1="Second order.", w2="Halve it.")
    for cell in made["cells"]:
        cell["metadata"] = {}
        if not keep_ids:
            del cell["id"]
    return as_bytes({**made, "metadata": {}})


def zipped(*files: File) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in files:
            add(archive, file.name, file)
    return buffer.getvalue()


def add(archive: zipfile.ZipFile, name: str, file: File) -> None:
    when = time.localtime(NOON + HOUR * file.hours)
    info = zipfile.ZipInfo(name, when[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, file.data)


def hw1(remark: str, name: str = "hw1.ipynb", hours: float = 0.0, **cells: str | None) -> File:
    return File(name, book(remark, **cells), hours)


LOOP = "def record(X, y, w, b, lam):\n    while True:\n        pass"
DATA_URI = f"Look: ![it](data:image/png;base64,{base64.b64encode(PNG).decode()})"
ATTACHED = {"image.png": {"image/png": base64.b64encode(PNG).decode()}}
HARD_NAMES = [
    ("Müller", "Jörg"),
    ("O'Neill", "Sinéad"),
    ("de la Cruz, Jr.", "Ana"),
    ("三", "张"),
    ("=HYPERLINK(1)", "+Eve"),
    ("B;=1+1", "Semi"),
    ("𝕬" * 60, "Four"),
    ("Nguyễn", "Thị Ánh"),
]


def messy() -> list[Pupil]:
    """Forty who each did one thing that honest students do."""
    return [
        Pupil("Adams", "Amy", (hw1("old"), hw1("new", "hw1 (1).ipynb", 4)), graded="hw1 (1).ipynb"),
        Pupil("Baker", "Bob", (hw1("first"), hw1("second", "hw1-1.ipynb", 1)), late=True, graded="hw1-1.ipynb"),
        Pupil("Clark", "Cy", (File("hw1.ipynb", as_bytes(solution("hw2"))),), "other assignment", None),
        Pupil("Diaz", "Di", (hw1("text", "hw1.ipynb.txt"),)),
        Pupil("Evans", "Ed", (hw1("json", "hw1.ipynb.json"),)),
        Pupil("Fox", "Fay", (File("homework.zip", zipped(hw1("zip"), File("__MACOSX/._hw1.ipynb", b"x"))),)),
        Pupil("Gray", "Gus", (File("essay.pdf", b"%PDF-1.7"),), "not a notebook", None),
        Pupil("Hall", "Hal", (hw1("photo"), File("IMG_1.jpg", b"\xff\xd8\xff"), File("notes.docx", b"PK"))),
        Pupil("Ito", "Ida", (hw1("main", hours=1), hw1("backup", "backup/hw1.ipynb", 2)), graded="hw1.ipynb"),
        Pupil("Jones", "Jo", (), "absent", None),
        Pupil("Klein", "Kai", (File("hw1.ipynb", book("cut")[:3000]),), "unreadable", None),
        Pupil("Lopez", "Lu", (File("hw1.ipynb", as_bytes(stub())),), total=0, written={"hw1.w1": ""}),
        Pupil("Meyer", "Mo", (hw1("no q2", q2=None),), total=20 - 3 - 4 - 3),
        Pupil("Novak", "Nan", (hw1("wrong q6", q6="def convert(*a): return 1"),), total=17),
        Pupil("Otto", "Ole", (hw1("loop", q7=LOOP),), "timeout", 18),
        Pupil("Park", "Pat", (File("hw1.ipynb", b"\xef\xbb\xbf" + book("bom")),)),
        Pupil("Quinn", "Quy", (hw1("named", "Homework 1 final FINAL.ipynb"),)),
        Pupil("Reed", "Ray", (hw1("also hw2"), File("hw2.ipynb", as_bytes(solution("hw2")), 5)), graded="hw1.ipynb"),
        Pupil("Smith", "Sue", (hw1("sue"),)),
        Pupil("Smith", "Sam", (hw1("sam"),)),
        Pupil(
            "Tran", "Tri", (hw1("good"), File("hw1 (1).ipynb", book("bad")[:900], 3)), graded="hw1.ipynb", note="newer"
        ),
        Pupil("Ueda", "Umi", (hw1("a"), File("test.ipynb", as_bytes({"cells": []}), 9)), graded="hw1.ipynb"),
        Pupil("Voss", "Vic", (File("a.zip", zipped(File("b.zip", zipped(hw1("deep"))))),), "not a notebook", None),
        Pupil("Wong", "Wei", (hw1("HW1", "HW1.IPYNB"),)),
        *(Pupil(last, first, (hw1(first),)) for last, first in HARD_NAMES),
        *in_words(),
    ]


def in_words() -> list[Pupil]:
    """Eight who left their answers in words elsewhere."""

    def one(last: str, data: bytes, w1: str, note: str) -> Pupil:
        return Pupil(last, "Wes", (File("hw1.ipynb", data),), written={"hw1.w1": w1}, written_note=note)

    below = with_cells("w1", markdown("It is below."), w1="YOUR ANSWER HERE")
    split = with_cells("w1", markdown("The second half."), w1="The first half.")
    as_code = with_cells("w1", code("# it differs\n# in second order"), replaced=True)
    in_prompt = edited(w1="YOUR ANSWER HERE")
    prompt = next(cell for cell in in_prompt["cells"] if cell["source"].startswith("**Written (2"))
    prompt["source"] += "\n\nRight here."
    picture = with_cells("w1", markdown("![](attachment:image.png)", attachments=ATTACHED), w1="YOUR ANSWER HERE")
    return [
        one("Xu", split, "The first half.\n\nThe second half.", "in 2 cells"),
        one("Yang", below, "It is below.", ""),
        one("Zhou", as_code, "```\n# it differs\n# in second order\n```", "code cell"),
        one("Abel", without_metadata(keep_ids=True), "Second order.", ""),
        one("Babic", without_metadata(keep_ids=False), "Second order.", "found by its place"),
        one("Cohen", as_bytes(in_prompt), "Right here.", "below the question"),
        one("Dahl", picture, "w1-1.png", "pictures: 1"),
        one("Eder", book("uri", w1=DATA_URI), "w1-1.png", "pictures: 1"),
    ]


def full_class(n: int = 60) -> list[Pupil]:
    """The messy ones, and others who did all as they were told."""
    return [*messy(), *(Pupil(f"Plain{i}", "Pia", (hw1(f"plain {i}"),)) for i in range(n - len(messy())))]


def canvas(pupils: list[Pupil], folder: Path) -> Path:
    """One flat zip; the numbers of uploads grow with time."""
    path = folder / "submissions.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i, pupil in enumerate(pupils):
            who = re.sub(r"\W", "", f"{pupil.last}, {pupil.first}".lower())
            for j, file in enumerate(sorted(pupil.files, key=lambda each: each.hours)):
                late = "_LATE" if pupil.late else ""
                name = re.sub(r'[\x00/\\:*?"<>|]+', "_", file.name)
                add(archive, f"{who}{late}_{10_000 + i}_{200_000 + 10 * i + j}_{name}", File("", file.data))
    return path


def canvas_gradebook(pupils: list[Pupil], folder: Path) -> Path:
    """What Canvas exports: a line of points and a test student among the students."""
    header = [
        "Student",
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Section",
        "Homework 1 (77)",
        "Homework 2 (78)",
        "Final Score",
    ]
    lines = [header, ["    Points Possible", "", "", "", "", "25", "25", "(read only)"]]
    for i, pupil in enumerate(pupils):
        lines.append(
            [f"{pupil.last}, {pupil.first}", str(10_000 + i), f"u{i}", f"s{i}@uni.edu", "Course", "", "7", "1"]
        )
    lines.append(["Student, Test", "9", "", "x", "Course", "", "", ""])
    return table(folder / "gradebook.csv", lines, ",")


def moodle(pupils: list[Pupil], folder: Path) -> Path:
    """A folder a student, in one zip; some have a text beside their files."""
    path = folder / "Course-Homework 1-77.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i, pupil in enumerate(pupils):
            who = f"{pupil.name}_{500 + i}_assignsubmission".replace("/", "")
            for file in pupil.files:
                add(archive, f"{who}_file/{file.name}", file)
            if pupil.files and i % 5 == 0:
                add(archive, f"{who}_onlinetext/onlinetext.html", File("", b"<p>see my notebook</p>"))
    return path


def moodle_worksheet(pupils: list[Pupil], folder: Path) -> Path:
    header = ["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed"]
    header += ["Last modified (submission)", "Last modified (grade)", "Feedback comments"]
    lines = [header]
    for i, pupil in enumerate(pupils):
        about = [f"Participant {500 + i}", pupil.name, f"s{i}@uni.edu", "Submitted for grading", "", "25.00", "Yes"]
        lines.append([*about, "Monday, 2 November 2026, 10:00 AM", "-", ""])
    return table(folder / "worksheet.csv", lines, ",")


def gradescope(pupils: list[Pupil], folder: Path) -> Path:
    """A folder a submission, and who is behind them in a file."""
    path = folder / "assignment_77_export.zip"
    about = ["---"]
    with zipfile.ZipFile(path, "w") as archive:
        for i, pupil in enumerate(pupils):
            if pupil.files:
                quoted = pupil.name.replace("'", "''")
                about += [f"submission_{300 + i}:", "  :submitters:", f"  - :name: '{quoted}'", f"    :sid: u{i}"]
                about += [f"    :email: s{i}@uni.edu", f"  :created_at: 2026-11-02 12:{i:02}:00.5 Z", "  :score: 0.0"]
            for file in pupil.files:
                add(archive, f"assignment_77_export/submission_{300 + i}/{file.name}", file)
        archive.writestr("assignment_77_export/submission_metadata.yml", "\n".join(about))
    return path


def nbgrader(pupils: list[Pupil], folder: Path) -> Path:
    """A folder, with times and with another assignment beside this one."""
    path = folder / "submitted"
    path.mkdir()
    (path / ".DS_Store").write_bytes(b"\0")
    (path / "submissions.zip").write_bytes(zipped(*(File(f"s{i}/hw1.ipynb", b"{}") for i in range(3))))
    for i, pupil in enumerate(pupils):
        for file in pupil.files:
            place(path / f"s{i}/hw1/{file.name}", file)
        if pupil.files:
            place(path / f"s{i}/hw1/timestamp.txt", File("", b"2026-11-02 12:00:00 UTC"))
            place(path / f"s{i}/hw2/hw2.ipynb", File("", as_bytes(solution("hw2")), 9))
            place(path / f"s{i}/hw1/.ipynb_checkpoints/hw1-checkpoint.ipynb", File("", book("checkpoint"), 9))
    return path


def place(path: Path, file: File) -> None:
    import os

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.data)
    os.utime(path, (NOON, NOON + HOUR * file.hours))


def roster(pupils: list[Pupil], folder: Path) -> Path:
    """A list as a European spreadsheet saves it."""
    lines = [["Surname", "First name", "ID number", "E-Mail Address"]]
    lines += [[pupil.last, pupil.first, f"u{i}", f"s{i}@uni.edu"] for i, pupil in enumerate(pupils)]
    return table(folder / "students.csv", lines, ";")


def table(path: Path, lines: list[list[str]], separator: str) -> Path:
    quoted = [separator.join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(quoted).encode())
    return path
