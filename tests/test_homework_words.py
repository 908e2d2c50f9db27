"""The words of the checks and reports in other languages: whole, faithful, and spoken only where they are asked for."""

from collections.abc import Iterator

from wdlesson.homework.feedback import carry, instant, judge
from wdlesson.homework.grading import answers, batch, gradescope, report, results, submission, summary, told, written
from wdlesson.homework.questions import ASSIGNMENTS, codec
from wdlesson.homework.sandbox import describe, session, worker

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
