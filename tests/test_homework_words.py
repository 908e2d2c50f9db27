"""The words of the checks and reports in other languages: whole, faithful, and spoken only where they are asked for."""

import copy
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import execute
import faithful
import nbformat as untyped
import pytest
import torch
from homework.notebooks import SOURCES, as_bytes, notebook, solution, stub
from hypothesis import given
from hypothesis import strategies as st

from wdlesson.homework import build, check
from wdlesson.homework.cli import main
from wdlesson.homework.feedback import carry, instant, judge, words
from wdlesson.homework.grading import (
    answers,
    batch,
    gradescope,
    report,
    results,
    submission,
    submissions,
    summary,
    told,
    written,
)
from wdlesson.homework.grading.notebook import parse
from wdlesson.homework.grading.results import Graded, Row
from wdlesson.homework.questions import ASSIGNMENTS, codec
from wdlesson.homework.sandbox import describe, session, worker

nbformat: Any = untyped

TABLES = (
    *(module.WORDS for module in (carry, instant, judge, codec, describe, session)),
    *(module.WORDS for module in (answers, gradescope, report, submission, summary)),
    *(worker.UNFIT, judge.KINDS, judge.PLURALS, judge.HINTS, written.COURSE),
)
SINGLE = (
    *(judge.TENSOR, judge.NONE, judge.ARTICLE, *answers.ARTICLES, batch.WORDS["other"], written.PLACEHOLDER),
    results.NO_SANDBOX,
    *(told.COUNT, told.COMMA, told.SEMICOLON, told.COLON),
)


def english() -> Iterator[str]:
    """Every sentence and every word that the homework says to students, or on a report."""
    for table in TABLES:
        yield from map(str, table.values())
    yield from (*SINGLE, *results.STATUSES, *told.TEMPLATES)
    for assignment in ASSIGNMENTS.values():
        for question in assignment.questions:
            yield from (mistake.message for mistake in question.mistakes)
            yield from (name for name in question.results if " " in name)


LANGUAGES = pytest.mark.parametrize("language", words.languages())
HAN = re.compile("[\u4e00-\u9fff]")
ENGLISH_WORDS = re.compile(r"\b(?:the|is|are|of|must|function|returns|and|with|wrong|missing)\b")


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(words.VARIABLE, "zh_CN")


# ---- The tables are whole and say the same ----


def test_chinese_is_there() -> None:
    assert "zh_CN" in words.languages()


@LANGUAGES
def test_every_sentence_is_in_the_table_and_nothing_else(language: str) -> None:
    assert set(english()) - set(words.table(language)) == set(), "missing, or changed in English"
    assert set(words.table(language)) - set(english()) == set(), "said no more"


def blanks(text: str) -> Counter[str]:
    return Counter(re.findall(r"\{[^}]*\}", text))


@LANGUAGES
def test_every_sentence_has_the_same_placeholders(language: str) -> None:
    for text, own in words.table(language).items():
        assert blanks(text) == blanks(own), text


@LANGUAGES
def test_every_sentence_keeps_its_numbers_code_and_terms(language: str) -> None:
    for text, own in words.table(language).items():
        faults = list(faithful.exchanged(faithful.kept(text), faithful.kept(own)))
        faults += [f"lost {number}" for number in (faithful.numbers(text) - faithful.numbers(own)).elements()]
        faults += [fault for each in faithful.OF_LANGUAGE.get(language, ()) for fault in each(text, own)]
        assert not faults, (text, own, faults)


FORMULA = re.compile(r"[^\s;:]*[*/^|=][^\s;:]*[^\s.,;:]")


@LANGUAGES
def test_every_sentence_keeps_its_formulas(language: str) -> None:
    for text, own in words.table(language).items():
        for formula in FORMULA.findall(text):
            assert formula in own, (text, own)


@LANGUAGES
def test_students_cannot_read_the_tables_where_the_answers_are_closed(language: str) -> None:
    (closed,) = re.findall(r'^chmod -R go-rwx "\$top/source/wdlesson/homework/(.*)"$', gradescope.SETUP, re.MULTILINE)
    assert (words.FOLDER / f"{language}.json").is_file()
    assert words.FOLDER.is_relative_to(Path(words.__file__).parents[1] / closed)


# ---- How a sentence is said ----


def test_english_is_said_where_nothing_is_asked_for_or_nothing_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(words.VARIABLE, raising=False)
    for language in (None, "", "xx", "../../zh_CN", "zh_CN.json"):
        if language is not None:
            monkeypatch.setenv(words.VARIABLE, language)
        assert words.say("{name}: right.", name="hw1.q1") == "hw1.q1: right."
        assert words.say("Nobody.") == "Nobody."


def test_a_sentence_that_the_language_lacks_is_said_in_english(chinese: None) -> None:
    assert words.say("Not there: {n}.", n=3) == "Not there: 3."


def test_who_speaks_a_language_is_heard_above_the_environment(chinese: None) -> None:
    assert words.say("Nobody.") == "没有。"
    with words.speaking(""):
        assert words.say("Nobody.") == "Nobody."
    assert words.language() == "zh_CN"


def test_a_space_is_beside_latin_and_none_beside_chinese(chinese: None) -> None:
    text = "The function returns NaN or infinity for {name}."
    assert words.say(text, name="grad_w") == "函数返回的 grad_w 里有 NaN 或无穷大。"
    assert words.say(text, name="范数") == "函数返回的范数里有 NaN 或无穷大。"
    assert words.say("not reached within {seconds:g} s", seconds=60.0) == "60 秒内没有轮到"


def test_a_value_with_braces_is_taken_as_it_is(chinese: None) -> None:
    said = words.say("{function} raised an error: {error}", function="step", error="KeyError: '{name}' {")
    assert said == "step 报错：KeyError: '{name}' {"


@given(st.dictionaries(st.just("n"), st.text(min_size=1), min_size=1))
def test_what_was_said_elsewhere_is_said_again(values: dict[str, str]) -> None:
    for template in (*session.WORDS.values(), *told.TEMPLATES):
        if set(blanks(template)) <= {"{n}"}:
            said = template.format(**values)
            assert words.retold(said, [template]) == said
            with words.speaking("zh_CN"):
                assert HAN.search(words.retold(said, [template]))


def test_what_nobody_foresaw_is_left_as_it_is(chinese: None) -> None:
    assert words.retold("another thing", session.WORDS.values()) == "another thing"


# ---- Lines ----


@given(st.text("权重，。（）“”ab `-", max_size=80), st.integers(4, 30))
def test_lines_are_no_wider_than_they_may_be_and_lose_nothing(text: str, width: int) -> None:
    lines = words.wrapped(text, width).split("\n")
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        columns = sum(2 if HAN.match(c) or c in "，。（）" else 1 for c in line)
        assert columns <= width or len(words.PART.findall(line)) == 1 or not HAN.search(text)


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one() -> None:
    for width in range(6, 30):
        lines = words.wrapped("权重（w）衰减，每一步“都要”做：范数、惩罚项。", width).split("\n")
        assert not [line for line in lines if line[0] in "，。）”：、" or line[-1] in "（“"]


# ---- What a student reads ----


def said_of(name: str, function: Any, capsys: pytest.CaptureFixture[str]) -> str:
    check(name, function)
    return capsys.readouterr().out


def penalty_in_place(w: Any, lam: float) -> Any:
    w *= 2
    return w.sum()


PENALTIES = {
    "hw1.q1：正确。\n": lambda w, lam: lam / 2 * (w @ w),
    "hw1.q1：还不对。少了 1/2：惩罚项是 lam/2 * ||w||^2。\n": lambda w, lam: lam * (w @ w),
    "hw1.q1：还不对。函数返回的惩罚项是 None（少了 `return`？）；应当是张量。\n": lambda w, lam: None,
    "hw1.q1：还不对。函数返回的惩罚项是浮点数；应当是张量。\n": lambda w, lam: 1.0,
    "hw1.q1：还不对。惩罚项的形状不对：是 (1,)，应当是 ()。\n": lambda w, lam: torch.ones(1, dtype=w.dtype),
    "hw1.q1：还不对。函数返回的是类型为 object 的对象；应当返回张量。\n": lambda w, lam: object(),
    "hw1.q1：还不对。penalty 报错：ZeroDivisionError: division by zero\n": lambda w, lam: 1 / 0,
    "hw1.q1：还不对。结果是 dtype 为 complex128 的张量；dtype 应当是这些之一：float64,": lambda w, lam: w + 1j,
    "hw1.q1：还不对。函数原地修改了输入 w：请生成新的张量，例如用 `w - ...`，不用": penalty_in_place,
    "hw1.q1：还不对。结果不对": lambda w, lam: lam / 3 * (w @ w),
}


@pytest.mark.parametrize("start", PENALTIES, ids=range(len(PENALTIES)))
def test_the_check_speaks_chinese(start: str, chinese: None, capsys: pytest.CaptureFixture[str]) -> None:
    said = said_of("hw1.q1", PENALTIES[start], capsys)
    assert said.startswith(start)
    assert "正确" in start or "例如 w = [" in said
    assert not ENGLISH_WORDS.search(said.replace("division by zero", ""))


def test_results_in_a_tuple_are_named_in_chinese(chinese: None, capsys: pytest.CaptureFixture[str]) -> None:
    record: Any = lambda X, y, w, b, lam: 1  # noqa: E731
    assert "函数应当返回由浮点数组成的元组（数据损失、惩罚项、范数），返回的却是整数。" in said_of(
        "hw1.q7", record, capsys
    ).replace("\n", "")


@pytest.mark.parametrize("name", [question.name for each in ASSIGNMENTS.values() for question in each.questions])
def test_no_known_mistake_is_named_in_english(name: str, chinese: None) -> None:
    question = next(each for a in ASSIGNMENTS.values() for each in a.questions if each.name == name)
    for mistake in question.mistakes:
        assert HAN.search(words.say(mistake.message))


def test_a_mistake_carried_forward_is_told_in_chinese(chinese: None, capsys: pytest.CaptureFixture[str]) -> None:
    code = {cell["id"]: cell["source"] for cell in solution()["cells"] if cell["cell_type"] == "code"}
    namespace: dict[str, Any] = {}
    exec("\n".join(["import torch", code["q2"], code["q3"].replace("lr * lam", "lam"), code["q4"]]), namespace)
    assert said_of("hw1.q4", namespace["train"], capsys).startswith(
        "hw1.q4：这里是对的，错在你自己的 step（hw1.q3）：本题的分数照给。"
    )


def test_what_student_code_may_send_is_known_to_the_judge() -> None:
    """The sentences of the worker fit their templates, the longer first."""
    returned = ("x" * 1000, 2**70, [object()], object(), torch.ones(30_000), [0] * 30_000)
    for value, template in zip(returned, worker.UNFIT.values(), strict=True):
        said = worker.call(lambda value=value: value, [], [])["unfit"]
        fitting = [each for each in worker.UNFIT.values() if words._pattern(each).fullmatch(said)]
        assert fitting[0] == template


# ---- The pages ----


@pytest.mark.parametrize("built", [True, False])
def test_the_pages_run_in_english_whatever_is_asked_for(
    built: bool, chinese: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their outputs are those of both editions. Without what the build sets up the cell would complain."""
    for name in ("TQDM_DISABLE", "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, "1")  # so that it is as before afterwards
    if built:
        execute.setup(Mock())
    cell = nbformat.v4.new_code_cell("import os, sys; print(os.environ.get('WDLESSON_LANGUAGE', ''), file=sys.stderr)")
    (said,) = execute.run(nbformat.v4.new_notebook(cells=[cell]), 60)
    assert ("zh_CN" in said) != built


# ---- The notebooks ----


@pytest.fixture(scope="module", params=ASSIGNMENTS)
def pair(request: pytest.FixtureRequest) -> tuple[str, Any, Any]:
    """An assignment's name, its solution and the student's notebook in Chinese."""
    made = build.read(SOURCES / f"{request.param}.md", "zh_CN")
    return request.param, made, build.strip(made, "zh_CN")


def test_the_first_cell_has_the_checks_speak_chinese(pair: Any) -> None:
    name, made, _ = pair
    first = solution(name)["cells"][0]["source"]
    assert made["cells"][0]["source"] == f'{first}\nimport os\n\nos.environ["WDLESSON_LANGUAGE"] = "zh_CN"'


def test_all_else_but_the_text_is_the_same(pair: Any) -> None:
    name, *both = pair
    for mine, theirs in zip(both, (solution(name), stub(name)), strict=True):
        assert mine["metadata"] == theirs["metadata"]
        for one, other in zip(mine["cells"][1:], theirs["cells"][1:], strict=True):
            text = one["cell_type"] == "markdown"
            assert {**one, "source": ""} == {**other, "source": ""}
            assert text or one["source"] == other["source"]
            assert not text or HAN.search(one["source"])


def test_the_answers_place_is_named_in_chinese(pair: Any) -> None:
    name, _, student = pair
    cells = {cell["id"]: cell["source"] for cell in student["cells"]}
    assert {cells[each.name.partition(".")[2]] for each in ASSIGNMENTS[name].written} == {"在这里写你的回答"}


def test_answers_are_found_in_a_chinese_notebook_without_names(pair: Any) -> None:
    """By the question above them; and the placeholder is none."""
    name, made, student = pair
    for notebook_, answered in ((made, True), (student, False)):
        bare = copy.deepcopy(notebook_)
        for cell in bare["cells"]:
            cell["metadata"], cell["id"] = {}, "x"
        found = written.answers(parse(as_bytes(bare)), name)
        assert {bool(HAN.search(answer.text)) for answer in found.values()} == {answered}
        assert {each.notes[0] for each in found.values()} == {written.WORDS["place" if answered else "nothing"]}


def test_build_writes_chinese_beside_english(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "hw1", "--out", str(tmp_path), "--language", "zh_CN"]) == 0
    paths = [Path(line) for line in capsys.readouterr().out.split()]
    assert paths == [tmp_path / "zh_CN/hw1" / f"{name}.ipynb" for name in ("student", "solution")]
    assert "权重衰减" in paths[0].read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["build", "hw1", "--out", str(tmp_path), "--language", "xx"])
    assert "argument --language: invalid choice: 'xx'" in capsys.readouterr().err


# ---- The reports ----

GRADED = Graded("ok", "", {"hw1.q1": 2, "hw1.q2": 0}, {"hw1.q1": "正确。", "hw1.q2": "符号反了。"}, ["单元 3：停"])


def test_a_report_is_chinese(chinese: None) -> None:
    said = report.page(Row("a.ipynb", "right", "", GRADED), ASSIGNMENTS["hw1"], False)
    assert '<html lang="zh-CN">' in said
    assert "<h1>hw1：right</h1>" in said, "a name is no word of ours"
    assert "<p>a.ipynb：正常，<strong>2 分（满分 20 分）</strong>。</p>" in said
    assert "<th>题目<th>函数<th>分数<th>检查怎么说" in said
    assert "评分时没有用沙箱" in said
    assert not ENGLISH_WORDS.search(re.sub("<style>.*</style>", "", said, flags=re.DOTALL))


def test_the_summary_is_chinese(chinese: None) -> None:
    late = Graded("not a notebook", submissions.WORDS["all none"].format(files="a.pdf"))
    rows = [Row("a", "a", "", GRADED, notes=(submissions.WORDS["late"],)), Row("", "b", "", late)]
    said = summary.page(rows, ASSIGNMENTS["hw1"], {}, [("c", "")])
    assert (
        "<p>2 名学生，1 名有分数：正常 1 名、不是笔记本 1 名。有分数的学生中，一半得了 2 分或更多，满分 20 分。</p>"
        in said
    )
    assert "<td>Canvas 说迟交了</td>" in said
    assert "<td>不是笔记本：交来的文件里没有笔记本：a.pdf</td>" in said
    assert not ENGLISH_WORDS.search(re.sub("<style>.*</style>", "", said, flags=re.DOTALL))


def test_gradescope_reports_in_chinese(chinese: None) -> None:
    assert gradescope.gradescope(None, "hw1", True)["output"] == "没有评分：没有找到笔记本。"
    graded = Graded("ok", "", dict.fromkeys([each.name for each in ASSIGNMENTS["hw1"].questions], 0))
    assert gradescope.gradescope(Row("a", "a", "", graded), "hw1", False)["output"] == "评分时没有用沙箱"


def test_the_autograder_takes_the_language_and_its_table_along(tmp_path: Path) -> None:
    for language, option in (("zh_CN", "--language zh_CN "), ("", "")):
        with zipfile.ZipFile(gradescope.autograder("hw1", tmp_path, language)) as zipped:
            assert "wdlesson/homework/questions/words/zh_CN.json" in zipped.namelist()
            assert f"    {option}--gradescope" in zipped.read("run_autograder").decode()


def test_a_class_is_graded_in_chinese(tmp_path: Path) -> None:
    """By processes of their own, which have the language from the run; the tables' heads and statuses stay."""
    code = {cell["id"]: cell["source"] for cell in solution()["cells"] if cell["cell_type"] == "code"}
    wrong = [code["q1"].replace("lam / 2", "lam"), "1 / 0", "import os; os._exit(3)", "x = print(1)"]
    (tmp_path / "class").mkdir()
    (tmp_path / "class/alice.ipynb").write_bytes(as_bytes(notebook(["import torch", *wrong])))
    command = ["grade", "hw1", str(tmp_path / "class"), "--out", str(tmp_path / "out"), "--no-sandbox", "--quiet"]
    assert main([*command, "--jobs", "2", "--language", "zh_CN"]) == 0
    (page,) = (tmp_path / "out/reports").glob("*.html")
    said = page.read_text(encoding="utf-8")
    assert "少了 1/2：惩罚项是 lam/2 * ||w||^2。" in said
    assert "没有名叫 gradient 的函数。" in said
    assert "单元 3：ZeroDivisionError: division by zero（单元 3，第 1 行）" in said
    assert "单元 4：进程自己退出了，退出码是 3" in said
    assert "全班" in (tmp_path / "out/summary.html").read_text(encoding="utf-8")
    table = (tmp_path / "out/gradebook.csv").read_text(encoding="utf-8-sig").splitlines()
    assert table[0].startswith('"student","number","status","hw1.q1"')
    assert table[1].startswith('"alice","","crash","0"')
