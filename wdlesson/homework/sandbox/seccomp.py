"""System calls that student code has no use for, refused by the kernel (seccomp) for it and all its threads.

A submission is one process: it starts no other and no program. So what it takes is what one process takes, which
limits of the kernel bound exactly. Refused is also what no limit counts (memory shared with nobody, buffers made
larger, pages left in a pipe), what reaches the files or the processors of others (locks, watches, priorities), and
every family of sockets but those inside the machine, without which asyncio does not start. The rest makes the kernel
smaller. Calls that are younger than Linux 5.1 answer as on an older kernel, for which every library has another way.

The program is one of classic BPF, <linux/filter.h>: it has one register, and its jumps go forward only.
"""

import ctypes
import errno
import os
from typing import NamedTuple

# <linux/bpf_common.h>: load a word, the register and a bit mask, compare (equal, at least, any bit in common), return
LOAD, AND, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
NUMBER_OFFSET, ARCHITECTURE_OFFSET, ARGUMENTS_OFFSET = 0, 4, 16  # <linux/seccomp.h>: struct seccomp_data
ALLOW, ERROR = 0x7FFF0000, 0x00050000
PR_SET_SECCOMP, MODE_FILTER = 22, 2

# For each machine its name in <linux/audit.h>, then the calls' numbers in <asm/unistd.h>; None where it has no such.
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
Numbers = tuple[int | None, int | None]
FIRST_OF_LINUX_5_1 = 424  # from there on all machines have the same numbers; those of x32 lie above as well
REFUSED_CALLS: dict[str, Numbers] = {
    # other processes and programs, and a hand in them
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    # memory that no limit counts, or that is taken from a pool of the whole machine
    "memfd_create": (319, 279),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "setsockopt": (54, 208),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    "splice": (275, 76),
    "tee": (276, 77),
    "vmsplice": (278, 75),
    "io_setup": (206, 0),
    "timer_create": (222, 107),
    "remap_file_pages": (216, 234),
    "modify_ldt": (154, None),
    # what is seen by those who share a file, whoever they are
    "flock": (73, 32),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
    "mincore": (27, 232),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # the processors' time
    "sched_setaffinity": (203, 122),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    # namespaces, and parts of the kernel that nobody needs here
    "setns": (308, 268),
    "unshare": (272, 97),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "seccomp": (317, 277),
    "personality": (135, 92),
    "syslog": (103, 116),
    "quotactl": (179, 60),
    "mbind": (237, 235),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
}
CLONE: Numbers = (56, 220)
SOCKETS: dict[str, Numbers] = {"socket": (41, 198), "socketpair": (53, 199)}
FCNTL: Numbers = (72, 25)
PRCTL: Numbers = (157, 167)
MMAP: Numbers = (9, 222)

CLONE_VM, CLONE_FILES, CLONE_THREAD = 0x100, 0x400, 0x10000  # <linux/sched.h>: a thread, with the files of the others
AF_UNIX = 1
# <fcntl.h>: copies of a descriptor, its flags and the file's. No lock, lease or signal, no pipe made larger.
F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC = 0, 1, 2, 3, 4, 1030
# <linux/prctl.h>: a thread's name, and whether a process may be dumped. No filter, no core for itself alone.
PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_SET_NAME, PR_GET_NAME = 3, 4, 15, 16
# <linux/mman.h>. RLIMIT_DATA counts neither memory that is shared nor stacks; huge pages are the whole machine's.
MAP_SHARED, MAP_ANONYMOUS, MAP_GROWSDOWN, MAP_HUGETLB = 0x1, 0x20, 0x100, 0x40000


class Instruction(NamedTuple):
    """One step of the program; `yes` and `no` say how many steps a comparison leaves out.

    Parameters
    ----------
    code : int
        What it does.
    yes, no : int
        Of a comparison: how far it jumps.
    k : int
        What it loads, compares or returns.
    """

    code: int
    yes: int
    no: int
    k: int


Block = list[Instruction]


class _Instruction(ctypes.Structure):
    """<linux/filter.h>: struct sock_filter."""

    _fields_ = [("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("k", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    """<linux/filter.h>: struct sock_fprog."""

    _fields_ = [("length", ctypes.c_ushort), ("first", ctypes.POINTER(_Instruction))]


def install_filter() -> None:
    """Refuse the calls from now on; on a machine of another kind, none. The process must have given up privileges."""
    machine = os.uname().machine
    if machine not in ARCHITECTURES:
        return
    steps = program(machine)
    compiled = _Program(len(steps), (_Instruction * len(steps))(*(_Instruction(*step) for step in steps)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(compiled), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def program(machine: str) -> Block:
    """The filter of a kind of machine.

    Parameters
    ----------
    machine : {"x86_64", "aarch64"}
        As `os.uname` names it.

    Returns
    -------
    list of Instruction
        The program, which the kernel runs from the top at each call, with a `struct seccomp_data`.
    """
    column = list(ARCHITECTURES).index(machine)
    rules: Block = []
    for numbers, block in _rules():
        if (number := numbers[column]) is not None:
            rules += [_compare(EQUAL, number, no=len(block)), *block]
    return [
        _do(LOAD, ARCHITECTURE_OFFSET),
        _compare(EQUAL, ARCHITECTURES[machine], yes=1),
        _answer(errno.EPERM),  # another way into the kernel, such as that of 32 bits
        _do(LOAD, NUMBER_OFFSET),
        _compare(AT_LEAST, FIRST_OF_LINUX_5_1, no=1),
        _answer(errno.ENOSYS),
        *rules,
        _do(RETURN, ALLOW),
    ]


def _rules() -> list[tuple[Numbers, Block]]:
    """The calls with their blocks, each of which ends with an answer."""
    family = _one_of(0, (AF_UNIX,), errno.EAFNOSUPPORT)
    commands = (F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC)
    options = (PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_SET_NAME, PR_GET_NAME)
    return [
        (MMAP, _no_hidden_memory(3)),
        (CLONE, _with_bits(0, CLONE_VM | CLONE_FILES | CLONE_THREAD)),
        (FCNTL, _one_of(1, commands, errno.EPERM)),
        (PRCTL, _one_of(0, options, errno.EPERM)),
        *((numbers, family) for numbers in SOCKETS.values()),
        *((numbers, [_answer(errno.EPERM)]) for numbers in REFUSED_CALLS.values()),
    ]


def _one_of(argument: int, values: tuple[int, ...], error: int) -> Block:
    """Allow the call where an argument is one of some values."""
    last = len(values)  # steps from the first comparison to the refusal
    tests = [_compare(EQUAL, value, yes=last - i) for i, value in enumerate(values)]
    return [_load_argument(argument), *tests, _answer(error), _do(RETURN, ALLOW)]


def _with_bits(argument: int, bits: int) -> Block:
    """Allow the call where an argument has all of some bits."""
    test = [_do(AND, bits), _compare(EQUAL, bits, yes=1)]
    return [_load_argument(argument), *test, _answer(errno.EPERM), _do(RETURN, ALLOW)]


def _no_hidden_memory(argument: int) -> Block:
    """Allow `mmap` where these flags are not those of memory that no limit counts."""
    shared = MAP_SHARED | MAP_ANONYMOUS
    tests = [_compare(ANY_BIT, MAP_GROWSDOWN | MAP_HUGETLB, yes=2), _do(AND, shared), _compare(EQUAL, shared, no=1)]
    return [_load_argument(argument), *tests, _answer(errno.EPERM), _do(RETURN, ALLOW)]


def _load_argument(i: int) -> Instruction:
    """The lower half of an argument: what the kernel reads of an int, and where all flags are."""
    return _do(LOAD, ARGUMENTS_OFFSET + 8 * i)


def _do(code: int, k: int) -> Instruction:
    return Instruction(code, 0, 0, k)


def _compare(code: int, k: int, yes: int = 0, no: int = 0) -> Instruction:
    return Instruction(code, yes, no, k)


def _answer(error: int) -> Instruction:
    return Instruction(RETURN, 0, 0, ERROR | error)
