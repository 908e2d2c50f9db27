"""A process that has imported torch, knows no answers, and forks for each submission before any student code.

It is started afresh (not forked) by the grader with a bare environment, imports torch, the worker and the standard
library, and never runs student code itself. For each submission the grader starts a sandbox (`bubblewrap.py`, with
namespaces and a file system of its own) and sends an order. A fork of this process enters that sandbox, gives up
every privilege and every file, and only then reads the student's first cell.

What a student's process inherits is this process's memory: torch, the worker, and nothing else of the grader.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import types
from functools import lru_cache
from typing import Any, NoReturn

from wdlesson.homework.sandbox import PACKAGE_INSIDE, worker
from wdlesson.homework.sandbox.cells import Notebook
from wdlesson.homework.sandbox.confine import (
    REPLIES,
    REQUESTS,
    checked,
    confine,
    die_with_parent,
    libc,
    memory_now,
    seal_libraries,
)

# <linux/sched.h>: the namespaces of users; of mounts, processes, the network, IPC and the host name
CLONE_NEWUSER = 0x10000000
OTHER_NAMESPACES = 0x00020000 | 0x20000000 | 0x40000000 | 0x08000000 | 0x04000000
# <linux/mount.h>: a mount that is there already gets other options
REMOUNT, NOSUID, NODEV = 32, 2, 4
# The last file of an order is the sandbox's first process, or without a sandbox a pipe that the grader closes to stop.
STATUS = 3  # the place among them of the pipe on which the grader is told how the process ended


def main(control: socket.socket) -> None:
    """Fork a process for each order, until the grader closes the socket.

    Parameters
    ----------
    control : socket.socket
        Where orders come from; each is JSON with five file descriptors.
    """
    die_with_parent()
    _warm_up()
    seal_libraries()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by the kernel
    control.send(b"ready")
    while True:
        message, fds, _, _ = socket.recv_fds(control, 4096, 8)
        if not message:
            os._exit(0)
        order = json.loads(message)
        if order["optimizers"]:
            _warm_up_optimizers()
        if os.fork() == 0:
            control.close()
            _run_and_exit(fds[STATUS], _supervise, order, fds)
        for fd in fds:
            os.close(fd)


def _warm_up() -> None:
    """What torch does on first use is done here once, and its threads are switched off."""
    import torch

    torch.set_num_threads(1)
    w = torch.ones(3, 3, requires_grad=True)
    (w @ w).sum().backward()
    torch.linalg.solve(torch.eye(3), torch.ones(3))
    torch.linalg.svd(torch.eye(3))
    gc.collect()
    gc.freeze()  # so that a fork's garbage collector leaves the pages that it shares with this process alone


@lru_cache
def _warm_up_optimizers() -> None:
    """The first optimiser that a process makes costs seconds; here they are spent once, for all that use one."""
    import torch

    torch.optim.SGD([torch.ones(1, requires_grad=True)])


def _run_and_exit(status: int, body: Any, *arguments: Any) -> NoReturn:
    """Run the body of a forked process, which must never come back into the loop of its parent.

    What fails before any student code runs is the grader's fault, and the grader is told.
    """
    try:
        body(*arguments)
    except Exception as error:
        os.write(status, f"{type(error).__name__}: {error}"[:500].encode())
    finally:
        os._exit(1)


def _supervise(order: dict[str, Any], fds: list[int]) -> None:
    """Enter the sandbox, fork into its process namespace, say which process that is and how it ended."""
    requests, replies, log, status, sandbox_or_stop = fds
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    limits = {**order["limits"], **memory_now()}
    _prefer_oom_kill()
    if order["sandboxed"]:
        _enter_namespaces(sandbox_or_stop, limits["files"])
        os.close(sandbox_or_stop)
    child = os.fork()
    if child == 0:
        _run_and_exit(status, _run_student, (requests, replies, log), order["uid"], limits)
    for fd in (requests, replies, log):
        os.close(fd)
    os.write(status, b"%d\n" % child)
    end = os.waitpid(child, 0)[1] if order["sandboxed"] else _wait_or_stop(child, sandbox_or_stop)
    os.write(status, b"%d" % end)
    if not order["sandboxed"]:
        select.select([sandbox_or_stop], [], [])
        _stop_group()
    os._exit(0)


def _wait_or_stop(child: int, stop: int) -> int:
    """Without a sandbox: wait for the child, and stop it when the grader lets go."""
    while True:
        pid, end = os.waitpid(child, os.WNOHANG)
        if pid:
            return end
        if select.select([stop], [], [], 0.02)[0]:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            _stop_group()


def _stop_group() -> NoReturn:
    """End this process, and what the child may have started where the kernel filters no calls."""
    os.killpg(0, signal.SIGKILL)
    os._exit(0)


def _enter_namespaces(namespaces: int, files: int) -> None:
    """Enter the user namespace, where no more can be made from then on, and all the others, with so many files in /tmp.

    Each file takes memory of the kernel's, were it empty; bubblewrap limits the bytes alone.
    """
    checked(libc.setns, namespaces, CLONE_NEWUSER)
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("0")
    checked(libc.setns, namespaces, OTHER_NAMESPACES)
    checked(libc.mount, b"tmpfs", b"/tmp", None, REMOUNT | NOSUID | NODEV, b"nr_inodes=%d" % files)


def _prefer_oom_kill() -> None:
    """Where memory runs out, the kernel shall stop this process before any other."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        pass


def _run_student(fds: tuple[int, int, int], uid: int | None, limits: dict[str, int]) -> None:
    """Give up files, privileges and resources, then run the student's code."""
    confine(fds, uid, limits)
    os.chdir("/tmp")
    os.environ.clear()
    os.environ.update(HOME="/tmp", LANG="C.UTF-8", OMP_NUM_THREADS="1", MPLBACKEND="Agg", MPLCONFIGDIR="/tmp")
    _hide_grader_modules()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file that grows too large is an OSError
    _forget_program()
    notebook = Notebook()
    notebook.install()
    os.write(REPLIES, b"true\n")  # the first line says that the process stands, and the student's cells may come
    worker.serve(REQUESTS, REPLIES, notebook)
    os._exit(0)


def _forget_program() -> None:
    """Leave nothing of this program's path, or of its argument list."""
    sys.argv, sys.orig_argv = [""], [""]
    sys.path[:] = [path for path in sys.path if os.path.exists(path)]


def _hide_grader_modules() -> None:
    """`wdlesson` holds only what homework may import, and a check that does nothing: the marks come from elsewhere.

    `wdlesson.history` has no more than the name that plots imports; the module itself computes the data loss.
    """
    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    for name in [name for name in sys.modules if name.partition(".")[0] == "wdlesson"]:
        del sys.modules[name]
    names = ("wdlesson", "wdlesson.homework", "wdlesson.history")
    lesson, homework, history = map(types.ModuleType, names)
    lesson.__path__ = [PACKAGE_INSIDE if os.path.isdir(PACKAGE_INSIDE) else here]
    homework.check = lambda *_: None  # type: ignore[attr-defined]
    homework.verdict = lambda *_: types.SimpleNamespace(right=True)  # type: ignore[attr-defined]
    lesson.homework = homework  # type: ignore[attr-defined]
    history.History = object  # type: ignore[attr-defined]
    sys.modules.update(zip(names, (lesson, homework, history), strict=True))


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
