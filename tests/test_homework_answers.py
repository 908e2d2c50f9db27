"""No right answer is a lottery, and no wrong one: whatever inputs are drawn, the verdict is the same."""

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import torch
from homework import mutants_hw1, mutants_hw2, mutants_public
from homework.answers import LEAKS, RIGHT, Function

from wdlesson.homework import check, verdict
from wdlesson.homework.feedback.judge import Verdict, judge
from wdlesson.homework.questions import ASSIGNMENTS, question
from wdlesson.homework.questions.codec import encode
from wdlesson.homework.sandbox import worker

QUESTIONS = [question.name for assignment in ASSIGNMENTS.values() for question in assignment.questions]
SEEDS = range(200)
MUTANTS = [
    (name, *row)
    for mutants in (mutants_hw1.MUTANTS, mutants_hw2.MUTANTS, mutants_public.MUTANTS)
    for name, rows in mutants.items()
    for row in rows
]
AGAIN = "Called twice with the same input"  # of a function that counts its calls


@lru_cache(maxsize=len(SEEDS))
def drawn(name: str, seed: int) -> Any:
    asked = question(name)
    cases = asked.hidden_cases(seed)
    expected = [asked.evaluate(asked.answer, case) for case in cases]
    return cases, [[encode(item) for item in case] for case in cases], expected


def said(name: str, function: Function, seed: int) -> Verdict:
    """What the grader says with these hidden inputs."""
    asked = question(name)
    cases, inputs, expected = drawn(name, seed)
    replies = [worker.call(function, list(asked.parameters), each) for each in inputs]
    quick = judge(asked, cases, replies, expected)
    return quick if quick.right else judge(asked, cases, replies)


def test_every_question_has_right_answers_of_others() -> None:
    assert set(RIGHT) == set(QUESTIONS)
    assert set(QUESTIONS) - set(LEAKS) == {"hw2.q6"}  # which has no numbers


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_right_answer_is_right_and_a_leak_is_named(name: str) -> None:
    assert_no_lottery(name, SEEDS[:5])


@pytest.mark.weekly
@pytest.mark.parametrize("name", QUESTIONS)
def test_a_right_answer_is_right_and_a_leak_is_named_on_every_seed(name: str) -> None:
    assert_no_lottery(name, SEEDS)


def assert_no_lottery(name: str, seeds: range) -> None:
    """float32 numbers that get in are a mistake with a name, also where a draw would hardly show them."""
    for seed in seeds:
        for function in RIGHT[name]:
            verdict = said(name, function, seed)
            assert verdict.right, (seed, verdict)
        for i, function in enumerate(LEAKS.get(name, [])):
            verdict = said(name, function, seed)
            assert not verdict.right, (seed, i)
            assert "float32" in verdict.message, (seed, i, verdict)


@pytest.mark.parametrize("name", LEAKS)
def test_the_instant_check_says_the_same_of_a_leak(name: str) -> None:
    for function in LEAKS[name]:
        assert "float32" in verdict(name, function).message
    for function in RIGHT[name]:
        assert verdict(name, function).right


@pytest.mark.parametrize(("name", "mutant", "words"), [row for row in MUTANTS if row[2] != AGAIN])
def test_the_grader_names_the_mistake_that_the_check_names(name: str, mutant: Function, words: str) -> None:
    for seed in (1, 2, 3):
        verdict = said(name, mutant, seed)
        assert not verdict.right
        assert words in verdict.message


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_check_always_shows_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """For every known mistake, and for what is none; the example is the smallest input that is wrong."""
    asked = question(name)
    for mistake in (*asked.mistakes, None):
        check(name, as_function(mistake.answer if mistake else lambda *_: None))
        printed = capsys.readouterr().out
        assert "For example with" in printed
        assert len(printed.splitlines()) <= 14


def as_function(answer: Any) -> Function:
    """A student's function that gives what an answer in NumPy gives."""

    def given(*arguments: Any) -> Any:
        tensors = [item for item in arguments if isinstance(item, torch.Tensor)]
        dtype = tensors[0].dtype if tensors else None

        def plain(item: Any) -> Any:
            if isinstance(item, torch.Tensor):
                return item.detach().numpy().astype(np.float64 if item.is_floating_point() else np.int64)
            return [plain(part) for part in item] if isinstance(item, list) else item

        def back(item: Any) -> Any:
            if isinstance(item, tuple):
                return tuple(back(part) for part in item)
            return torch.tensor(item, dtype=dtype) if isinstance(item, np.ndarray | np.floating) else item

        return back(answer(*map(plain, arguments)))

    return given
