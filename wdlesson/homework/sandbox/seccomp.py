"""System calls that student code has no use for, refused by the kernel (seccomp) for it and all that it starts.

No other limit counts the memory behind a memfd, a System V segment or a message queue, once it is mapped nowhere. With
ptrace a student could take over the sandbox's first process, which no limit binds. The rest makes the kernel smaller.
"""

import ctypes
import errno
import os

# <linux/filter.h>, <linux/seccomp.h>, <linux/audit.h>
LOAD_WORD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER_OFFSET, ARCHITECTURE_OFFSET = 0, 4  # where they stand in struct seccomp_data
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
PR_SET_SECCOMP, MODE_FILTER = 22, 2
X32_BIT = 0x40000000  # of x86-64: the same calls by other numbers

# For each machine its name in <linux/audit.h>, then the calls' numbers in <asm/unistd.h>.
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
REFUSED_CALLS = {
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "setns": (308, 268),
    "unshare": (272, 97),
    "mount": (165, 40),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
}


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
    numbers = [pair[list(ARCHITECTURES).index(machine)] for pair in REFUSED_CALLS.values()]
    rules = _filter(ARCHITECTURES[machine], numbers)
    program = _Program(len(rules), (_Instruction * len(rules))(*rules))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def _filter(architecture: int, numbers: list[int]) -> list[_Instruction]:
    """A jump says how many instructions are left out, if so and if not."""
    refused = len(numbers) + 1  # instructions from the first comparison to the refusal at the end
    return [
        _Instruction(LOAD_WORD, 0, 0, ARCHITECTURE_OFFSET),
        _Instruction(EQUAL, 0, refused + 2, architecture),  # another way into the kernel, such as that of 32 bits
        _Instruction(LOAD_WORD, 0, 0, NUMBER_OFFSET),
        _Instruction(AT_LEAST, refused, 0, X32_BIT),
        *(_Instruction(EQUAL, refused - 1 - i, 0, number) for i, number in enumerate(numbers)),
        _Instruction(RETURN, 0, 0, ALLOW),
        _Instruction(RETURN, 0, 0, REFUSE),
    ]
