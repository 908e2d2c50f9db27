"""How much a submission may use, and how large a result may be."""

import math
from dataclasses import dataclass

MAX_ENTRIES = 20_000  # of a tensor, a list or a dictionary: the worker sends no more, and the codec takes no more
MAX_DEPTH = 8  # of lists in lists


@dataclass(frozen=True)
class Limits:
    """The limits of one submission; a cell or a call that passes its limit is stopped, and the rest goes on."""

    cell_seconds: float = 10.0
    call_seconds: float = 5.0  # one call of a student's function
    submission_seconds: float = 60.0
    memory_bytes: int = 2 << 30
    file_bytes: int = 16 << 20  # of each file, the log among them
    files: int = 4096  # in the sandbox's /tmp
    processes: int = 32  # threads count
    reply_bytes: int = 1 << 20
    log_bytes: int = 64 << 10  # kept of what a submission prints

    def __post_init__(self) -> None:
        """Check that every limit is above 0."""
        for name, value in vars(self).items():
            if not 0 < value < math.inf:
                raise ValueError(f"{name} is {value!r}; it must be a finite number above 0")
