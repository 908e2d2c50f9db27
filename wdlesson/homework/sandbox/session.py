"""The grader's end of one session, a process that runs a submission: requests out, plain data in, limits watched.

This process is trusted; it never runs student code. Of what comes back it reads at most a set number of bytes a line,
as JSON, before a deadline of the submission's own time (`usage.py`), which it keeps itself.
"""

import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from typing import Any, Self

from wdlesson.homework.sandbox.bubblewrap import PACKAGE, UID_INSIDE, Sandbox, uid_outside
from wdlesson.homework.sandbox.limits import Limits
from wdlesson.homework.sandbox.usage import Usage

POLL_SECONDS = 0.2  # between two looks at the time and the memory of a submission that runs long
STARTUP_TIMEOUT = 300.0  # seconds in which a fork server must be up

WORDS = {
    "no data": "the process answered with something that is no data",
    "long": "the process answered with more than {n} bytes",
    "time": "stopped: it ran out of time",
    "memory": "stopped: it used {n} MiB of memory",
    "broke off": "the process broke off its answer",
    "ended": "the process ended itself with exit code {code}",
    "CPU": "stopped: it used up its CPU time",
    "killed": "the process was killed by {signal}",
}


class GraderError(Exception):
    """The grader failed, not the submission."""


class Stopped(Exception):
    """The submission had to be stopped, or stopped by itself.

    Parameters
    ----------
    status : {"timeout", "crash"}
        How it ended.
    message : str
        The same in words.
    """

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


class ForkServer:
    """The fork server (`fork_server.py`), one for each grading thread."""

    def __init__(self) -> None:
        """Start it afresh, with an environment that says nothing, and wait until torch is imported."""
        self.socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {"PYTHONPATH": str(PACKAGE.parent), "LANG": "C.UTF-8", "MPLBACKEND": "Agg", "HOME": "/tmp"}
        environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        environment |= {"CUDA_VISIBLE_DEVICES": "", "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-s", "-m", "wdlesson.homework.sandbox.fork_server", str(other.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(other.fileno(),),
            cwd="/",
            env=environment,
        )
        other.close()
        self.socket.settimeout(STARTUP_TIMEOUT)
        if self._received() != b"ready":
            self.process.kill()
            raise GraderError(f"the fork server did not start: {self.process.communicate()[1].decode()[-500:]}")

    def _received(self) -> bytes:
        try:
            return self.socket.recv(16)
        except OSError:
            return b""

    def order(self, order: dict[str, Any], fds: list[int]) -> None:
        """Have a fork made for one session.

        Parameters
        ----------
        order : dict
            The limits, the user, whether there is a sandbox and whether optimisers are used.
        fds : list of int
            File descriptors: requests, replies, log, status, and the sandbox or the pipe to stop by.

        Raises
        ------
        GraderError
            If the fork server is gone.
        """
        try:
            socket.send_fds(self.socket, [json.dumps(order).encode()], fds)
        except OSError as error:
            raise GraderError(f"the fork server is gone: {error}") from None

    def close(self) -> None:
        """End it; it holds nothing that could be lost."""
        self.socket.close()
        self.process.kill()
        self.process.communicate()


class Session:
    """A process that runs one submission's cells and functions: a context that ends with the process gone.

    Parameters
    ----------
    fork_server : ForkServer
        What the process is forked from.
    limits : Limits
        What the submission may use.
    sandboxed : bool
        Whether the process gets a sandbox of its own.
    optimizers : bool, optional
        Whether the submission seems to use some; the first that is made takes seconds.

    Raises
    ------
    GraderError
        If the process does not start.
    """

    def __init__(self, fork_server: ForkServer, limits: Limits, sandboxed: bool, optimizers: bool = True) -> None:
        self.limits, self._buffer = limits, b""
        with ExitStack() as stack:
            self._sandbox = stack.enter_context(_sandbox()) if sandboxed else None
            self.log = stack.enter_context(tempfile.TemporaryFile("a+b"))
            requests, self._requests = _pipe(stack, 1)
            self._replies, replies = _pipe(stack, 0)
            self._status, status = _pipe(stack, 0)
            theirs = [requests, replies, status]
            if self._sandbox:
                sandbox_or_stop = self._sandbox.namespaces
            else:  # closing the pipe stops the submission, before anything else is closed
                sandbox_or_stop, self._stop_pipe = os.pipe()
                theirs.append(sandbox_or_stop)
                stack.callback(self._stop_unsandboxed)
            order = {"limits": _limits(limits), "uid": _uid(sandboxed), "sandboxed": sandboxed}
            order["optimizers"] = optimizers
            try:
                fork_server.order(order, [requests, replies, self.log.fileno(), status, sandbox_or_stop])
            finally:
                for fd in theirs:
                    os.close(fd)
            os.set_blocking(self._requests, False)
            self._await_start()
            self._resources = stack.pop_all()

    def _await_start(self) -> None:
        """What goes wrong before the student's first cell is no fault of the student's."""
        pid, _, self._said = self._read_status(STARTUP_TIMEOUT).decode(errors="replace").partition("\n")
        if not pid.isdecimal():
            raise GraderError(f"the process did not start: {pid or 'nothing was heard of it'}")
        self._usage = Usage(int(pid))
        try:
            self._receive(self.seconds() + STARTUP_TIMEOUT)
        except Stopped as stopped:
            raise GraderError(f"the process did not start: {stopped}") from None
        self._usage = Usage(int(pid))  # from here on what it uses is the submission's

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kill what is left of the submission."""
        self._resources.close()

    def _stop_unsandboxed(self) -> None:
        """Without a sandbox: the process above the student's stops all its descendants, then closes its pipe."""
        os.close(self._stop_pipe)
        end = time.monotonic() + 10
        while time.monotonic() < end and self._read_status(1) != b"":
            pass

    def _read_status(self, seconds: float) -> bytes:
        return os.read(self._status, 600) if select.select([self._status], [], [], seconds)[0] else b""

    def ask(self, request: dict[str, Any], seconds: float) -> Any:
        """Send a request and wait for the reply.

        Parameters
        ----------
        request : dict
            As `worker.serve` takes it.
        seconds : float
            How long to wait, of the submission's own time.

        Returns
        -------
        object
            The reply, whatever it says.

        Raises
        ------
        Stopped
            If the time is over, or the process breaks off.
        """
        deadline = self.seconds() + seconds
        self._send(json.dumps(request).encode() + b"\n", deadline)
        line = self._receive(deadline)
        try:
            return json.loads(line)
        except (ValueError, RecursionError):
            raise Stopped("crash", WORDS["no data"]) from None

    def _send(self, data: bytes, deadline: float) -> None:
        while data:
            self._wait([], [self._requests], deadline)
            try:
                data = data[os.write(self._requests, data) :]
            except OSError:
                raise self._ended() from None

    def _receive(self, deadline: float) -> bytes:
        while b"\n" not in self._buffer:
            self._wait([self._replies], [], deadline)
            chunk = os.read(self._replies, 1 << 16)
            if not chunk:
                raise self._ended()
            self._buffer += chunk
            if len(self._buffer) > self.limits.reply_bytes:
                raise Stopped("crash", WORDS["long"].format(n=self.limits.reply_bytes))
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _wait(self, read: list[int], write: list[int], deadline: float) -> None:
        """Wait until a pipe is ready; what is ready counts, however late this process gets to look."""
        while True:
            left = deadline - self.seconds()
            if any(select.select(read, write, [], min(max(left, 0), POLL_SECONDS))):
                return
            if left <= 0:
                raise Stopped("timeout", WORDS["time"])
            if (used := self._usage.memory()) > self.limits.memory_bytes:
                raise Stopped("crash", WORDS["memory"].format(n=used >> 20))

    def seconds(self) -> float:
        """The submission's own time, on which other processes have no influence.

        Returns
        -------
        float
            Seconds since its first cell could come.
        """
        return self._usage.seconds()

    def _ended(self) -> Stopped:
        """How the process ended, from the fork that waited for it."""
        said = self._said + self._read_status(2).decode(errors="replace")
        if not said.isdecimal():
            return Stopped("crash", said or WORDS["broke off"])
        status = int(said)
        if not os.WIFSIGNALED(status):
            return Stopped("crash", WORDS["ended"].format(code=os.waitstatus_to_exitcode(status)))
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            return Stopped("timeout", WORDS["CPU"])
        return Stopped("crash", WORDS["killed"].format(signal=signal.Signals(number).name))

    def printed(self) -> str:
        """What the submission has printed, cut to the limit.

        Returns
        -------
        str
            The text, with a note of how much was left out.
        """
        text = os.pread(self.log.fileno(), self.limits.log_bytes, 0).decode("utf-8", "replace")
        size = os.fstat(self.log.fileno()).st_size
        return text + (f"\n[{size - self.limits.log_bytes} bytes left out]" if size > self.limits.log_bytes else "")


def _pipe(stack: ExitStack, mine: int) -> tuple[int, int]:
    """A pipe, read end and write end, whose end `mine` closes with the context."""
    ends = os.pipe()
    stack.callback(os.close, ends[mine])
    return ends


def _sandbox() -> Sandbox:
    try:
        return Sandbox()
    except OSError as error:
        raise GraderError(f"the sandbox did not start: {error}") from None


def _limits(limits: Limits) -> dict[str, int]:
    return {
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": int(limits.submission_seconds) + 2,
        "file_bytes": limits.file_bytes,
        "files": limits.files,
        "processes": limits.threads if _counts_apart() else resource.getrlimit(resource.RLIMIT_NPROC)[1],
    }


def _counts_apart() -> bool:
    """Whether the kernel counts a submission's threads apart from the teacher's: a user of its own, or Linux 5.14."""
    release = os.uname().release.split(".")
    return uid_outside() is not None or (int(release[0]), int(release[1])) >= (5, 14)


def _uid(sandboxed: bool) -> int | None:
    """The user to become: in the sandbox `bubblewrap.UID_INSIDE` is the one that `uid_outside` gives outside."""
    outside = uid_outside()
    return UID_INSIDE if sandboxed and outside is not None else outside
