"""A class handed in: graded by wdlesson in its sandbox, and by nbgrader's autograde, which has none.

    python benchmarks/homework.py [--class-size 300] [--jobs 2] [--nbgrader 4]

nbgrader's time grows with each submission, a kernel for each, so a few are timed and the rest follows from them.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from wdlesson.homework.build import build

HERE = Path(__file__).resolve().parents[1]


def hand_in(solution: Path, folder: Path, n: int) -> None:
    """n notebooks, each the solution with a comment that makes it one of a kind."""
    folder.mkdir()
    for i in range(n):
        notebook = json.loads(solution.read_text())
        notebook["cells"][2]["source"] += f"\n# student {i}"
        (folder / f"s{i:04}.ipynb").write_text(json.dumps(notebook))


def timed(command: list[str], folder: Path) -> float:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # nbgrader starts alembic by its name
    environment = {**os.environ, "JUPYTER_PLATFORM_DIRS": "1", "HOME": str(folder), "PATH": path}
    start = time.perf_counter()
    subprocess.run(command, check=True, cwd=folder, capture_output=True, env=environment)
    return time.perf_counter() - start


def ours(folder: Path, solution: Path, n: int, jobs: int) -> float:
    """Seconds of `grade` for n submissions, start-up included."""
    hand_in(solution, folder / "submissions", n)
    command = [sys.executable, "-m", "wdlesson.homework", "grade", "hw1", "submissions", "--out", "results"]
    seconds = timed([*command, "--jobs", str(jobs), "--quiet"], folder)
    with open(folder / "results/gradebook.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["status"], row["total"], row["sandbox"]) for row in rows] == [("ok", "20", "yes")] * n
    return seconds


def theirs(folder: Path, solution: Path, n: int) -> float:
    """Seconds of `nbgrader autograde` for n submissions."""
    (folder / "source/hw1").mkdir(parents=True)
    shutil.copy(solution, folder / "source/hw1/hw1.ipynb")
    patience = "c.Execute.timeout = c.Execute.startup_timeout = 600"  # on a busy machine
    settings = f"c = get_config()\nc.CourseDirectory.root = {str(folder)!r}\n{patience}\n"
    (folder / "nbgrader_config.py").write_text(settings)
    nbgrader = str(Path(sys.executable).with_name("nbgrader"))
    timed([nbgrader, "generate_assignment", "hw1", "--create"], folder)
    for i in range(n):
        submitted = folder / f"submitted/s{i:04}/hw1/hw1.ipynb"
        submitted.parent.mkdir(parents=True)
        shutil.copy(solution, submitted)
    return timed([nbgrader, "autograde", "hw1"], folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--class-size", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--nbgrader", type=int, default=4, help="submissions to time; 0 leaves it out")
    options = parser.parse_args()
    os.chdir(HERE)
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        solution = build("hw1", target=top)[1].resolve()
        (top / "ours").mkdir()
        n = options.class_size
        seconds = ours(top / "ours", solution, n, options.jobs)
        print(
            f"wdlesson, sandboxed, {options.jobs} jobs: {n} submissions in {seconds:.1f} s, {n / seconds:.1f} a second"
        )
        if options.nbgrader:
            (top / "theirs").mkdir()
            few = theirs(top / "theirs", solution, options.nbgrader)
            whole = few / options.nbgrader * n
            print(f"nbgrader autograde: {options.nbgrader} submissions in {few:.1f} s, so {n} in {whole:.0f} s")
            print(f"ratio: {whole / seconds:.0f}")


if __name__ == "__main__":
    main()
