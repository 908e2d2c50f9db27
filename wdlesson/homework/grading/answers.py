"""Asks a submission's functions, whose cells have run, and says which of the functions of one name was graded.

What counts is the last function of the right name. Where that is wrong, what the notebook showed last counts too: the
function that its last check was given, with all other names as they were at that time.
"""

from collections.abc import Callable, Sequence
from typing import Any

from wdlesson.homework.feedback.carry import assess
from wdlesson.homework.feedback.judge import Verdict
from wdlesson.homework.feedback.words import say
from wdlesson.homework.questions.base import Case, Question
from wdlesson.homework.questions.codec import encode

UNKNOWN = Verdict(True, "")  # stands for a question that was not reached: no mistake is carried from it
WORDS = {
    "lost": "{function} is {kind} since cell {since}; the function of cell {cell} was graded.",
    "deleted": "{function} is deleted since cell {since}; the function of cell {cell} was graded.",
    "earlier": "What cells below it changed was undone: the function was graded as it was at its last check.",
}
ARTICLES = ("a {kind}", "an {kind}")
VOWELS = tuple("aeiouAEIOU")


class Answers:
    """The functions of a submission.

    Parameters
    ----------
    questions : list of Question
        Those that are asked.
    ask : callable
        Sends a request to the submission's process and gives the reply, which may be anything.
    """

    def __init__(self, questions: list[Question], ask: Callable[[dict[str, Any]], Any]) -> None:
        self.ask, self._questions = ask, questions
        self._told: dict[str, Any] | None = None

    def assess(self, question: Question, cases: Sequence[Case], verdicts: dict[str, Verdict]) -> tuple[Verdict, str]:
        """The verdict on a question's function.

        Parameters
        ----------
        question : Question
            The question.
        cases : sequence of tuple
            The inputs to call it on.
        verdicts : dict of Verdict
            Those on the questions before.

        Returns
        -------
        tuple
            The verdict, and a sentence on which function it is about, empty if that goes without saying.
        """
        told = self._end()
        verdict = self._try(question, cases, verdicts, earlier=False)
        if not verdict.right and question.name in _listed(told.get("earlier")):
            earlier = self._try(question, cases, verdicts, earlier=True)
            if earlier.right:
                return earlier, say(WORDS["earlier"])
        return verdict, _lost(question.function, told.get("lost"))

    def _try(self, question: Question, cases: Sequence[Case], verdicts: dict[str, Verdict], earlier: bool) -> Verdict:
        def call(asked: Question, case: Case) -> Any:
            arguments = [encode(item) for item in case]
            return self.ask({"call": [asked.function, asked.parameters, arguments, question.name if earlier else ""]})

        return assess(question, cases, call, lambda name: verdicts.get(name, UNKNOWN))

    def _end(self) -> dict[str, Any]:
        """Tell the process once that all cells have run; gives what it says of names that changed."""
        if self._told is None:
            reply = self.ask({"end": {question.name: question.function for question in self._questions}})
            self._told = reply if isinstance(reply, dict) else {}
        return self._told


def _listed(said: Any) -> list[Any]:
    return said if isinstance(said, list) else []


def _lost(function: str, said: Any) -> str:
    """What became of a function's name, as far as the process makes sense."""
    place = said.get(function) if isinstance(said, dict) else None
    if not (isinstance(place, list) and [type(part) for part in place] == [str, int, int]):
        return ""
    kind, since, cell = place
    named = say(ARTICLES[kind.startswith(VOWELS)], kind=kind[:100])
    return say(WORDS["lost" if kind else "deleted"], function=function, kind=named, since=since, cell=cell)
