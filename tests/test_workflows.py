"""GitHub's workflows: well formed, and safe. What they do there, nothing here can run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def run(tool: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name(tool)
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_they_have_the_form_of_workflows() -> None:
    done = run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_they_are_safe() -> None:
    done = run("zizmor", "--offline", "--no-progress", *WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_careless_workflow_is_noticed(tmp_path: Path) -> None:
    careless = tmp_path / "careless.yml"
    careless.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@v4\n      - run: echo ${{ github.head_ref }}\n"
    )
    assert run("zizmor", "--offline", "--no-progress", careless).returncode != 0
    careless.write_text("jobs: {}\n")
    assert run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", careless).returncode != 0


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit_and_rights_are_given_job_by_job(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for used in re.findall(r"uses: (\S+)", text):
        assert used.startswith("$/") or re.search(r"@[0-9a-f]{40}$", used), used
    assert "\npermissions: {}\n" in text
