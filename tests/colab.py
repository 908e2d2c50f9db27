"""The notebooks in an environment like Colab's: `make colab`.

Makes that environment from tests/colab.txt, runs the install line against this repository in place of the hosted one,
compares what is installed before and after, runs every notebook of _build/notebooks and looks for the explorers.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat as untyped
from nbclient import NotebookClient
from tqdm.auto import tqdm

nbformat: Any = untyped
ROOT = Path(__file__).parent.parent
NOTEBOOKS, PLACE = ROOT / "_build" / "notebooks", ROOT / "_build" / "colab"
PYTHON = PLACE / "bin" / "python"
PINS = Path(__file__).with_suffix(".txt")
VERSION = "3.13"
MEANT = {"wdlesson", "d2l"}  # what the install line is there to add
VIEW, STATE = "application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"


def interpreters() -> Iterator[str]:
    """Where Python 3.13 may be: the setting, the search path, pyenv's versions."""
    yield os.environ.get("COLAB_PYTHON", "")
    yield shutil.which(f"python{VERSION}") or ""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob(f"versions/{VERSION}.*/bin/python")))


def runs(program: str) -> bool:
    ask = [program, "-c", f"import sys; sys.exit('{VERSION}' != '%d.%d' % sys.version_info[:2])"]
    return bool(program) and subprocess.run(ask, capture_output=True, check=False).returncode == 0


def make_environment() -> None:
    """As Colab's, anew if the pins have changed."""
    done = PLACE / "pins.txt"
    if done.is_file() and done.read_text() == PINS.read_text():
        return
    program = next(filter(runs, interpreters()), None)
    if program is None:
        sys.exit(f"Colab runs Python {VERSION}, and there is none here. Install it, or name it in COLAB_PYTHON.")
    subprocess.run([program, "-m", "venv", "--clear", str(PLACE)], check=True)
    pip("install", "--quiet", "-r", str(PINS))
    done.write_text(PINS.read_text())


def pip(*arguments: str) -> str:
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


def installed() -> dict[str, str]:
    return {package["name"]: package["version"] for package in json.loads(pip("list", "--format", "json"))}


def run_install_line(line: str) -> None:
    """As a notebook says it, from this repository."""
    here, count = re.subn(r"git\+https://github\.com/[^\"]+", ROOT.as_uri(), line)
    if not (line.startswith("%pip ") and count == 1):
        sys.exit(f"this is no install line: {line}\nName the repository: GITHUB_REPOSITORY=ORG/REPO make colab")
    subprocess.run(here.replace("%pip", f"{PYTHON} -m pip --disable-pip-version-check"), shell=True, check=True)


def check_installation(line: str) -> None:
    """The line adds what it is meant to add, and changes nothing else."""
    pip("uninstall", "--quiet", "--yes", *MEANT)
    before = installed()
    run_install_line(line)
    after = installed()
    added = after.keys() - before.keys()
    changed = {name: (before[name], after.get(name)) for name in before if before[name] != after.get(name)}
    if added != MEANT or changed:
        sys.exit(f"the install line added {added}, where {MEANT} was meant, and changed {changed}")
    print(f"{line}\nadds {', '.join(sorted(added))} to {len(before)} packages and changes none")


def run(notebook: Any) -> int:
    """Run a notebook below its install line; returns how many explorers it shows, each with its script in its state."""
    notebook.cells = notebook.cells[1:]
    meant = sum(bool(cell.get("outputs")) for cell in notebook.cells)  # no cell has an output but for a still
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, timeout=600, kernel_name="colab", resources={"metadata": {"path": folder}}).execute()
    data = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    views = [outputs[VIEW]["model_id"] for outputs in data if VIEW in outputs]
    models = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    shown = sum("_esm" in models[view]["state"] for view in views)
    if shown != meant:
        sys.exit(f"{meant} explorers, and {shown} shown")
    return shown


def main() -> None:
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    if not paths:
        sys.exit(f"there is no notebook in {NOTEBOOKS}; run make notebooks")
    make_environment()
    check_installation(nbformat.read(paths[0], as_version=4).cells[0].source)
    os.environ.update(
        JUPYTER_PATH=str(PLACE / "share" / "jupyter"), TQDM_DISABLE="1", PYDEVD_DISABLE_FILE_VALIDATION="1"
    )
    subprocess.run([PYTHON, "-m", "ipykernel", "install", "--prefix", PLACE, "--name", "colab"], check=True)
    for path in tqdm(paths, unit="page"):
        explorers = run(nbformat.read(path, as_version=4))
        tqdm.write(f"{path.stem}: every cell ran" + f", {explorers} explorers shown" * bool(explorers))


if __name__ == "__main__":
    main()
