"""What the kernel says of a process: the time that is its own, and the memory that it took.

The clock on the wall would count against a submission what others on the machine do. Its own time leaves out how long
it stood ready and got no processor. So a submission that keeps every processor busy spends its own time, with all its
threads, and its neighbour spends none while it waits; one that sleeps spends the time it sleeps.
"""

import time
from contextlib import suppress
from pathlib import Path

CPU_CLOCK = 2  # <linux/posix-timers.h>: CPUCLOCK_SCHED, the time of all threads of a process


class Usage:
    """What one process uses, from now on.

    Parameters
    ----------
    pid : int
        The process.
    """

    def __init__(self, pid: int) -> None:
        """Note what it has already."""
        self._folder, self._clock = Path(f"/proc/{pid}"), (~pid << 3) | CPU_CLOCK
        self._waited = self._cpu = 0.0
        self._start = time.monotonic()
        self._waited_before, self._cpu_before = self._now()
        self._memory_before = self._memory_held()

    def _now(self) -> tuple[float, float]:
        """Seconds for which its first thread waited for a processor, and seconds of processors for all its threads.

        What cannot be read stays as it was: of a process that has ended, or on a system that does not say.
        """
        with suppress(OSError, ValueError, IndexError):
            self._waited = int((self._folder / "schedstat").read_text().split()[1]) / 1e9
        with suppress(OSError):
            self._cpu = time.clock_gettime(self._clock)
        return self._waited, self._cpu

    def seconds(self) -> float:
        """Its own time.

        Returns
        -------
        float
            Seconds since the start without those of waiting for a processor, or the processors' seconds of all its
            threads if these are more.
        """
        waited, cpu = self._now()
        return max(time.monotonic() - self._start - (waited - self._waited_before), cpu - self._cpu_before)

    def memory(self) -> int:
        """The memory that it took.

        Returns
        -------
        int
            Bytes beyond those that it had at the start; page tables count.
        """
        return self._memory_held() - self._memory_before

    def _memory_held(self) -> int:
        with suppress(OSError, ValueError):
            lines = (self._folder / "status").read_text().splitlines()
            fields = dict(line.split(":", 1) for line in lines)
            names = ("RssAnon", "RssShmem", "VmSwap", "VmPTE")
            return sum(int(fields.get(name, "0 kB").split()[0]) << 10 for name in names)
        return 0
