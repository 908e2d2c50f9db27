"""What runs on the machine: the tests of two files run beside each other, and each grades in sandboxes."""

import time
from collections.abc import Callable
from pathlib import Path

from wdlesson.homework.sandbox import bubblewrap


def until(condition: Callable[[], bool], seconds: float = 120) -> bool:
    """Wait for what must come, however busy the machine is."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def sandboxed() -> set[str]:
    """The processes of the user that student code has, and all sandboxes: their numbers."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            user, name = folder.stat().st_uid, (folder / "comm").read_text()
        except OSError:
            continue
        if user == bubblewrap.uid_outside() or name == "bwrap\n":
            found.add(folder.name)
    return found


def left() -> set[str]:
    """What runs now and doesn't end: what is of tests beside this one ends."""
    now = sandboxed()
    until(lambda: not now & sandboxed())
    return now & sandboxed()
