"""The Makefile and its tools: the environment heals, nothing of the user's gets in, no former build stays.

Python, uv and jupyter-book are stand-ins here, which write down what they were asked for.
"""

import gzip
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest
import serve
from conftest import ROOT

# A Python that knows what tools/environment.sh asks of one, and writes down what it was asked.
PYTHON = """#!/bin/sh
echo "$(basename "$0") $*" >>"$LOG"
case "$*" in
*" ci --prefix .venv/node "*) exit ${NPM-0} ;;
-I*) echo "/usr cpython VERSION" ;;
"-m venv --clear .venv")
    rm -rf .venv
    mkdir -p .venv/bin
    cp "$0" .venv/bin/python
    printf '#!/bin/sh\\necho "uv $*" >>"$LOG"\\nexec ${INSTALL-true}\\n' >.venv/bin/uv
    chmod +x .venv/bin/uv ;;
esac
"""
BOOK = """#!/bin/sh
case "$*" in *singlehtml*) what=pdf ;; *notebooks*) what=notebooks ;; *) what=html ;; esac
echo "begin $what" >>"$LOG"
sleep 0.2
mkdir -p _build/$what
echo new >_build/$what/new.file
echo "end $what" >>"$LOG"
"""


LOCKS = ("requirements.lock", "package-lock.json")


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


class Tree:
    """A clone without a book, in a folder whose name is hard to take."""

    def __init__(self, folder: Path) -> None:
        self.top, self.log = folder / "a clone 权重", folder / "log"
        self.path = folder / "bin"
        (self.top / "tools").mkdir(parents=True)
        for name in (*LOCKS, "Makefile", "pyproject.toml", "package.json", "tools/environment.sh", "tools/serve.py"):
            shutil.copy(ROOT / name, self.top / name)
        program(self.path / "python3", PYTHON.replace("VERSION", "3 13 0"))

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start make; the log then has what its programs were asked for, this time."""
        self.log.write_text("")
        names = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "GITHUB"))}
        names |= {"PATH": f"{self.path}:{os.environ['PATH']}", "LOG": str(self.log), "LANG": "C"} | environment
        names.pop("PYTHON", None)
        pipe = subprocess.PIPE
        command = ["make", *arguments]
        return subprocess.Popen(
            command, cwd=self.top, env=names, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        with self.start(*arguments, **environment) as process:
            stdout, stderr = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def made_anew(self, *arguments: str, **environment: str) -> bool:
        done = self.make("environment", *arguments, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return "-m venv --clear .venv" in self.log.read_text()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


NPM_INSTALL = "ci --prefix .venv/node --ignore-scripts"

# ---- The environment heals ----


def test_it_is_made_once(tree: Tree) -> None:
    assert tree.made_anew()
    assert "uv pip install --quiet --python .venv/bin/python --no-deps --require-hashes" in tree.log.read_text()
    assert not tree.made_anew()
    assert "uv" not in tree.log.read_text()


@pytest.mark.parametrize("way", [Path.rename, lambda old, new: shutil.copytree(old, new, symlinks=True)])
def test_a_folder_that_was_moved_or_copied_makes_its_own(way, tree: Tree, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert tree.made_anew()
    way(tree.top, tmp_path / "elsewhere")
    tree.top = tmp_path / "elsewhere"
    assert tree.made_anew()
    assert not tree.made_anew()


def test_a_python_that_is_gone_or_was_replaced_is_noticed(tree: Tree) -> None:
    assert tree.made_anew()
    python = tree.top / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    assert tree.made_anew()
    program(python, PYTHON.replace("VERSION", "3 14 0"))  # as where its folder now has another version
    assert tree.made_anew()


def test_an_install_that_was_killed_begins_anew(tree: Tree) -> None:
    with tree.start("environment", INSTALL="sleep 60") as process:
        while "uv pip install" not in tree.log.read_text():
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
    assert (tree.top / ".venv/bin/python").is_file()
    assert tree.made_anew()


def test_a_new_lock_makes_it_anew_and_new_settings_install_the_package_again(tree: Tree) -> None:
    assert tree.made_anew()
    with open(tree.top / "pyproject.toml", "a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert not tree.made_anew()
    assert "uv pip install --quiet --python .venv/bin/python --no-deps --editable ." in tree.log.read_text()
    (tree.top / "requirements.lock").write_text("another\n")
    assert tree.made_anew()


def test_what_comes_from_npm_is_installed_anew_with_its_lock_alone(tree: Tree) -> None:
    assert tree.made_anew()
    assert NPM_INSTALL in tree.log.read_text()
    assert (tree.top / ".venv/node/package-lock.json").read_bytes() == (ROOT / "package-lock.json").read_bytes()
    assert not tree.made_anew()
    assert NPM_INSTALL not in tree.log.read_text()
    (tree.top / "package-lock.json").write_text("another\n")
    assert tree.make("environment", NPM="1").returncode != 0  # it fails, and is tried again
    assert not tree.made_anew()
    assert NPM_INSTALL in tree.log.read_text()
    assert (tree.top / ".venv/node/package-lock.json").read_text() == "another\n"


def test_no_lock_says_where_packages_come_from() -> None:
    python, npm = ((ROOT / name).read_text(encoding="utf-8") for name in LOCKS)
    assert "://" not in python
    assert '"integrity"' in npm
    assert '"resolved"' not in npm


def test_the_python_that_is_asked_for_is_taken_and_kept(tree: Tree) -> None:
    program(tree.path / "python3.14", PYTHON.replace("VERSION", "3 14 0"))
    assert tree.made_anew()
    assert tree.made_anew("PYTHON=python3.14")
    assert not tree.made_anew("PYTHON=python3.14")
    assert not tree.made_anew()
    assert tree.made_anew("PYTHON=python3")
    done = tree.make("environment", "PYTHON=python4")
    assert done.returncode != 0
    assert "there is no python4 here" in done.stderr


# ---- Nothing of the user's gets in ----

LEFT_OVER = {
    "PYTHONPATH": "/opt/ros", "PYTHONHOME": "/opt", "PYTHONOPTIMIZE": "1", "PYTHONWARNINGS": "error",
    "PIP_USER": "1", "PIP_TARGET": "/opt", "UV_EXCLUDE_NEWER": "2020-01-01", "UV_PYTHON": "3.8",
    "MATPLOTLIBRC": "/home/u/matplotlibrc", "MPLBACKEND": "agg", "MPLCONFIGDIR": "/home/u/mpl",
    "JUPYTER_PATH": "/home/u/kernels", "JUPYTER_DATA_DIR": "/home/u/jupyter", "JUPYTER_CONFIG_DIR": "/home/u/jupyter",
    "IPYTHONDIR": "/home/u/ipython", "PYTEST_ADDOPTS": "-k nothing", "LANGUAGE": "de", "LC_ALL": "de_DE",
    "WDLESSON_LANGUAGE": "zh_CN", "OMP_NUM_THREADS": "64", "FORCE_COLOR": "1", "GIT_DIR": "/home/u/.git",
    "GITHUB_SHA": "1f" * 20, "GITHUB_ACTION": "x", "NODE_OPTIONS": "--inspect", "npm_config_prefix": "/opt",
}  # fmt: skip
SOURCES = {"UV_DEFAULT_INDEX": "https://mirror.example.org", "UV_CACHE_DIR": "/tmp/uv", "PIP_INDEX_URL": "https://m"}
SOURCES |= {"npm_config_registry": "https://m", "NPM_CONFIG_CAFILE": "/a.pem", "NODE_EXTRA_CA_CERTS": "/a.pem"}


def inside(tree: Tree, **environment: str) -> dict[str, str]:
    """The environment that a recipe sees."""
    done = tree.make("-s", "--eval=show: ; @env", "show", **environment)
    assert done.returncode == 0, done.stderr
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def test_what_is_left_over_is_left_aside(tree: Tree) -> None:
    found = inside(tree, **LEFT_OVER)
    assert {name for name, value in LEFT_OVER.items() if found.get(name) == value} == set()
    own = str(tree.top / ".venv" / "own")
    for name in ("MPLCONFIGDIR", "IPYTHONDIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"):
        assert found[name].startswith(own)
    assert (found["PIP_USER"], found["PYTHONUTF8"]) == ("0", "1")


def test_python_starts_where_a_path_is_chinese_and_the_locale_is_not(tree: Tree) -> None:
    """A path in a .pth file, as of the package, is read in the encoding of the locale, whatever PYTHONUTF8 says."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tree.top / ".venv"], check=True)
    (packages,) = (tree.top / ".venv").glob("lib/python*/site-packages")
    (packages / "package.pth").write_text(f"{tree.top}\n", encoding="utf-8")
    for settings in ({"LANG": "C"}, {"LC_ALL": "C"}, {"LC_ALL": "POSIX", "LANG": "de_DE.ISO-8859-1"}):
        show = "--eval=show: ; @.venv/bin/python -I -c 'import sys; print(sys.path[-1])'"
        done = tree.make("-s", show, "show", **settings)
        assert done.stdout.strip() == str(tree.top), done.stderr


def test_where_packages_come_from_is_the_users_to_say(tree: Tree) -> None:
    assert inside(tree, **SOURCES).items() >= SOURCES.items()


def test_github_s_workflows_and_the_setting_name_the_repository(tree: Tree) -> None:
    assert inside(tree, GITHUB_REPOSITORY="org/decay")["GITHUB_REPOSITORY"] == "org/decay"
    found = inside(tree, GITHUB_ACTIONS="true", GITHUB_REPOSITORY="org/decay", GITHUB_SHA="1f" * 20)
    assert (found["GITHUB_REPOSITORY"], found["GITHUB_SHA"]) == ("org/decay", "1f" * 20)


# ---- The targets ----


@pytest.fixture
def built(tree: Tree) -> Tree:
    """A tree whose environment fits and whose jupyter-book is a stand-in; a former build lies there."""
    program(tree.top / "tools/environment.sh", "#!/bin/sh\n")
    program(tree.top / ".venv/bin/jupyter-book", BOOK)
    for what in ("html", "notebooks", "pdf", "singlehtml", "site"):
        (tree.top / "_build" / what).mkdir(parents=True)
        (tree.top / "_build" / what / "old.file").touch()
    return tree


BUILDERS = ("pdf", "html")


def test_many_jobs_make_the_site_one_step_after_another(built: Tree) -> None:
    assert built.make("-j8", "site").returncode == 0
    steps = built.log.read_text().split("\n")[:-1]
    one = [f"{when} {what}" for what in BUILDERS for when in ("begin", "end")]
    assert steps == 2 * one  # the Chinese, and the English


def test_nothing_of_a_former_build_stays(built: Tree) -> None:
    assert built.make("site").returncode == 0
    assert list((built.top / "_build").rglob("old.file")) == []
    assert (built.top / "_build/site/new.file").is_file()


def test_a_site_that_fails_leaves_none_to_publish(built: Tree) -> None:
    program(built.top / ".venv/bin/jupyter-book", "#!/bin/sh\nexit 1\n")
    assert built.make("site").returncode != 0
    assert not (built.top / "_build/site").exists()


def test_the_newest_releases_are_locked_without_sed(built: Tree) -> None:
    assert "constraint-dependencies" in (built.top / "pyproject.toml").read_text(encoding="utf-8")
    program(built.path / "sed", "#!/bin/sh\nexit 1\n")
    for name in ("uv", "python"):
        program(built.top / ".venv/bin" / name, '#!/bin/sh\necho "$*" >>"$LOG"\n')
    assert built.make("newest").returncode == 0
    assert re.search(r" --upgrade\n.* --omit-lockfile-registry-resolved update\n\Z", built.log.read_text())
    one, two = ((folder / "pyproject.toml").read_text(encoding="utf-8") for folder in (ROOT, built.top))
    assert two == re.sub(r"^constraint-dependencies.*\n", "", one, flags=re.MULTILINE)


@pytest.mark.parametrize(("types", "tests"), [(0, 0), (1, 0), (0, 1), (2, 3)])
def test_the_tests_pass_only_if_the_types_do(types: int, tests: int, built: Tree) -> None:
    """They are checked at the same time."""
    program(built.top / ".venv/bin/ruff", "#!/bin/sh\n")
    program(built.top / ".venv/bin/mypy", f"#!/bin/sh\necho what mypy said\nexit {types}\n")
    program(built.top / ".venv/bin/python", f"#!/bin/sh\nexit {tests}\n")
    done = built.make("test")
    assert (done.returncode == 0) == (types == tests == 0)
    assert "what mypy said" in done.stdout


def test_help_says_how_long_each_target_takes(tree: Tree) -> None:
    lines = tree.make().stdout.splitlines()
    targets = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) == len(targets) > 15
    quick = ("help", "serve", "clean")
    assert [line for line in lines if not re.search(r"\d (s|min)\b", line) and line.split()[1] not in quick] == []


# ---- The server ----


def test_a_taken_port_is_said_and_another_can_be_named(built: Tree) -> None:
    (built.top / "_build/html/index.html").touch()
    (built.top / ".venv/bin/python").symlink_to(sys.executable)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = built.make("serve", f"PORT={port}")
    assert done.returncode != 0
    assert f"Port {port} is taken. Choose another: make serve PORT=" in done.stderr
    assert "Traceback" not in done.stderr
    assert "PORT is 'no'" in built.make("serve", "PORT=no").stderr


def test_pages_are_served_compressed_where_the_browser_takes_it(tmp_path: Path) -> None:
    page, picture = b"<p>weight decay</p>" * 100, bytes(range(256))
    (tmp_path / "index.html").write_bytes(page)
    (tmp_path / "a.png").write_bytes(picture)
    with serve.serve(tmp_path, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def get(path: str, **headers: str) -> tuple[bytes, str | None, int]:
            request = urllib.request.Request(f"http://127.0.0.1:{server.server_port}/{path}", headers=headers)
            with urllib.request.urlopen(request) as answer:
                body = answer.read()
                assert int(answer.headers["Content-Length"]) == len(body)
                return body, answer.headers["Content-Encoding"], answer.status

        for path in ("", "index.html", "index.html?q=1"):
            body, how, _ = get(path, **{"Accept-Encoding": "gzip, br"})
            assert (gzip.decompress(body), how) == (page, "gzip")
            assert len(body) < 100
        assert get("index.html") == (page, None, 200)
        assert get("a.png", **{"Accept-Encoding": "gzip"}) == (picture, None, 200)
        (tmp_path / "index.html").write_bytes(b"new")
        assert gzip.decompress(get("", **{"Accept-Encoding": "gzip"})[0]) == b"new"
        server.shutdown()


@pytest.mark.parametrize(("target", "command"), [("homework", "build"), ("gradescope", "gradescope")])
def test_the_homework_is_made_in_the_language_that_is_named(tree: Tree, target: str, command: str) -> None:
    for settings in (["BOOK_LANGUAGE=zh_CN"], []):
        said = tree.make("--dry-run", target, *settings).stdout
        assert f"-m wdlesson.homework {command}" in said
        assert ("--language zh_CN" in said) == bool(settings)
