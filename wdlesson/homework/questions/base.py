"""What a question is: a function to write, inputs to try it on, the answer, and the mistakes that we know."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wdlesson.homework.questions.codec import to_numpy
from wdlesson.homework.questions.compare import close, dtype_of

Answer = Callable[..., Any]  # takes the arguments of one case as NumPy arrays in float64, returns the like
Case = tuple[Any, ...]  # the arguments, tensors as `codec.Array`


MAX_DRAWS = 100  # of cases, until one tells every known mistake from the answer


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that we can name: if a function gives it on every case, this is what went wrong.

    Parameters
    ----------
    message : str
        What to say to the student.
    answer : callable
        The wrong answer, called as `Question.answer` is.
    """

    message: str
    answer: Answer


@dataclass(frozen=True)
class Carried:
    """A way to answer a question with the student's own functions for others, which may be wrong.

    Parameters
    ----------
    uses : tuple of str
        The questions whose functions it calls.
    answer : callable
        Takes these functions, returns the answer with them.
    easier : callable
        Takes these functions, returns answers that leave out what is asked, such as the loop. Where one of them gives
        the same, nothing is known of the student's function.
    """

    uses: tuple[str, ...]
    answer: Callable[..., Answer]
    easier: Callable[..., Sequence[Answer]]


@dataclass(frozen=True)
class Question:
    """One function that the student writes.

    Parameters
    ----------
    name : str
        Such as "hw1.q3".
    function : str
        What the function is called, such as "step".
    points : int
        What it is worth.
    parameters : tuple of str
        The names of its arguments.
    results : tuple of str
        The names of what it returns; of several, a tuple.
    answer : callable
        The right answer: takes the arguments of one case as NumPy arrays in float64, returns the like.
    cases : callable
        Draws the cases from a `numpy.random.Generator`.
    mistakes : sequence of Mistake
        The known ones, the first that fits is named.
    graph : {"any", "kept", "cut"}, optional
        What must become of the autograd graph where an argument requires grad.
    carried : sequence of Carried, optional
        How a mistake in another question's function shows here.
    """

    name: str
    function: str
    points: int
    parameters: tuple[str, ...]
    results: tuple[str, ...]
    answer: Answer
    cases: Callable[[np.random.Generator], list[Case]]
    mistakes: Sequence[Mistake]
    graph: str = "any"
    carried: Sequence[Carried] = ()

    def hidden_cases(self, seed: int) -> list[Case]:
        """The cases that a seed gives, on which no known mistake passes for right.

        The last repeats the first, so that an answer must not change with the calls.

        Parameters
        ----------
        seed : int
            0 or more.

        Returns
        -------
        list of tuple
            The arguments of each call, tensors as `codec.Array`.

        Raises
        ------
        RuntimeError
            If no draw tells every known mistake from the answer: the question is at fault.
        """
        rng = np.random.default_rng(np.random.SeedSequence([seed, *self.name.encode()]))
        for _ in range(MAX_DRAWS):
            cases = self.cases(rng)
            right = [self.evaluate(self.answer, case) for case in cases]
            if not (passing := [each.message for each in self.mistakes if self._passes(each, cases, right)]):
                return [*cases, cases[0]]
        raise RuntimeError(f"{self.name}: the cases do not tell this mistake from the answer: {passing[0]}")

    def _passes(self, mistake: Mistake, cases: list[Case], right: list[tuple[Any, ...]]) -> bool:
        return all(
            close(theirs, ours, dtype_of(case))
            for case, parts in zip(cases, right, strict=True)
            for theirs, ours in zip(self.evaluate(mistake.answer, case), parts, strict=True)
        )

    def evaluate(self, answer: Answer, case: Case) -> tuple[Any, ...]:
        """What an answer gives for a case, one item for each of the results.

        Parameters
        ----------
        answer : callable
            `self.answer`, or that of a mistake.
        case : tuple
            The arguments of one call.

        Returns
        -------
        tuple
            What it returned.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # a mistake may diverge
            given = answer(*map(to_numpy, case))
        return tuple(given) if len(self.results) > 1 else (given,)


@dataclass(frozen=True)
class WrittenQuestion:
    """One question that is answered in words and marked by hand.

    Parameters
    ----------
    name : str
        Such as "hw1.w1"; the answer is the Markdown cell with nbgrader's grade_id "w1".
    points : int
        What it is worth.
    """

    name: str
    points: int


@dataclass(frozen=True)
class Assignment:
    """The questions of one assignment.

    Parameters
    ----------
    name : str
        Such as "hw1".
    questions : tuple of Question
        The functions to write.
    written : tuple of WrittenQuestion
        The questions to answer in words.
    """

    name: str
    questions: tuple[Question, ...]
    written: tuple[WrittenQuestion, ...]

    @property
    def points(self) -> int:
        """What the functions can earn; the written questions come on top."""
        return sum(question.points for question in self.questions)
