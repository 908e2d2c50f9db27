"""A process that grades for another ends when that one is gone, however it ended, and every sandbox ends with it."""

import os
import threading
import time
from functools import lru_cache

LOOK_SECONDS = 0.5


@lru_cache
def end_with(grader: int) -> None:
    """End this process soon after the one that started it, if that is the grader.

    Where the grader grades itself, or on another machine, there is nothing to watch.

    Parameters
    ----------
    grader : int
        The process that the teacher started.
    """
    if os.getppid() == grader:
        threading.Thread(target=_watch, args=(grader,), daemon=True).start()


def _watch(grader: int) -> None:
    while os.getppid() == grader:  # an orphan gets another parent
        time.sleep(LOOK_SECONDS)
    os._exit(1)
