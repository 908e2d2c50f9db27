"""What a student's process gives up before it reads the first cell: files, privileges, memory, system calls."""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from typing import Any

from wdlesson.homework.sandbox import seccomp

libc = ctypes.CDLL(None, use_errno=True)

PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38  # <linux/prctl.h>
MSEAL = 462  # since Linux 6.10, on every machine
REQUESTS, REPLIES = 3, 4  # the student process's only files beside stdin, stdout and stderr
FILES, STACK_BYTES, SIGNALS = 64, 8 << 20, 256  # open at once, of the first thread, waiting
LIBRARY_BYTES = 512 << 20  # of address space, for the libraries that a submission imports


def checked(function: Any, *arguments: Any) -> None:
    """Call a function of the C library.

    Parameters
    ----------
    function : callable
        The function, which returns 0 where all is well.
    *arguments : object
        What it gets.

    Raises
    ------
    OSError
        If it fails.
    """
    if function(*arguments) != 0:
        errno = ctypes.get_errno()
        raise OSError(errno, f"{function.__name__}: {os.strerror(errno)}")


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that started it is gone, however it ended."""
    if sys.platform == "linux":
        checked(libc.prctl, PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def seal_libraries() -> None:
    """Have the libraries stay where they are, here and in every fork, from Linux 6.10 on.

    Without it a submission could unmap them and take as much memory in their place, beside what it may take anyway.
    """
    with contextlib.suppress(OSError), open("/proc/self/maps") as file:
        for line in file:
            places, *_, inode = line.split()[:5]
            if inode != "0":
                start, end = (int(place, 16) for place in places.split("-"))
                libc.syscall(MSEAL, ctypes.c_void_p(start), ctypes.c_size_t(end - start), 0)


def memory_now() -> dict[str, int]:
    """The bytes that this process has already, which are torch's.

    Returns
    -------
    dict of str to int
        Of address space, and of data, which is what it can write to.
    """
    try:
        with open("/proc/self/statm") as file:
            pages = [int(word) for word in file.read().split()]
    except OSError:
        return {"address_space": 16 << 30, "data": 16 << 30}
    return {"address_space": pages[0] * resource.getpagesize(), "data": pages[5] * resource.getpagesize()}


def confine(fds: tuple[int, int, int], uid: int | None, limits: dict[str, int]) -> None:
    """Give up everything that is not needed, for good.

    Parameters
    ----------
    fds : tuple of int
        Requests, replies and the log: the only files that stay.
    uid : int or None
        The user to become; None keeps the user.
    limits : dict of str to int
        As `session` sends them, with what `memory_now` said.
    """
    _close_other_fds(*fds)
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    _set_limits(limits)
    _drop_privileges()


def _close_other_fds(requests: int, replies: int, log: int) -> None:
    """The file descriptors 0 to 4 alone: no input, output into the log, and the two pipes."""
    null = os.open(os.devnull, os.O_RDONLY)
    copies = [os.dup(fd) for fd in (null, log, log, requests, replies)]
    high = [fd + 100 for fd in range(len(copies))]
    for copy, fd in zip(copies, high, strict=True):  # out of the way first, so that none is overwritten
        os.dup2(copy, fd)
    for fd, source in enumerate(high):
        os.dup2(source, fd, inheritable=fd < REQUESTS)
    os.closerange(len(high), 65536)
    sys.stdin = open(0)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115


class _CapabilityHeader(ctypes.Structure):
    """<linux/capability.h>: __user_cap_header_struct."""

    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def _drop_privileges() -> None:
    """No capability, now or by any program that is started; entering a user namespace had given all of them in it."""
    if sys.platform != "linux":
        return
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails past the last capability, and without privilege
    none = (ctypes.c_uint32 * 6)()
    checked(libc.capset, ctypes.byref(_CapabilityHeader(0x20080522, 0)), none)
    checked(libc.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    die_with_parent()
    seccomp.install_filter()


def _set_limits(limits: dict[str, int]) -> None:
    """The memory's twice: data fails kindly, and address space holds also where pages are hidden from that count."""
    rules = {
        resource.RLIMIT_AS: limits["address_space"] + limits["memory_bytes"] + LIBRARY_BYTES,
        resource.RLIMIT_FSIZE: limits["file_bytes"],
        resource.RLIMIT_NPROC: limits["processes"],
        resource.RLIMIT_NOFILE: FILES,
        resource.RLIMIT_CORE: 0,
    }
    if sys.platform == "linux":
        rules[resource.RLIMIT_DATA] = limits["data"] + limits["memory_bytes"]
        rules[resource.RLIMIT_STACK] = STACK_BYTES
        rules[resource.RLIMIT_SIGPENDING] = SIGNALS
        rules[resource.RLIMIT_MSGQUEUE] = rules[resource.RLIMIT_MEMLOCK] = 0
    for rule, most in rules.items():
        hard = resource.getrlimit(rule)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(rule, (most, most))
    seconds = limits["cpu_seconds"]  # the first limit sends SIGXCPU, which says what it was; the second SIGKILL
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
