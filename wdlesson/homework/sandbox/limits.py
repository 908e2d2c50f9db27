"""How much a submission may use, and how large a result may be."""

import math
from dataclasses import dataclass

MAX_ENTRIES = 20_000  # of a tensor, a list or a dictionary: the worker sends no more, and the codec takes no more
MAX_DEPTH = 8  # of lists in lists


@dataclass(frozen=True)
class Limits:
    """The limits of one submission; a cell or a call that passes its limit is stopped, and the rest goes on.

    Parameters
    ----------
    cell_seconds, call_seconds, submission_seconds : float, optional
        Seconds of the submission's own time (`usage.py`) for one cell, for one call of a student's function, and for
        all of them.
    memory_bytes : int, optional
        What the submission may take beyond what torch takes.
    file_bytes, files : int, optional
        The size of each file, the log among them, and how many there may be in the sandbox's /tmp.
    threads : int, optional
        How many at once; there is one process.
    reply_bytes, log_bytes : int, optional
        Of one reply, and of what is kept of what the submission prints.

    Raises
    ------
    ValueError
        For a limit that is not a finite number above 0.
    """

    cell_seconds: float = 10.0
    call_seconds: float = 5.0
    submission_seconds: float = 60.0
    memory_bytes: int = 2 << 30
    file_bytes: int = 16 << 20
    files: int = 4096
    threads: int = 32
    reply_bytes: int = 1 << 20
    log_bytes: int = 64 << 10

    def __post_init__(self) -> None:
        """Check that every limit is above 0."""
        for name, value in vars(self).items():
            if not 0 < value < math.inf:
                raise ValueError(f"{name} is {value!r}; it must be a finite number above 0")
