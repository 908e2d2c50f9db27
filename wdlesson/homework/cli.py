"""The command line: `wdlesson-homework`, or `python -m wdlesson.homework`."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wdlesson.homework.questions import ASSIGNMENTS


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
    commands = parser.add_subparsers(required=True, metavar="build | grade | gradescope | sandbox")
    _build_options(commands.add_parser("build", help="write student.ipynb and solution.ipynb"))
    _grade_options(commands.add_parser("grade", help="grade a folder of submissions"))
    zipped = commands.add_parser("gradescope", help="write the zip of a Gradescope autograder")
    zipped.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="all, if none is named")
    zipped.add_argument("--out", type=Path, default=Path("_build/homework"))
    zipped.set_defaults(run=_gradescope)
    commands.add_parser("sandbox", help="say whether a sandbox can be made here").set_defaults(run=_sandbox)
    return parser


def _build_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="all, if none is named")
    parser.add_argument("--out", type=Path, default=Path("_build/homework"))
    parser.set_defaults(run=_build)


def _grade_options(parser: argparse.ArgumentParser) -> None:
    from wdlesson.homework.sandbox.limits import Limits

    limits = Limits()
    parser.add_argument("assignment", metavar="ASSIGNMENT", help=", ".join(ASSIGNMENTS))
    parser.add_argument("submissions", type=Path, metavar="SUBMISSIONS", help="a folder; it is never changed")
    parser.add_argument("--out", type=Path, required=True, metavar="RESULTS", help="a folder; a rerun goes on in it")
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
    parser.set_defaults(run=_grade)


def _build(options: argparse.Namespace) -> None:
    from wdlesson.homework.build import build

    for name in options.assignments or ASSIGNMENTS:
        for path in build(name, target=options.out):
            print(path)


def _grade(options: argparse.Namespace) -> None:
    from wdlesson.homework.grading.batch import grade_class
    from wdlesson.homework.grading.gradescope import write_gradescope
    from wdlesson.homework.sandbox.limits import Limits

    limits = Limits(
        options.cell_seconds, options.call_seconds, options.submission_seconds, memory_bytes=options.memory_mib << 20
    )
    with _backend(options.dask):
        rows = grade_class(
            options.assignment,
            options.submissions,
            options.out,
            jobs=options.jobs,
            limits=limits,
            sandboxed=not options.no_sandbox,
            progress=not options.quiet,
        )
    counts = Counter(row.graded.status for row in rows)
    print(
        f"{options.out / 'gradebook.csv'}: {', '.join(f'{n} {status}' for status, n in counts.items()) or 'no files'}"
    )
    if options.gradescope:
        write_gradescope(options.gradescope, rows, options.assignment, not options.no_sandbox)


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
        print(autograder(name, options.out))
