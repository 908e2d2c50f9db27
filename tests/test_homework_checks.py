"""The instant checks: right answers pass, and every known mistake is named."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from homework import mutants_hw1, mutants_hw2, mutants_public
from hypothesis import given
from hypothesis import strategies as st

from wdlesson.homework import check, verdict
from wdlesson.homework.feedback.judge import judge
from wdlesson.homework.questions import ASSIGNMENTS, question
from wdlesson.homework.questions.codec import Array, decode, encode, to_numpy
from wdlesson.homework.sandbox import worker

MUTANTS = {**mutants_hw1.MUTANTS, **mutants_hw2.MUTANTS}
ALL = [(name, *row) for mutants in (MUTANTS, mutants_public.MUTANTS) for name, rows in mutants.items() for row in rows]
QUESTIONS = [question.name for assignment in ASSIGNMENTS.values() for question in assignment.questions]


def test_every_question_has_at_least_five_mutants() -> None:
    assert set(MUTANTS) == set(QUESTIONS)
    assert min(map(len, MUTANTS.values())) >= 5


@pytest.mark.parametrize(("name", "mutant", "words"), ALL)
def test_the_mistake_is_named(name: str, mutant: Any, words: str) -> None:
    said = verdict(name, mutant)
    assert not said.right
    assert words in said.message


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("seed", range(5))
def test_no_known_mistake_passes_for_right_or_for_another(name: str, seed: int) -> None:
    """On every seed the cases tell all mistakes apart: a message is never the wrong one."""
    asked = question(name)
    cases = asked.hidden_cases(seed)
    for mistake in asked.mistakes:
        said = judge(asked, cases, [_reply(mistake.answer, case) for case in cases])
        assert said.message == mistake.message
    assert judge(asked, cases, [_reply(asked.answer, case) for case in cases]).right


def test_cases_on_which_a_mistake_passes_are_drawn_again() -> None:
    """A mistake that agrees on some inputs is never paid; one that no case can tell is an error of the question's."""
    asked = question("hw1.q6")
    same, other = (1.0, "torch", "torch", 5), (1.0, "torch", "half-mse", 5)
    draws = iter([[same], [same], [other]])
    mended = replace(asked, cases=lambda rng: next(draws), mistakes=asked.mistakes[-1:])
    assert mended.hidden_cases(0) == [other, other]
    with pytest.raises(RuntimeError, match=r"hw1\.q6: the cases do not tell .* The value comes back unchanged"):
        replace(mended, cases=lambda rng: [same]).hidden_cases(0)


def _reply(answer: Any, case: Any) -> Any:
    """What a worker would send for a function that gives this answer."""
    floats = [item.dtype for item in case if isinstance(item, Array) and item.dtype != "int64"]
    dtype = floats[0] if floats else "float64"
    graph = any(isinstance(item, Array) and item.requires_grad for item in case)

    def plain(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(plain(part) for part in value)
        if isinstance(value, np.ndarray | np.floating):
            return Array(value, dtype, requires_grad=graph and np.ndim(value) == 0)
        return value

    value = plain(answer(*to_numpy(case)))
    if isinstance(value, tuple):  # steps and the like are off the graph
        value = tuple(Array(part.values, part.dtype) if isinstance(part, Array) else part for part in value)
    return {"value": encode(value), "changed": []}


def test_check_prints_what_is_wrong_and_a_small_example(capsys: pytest.CaptureFixture[str]) -> None:
    check("hw1.q1", lambda w, lam: lam * (w @ w))
    said = capsys.readouterr().out
    assert said.startswith("hw1.q1: not yet. The half is missing")
    assert "For example with w = [" in said
    check("hw1.q1", lambda w, lam: lam / 2 * (w @ w))
    assert capsys.readouterr().out == "hw1.q1: right.\n"


def test_a_stub_is_said_to_be_not_written_yet() -> None:
    def stub(*arguments: Any) -> Any:
        raise NotImplementedError

    for name in QUESTIONS:
        assert "is not written yet" in verdict(name, stub).message


def test_a_stop_by_hand_stops_the_check() -> None:
    """An endless loop is interrupted once, not once a case."""
    calls: list[int] = []

    def interrupted(*arguments: Any) -> Any:
        calls.append(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("hw1.q1", interrupted)
    assert len(calls) == 1


def test_an_error_says_where_it_is_in_a_notebook() -> None:
    namespace: dict[str, Any] = {}
    exec(compile("def penalty(w, lam):\n    return 1 / 0", "/tmp/ipykernel_7/1.py", "exec"), namespace)
    assert "ZeroDivisionError: division by zero (line 2 of the cell)" in verdict("hw1.q1", namespace["penalty"]).message


def test_an_error_of_torchs_is_no_stub() -> None:
    def unsupported(w: Any, lam: float) -> Any:
        raise NotImplementedError("Could not run 'aten::dot'")

    assert "raised an error: NotImplementedError: Could not run" in verdict("hw1.q1", unsupported).message


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"question is 'hw9\.q1'; it must be one of hw1\.q1"):
        check("hw9.q1", lambda: None)
    with pytest.raises(ValueError, match=r"function is 3; it must be the function that you wrote"):
        check("hw1.q1", 3)  # type: ignore[arg-type]


DEEP: Any = {"list": []}
for _ in range(9):
    DEEP = {"list": [DEEP]}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([1], "no plain data"),
        ({"list": [], "tuple": []}, "no plain data"),
        ({"pickle": ["gASV"]}, "no plain data"),
        ({"tensor": ["float64", [2], [1.0], False]}, "does not fit its entries"),
        ({"tensor": ["float64", [-1], [1.0], False]}, "without a proper shape"),
        ({"tensor": ["float64", [1], ["1"], False]}, "entries are no numbers"),
        ({"tensor": ["complex64", [1], [1.0], False]}, "tensor of complex64"),
        ({"tensor": [["float64"], [1], [1.0], False]}, "tensor of"),
        ({"tensor": ["int64", [1], [2**70], False]}, "do not fit its dtype"),
        ({"tensor": []}, "no plain data"),
        ({"dict": [[1, 2]]}, "keys are no strings"),
        (DEEP, "nested more than"),
    ],
)
def test_forged_data_is_refused(data: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        decode(data)


REPLIES: list[Any] = [
    *(None, 3, [], {}, {"value": {"tensor": 3}}, {"value": None, "changed": 7}, {"value": 10**400}),
    *({"error": DEEP}, {"unfit": 3}, {"unwritten": [1]}, {"value": 0.0, "changed": [[]], "switched": {"w": 1}}),
    {"value": {"tensor": ["float64", [0, 10**400], [], False]}},
    {"value": {"tensor": ["float32", [], [1e300], False]}},
    {"value": {"tensor": ["float64", [], [10**400], False]}},
]


@pytest.mark.parametrize("reply", REPLIES, ids=range(len(REPLIES)))
@pytest.mark.parametrize("name", ["hw1.q1", "hw1.q6", "hw1.q7", "hw2.q7"])
def test_forged_replies_are_wrong_answers(name: str, reply: Any) -> None:
    asked = question(name)
    cases = asked.hidden_cases(1)
    assert not judge(asked, cases, [reply] * len(cases)).right


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TENSORS = st.builds(
    lambda values, shape, dtype, grad: Array(np.resize(values, shape), dtype, grad and dtype != "int64"),
    st.lists(st.integers(-1000, 1000), min_size=1),
    st.lists(st.integers(0, 3), max_size=3).map(tuple),
    st.sampled_from(["float64", "float32", "int64"]),
    st.booleans(),
)
LEAVES = st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | FLOATS | st.text(max_size=99) | TENSORS


def nested(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(parts) | st.lists(parts).map(tuple) | st.dictionaries(st.text(max_size=9), parts)


@given(LEAVES | nested(LEAVES) | nested(nested(LEAVES)))
def test_the_worker_reads_and_writes_what_the_codec_does(item: Any) -> None:
    """The two ends of one format, in NumPy and in torch, which import nothing of each other."""
    sent = encode(item)
    back = worker.encode(worker.decode(sent))
    assert back == sent
    assert encode(decode(back)) == sent


def test_plain_data_comes_back_as_it_went() -> None:
    item = {"a": [1, 2.5, None, "x", True], "b": (Array(np.arange(6.0).reshape(2, 3), "float32", True),)}
    back: Any = decode(encode(item))
    assert back["a"] == item["a"]
    assert back["b"][0].dtype == "float32"
    assert back["b"][0].requires_grad
    np.testing.assert_array_equal(back["b"][0].values, np.arange(6.0).reshape(2, 3))
