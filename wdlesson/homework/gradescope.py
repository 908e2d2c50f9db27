"""The zip that Gradescope takes as an autograder: set-up, the command to run, and this package's source.

Gradescope gives every submission a container of its own and grades there. Where that container lets bubblewrap work it
is used; where it does not, student code runs as a user who can read neither the answers nor the results, and the
report says that there was no sandbox.
"""

import zipfile
from pathlib import Path

from wdlesson.homework.registry import assignment
from wdlesson.homework.sandbox import PACKAGE

SETUP = """#!/usr/bin/env bash
# Runs once, as root, when Gradescope builds the image.
set -eu
apt-get update && apt-get install -y bubblewrap
python3 -m pip install --quiet uv || { apt-get install -y python3-pip && python3 -m pip install --quiet uv; }
uv venv --python 3.12 /autograder/venv
uv pip install --python /autograder/venv/bin/python torch --index-url https://download.pytorch.org/whl/cpu
uv pip install --python /autograder/venv/bin/python numpy joblib tqdm
chmod -R go-rwx /autograder/source/wdlesson/homework
"""

RUN = """#!/usr/bin/env bash
# Runs once for each submission. AUTOGRADER and PYTHON may be set to try it elsewhere.
set -eu
top=${{AUTOGRADER:-/autograder}}
python=${{PYTHON:-/autograder/venv/bin/python}}
export PYTHONPATH=$top/source
mkdir -p "$top/results" && chmod 700 "$top/results"
sandbox=
"$python" -m wdlesson.homework sandbox || sandbox=--no-sandbox
"$python" -m wdlesson.homework grade {name} "$top/submission" --out "$top/grading" --jobs 1 --quiet $sandbox \\
    --gradescope "$top/results/results.json"
"""


def autograder(name: str, target: Path) -> Path:
    """Write the zip for an assignment; returns its path. The same source gives the same bytes."""
    path = target / assignment(name).name / "gradescope.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "setup.sh", SETUP, 0o755)
        _add(archive, "run_autograder", RUN.format(name=name), 0o755)
        for source in sorted(PACKAGE.rglob("*.py")):
            _add(archive, f"wdlesson/{source.relative_to(PACKAGE)}", source.read_text(encoding="utf-8"), 0o644)
    return path


def _add(archive: zipfile.ZipFile, name: str, text: str, mode: int) -> None:
    entry = zipfile.ZipInfo(name)  # dated 1980, always
    entry.external_attr = mode << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, text)
