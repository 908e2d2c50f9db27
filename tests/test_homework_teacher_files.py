"""What a download may hold: names of any kind, zips of any kind, several notebooks of one student, and a roster."""

import io
import os
import stat
import struct
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from homework.downloads import HOUR, NOON, File, add, book, zipped
from homework.notebooks import as_bytes, changed, notebook, solution, stub
from hypothesis import given
from hypothesis import strategies as st

from wdlesson.homework.grading import archive
from wdlesson.homework.grading.content import functions, other_assignment
from wdlesson.homework.grading.layouts import Student, gradescope_students, owner
from wdlesson.homework.grading.notebook import UnreadableError, parse
from wdlesson.homework.grading.report import report_name
from wdlesson.homework.grading.results import Graded, Row
from wdlesson.homework.grading.roster import Roster, forms, read_roster
from wdlesson.homework.grading.submissions import Class, Submission, collect
from wdlesson.homework.grading.tables import csv_text, harmless, plain, read_table, write_table

GOOD = as_bytes(solution())


def put(top: Path, *files: File) -> Path:
    for file in files:
        path = top / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
        os.utime(path, (NOON, NOON + HOUR * file.hours))
    return top


def zip_of(path: Path, *files: File) -> Path:
    path.write_bytes(zipped(*files))
    return path


def chosen(found: Class) -> dict[str, str]:
    return {each.student: each.id for each in found.submissions}


def ignored(found: Class) -> dict[str, str]:
    return dict(found.ignored)


# ---- Whose a file is ----


@pytest.mark.parametrize(
    ("path", "student", "file"),
    [
        ("adamsamy_10001_200001_hw1.ipynb", Student("adamsamy", "10001", "number"), "hw1.ipynb"),
        ("o_brien_LATE_10002_200002_hw1-1.ipynb", Student("o_brien", "10002", "number"), "hw1-1.ipynb"),
        ("bob_1_2_my_hw_3_4_x.ipynb", Student("bob", "1", "number"), "my_hw_3_4_x.ipynb"),
        ("anon_aB12c_200003_hw1.ipynb", Student("anon", "aB12c", "number"), "hw1.ipynb"),
        ("Anna Adam_501_assignsubmission_file/a/hw1.ipynb", Student("Anna Adam", "501", "moodle"), "hw1.ipynb"),
        ("Anna Adam_501_assignsubmission_file_hw1.ipynb", Student("Anna Adam", "501", "moodle"), "hw1.ipynb"),
        ("Anna Adam_501_assignsubmission_file_/hw1.ipynb", Student("Anna Adam", "501", "moodle"), "hw1.ipynb"),
        (
            "Anna Adam_501_assignsubmission_file_x_502_assignsubmission_file_hw1.ipynb",
            Student("Anna Adam", "501", "moodle"),
            "x_502_assignsubmission_file_hw1.ipynb",
        ),
        ("adamsamy_10001_2_x_10002_3_hw1.ipynb", Student("adamsamy", "10001", "number"), "x_10002_3_hw1.ipynb"),
        ("Participant_7_assignsubmission_file/hw1.ipynb", Student("Participant", "7", "moodle"), "hw1.ipynb"),
        ("submission_300/hw1.ipynb", Student("Ann", "1", "number"), "hw1.ipynb"),
        ("ann/hw1/hw1.ipynb", Student("ann"), "hw1.ipynb"),
        ("ann.ipynb", Student("ann"), "ann.ipynb"),
        ("ann.ipynb.txt", Student("ann"), "ann.ipynb.txt"),
    ],
)
def test_each_platform_names_its_students(path: str, student: Student, file: str) -> None:
    from wdlesson.homework.grading.files import Entry

    entry = Entry(tuple(path.split("/")), 0.0, 0)
    found = owner(entry, entry.parts, {"submission_300": (Student("Ann", "1", "number"),)})
    assert (found.students, found.file) == ((student,), file)


METADATA = """---
submission_300:
  :submitters:
  - :name: 'Sinéad O''Neill'
    :sid: '007'
    :email: s@uni.edu
  - :name: "M\\xFCller; \\"Jo\\""
    :sid:
    :email: m@uni.edu
  :created_at: 2026-11-02 12:00:00.5 Z
  :score: 3.0
  :results:
    tests:
    - name: "submission_9:"
  :history:
  - :id: 1
    :created_at: 2020-01-01 00:00:00 Z
submission_301:
  :submitters: []
"""


def test_gradescopes_list_is_read_as_it_is_written() -> None:
    students, times = gradescope_students(METADATA)
    assert students == {
        "submission_300": (
            Student("Sinéad O'Neill", "007", "number", "s@uni.edu"),
            Student('Müller; "Jo"', "m@uni.edu", "email", "m@uni.edu"),
        )
    }
    assert times == {"submission_300": "2026-11-02 12:00:00.5 Z"}


def test_a_group_of_gradescopes_has_a_row_each(tmp_path: Path) -> None:
    files = [File("submission_300/hw1.ipynb", GOOD), File("submission_metadata.yml", METADATA.encode())]
    found = collect(put(tmp_path, *files), "hw1")
    assert chosen(found) == dict.fromkeys(("Sinéad O'Neill", 'Müller; "Jo"'), "submission_300/hw1.ipynb")
    assert found.submissions[1].notes == ('handed in with Müller; "Jo"',)
    assert ignored(found) == {"submission_metadata.yml": "Gradescope's list of who handed in"}


def test_a_students_file_cannot_say_whose_anothers_is(tmp_path: Path) -> None:
    """Gradescope's list is the one that lies beside the folders; one that a student hands in is a file."""
    mine = METADATA.replace("submission_300", "ben").encode()
    put(tmp_path, File("ann/submission_metadata.yml", mine), File("ann/a.ipynb", GOOD), File("ben/b.ipynb", GOOD))
    found = collect(tmp_path, "hw1")
    assert chosen(found) == {"ann": "ann/a.ipynb", "ben": "ben/b.ipynb"}
    assert ignored(found) == {"ann/submission_metadata.yml": "no notebook"}


def test_on_gradescope_all_files_are_one_students(tmp_path: Path) -> None:
    put(
        tmp_path, File("hw1.ipynb", book("a"), 1), File("hw1 (1).ipynb", book("b")), File("x/y.ipynb", as_bytes(stub()))
    )
    found = collect(tmp_path, "hw1", single=True)
    assert [each.id for each in found.submissions] == ["hw1 (1).ipynb"]


def test_a_folder_around_the_class_is_looked_through(tmp_path: Path) -> None:
    names = ["Course/Anna_1_assignsubmission_file/a.ipynb", "Course/Ben_2_assignsubmission_file/b.ipynb"]
    assert set(chosen(collect(put(tmp_path, *(File(name, GOOD) for name in names)), "hw1"))) == {"Anna", "Ben"}


def test_one_student_is_no_folder_around_a_class(tmp_path: Path) -> None:
    put(tmp_path, File("ann/hw1.ipynb", GOOD), File("ann/hw2.ipynb", GOOD), File("ann/hw1/hw1.ipynb", GOOD))
    assert set(chosen(collect(tmp_path, "hw1"))) == {"ann"}


# ---- Which notebook counts ----


@pytest.mark.parametrize(
    ("names", "counts"),
    [
        ({"hw1.ipynb": 0, "hw1 (1).ipynb": -4}, "hw1 (1).ipynb"),
        ({"hw1.ipynb": 0, "hw1-2.ipynb": 0, "hw1-10.ipynb": 0}, "hw1-10.ipynb"),
        ({"hw1.ipynb": 0, "hw1 (1).ipynb": 1, "hw1 (1) (1).ipynb": 0}, "hw1 (1) (1).ipynb"),
        ({"hw1.ipynb": 0, "final.ipynb": 2}, "final.ipynb"),
        ({"hw1-Copy1.ipynb": 0, "hw1.ipynb": 2}, "hw1.ipynb"),
        ({"backup/hw1 (3).ipynb": 5, "hw1.ipynb": 0}, "hw1.ipynb"),
        ({"backup/hw1.ipynb": 5}, "backup/hw1.ipynb"),
    ],
)
def test_the_newest_notebook_counts(names: dict[str, int], counts: str, tmp_path: Path) -> None:
    put(tmp_path, *(File(f"ann/{name}", book(name), hours) for name, hours in names.items()))
    found = collect(tmp_path, "hw1")
    assert chosen(found) == {"ann": f"ann/{counts}"}
    assert ignored(found) == {
        f"ann/{name}": f"ann/{counts} is graded, of the same student" for name in names if name != counts
    }


def test_a_number_that_contradicts_the_time_is_noted(tmp_path: Path) -> None:
    put(tmp_path, File("ann/hw1.ipynb", book("b"), 3), File("ann/hw1 (1).ipynb", book("a"), 1))
    (one,) = collect(tmp_path, "hw1").submissions
    assert one.id == "ann/hw1 (1).ipynb"
    assert one.notes == ("ann/hw1.ipynb has a lower number, and a later time",)


def test_a_file_and_a_folder_of_one_name_are_one_students(tmp_path: Path) -> None:
    put(tmp_path, File("alice.ipynb", book("a"), 1), File("Alice/hw1.ipynb", book("b"), 2))
    found = collect(tmp_path, "hw1")
    assert [each.id for each in found.submissions] == ["Alice/hw1.ipynb"]
    assert ignored(found) == {"alice.ipynb": "Alice/hw1.ipynb is graded, of the same student"}


def test_another_assignment_is_told_by_its_functions() -> None:
    assert other_assignment(parse(as_bytes(solution("hw2"))), "hw1") == "hw2"
    assert other_assignment(parse(as_bytes(stub("hw2"))), "hw1") == "hw2"
    assert other_assignment(parse(GOOD), "hw1") is None
    assert other_assignment(parse(as_bytes(notebook(["x = 1"]))), "hw1") is None
    both = as_bytes(notebook(["def penalty(): 1", "def ridge(): 1\ndef kept(): 1"]))
    assert other_assignment(parse(both), "hw1") is None


def test_functions_are_alike_whatever_their_layout_and_comments() -> None:
    names = {"step", "train"}
    one = functions(parse(GOOD), names)
    source = solution()["cells"]
    plain = next(cell["source"] for cell in source if cell["id"] == "q3")
    other = plain.replace("    ", "\t").replace('"""One decayed step: the new (w, b)."""', '"""Mine."""') + "  # so\n\n"
    assert set(one) == names
    assert functions(parse(changed(other, "q3")), names) == one
    renamed = plain.replace("grad_w", "g")
    assert functions(parse(changed(renamed, "q3")), names)["step"] != one["step"]
    assert functions(parse(as_bytes(stub())), names) == {}


# ---- Zips ----


def test_a_zip_is_read_as_a_folder_is(tmp_path: Path) -> None:
    files = [File("ann/hw1.ipynb", GOOD), File("ben/a.ipynb", GOOD), File("ben/b.pdf", b"%PDF")]
    folder = collect(put(tmp_path / "folder", *files), "hw1")
    archived = collect(zip_of(tmp_path / "class.zip", *files), "hw1")
    assert chosen(archived) == chosen(folder) == {"ann": "ann/hw1.ipynb", "ben": "ben/a.ipynb"}
    assert archived.ignored == folder.ignored == [("ben/b.pdf", "no notebook")]
    assert {archived.source.read(each.entry) for each in archived.submissions if each.entry} == {GOOD}


def hostile_zip(path: Path, name: str, data: bytes = GOOD, mode: int = 0, **fields: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = mode << 16
        for key, value in fields.items():
            setattr(info, key, value)
        made.writestr(info, data)
        made.writestr("ann/hw1.ipynb", GOOD)
    return path


@pytest.mark.parametrize("name", ["../../evil/hw1.ipynb", "/etc/hw1.ipynb", "C:/hw1.ipynb", "a/../../hw1.ipynb"])
def test_a_path_that_leads_out_is_no_submission(name: str, tmp_path: Path) -> None:
    found = collect(hostile_zip(tmp_path / "class.zip", name), "hw1")
    assert chosen(found) == {"ann": "ann/hw1.ipynb"}
    assert list(ignored(found).values()) == ["its path leads out of the archive"]


def test_backslashes_of_windows_are_separators(tmp_path: Path) -> None:
    found = collect(hostile_zip(tmp_path / "class.zip", "eve\\hw1.ipynb", create_system=0), "hw1")
    assert chosen(found) == {"ann": "ann/hw1.ipynb", "eve": "eve/hw1.ipynb"}


def problem(found: Class, student: str) -> str:
    (one,) = (each for each in found.submissions if each.student == student)
    assert one.entry
    with pytest.raises(UnreadableError) as error:
        found.source.read(one.entry)
    return str(error.value)


def test_what_cannot_be_read_in_a_zip_is_unreadable(tmp_path: Path) -> None:
    link = collect(hostile_zip(tmp_path / "a.zip", "eve/hw1.ipynb", b"/etc/passwd", stat.S_IFLNK | 0o777), "hw1")
    assert problem(link, "eve") == "a symbolic link; links are not followed"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as made:
        made.writestr("eve/hw1.ipynb", GOOD)
        made.writestr("ann/hw1.ipynb", GOOD)
    (tmp_path / "b.zip").write_bytes(packed.getvalue())
    assert problem(collect(tmp_path / "b.zip", "hw1"), "eve") == "packed by a method that is not read here"
    data = bytearray(zip_of(tmp_path / "c.zip", File("eve/hw1.ipynb", GOOD), File("ann/a.ipynb", GOOD)).read_bytes())
    directory = data.index(b"PK\x01\x02")
    for at in (6, directory + 8):
        data[at] |= 1
    (tmp_path / "c.zip").write_bytes(data)
    assert problem(collect(tmp_path / "c.zip", "hw1"), "eve") == "encrypted"
    data = bytearray(zip_of(tmp_path / "d.zip", File("eve/hw1.ipynb", GOOD), File("ann/a.ipynb", GOOD)).read_bytes())
    data[200:400] = bytes(200)
    (tmp_path / "d.zip").write_bytes(data)
    assert problem(collect(tmp_path / "d.zip", "hw1"), "eve") == "damaged in the archive"


def test_a_bomb_is_a_file_that_is_too_large(tmp_path: Path) -> None:
    """Also one that says it is small: a gigabyte of zeros is not unpacked to find out."""
    path = hostile_zip(tmp_path / "class.zip", "eve/hw1.ipynb", bytes(64 << 20))
    data = path.read_bytes()
    assert problem(collect(path, "hw1"), "eve") == "larger than 10 MiB"
    lying = data.replace(struct.pack("<I", 64 << 20), struct.pack("<I", 1000))
    path.write_bytes(lying)
    tracemalloc.start()
    assert problem(collect(path, "hw1"), "eve") in {"larger than 10 MiB", "damaged in the archive"}
    assert tracemalloc.get_traced_memory()[1] < 40 << 20
    tracemalloc.stop()


def test_a_students_own_zip_is_opened_and_one_in_it_is_not(tmp_path: Path) -> None:
    inner = zipped(File("deep.ipynb", GOOD))
    own = zipped(File("work/hw1.ipynb", GOOD), File("again.zip", inner), File(".DS_Store", b""), File("a.txt", b"a"))
    for download in (
        put(tmp_path / "folder", File("ann/hw.zip", own), File("ben/x.ipynb", GOOD)),
        zip_of(tmp_path / "c.zip", File("ann/hw.zip", own), File("ben/x.ipynb", GOOD)),
    ):
        found = collect(download, "hw1")
        assert chosen(found) == {"ann": "ann/hw.zip/work/hw1.ipynb", "ben": "ben/x.ipynb"}
        assert ignored(found) == {
            "ann/hw.zip/again.zip": "a zip in a student's zip; it is not opened",
            "ann/hw.zip/.DS_Store": "made by a system, not by a student",
            "ann/hw.zip/a.txt": "no notebook",
        }
        (ann, _) = found.submissions
        assert ann.entry
        assert found.source.read(ann.entry) == GOOD


def test_the_classs_own_zip_beside_its_folders_is_passed_over(tmp_path: Path) -> None:
    whole = zipped(File("ann/hw1.ipynb", GOOD), File("ben/hw1.ipynb", GOOD))
    put(
        tmp_path,
        File("ann/hw1.ipynb", GOOD),
        File("submissions.zip", whole),
        File("carl.zip", zipped(File("x.ipynb", GOOD))),
    )
    found = collect(tmp_path, "hw1")
    assert chosen(found) == {"ann": "ann/hw1.ipynb", "carl": "carl.zip/x.ipynb"}
    assert "the work of several students" in ignored(found)["submissions.zip"]


def test_zips_of_bad_kinds_cost_their_student_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = zipped(*(File(f"{i}.txt", b"") for i in range(50)))
    put(tmp_path, File("ann/hw1.ipynb", GOOD), File("eve/a.zip", b"PK no zip"), File("max/m.zip", many))
    monkeypatch.setattr(archive, "MAX_OWN_ENTRIES", 40)
    found = collect(tmp_path, "hw1")
    assert {each.student: each.status for each in found.submissions} == {
        "ann": "",
        "eve": "not a notebook",
        "max": "not a notebook",
    }
    assert ignored(found) == {"eve/a.zip": "damaged, or no zip", "max/m.zip": "a zip with more than 40 files"}
    monkeypatch.setattr(archive, "MAX_DIRECTORY_BYTES", 100)
    assert ignored(collect(tmp_path, "hw1"))["max/m.zip"] == "a zip whose list of files is too long"
    (tmp_path / "class.zip").write_bytes(b"PK no zip")
    with pytest.raises(ValueError, match=r"class\.zip; it is no zip, or a damaged one"):
        collect(tmp_path / "class.zip", "hw1")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_clash_in_a_zip(tmp_path: Path) -> None:
    """Of two with the very same name the last counts; names that differ in case are two files of one student."""
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as made:
        for name, data in [
            ("ann/hw1.ipynb", b"first"),
            ("ann/hw1.ipynb", GOOD),
            ("ANN/HW1.ipynb", b"cut"),
            ("b/b.ipynb", GOOD),
        ]:
            add(made, name, File("", data))
    found = collect(tmp_path / "class.zip", "hw1")
    assert chosen(found) == {"ann": "ann/hw1.ipynb", "b": "b/b.ipynb"} or set(chosen(found)) == {"ANN", "b"}
    ann = next(each for each in found.submissions if each.student.lower() == "ann")
    assert ann.entry
    assert found.source.read(ann.entry) == GOOD


NAMES = st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=80)


@given(st.lists(NAMES, min_size=1, max_size=5))
def test_any_name_in_a_zip_becomes_a_row_or_a_reason(names: list[str]) -> None:
    made = io.BytesIO()
    entries = {f"{name.encode('utf-8', 'replace').decode()}/hw1.ipynb" for name in names}
    with zipfile.ZipFile(made, "w") as zipped_class:
        for name in sorted(entries):
            zipped_class.writestr(name, GOOD)
    with tempfile.TemporaryDirectory() as top:
        path = Path(top) / "any.zip"
        path.write_bytes(made.getvalue())
        found = collect(path, "hw1")
    assert len(found.submissions) + len(found.ignored) >= len(entries)
    for each in found.submissions:
        name = report_name(Row(each.id, each.student, "", Graded("ok"), each.number))
        assert len(f"{name}.html.new".encode()) <= 255
        assert "/" not in name
        assert each.student.isprintable()


# ---- The roster ----


def roster(tmp_path: Path, text: str, encoding: str = "utf-8-sig") -> Roster:
    path = tmp_path / "students.csv"
    path.write_bytes(text.encode(encoding))
    return read_roster(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("header", ["Name,ID", "full name,Student ID", "STUDENT,sis user id", "姓名,学号"])
def test_a_roster_of_any_kind_is_read(header: str, separator: str, encoding: str, tmp_path: Path) -> None:
    text = f"{header}\r\nMüller Jörg,0071\r\n\r\n张三,72\r\n".replace(",", separator)
    people = roster(tmp_path, text, encoding).people
    assert [(person.name, person.number) for person in people] == [("Müller Jörg", "0071"), ("张三", "72")]


def test_a_roster_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match="has no column with a name or a number of students; its headings are colour, size"
    ):
        roster(tmp_path, "colour,size\nred,3\n")
    with pytest.raises(ValueError, match="is neither UTF-8 nor UTF-16: save it as CSV UTF-8"):
        roster(tmp_path, "Name\nMüller\n", "cp1252")
    with pytest.raises(ValueError, match="has no line of headings"):
        roster(tmp_path, " \n")


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Adams, Amy", "amy adams"),
        ("adamsamy", "Amy Adams"),
        ("Müller, Jörg", "Jorg Muller"),
        ("van der Berg, Jan", "Jan van der Berg"),
    ],
)
def test_a_name_is_known_in_other_forms(name: str, other: str) -> None:
    assert forms(name) & forms(other)
    assert not forms(name) & forms("Bob Baker")


LIST = """Name,ID number,Email
Amy Adams,1,amy@uni.edu
Bob Baker,2,bob@uni.edu
Sam Smith,3,s1@uni.edu
Sam Smith,4,s2@uni.edu
"""


def test_who_handed_in_nothing_has_a_row(tmp_path: Path) -> None:
    listed = roster(tmp_path, LIST)
    put(tmp_path / "class", File("amy/hw1.ipynb", GOOD), File("s2/hw1.ipynb", GOOD), File("guest/hw1.ipynb", GOOD))
    found = {(each.student, each.number): each for each in collect(tmp_path / "class", "hw1", listed).submissions}
    assert {key: each.status for key, each in found.items()} == {
        ("Amy Adams", "1"): "",
        ("Bob Baker", "2"): "absent",
        ("Sam Smith", "3"): "absent",
        ("Sam Smith", "4"): "",
        ("guest", ""): "",
    }
    assert found["guest", ""].notes == ("not on the list of students",)


def test_two_of_one_name_are_never_guessed_apart(tmp_path: Path) -> None:
    listed = roster(tmp_path, LIST)
    folders = ["Sam Smith_501_assignsubmission_file", "Sam Smith_502_assignsubmission_file"]
    put(tmp_path / "class", *(File(f"{name}/hw1.ipynb", GOOD) for name in folders))
    found = collect(tmp_path / "class", "hw1", listed).submissions
    there = [each for each in found if each.entry]
    assert [each.number for each in there] == ["501", "502"]
    assert {each.notes for each in there} == {
        ("several students on the list have this name: Sam Smith 3; Sam Smith 4",)
    }
    absent = {each.number: each.notes for each in found if each.status == "absent"}
    assert absent == {
        "1": (),
        "2": (),
        "3": ("there is a submission that may be theirs",),
        "4": ("there is a submission that may be theirs",),
    }


def test_one_on_the_list_is_not_given_two_students_work(tmp_path: Path) -> None:
    listed = roster(tmp_path, LIST)
    folders = ["Amy Adams_501_assignsubmission_file", "Amy Adams_502_assignsubmission_file"]
    put(tmp_path / "class", *(File(f"{name}/hw1.ipynb", GOOD) for name in folders))
    there = [each for each in collect(tmp_path / "class", "hw1", listed).submissions if each.entry]
    assert [(each.student, each.number) for each in there] == [("Amy Adams", "501"), ("Amy Adams", "502")]
    assert all("the list has one student of it" in each.notes[0] for each in there)


def test_a_number_is_not_believed_against_the_name(tmp_path: Path) -> None:
    """Canvas's own number of Amy may be the university's number of Bob."""
    listed = roster(tmp_path, LIST)
    put(tmp_path / "class", File("adamsamy_2_99_hw1.ipynb", GOOD))
    amy = next(each for each in collect(tmp_path / "class", "hw1", listed).submissions if each.entry)
    assert (amy.student, amy.number) == ("adamsamy", "2")
    assert amy.notes == ("the number is that of Bob Baker on the list, the name that of Amy Adams 1",)


def test_a_file_at_the_top_is_a_students_if_the_roster_knows_the_name(tmp_path: Path) -> None:
    put(tmp_path / "class", File("amy.pdf", b"%PDF"), File("readme.pdf", b"%PDF"))
    found = collect(tmp_path / "class", "hw1", roster(tmp_path, LIST))
    amy = next(each for each in found.submissions if each.student == "Amy Adams")
    assert (amy.status, amy.message) == ("not a notebook", "no notebook among what was handed in: amy.pdf")
    assert ignored(found)["readme.pdf"] == "no notebook, and no student is named by where it is"


# ---- Tables ----

CELLS = st.text(st.sampled_from("'=;\t\r\n -+@a\"，＝"), max_size=8) | st.text(
    st.characters(codec="utf-8"), max_size=20
)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=4))
def test_no_cell_is_run_and_each_comes_back(rows: list[list[str]]) -> None:
    text = csv_text([["a", "b"], *rows])
    assert text.startswith('\ufeff"a","b"\r\n')
    for row in rows:
        for cell in map(harmless, row):
            assert plain(cell) in row
            for part in cell.split(";"):
                assert not part.lstrip(" \n").startswith(("=", "+", "-", "@", "\t", "\r", "＝"))


@given(st.lists(CELLS, min_size=1, max_size=4))
def test_a_table_of_ours_is_read_back(cells: list[str]) -> None:
    with tempfile.TemporaryDirectory() as top:
        path = Path(top) / "table.csv"
        write_table(path, [["a", "b"], *([cell, "x"] for cell in cells)])
        assert [row["a"] for row in read_table(path).dicts()] == cells


def test_a_cell_of_any_length_is_read(tmp_path: Path) -> None:
    write_table(tmp_path / "a.csv", [["a"], ["x" * 300_000]])
    assert len(read_table(tmp_path / "a.csv").rows[0][0]) == 300_000


def test_a_submission_of_none_has_no_id() -> None:
    assert Submission("a", "", None).id == ""
