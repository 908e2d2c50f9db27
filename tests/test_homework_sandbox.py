"""The sandbox's parts: the filter of system calls, what is shown, whose time is counted, and that nothing is left."""

import ctypes
import errno
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from homework.notebooks import as_bytes, changed, notebook, solution
from homework.processes import until
from hypothesis import given
from hypothesis import strategies as st

from wdlesson.homework.grading.batch import grade_class
from wdlesson.homework.grading.submission import grade
from wdlesson.homework.sandbox import bubblewrap, seccomp, visible
from wdlesson.homework.sandbox.limits import Limits
from wdlesson.homework.sandbox.usage import Usage

UNAVAILABLE = bubblewrap.unavailable_reason()
needs_sandbox = pytest.mark.skipif(UNAVAILABLE is not None, reason=str(UNAVAILABLE))
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel says so on Linux")
SCHEDSTAT = Path("/proc/self/schedstat")
WAITING = SCHEDSTAT.is_file() and SCHEDSTAT.read_text().split() != ["0"] * 3
MACHINES = list(seccomp.ARCHITECTURES)
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


# --- the filter


def answer(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """What the filter answers to a call, as <linux/filter.h> and <linux/seccomp.h> say: 0 or an error's number."""
    named = seccomp.ARCHITECTURES[machine] if architecture is None else architecture
    words = {0: number & 0xFFFFFFFF, 4: named}
    for i, argument in enumerate([*arguments, *[0] * (6 - len(arguments))]):
        words[16 + 8 * i], words[20 + 8 * i] = argument & 0xFFFFFFFF, argument >> 32 & 0xFFFFFFFF
    program, place, register = seccomp.program(machine), 0, 0
    while True:
        step = program[place]
        place += 1
        if step.code == 0x06:
            return 0 if step.k == 0x7FFF0000 else step.k & 0xFFFF
        if step.code == 0x20:
            register = words[step.k]
        elif step.code == 0x54:
            register &= step.k
        else:
            true = {0x15: register == step.k, 0x35: register >= step.k, 0x45: register & step.k != 0}[step.code]
            place += step.yes if true else step.no


def number(machine: str, numbers: seccomp.Numbers) -> int:
    """Of a call that this machine has."""
    found = numbers[MACHINES.index(machine)]
    assert found is not None
    return found


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_refuses_what_it_names_and_what_is_newer(machine: str) -> None:
    refused = [numbers[MACHINES.index(machine)] for numbers in seccomp.REFUSED_CALLS.values()]
    assert {answer(machine, each) for each in refused if each is not None} == {errno.EPERM}
    assert {answer(machine, each) for each in (424, 425, 435, 462, 10**6, 0x40000000, 0xFFFFFFFF)} == {errno.ENOSYS}
    assert answer(machine, 63, architecture=0x40000003) == errno.EPERM  # the calls of 32 bits


@pytest.mark.parametrize("machine", MACHINES)
@given(call=st.integers(0, 423))
def test_the_filter_allows_every_other_call(machine: str, call: int) -> None:
    named = [*seccomp.REFUSED_CALLS.values(), *seccomp.SOCKETS.values(), seccomp.MMAP, seccomp.CLONE]
    known = {each[MACHINES.index(machine)] for each in (*named, seccomp.FCNTL, seccomp.PRCTL)}
    assert call in known or answer(machine, call) == 0


@pytest.mark.parametrize("machine", MACHINES)
@given(family=st.integers(0, 2**32 - 1), upper=st.integers(0, 2**32 - 1))
def test_of_all_families_of_sockets_one_is_left(machine: str, family: int, upper: int) -> None:
    """The kernel reads the lower half of an int alone."""
    for numbers in seccomp.SOCKETS.values():
        assert answer(machine, number(machine, numbers), 1 | upper << 32, 1, 0) == 0
        assert answer(machine, number(machine, numbers), family | upper << 32) == (0 if family == 1 else 97)


@pytest.mark.parametrize("machine", MACHINES)
@given(flags=st.integers(0, 2**32 - 1))
def test_a_clone_is_a_thread_that_shares_memory_and_files(machine: str, flags: int) -> None:
    thread = flags & 0x10000 and flags & 0x400 and flags & 0x100
    assert answer(machine, number(machine, seccomp.CLONE), flags) == (0 if thread else errno.EPERM)
    assert answer(machine, number(machine, seccomp.CLONE), 0x3D0F00) == 0  # glibc's and musl's pthread_create
    assert answer(machine, number(machine, seccomp.CLONE), 0x1200011) == errno.EPERM  # glibc's fork


@pytest.mark.parametrize("machine", MACHINES)
@given(flags=st.integers(0, 2**32 - 1))
def test_memory_is_private_or_a_files(machine: str, flags: int) -> None:
    hidden = flags & 0x40100 or (flags & 0x1 and flags & 0x20)
    assert answer(machine, number(machine, seccomp.MMAP), 0, 4096, 3, flags) == (errno.EPERM if hidden else 0)


@pytest.mark.parametrize("machine", MACHINES)
@given(command=st.integers(0, 2**32 - 1))
def test_a_file_gets_no_lock_and_a_process_no_option_of_weight(machine: str, command: int) -> None:
    fcntl, prctl = number(machine, seccomp.FCNTL), number(machine, seccomp.PRCTL)
    assert answer(machine, fcntl, 9, command) == (0 if command in (0, 1, 2, 3, 4, 1030) else errno.EPERM)
    assert answer(machine, prctl, command) == (0 if command in (3, 4, 15, 16) else errno.EPERM)


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_those_of_the_kernels_headers(machine: str) -> None:
    if not HEADERS[machine].is_file():
        pytest.skip(f"{HEADERS[machine]} is not there")
    rows = re.findall(r"^#define __NR(?:3264)?_(\w+) (\d+)$", HEADERS[machine].read_text(), re.MULTILINE)
    known = {name: int(value) for name, value in rows}
    ours = {"clone": seccomp.CLONE, "fcntl": seccomp.FCNTL, "prctl": seccomp.PRCTL, "mmap": seccomp.MMAP}
    ours |= seccomp.REFUSED_CALLS | seccomp.SOCKETS
    for name, numbers in ours.items():
        found = known.get(name)
        assert numbers[MACHINES.index(machine)] == found or (name.endswith("handle_at") and found is None)


# --- what is shown


def test_what_is_shown_is_pythons_and_the_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = visible.folders()
    for path in (*map(Path, ("/usr", "/usr/local", "/usr/share", "/usr/bin", "/etc")), Path.home(), tmp_path):
        assert not [each for each in shown if path.resolve().is_relative_to(each)]
    for file in (os.__file__, pytest.__file__):
        assert [each for each in shown if Path(file).resolve().is_relative_to(each)]
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path), str(bubblewrap.PACKAGE.parent)])
    assert visible.folders() == shown


@pytest.mark.parametrize("base", ["/usr", "/usr/local"])
def test_a_python_in_usr_shows_its_own_folders_alone(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "base_prefix", base)
    assert Path(base) / "lib" not in visible.folders()


# --- whose time it is, and whose memory


@needs_linux
def test_a_process_that_sleeps_spends_the_time_it_sleeps() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    usage, start = Usage(process.pid), time.monotonic()
    time.sleep(0.3)
    assert 0 < usage.seconds() <= time.monotonic() - start + 0.01
    process.communicate(b"\n")
    assert usage.seconds() > 0  # of a process that is gone, too


@needs_linux
def test_waiting_for_a_processor_is_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = Usage(os.getpid())
    usage._folder = tmp_path
    (tmp_path / "schedstat").write_text("0 5000000000 1")
    usage._waited_before = 1.0
    monkeypatch.setattr(time, "monotonic", lambda: usage._start + 10)
    monkeypatch.setattr(time, "clock_gettime", lambda _: usage._cpu_before + 3)
    assert usage.seconds() == pytest.approx(6)
    monkeypatch.setattr(time, "clock_gettime", lambda _: usage._cpu_before + 8)
    assert usage.seconds() == pytest.approx(8)  # of several threads


@needs_linux
def test_memory_is_what_was_added() -> None:
    usage = Usage(os.getpid())
    assert abs(usage.memory()) < 1 << 20
    held = ctypes.create_string_buffer(b"x" * (64 << 20))
    assert usage.memory() >= 64 << 20
    del held


SPINNER = """
import threading, torch
x = torch.ones(500, 500)
def spin():
    while True: x @ x
for _ in range(28):
    try: threading.Thread(target=spin, daemon=True).start()
    except RuntimeError: pass
spin()
"""


@needs_sandbox
@pytest.mark.skipif(not WAITING, reason="this kernel does not say how long a process waits for a processor")
def test_a_neighbour_that_spins_costs_nobody_a_timeout(tmp_path: Path) -> None:
    (tmp_path / "submissions").mkdir()
    for i in range(2):
        (tmp_path / f"submissions/spinner{i}.ipynb").write_bytes(changed(SPINNER, "first"))
        (tmp_path / f"submissions/honest{i}.ipynb").write_bytes(changed(f"# {i}", "first"))
    limits = Limits(cell_seconds=1, call_seconds=0.5, submission_seconds=4)
    rows = grade_class("hw1", tmp_path / "submissions", tmp_path / "results", jobs=2, limits=limits, progress=False)
    assert [(row.id, row.graded.status) for row in rows] == [
        ("honest0.ipynb", "ok"),
        ("honest1.ipynb", "ok"),
        ("spinner0.ipynb", "timeout"),
        ("spinner1.ipynb", "timeout"),
    ]
    assert {sum(row.graded.points.values()) for row in rows} == {20}


@needs_sandbox
@pytest.mark.parametrize("name", ["hw1", "hw2"])
def test_an_honest_notebook_needs_no_memory_of_its_own_for_torch(name: str) -> None:
    sources = ["import matplotlib.pyplot as plt, numpy as np, torch\nplt.plot([1, 2])\nplt.show()"]
    sources += ["".join(cell["source"]) for cell in solution(name)["cells"] if cell["cell_type"] == "code"]
    graded = grade(as_bytes(notebook(sources)), name, 1, Limits(memory_bytes=256 << 20))
    assert (graded.status, sum(graded.points.values()), graded.notes) == ("ok", 20, [])


HONEST = """
import asyncio, dataclasses, io, multiprocessing, pickle, random, sqlite3, ssl, tempfile, threading, time, zoneinfo
import matplotlib.pyplot as plt, numpy as np, sklearn.linear_model, torch
from concurrent.futures import ThreadPoolExecutor

@dataclasses.dataclass
class Run:
    lam: float

assert pickle.loads(pickle.dumps(Run(1.0))).lam == 1.0
assert asyncio.run(asyncio.sleep(0.01, 5)) == 5
assert list(ThreadPoolExecutor(4).map(abs, [-1, 2])) == [1, 2]
with tempfile.NamedTemporaryFile(suffix=".npy") as file:
    np.save(file, np.ones(5))
    file.flush()
    assert np.load(file.name, mmap_mode="r").sum() == 5
torch.save(torch.ones(2), "w.pt")
assert torch.load("w.pt", mmap=True).sum() == 2
assert sqlite3.connect(":memory:").execute("select 1").fetchone() == (1,)
assert sklearn.linear_model.Ridge().fit(np.eye(3), np.ones(3)).coef_.shape == (3,)
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(8, 2)), batch_size=3, shuffle=True)
assert sum(len(batch[0]) for batch in data) == 8
optimizer = torch.optim.SGD([w := torch.ones(2, requires_grad=True)], lr=0.1, weight_decay=0.1)
w.sum().backward()
optimizer.step()
plt.figure().savefig(io.BytesIO())
np.linalg.svd(np.ones((50, 50)))
print("all of it")
"""


@needs_sandbox
def test_what_honest_notebooks_use_is_there() -> None:
    graded = grade(as_bytes(notebook([HONEST])), "hw1", 1, Limits())
    assert graded.notes == []
    assert graded.printed.endswith("all of it\n")


# --- nothing is left


def children(pid: int) -> dict[int, str]:
    """All descendants of a process, with their command lines: what tells one from a later process of its number."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            if parent == pid:
                found[int(status.parent.name)] = (status.parent / "cmdline").read_text()
        except OSError:
            continue
    return found | {each: line for child in found for each, line in children(child).items()}


def all_at_work(found: dict[int, str], jobs: int) -> bool:
    """For each job bubblewrap and its first process; a fork server, the fork that waits, and the student's process."""
    lines = found.values()
    sandboxes = sum(line.startswith(bubblewrap.FIRST_PROCESS) for line in lines)
    return sandboxes == jobs and sum("fork_server" in line for line in lines) == 3 * jobs


def alive(known: dict[int, str]) -> list[str]:
    left = []
    for pid, line in known.items():
        try:
            same = Path(f"/proc/{pid}/cmdline").read_text() == line
        except OSError:
            continue
        left += [line] if same else []
    return left


@needs_sandbox
@pytest.mark.parametrize(("number", "jobs"), [(signal.SIGKILL, 2), (signal.SIGTERM, 1), (signal.SIGINT, 1)])
def test_a_grader_that_is_stopped_leaves_nothing_running(number: signal.Signals, jobs: int, tmp_path: Path) -> None:
    (tmp_path / "submissions").mkdir()
    for i in range(2):
        (tmp_path / f"submissions/{i}.ipynb").write_bytes(changed(f"import time\ntime.sleep(9{i})", "first"))
    command = [sys.executable, "-m", "wdlesson.homework", "grade", "hw1", str(tmp_path / "submissions")]
    command += ["--out", str(tmp_path / "results"), "--jobs", str(jobs), "--quiet", "--cell-seconds", "600"]
    grader = subprocess.Popen([*command, "--submission-seconds", "600"], stderr=subprocess.DEVNULL)
    try:
        assert until(lambda: all_at_work(children(grader.pid), jobs))
        known = children(grader.pid)
        grader.send_signal(number)
        assert grader.wait(60) != 0
        assert until(lambda: not alive(known), 60), alive(known)
    finally:
        grader.kill()
        grader.wait()
