"""The assignments by name."""

from wdlesson.homework.questions import hw1, hw2
from wdlesson.homework.questions.base import Assignment, Question

ASSIGNMENTS = {assignment.name: assignment for assignment in (hw1.ASSIGNMENT, hw2.ASSIGNMENT)}


def assignment(name: str) -> Assignment:
    """The assignment of a name.

    Parameters
    ----------
    name : str
        Such as "hw1".

    Returns
    -------
    Assignment
        Its questions, with their points.

    Raises
    ------
    ValueError
        For another name than those in `ASSIGNMENTS`.
    """
    if name not in ASSIGNMENTS:
        raise ValueError(f"assignment is {name!r}; it must be one of {', '.join(ASSIGNMENTS)}")
    return ASSIGNMENTS[name]


def question(name: str) -> Question:
    """The question of a name.

    Parameters
    ----------
    name : str
        Such as "hw1.q3".

    Returns
    -------
    Question
        Its inputs, its answer and its known mistakes.

    Raises
    ------
    ValueError
        For a name that no question has.
    """
    known = {question.name: question for each in ASSIGNMENTS.values() for question in each.questions}
    if name not in known:
        raise ValueError(f"question is {name!r}; it must be one of {', '.join(known)}")
    return known[name]
