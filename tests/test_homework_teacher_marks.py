"""What a teacher does after the run: answers in words, their marks, the platforms' files, grading anew, the summary."""

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from homework.downloads import DATA_URI, PNG, File, book, code, edited, markdown, with_cells
from homework.notebooks import as_bytes, notebook, solution, stub
from test_homework_teacher_files import put

from wdlesson.homework.cli import main
from wdlesson.homework.grading import batch, journal
from wdlesson.homework.grading.batch import grade_class
from wdlesson.homework.grading.content import functions
from wdlesson.homework.grading.gradebook import Gradebook
from wdlesson.homework.grading.marks import export_canvas, export_csv, export_moodle, merge, number
from wdlesson.homework.grading.notebook import parse
from wdlesson.homework.grading.results import Graded, Row
from wdlesson.homework.grading.summary import page
from wdlesson.homework.grading.tables import csv_text, plain, read_table
from wdlesson.homework.grading.written import Answer, answers
from wdlesson.homework.questions import ASSIGNMENTS
from wdlesson.homework.sandbox.limits import Limits

NAMES = [question.name for question in ASSIGNMENTS["hw1"].questions]
POINTS = {question.name: question.points for question in ASSIGNMENTS["hw1"].questions}

# ---- Answers in words ----


def w1(data: bytes) -> Answer:
    return answers(parse(data), "hw1")["hw1.w1"]


def test_an_answer_in_its_cell_is_taken_as_it_is() -> None:
    found = answers(parse(as_bytes(edited(w1="It *differs*.\r\nSo.", w2="YOUR ANSWER HERE\n\nHalve it."))), "hw1")
    assert found == {"hw1.w1": Answer("It *differs*.\nSo."), "hw1.w2": Answer("Halve it.")}


def test_cells_above_and_below_the_answers_cell_belong_to_it_and_the_courses_do_not() -> None:
    made = edited(w1="middle")
    i = [cell["id"] for cell in made["cells"]].index("w1")
    made["cells"][i:i] = [markdown("above")]
    made["cells"][i + 2 : i + 2] = [code("below = 1"), markdown("last")]
    assert w1(as_bytes(made)) == Answer(
        "above\n\nmiddle\n\n```\nbelow = 1\n```\n\nlast", ["in 4 cells", "partly in a code cell"]
    )


def test_an_answer_that_was_moved_away_is_found() -> None:
    made = edited(w1="moved")
    cell = next(cell for cell in made["cells"] if cell["id"] == "w1")
    made["cells"] = [each for each in made["cells"] if each is not cell] + [cell]
    assert w1(as_bytes(made)).text == "moved"
    assert answers(parse(as_bytes(made)), "hw1")["hw1.w2"].text.startswith("The minimiser")


def test_an_answer_that_is_nowhere_is_said_to_be() -> None:
    for data in (as_bytes(stub()), as_bytes(notebook(["x = 1"])), as_bytes(edited(w1=None))):
        assert w1(data) == Answer("", ["nothing found"])


def test_headings_of_the_students_own_do_not_end_an_answer() -> None:
    data = with_cells("w1", markdown("## My derivation\n\nlong"), markdown("### 2. Step"), w1="short")
    assert w1(data).text == "short\n\n## My derivation\n\nlong\n\n### 2. Step"


def test_pictures_become_files_and_are_named() -> None:
    found = w1(
        book("", w1=f"{DATA_URI}\n\n<img src='data:image/svg+xml;base64,PHN2Zz4='/> ![](plot.png) ![](https://a/b)")
    )
    assert found.pictures == {"w1-1.png": PNG}
    text = found.text.split("\n\n")
    assert text[0] == "Look: ![it]([picture: w1-1.png])"
    assert text[1].startswith(
        "<img src='[a picture of a kind that is not saved]'/> [a picture that is not in the notebook: plot.png]"
    )
    assert found.notes == ["pictures: 1", "names a picture that is not in the notebook"]


@pytest.mark.parametrize("text", ["![" * 500_000, "![](" * 500_000, "attachment:" * 200_000, "data:image/" * 200_000])
def test_a_text_made_to_take_long_takes_no_time(text: str) -> None:
    """A pattern that looks on from each of a million places would hold up the whole class for hours."""
    assert len(w1(book("", w1=text)).text) <= 200_000
    assert functions(parse(book("", q3="def step(x):" + text.replace("![", '"""')[:300_000])), {"step"}) is not None


def test_odd_attachments_are_no_error() -> None:
    for files in ({"a.png": 3}, {"a.png": {"image/png": 3}}, {"a.png": {"image/png": "***"}}, {}):
        data = with_cells("w1", markdown("![](attachment:a.png)", attachments=files), w1="")
        assert "picture" in w1(data).text


# ---- The tables of a run ----


class Grading:
    """Stands in for the grading of one submission: what it gives is set by the test."""

    def __init__(self) -> None:
        self.graded = Graded("ok", points=dict(POINTS))
        self.calls = 0

    def __call__(self, *_: Any) -> Graded:
        self.calls += 1
        return self.graded


@pytest.fixture
def grading(monkeypatch: pytest.MonkeyPatch) -> Grading:
    stand_in = Grading()
    monkeypatch.setattr(batch, "grade", stand_in)
    return stand_in


@pytest.fixture
def top(tmp_path: Path) -> Path:
    put(
        tmp_path / "class",
        File("Amy Adams/hw1.ipynb", book("a")),
        File("Bob Baker/hw1.ipynb", book("b", w1="-1 is less")),
    )
    return tmp_path


def run(top: Path, **options: Any) -> Path:
    grade_class("hw1", top / "class", top / "results", sandboxed=False, progress=False, **options)
    return top / "results"


def dicts(path: Path) -> list[dict[str, str]]:
    return read_table(path).dicts()


def type_marks(results: Path, mark: str = "1", separator: str = ",", **comments: str) -> None:
    """As a teacher does, in a spreadsheet that may save with another separator."""
    table = read_table(results / "written.csv")
    for row in table.rows:
        row[4], row[5] = mark, comments.get(row[0].split()[0], "")
    text = csv_text([table.header, *([plain(cell) for cell in row] for row in table.rows)])
    (results / "written.csv").write_text(text.replace('","', f'"{separator}"'), encoding="utf-8", newline="")


def test_a_formula_is_none_in_any_table(top: Path, grading: Grading) -> None:
    put(top / "class", File("x;=1+1/hw1.ipynb", book("c", w1="=1+1", w2="a\n;@b")), File("@y.txt", b""))
    results = run(top)
    for path in results.glob("*.csv"):
        data = path.read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        for row in read_table(path).rows:
            assert not [
                part for cell in row for part in cell.split(";") if part.strip().startswith(("=", "+", "-", "@"))
            ]
    assert dicts(results / "written.csv")[-2]["answer"] == "=1+1"


def test_marks_that_were_typed_stay(top: Path, grading: Grading) -> None:
    results = run(top)
    type_marks(results, separator=";", Amy="good; really")
    run(top)
    assert {row["mark"] for row in dicts(results / "written.csv")} == {"1"}
    assert [row["comment"] for row in dicts(results / "written.csv")] == ["good; really"] * 2 + ["", ""]
    put(top / "class", File("Bob Baker/hw1.ipynb", book("b", w1="another answer")))
    for _ in range(2):
        run(top)
        marks = [(row["mark"], row["note"]) for row in dicts(results / "written.csv")]
        assert marks == [("1", ""), ("1", ""), ("", "was marked 1 before the answer changed"), ("1", "")]


def test_marks_outlive_a_run_that_is_stopped(top: Path, grading: Grading, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bob's answers are not known yet when the run is stopped; his marks are in the table all the same."""
    results = run(top)
    type_marks(results)
    put(top / "class", File("Bob Baker/hw1.ipynb", book("b, anew", w1="-1 is less")))

    def stopped(*_: Any) -> Graded:
        raise KeyboardInterrupt

    monkeypatch.setattr(batch, "grade", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(top)
    assert [row["mark"] for row in dicts(results / "written.csv")] == ["1"] * 4
    monkeypatch.setattr(batch, "grade", grading)
    run(top)
    assert [row["mark"] for row in dicts(results / "written.csv")] == ["1"] * 4


def test_a_file_that_cannot_be_read_is_not_written_over(top: Path, grading: Grading) -> None:
    results = run(top)
    (results / "written.csv").write_bytes("Müller".encode("cp1252"))
    with pytest.raises(ValueError, match=r"written\.csv is neither UTF-8 nor UTF-16"):
        run(top)
    assert (results / "written.csv").read_bytes() == b"M\xfcller"


def test_pictures_and_long_answers_are_saved(top: Path, grading: Grading) -> None:
    put(top / "class", File("Amy Adams/hw1.ipynb", book("a", w1=DATA_URI, w2="long " * 20_000)))
    results = run(top)
    first, second, *_ = dicts(results / "written.csv")
    name = first["answer"].removeprefix("Look: ![it]([picture: ").removesuffix("])")
    assert (results / name).read_bytes() == PNG
    assert len(second["answer"]) < 32_767
    whole = second["answer"].rpartition("all of it is in ")[2].rstrip("]")
    assert (results / whole).read_text() == "long " * 20_000


def test_a_name_of_any_length_does_not_stop_the_batch(top: Path, grading: Grading) -> None:
    put(top / "class", File(f"{'𝕬' * 60}/hw1.ipynb", book("long")), File(f"{'𝕭' * 62}.ipynb", book("longer")))
    results = run(top)
    rows = dicts(results / "gradebook.csv")
    assert len(rows) == 4
    assert all((results / row["report"]).is_file() for row in rows)


# ---- merge and export ----


def test_merge_adds_the_marks(top: Path, grading: Grading) -> None:
    put(top / "class", File("Cy Clark/hw1.ipynb", as_bytes(solution("hw2"))))
    results = run(top)
    with pytest.raises(ValueError, match=r"4 answers are not marked yet, the first that of Amy Adams to hw1\.w1"):
        merge(results)
    type_marks(results, "1,5", Amy="fine")
    merge(results)
    rows = [list(row.values()) for row in dicts(results / "marks.csv")]
    assert rows == [
        ["Amy Adams", "", "ok", "20", "3", "23", "25", "fine\nfine"],
        ["Bob Baker", "", "ok", "20", "3", "23", "25", ""],
        ["Cy Clark", "", "other assignment", "", "", "", "25", ""],
    ]
    type_marks(results, "")
    merge(results, unmarked_as_zero=True)
    assert [row["total"] for row in dicts(results / "marks.csv")] == ["20", "20", ""]


@pytest.mark.parametrize("mark", ["three", "-1", "2.5", "1e0", "=1", "nan"])
def test_a_mark_that_is_none_is_named(mark: str, top: Path, grading: Grading) -> None:
    results = run(top)
    type_marks(results, mark)
    with pytest.raises(ValueError, match=r"written\.csv, Amy Adams, hw1\.w1: the mark is .*a number from 0 to 2"):
        merge(results)


def test_marks_are_read_as_they_are_typed() -> None:
    assert [number(mark, 3) for mark in ("2", " 2.5 ", "2,5", ".5", "3.", "")] == [2, 2.5, 2.5, 0.5, 3, 0]


@pytest.fixture
def merged(top: Path, grading: Grading) -> Path:
    put(top / "class", File("Cy Clark/hw1.ipynb", as_bytes(solution("hw2"))), File("Guest/hw1.ipynb", book("g")))
    results = run(top)
    type_marks(results, "1", Bob="see page 3")
    merge(results)
    return results


CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (77),Homework 10 (78),Final Score
    Points Possible,,,,,25,25,(read only)
"Adams, Amy",11,u1,amy@uni.edu,"A, B",,3,90
"Baker, Bob",12,u2,bob@uni.edu,A,5,,80
"Clark, Cy",13,u3,cy@uni.edu,A,7,,80
"Dee, Di",14,u4,di@uni.edu,A,,,80
"Student, Test",15,,,A,,,
"""


@pytest.mark.parametrize("column", ["Homework 1", "Homework 1 (77)"])
def test_canvas_gets_its_gradebook_back_with_one_column_filled_in(column: str, merged: Path, tmp_path: Path) -> None:
    """The columns that Canvas finds students by; who has no marks keeps what is there."""
    (tmp_path / "canvas.csv").write_text(CANVAS)
    lost = export_canvas(merged, tmp_path / "canvas.csv", column, tmp_path / "out.csv")
    table = read_table(tmp_path / "out.csv")
    assert table.header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 1 (77)"]
    assert [[row[1], row[4], row[5]] for row in table.rows] == [
        ["", "", "25"],
        ["11", "A, B", "22"],
        ["12", "A", "22"],
        ["13", "A", "7"],
        ["14", "A", ""],
        ["15", "A", ""],
    ]
    assert lost == ["Guest"]


def test_a_file_that_is_not_canvass_is_named(merged: Path, tmp_path: Path) -> None:
    (tmp_path / "canvas.csv").write_text(CANVAS)
    for column in ("Homework", "Homework 2", "Final Score (9)", "ID"):
        with pytest.raises(ValueError, match=r"it may be one of: Homework 1 \(77\); Homework 10 \(78\)"):
            export_canvas(merged, tmp_path / "canvas.csv", column, tmp_path / "out.csv")
    (tmp_path / "canvas.csv").write_text("Name,ID\nA,1\n")
    with pytest.raises(ValueError, match="is no gradebook of Canvas: it lacks a column Student"):
        export_canvas(merged, tmp_path / "canvas.csv", "Homework 1", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


MOODLE = """Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,{times},Feedback comments
Participant 501,Amy Adams,amy@uni.edu,Submitted,,25.00,Yes,"Monday, 2 November 2026, 10:00 AM",-,
Participant 502,Bob Baker,bob@uni.edu,Submitted,,25.00,Yes,-,-,<p>old</p>
""".replace("{times}", "Last modified (submission),Last modified (grade)")


def test_moodle_gets_its_worksheet_back_with_marks_and_comments(merged: Path, tmp_path: Path) -> None:
    (tmp_path / "moodle.csv").write_text(MOODLE)
    lost = export_moodle(merged, tmp_path / "moodle.csv", tmp_path / "out.csv")
    rows = dicts(tmp_path / "out.csv")
    assert [(row["Identifier"], row["Grade"], row["Feedback comments"]) for row in rows] == [
        ("Participant 501", "22", ""),
        ("Participant 502", "22", "see page 3\nsee page 3"),
    ]
    assert rows[0]["Last modified (submission)"] == "Monday, 2 November 2026, 10:00 AM"
    assert read_table(tmp_path / "out.csv").header == read_table(tmp_path / "moodle.csv").header
    assert lost == ["Guest"]


def test_a_worksheet_that_would_lose_marks_is_refused(merged: Path, tmp_path: Path) -> None:
    (tmp_path / "moodle.csv").write_text(MOODLE.replace("25.00", "20.00"))
    with pytest.raises(ValueError, match=r"has a maximum of 20\.00 points, and Amy Adams has 22"):
        export_moodle(merged, tmp_path / "moodle.csv", tmp_path / "out.csv")
    (tmp_path / "moodle.csv").write_text("Full name,Grade\nAmy Adams,\n")
    with pytest.raises(ValueError, match="is no grading worksheet of Moodle: it lacks a column Identifier"):
        export_moodle(merged, tmp_path / "moodle.csv", tmp_path / "out.csv")


def test_two_students_are_not_written_into_one_line(merged: Path, tmp_path: Path) -> None:
    marks = merged / "marks.csv"
    marks.write_text(marks.read_text(encoding="utf-8").replace("Guest", "Adams, Amy"), encoding="utf-8")
    (tmp_path / "moodle.csv").write_text(MOODLE)
    with pytest.raises(ValueError, match="has two lines for"):
        export_moodle(merged, tmp_path / "moodle.csv", tmp_path / "out.csv")


def test_a_list_has_everybody(merged: Path, tmp_path: Path) -> None:
    assert export_csv(merged, tmp_path / "out.csv") == []
    assert [row["total"] for row in dicts(tmp_path / "out.csv")] == ["22", "22", "", "22"]


def test_the_commands_say_what_is_missing(top: Path, grading: Grading, capsys: pytest.CaptureFixture[str]) -> None:
    results, out = str(run(top)), ["--out", str(top / "out.csv")]
    assert main(["export", results, "--csv", *out]) == 2
    assert "there is no marks.csv in it: run `wdlesson-homework merge" in capsys.readouterr().err
    assert main(["merge", results]) == 2
    assert "4 answers are not marked yet" in capsys.readouterr().err
    assert main(["merge", results, "--unmarked-as-zero"]) == 0
    (top / "canvas.csv").write_text(CANVAS)
    assert main(["export", results, "--canvas", str(top / "canvas.csv"), *out]) == 2
    assert "name the assignment: --column" in capsys.readouterr().err
    assert main(["export", results, "--csv", *out]) == 0
    assert main(["merge", str(top)]) == 2
    assert "there is no gradebook.csv in it" in capsys.readouterr().err


# ---- Grading anew ----


def changes(results: Path) -> list[list[str]]:
    return [row[:1] + row[2:] for row in read_table(results / "changes.csv").rows]


def test_what_is_known_is_not_graded_again(top: Path, grading: Grading) -> None:
    run(top)
    results = run(top)
    assert grading.calls == 2
    assert changes(results) == []


@pytest.mark.parametrize("name", ["Amy Adams", "amy adams", "Amy Adams/hw1.ipynb"])
def test_a_student_is_graded_anew_by_name(name: str, top: Path, grading: Grading) -> None:
    run(top)
    grading.graded = Graded("ok", points={**POINTS, "hw1.q3": 0})
    results = run(top, regrade=[name])
    assert grading.calls == 3
    assert changes(results) == [["Amy Adams", "hw1.q3", "3", "0", "tried again"]]
    run(top, regrade=["all"])
    assert grading.calls == 5
    with pytest.raises(ValueError, match="regrade is 'Zoe'; no student, number or file is called that"):
        run(top, regrade=["Zoe"])


@pytest.mark.parametrize("status", ["timeout", "grader-error"])
def test_what_ran_out_of_time_is_tried_again(status: str, top: Path, grading: Grading) -> None:
    grading.graded = Graded(status, points=dict.fromkeys(NAMES, 0))
    run(top)
    grading.graded = Graded("ok", points=dict(POINTS))
    results = run(top)
    assert grading.calls == 4
    assert ["Amy Adams", "status", status, "ok", "tried again"] in changes(results)


def test_marks_follow_the_limits_and_the_package(top: Path, grading: Grading, monkeypatch: pytest.MonkeyPatch) -> None:
    run(top)
    run(top, limits=Limits(cell_seconds=20))
    assert grading.calls == 4
    grading.graded = Graded("ok", points={**POINTS, "hw1.q1": 0})
    monkeypatch.setattr(journal, "package_digest", lambda: "another")
    results = run(top, limits=Limits(cell_seconds=20))
    assert grading.calls == 6
    assert changes(results)[0] == ["Amy Adams", "hw1.q1", "2", "0", "other questions, limits or package"]


def test_marks_follow_the_questions(top: Path, grading: Grading, monkeypatch: pytest.MonkeyPatch) -> None:
    """Points that change and a question that is new are graded, in the folder that is there."""
    from dataclasses import replace

    run(top)
    hw1 = ASSIGNMENTS["hw1"]
    new = replace(hw1.questions[0], name="hw1.q8", points=5)
    monkeypatch.setitem(ASSIGNMENTS, "hw1", replace(hw1, questions=(*hw1.questions, new)))
    grading.graded = Graded("ok", points={**POINTS, "hw1.q8": 5})
    results = run(top)
    assert grading.calls == 4
    assert [(row["hw1.q8"], row["total"], row["out_of"]) for row in dicts(results / "gradebook.csv")] == [
        ("5", "25", "25")
    ] * 2
    assert changes(results)[0] == ["Amy Adams", "hw1.q8", "", "5", "other questions, limits or package"]


def test_another_file_is_said_to_be_one(top: Path, grading: Grading) -> None:
    run(top)
    put(top / "class", File("Amy Adams/hw1 (1).ipynb", b'{"cells": []}'), File("Bob Baker/hw1.ipynb", b"{"))
    grading.graded = Graded("unreadable", "cut off")
    results = run(top)
    assert changes(results)[0] == ["Bob Baker", "status", "ok", "unreadable", "another file"]


def test_the_package_is_known_by_its_sources() -> None:
    assert journal.package_digest() == journal.package_digest()
    assert len(journal.package_digest()) == 64


# ---- The summary ----


def row(
    student: str, status: str = "ok", lost: tuple[str, ...] = (), notes: tuple[str, ...] = (), said: str = ""
) -> Row:
    points = {name: 0 if name in lost else points for name, points in POINTS.items()}
    graded = Graded(status, said, points, {name: said if name in lost else "right" for name in points})
    return Row("a", student, "", graded, notes=notes)


def cells_of(soup: BeautifulSoup, heading: str) -> list[list[str]]:
    title = next(each for each in soup.find_all("h2") if each.text == heading)
    table = title.find_next("table")
    assert table
    return [[cell.text for cell in line.find_all("td")] for line in table.find_all("tr")[1:]]


def test_the_summary_counts_the_class() -> None:
    rows = [
        row("Amy"),
        row("Bob", lost=("hw1.q1",), said="The half is missing."),
        row("Cy", lost=("hw1.q1", "hw1.q2"), said="The half is missing."),
        row("Di", lost=("hw1.q1",), said="wrong in 6 of 7"),
        row("Ed", lost=("hw1.q1",), said="wrong in 5 of 7"),
        row("Flo <b>", "timeout", ("hw1.q7",), said="stopped after 5 s"),
        Row("", "Gus", "", Graded("absent", "nothing was handed in")),
        row("Hal", notes=("late, says Canvas",)),
    ]
    functions = {("Amy", ""): {"step": "x"}, ("Bob", ""): {"step": "x"}, ("Cy", ""): {"step": "y"}}
    text = page(rows, ASSIGNMENTS["hw1"], functions, [("a.pdf", "no notebook")])
    soup = BeautifulSoup(text, "html.parser")
    said = soup.find("p")
    assert said
    assert said.text == (
        "8 students, 7 with marks: 6 ok, 1 timeout, 1 absent. Half of those with marks have 18 points or more, of 20."
    )
    totals = cells_of(soup, "Totals")
    assert [int(line[0]) for line in totals] == list(range(20, -1, -1))
    assert {line[0]: line[1] for line in totals if line[1] != "0"} == {"20": "2", "18": "4", "15": "1"}
    assert cells_of(soup, "Question by question")[0][:3] == ["hw1.q1", "penalty", "3 / 7"]
    assert cells_of(soup, "What the checks said most often")[:2] == [
        ["hw1.q1", "2", "The half is missing."],
        ["hw1.q1", "2", "wrong in … of …"],
    ]
    assert cells_of(soup, "Students who need a look") == [
        ["Flo <b>", "timeout: stopped after 5 s"],
        ["Gus", "absent: nothing was handed in"],
        ["Hal", "late, says Canvas"],
    ]
    assert cells_of(soup, "Functions written alike") == [["step", "2", "Amy; Bob"]]
    assert "<script" not in text
    assert "http" not in text


def test_what_everybody_writes_alike_is_not_listed() -> None:
    rows = [row(str(i)) for i in range(20)]
    functions = {each.key: {"step": "common" if i < 10 else str(i)} for i, each in enumerate(rows)}
    assert "Functions written alike" not in page(rows, ASSIGNMENTS["hw1"], functions)


def test_the_summary_of_nobody_is_a_page() -> None:
    assert "0 students" in page([], ASSIGNMENTS["hw1"], {})


def test_the_run_writes_the_summary(top: Path, grading: Grading) -> None:
    text = (run(top) / "summary.html").read_text(encoding="utf-8")
    assert "2 students, 2 with marks: 2 ok." in text


def test_a_gradebook_that_spreadsheets_know_for_utf_8(tmp_path: Path) -> None:
    gradebook = Gradebook(tmp_path, "hw1", True)
    gradebook.add(Row("", "张三", "", Graded("absent", "")))
    gradebook.finish()
    assert (tmp_path / "gradebook.csv").read_bytes().startswith(b'\xef\xbb\xbf"student","number","status"')


def test_three_hundred_are_summed_up_at_once(tmp_path: Path) -> None:
    """The tables of a large class are written in seconds, again and again while rows come in."""
    gradebook = Gradebook(tmp_path, "hw1", True)
    for i in range(300):
        gradebook.add(row(f"student {i}"))
    gradebook.finish()
    assert len(dicts(tmp_path / "gradebook.csv")) == 300
    assert json.dumps(gradebook.changes()) == "[]"
