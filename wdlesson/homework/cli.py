"""The command line: `wdlesson-homework`, or `python -m wdlesson.homework`."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wdlesson.homework.feedback.words import language, languages, speaking
from wdlesson.homework.questions import ASSIGNMENTS

WORDS = {
    "build": "write student.ipynb and solution.ipynb",
    "grade": "grade what a class handed in",
    "merge": "add the marks in written.csv to those of the functions",
    "export": "write the marks as Canvas, Moodle or a spreadsheet takes them",
    "gradescope": "write the zip of a Gradescope autograder",
    "sandbox": "say whether a sandbox can be made here",
    "build language": "of the notebooks and their checks (default: what WDLESSON_LANGUAGE says, else English)",
    "report language": "of what the checks say and of the reports (default: what WDLESSON_LANGUAGE says, else English)",
    "submissions": "a folder, or a zip as a learning platform gives it; it is never changed",
    "roster": "the students of the class; who handed in nothing gets a row too",
    "regrade": "a student, a number or a file to grade anew, or `all`; may be given several times",
    "results": "the folder that `grade` wrote",
    "zero": "count an answer without a mark as 0",
    "canvas": "the gradebook that Canvas exports; needs --column",
    "moodle": "Moodle's grading worksheet",
    "csv": "a list for any spreadsheet",
    "column": "the assignment as Canvas calls it, such as 'Homework 1'",
    "out": "the file to write",
    "no column": "column is missing; with --canvas, name the assignment: --column 'Homework 1'",
    "none": "no students",
    "written lines": "{n} answers in words, to be marked by hand",
    "ignored lines": "{n} files that are no submission",
    "changes lines": "{n} differences from the last run",
    "lost": "not in that file, or not to be told from another: {student}",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : list of str, optional
        The words of the command line; by default those that this process was started with.

    Returns
    -------
    int
        The exit status: 2 for bad input, which is named on stderr in one line.
    """
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="wdlesson-homework", description="Homework: build it, grade it.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _build_options(commands.add_parser("build", help=WORDS["build"]))
    _grade_options(commands.add_parser("grade", help=WORDS["grade"]))
    _merge_options(commands.add_parser("merge", help=WORDS["merge"]))
    _export_options(commands.add_parser("export", help=WORDS["export"]))
    zipped = commands.add_parser("gradescope", help=WORDS["gradescope"])
    zipped.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="all, if none is named")
    zipped.add_argument("--out", type=Path, default=Path("_build/homework"))
    _language_option(zipped, "report language")
    zipped.set_defaults(run=_gradescope)
    commands.add_parser("sandbox", help=WORDS["sandbox"]).set_defaults(run=_sandbox)
    return parser


def _build_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="all, if none is named")
    parser.add_argument("--out", type=Path, default=Path("_build/homework"))
    _language_option(parser, "build language")
    parser.set_defaults(run=_build)


def _language_option(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--language", choices=languages(), default=language(), help=WORDS[what])


def _grade_options(parser: argparse.ArgumentParser) -> None:
    from wdlesson.homework.sandbox.limits import Limits

    limits = Limits()
    parser.add_argument("assignment", metavar="ASSIGNMENT", help=", ".join(ASSIGNMENTS))
    parser.add_argument("submissions", type=Path, metavar="SUBMISSIONS", help=WORDS["submissions"])
    parser.add_argument("--out", type=Path, required=True, metavar="RESULTS", help="a folder; a rerun goes on in it")
    parser.add_argument("--roster", type=Path, metavar="STUDENTS.CSV", help=WORDS["roster"])
    parser.add_argument("--regrade", action="append", default=[], metavar="NAME", help=WORDS["regrade"])
    parser.add_argument("--jobs", type=int, default=-1, help="processes (default: one for each core)")
    parser.add_argument("--dask", metavar="ADDRESS", help="grade on the Dask cluster of this scheduler")
    parser.add_argument("--cell-seconds", type=float, default=limits.cell_seconds, help="for one cell (%(default)s)")
    parser.add_argument("--call-seconds", type=float, default=limits.call_seconds, help="for one call (%(default)s)")
    parser.add_argument("--submission-seconds", type=float, default=limits.submission_seconds, help="(%(default)s)")
    parser.add_argument("--memory-mib", type=int, default=limits.memory_bytes >> 20, help="(%(default)s)")
    parser.add_argument("--gradescope", type=Path, metavar="RESULTS.JSON", help="write Gradescope's results as well")
    parser.add_argument(
        "--no-sandbox", action="store_true", help="run student code with NO isolation; every row says so"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    _language_option(parser, "report language")
    parser.set_defaults(run=_grade)


def _merge_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("results", type=Path, metavar="RESULTS", help=WORDS["results"])
    parser.add_argument("--unmarked-as-zero", action="store_true", help=WORDS["zero"])
    parser.set_defaults(run=_merge)


def _export_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("results", type=Path, metavar="RESULTS", help=WORDS["results"])
    forms = parser.add_mutually_exclusive_group(required=True)
    forms.add_argument("--canvas", type=Path, metavar="GRADEBOOK.CSV", help=WORDS["canvas"])
    forms.add_argument("--moodle", type=Path, metavar="WORKSHEET.CSV", help=WORDS["moodle"])
    forms.add_argument("--csv", action="store_true", help=WORDS["csv"])
    parser.add_argument("--column", metavar="ASSIGNMENT", help=WORDS["column"])
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.CSV", help=WORDS["out"])
    parser.set_defaults(run=_export)


def _build(options: argparse.Namespace) -> None:
    from wdlesson.homework.build import build

    for name in options.assignments or ASSIGNMENTS:
        for path in build(name, target=options.out, language=options.language):
            print(path)


def _grade(options: argparse.Namespace) -> None:
    from wdlesson.homework.grading.batch import grade_class
    from wdlesson.homework.grading.gradescope import write_gradescope
    from wdlesson.homework.grading.roster import read_roster
    from wdlesson.homework.sandbox.limits import Limits

    limits = Limits(
        options.cell_seconds, options.call_seconds, options.submission_seconds, memory_bytes=options.memory_mib << 20
    )
    with speaking(options.language), _backend(options.dask):
        rows = grade_class(
            options.assignment,
            options.submissions,
            options.out,
            roster=read_roster(options.roster) if options.roster else None,
            regrade=options.regrade,
            single=options.gradescope is not None,
            jobs=options.jobs,
            limits=limits,
            sandboxed=not options.no_sandbox,
            progress=not options.quiet,
        )
    _report(options.out, Counter(row.graded.status for row in rows))
    if options.gradescope:
        with speaking(options.language):
            write_gradescope(options.gradescope, rows, options.assignment, not options.no_sandbox)


def _report(results: Path, counts: Counter[str]) -> None:
    """What came of a run, in a line a file that has something in it."""
    from wdlesson.homework.grading.tables import read_table

    print(f"{results / 'gradebook.csv'}: {', '.join(f'{n} {status}' for status, n in counts.items()) or WORDS['none']}")
    for name in ("written", "ignored", "changes"):
        if lines := len(read_table(results / f"{name}.csv").rows):
            print(f"{results / name}.csv: {WORDS[f'{name} lines'].format(n=lines)}")


def _merge(options: argparse.Namespace) -> None:
    from wdlesson.homework.grading.marks import merge

    print(merge(options.results, options.unmarked_as_zero))


def _export(options: argparse.Namespace) -> None:
    from wdlesson.homework.grading import marks

    if options.canvas and not options.column:
        raise ValueError(WORDS["no column"])
    if options.canvas:
        lost = marks.export_canvas(options.results, options.canvas, options.column, options.out)
    elif options.moodle:
        lost = marks.export_moodle(options.results, options.moodle, options.out)
    else:
        lost = marks.export_csv(options.results, options.out)
    print(options.out)
    for student in lost:
        print(WORDS["lost"].format(student=student), file=sys.stderr)


@contextmanager
def _backend(address: str | None) -> Iterator[None]:
    """Where joblib sends the work: to this machine's cores, or to a Dask cluster."""
    if address is None:
        yield
        return
    from dask.distributed import Client
    from joblib import parallel_config  # type: ignore[import-untyped]

    with Client(address) as client, parallel_config("dask", client=client):  # type: ignore[no-untyped-call]
        yield


def _sandbox(options: argparse.Namespace) -> None:
    from wdlesson.homework.sandbox.bubblewrap import bwrap, unavailable_reason

    if reason := unavailable_reason():
        raise ValueError(f"no sandbox can be made: {reason}")
    print(f"{bwrap()} works")


def _gradescope(options: argparse.Namespace) -> None:
    from wdlesson.homework.grading.gradescope import autograder

    for name in options.assignments or ASSIGNMENTS:
        print(autograder(name, options.out, options.language))
