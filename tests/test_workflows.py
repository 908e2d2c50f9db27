"""What GitHub reads: well formed, and safe. What the workflows do there, nothing here can run."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from test_lock import PYTHONS

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def run(tool: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name(tool)
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_they_have_the_form_of_workflows() -> None:
    done = run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("schema", "name"),
    [("vendor.dependabot", ".github/dependabot.yml"), ("vendor.citation-file-format", "CITATION.cff")],
)
def test_what_else_github_reads_has_its_form(schema: str, name: str, tmp_path: Path) -> None:
    done = run("check-jsonschema", "--builtin-schema", schema, ROOT / name)
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "other.yml").write_text("title: 1\n")
    assert run("check-jsonschema", "--builtin-schema", schema, tmp_path / "other.yml").returncode != 0


def test_citation_and_changelog_speak_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == version("wdlesson")
    assert f"\n## {version('wdlesson')}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_platforms_and_pythons_of_the_readme_are_tried() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))["jobs"]
    tried = {(row["system"].partition("-")[0], row["python"]) for row in jobs["test"]["strategy"]["matrix"]["include"]}
    assert tried == {("ubuntu", "3.11"), ("ubuntu", "3.14"), ("macos", "3.13")}
    assert jobs["windows"]["runs-on"].startswith("windows")
    files = re.findall(r"tests/\S+\.py", str(jobs["windows"]["steps"]))
    assert files == sorted(files)
    assert [name for name in files if not (ROOT / name).is_file()] == []
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert "Python 3.11 to 3.14" in readme
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    said = [name.rpartition(" ")[2] for name in settings["classifiers"] if "Python :: 3." in name]
    assert said == list(PYTHONS)
    assert settings["requires-python"] == f">={PYTHONS[0]}"


def test_they_are_safe() -> None:
    done = run("zizmor", "--offline", "--no-progress", *WORKFLOWS, ROOT / ".github/dependabot.yml")
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
