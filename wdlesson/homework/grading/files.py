"""The files of a folder, found and read without following links and without changing anything; and files written whole.

What an entry is named, and what it is, its student decided: a name is only ever text here, never a path to write to.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wdlesson.homework.grading.notebook import MAX_BYTES, NotANotebookError, UnreadableError
from wdlesson.homework.grading.text import printable

MAX_ENTRIES = 200_000

WORDS = {
    "missing": "submissions is {path}; there is no such folder and no such zip",
    "many": "submissions is {path}; it has more than {limit} files",
    "link": "a symbolic link; links are not followed",
    "folder": "a folder",
    "irregular": "no regular file",
    "large": "larger than {limit} MiB",
}


@dataclass(frozen=True)
class Entry:
    """One file of a folder or of a zip, or what poses as one.

    Parameters
    ----------
    parts : tuple of str
        Its path below the top, as it is named there.
    modified : float
        When it was last changed, in seconds: what the folder or the zip says.
    at : object
        Where its source finds it.
    outer : Entry, optional
        The student's own zip that it lies in.
    problem : str, optional
        Why it cannot be read, if that is known already.
    """

    parts: tuple[str, ...]
    modified: float
    at: Any
    outer: "Entry | None" = None
    problem: str = ""

    @property
    def id(self) -> str:
        """The path as printable text, the student's own zip included."""
        own = printable("/".join(self.parts))
        return own if self.outer is None else f"{self.outer.id}/{own}"

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.parts[-1]


class Folder:
    """A folder and all that is below it.

    Parameters
    ----------
    path : Path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        """Read nothing yet."""
        self.path = path

    def entries(self) -> list[Entry]:
        """Every file below the folder.

        Returns
        -------
        list of Entry
            In the order of their ids.

        Raises
        ------
        ValueError
            If there are too many.
        """
        found = []
        for path in _walk(self.path):
            parts = path.relative_to(self.path).parts or (path.name,)
            found.append(Entry(parts, path.lstat().st_mtime, path))
            if len(found) > MAX_ENTRIES:
                raise ValueError(WORDS["many"].format(path=self.path, limit=MAX_ENTRIES))
        return sorted(found, key=lambda each: each.id)

    def read(self, entry: Entry, limit: int = MAX_BYTES) -> bytes:
        """All of a regular file.

        Parameters
        ----------
        entry : Entry
            One of `entries`; a link is not followed.
        limit : int, optional
            The bytes that it may have.

        Returns
        -------
        bytes
            What it holds.

        Raises
        ------
        NotANotebookError
            For a folder, and for what is no file.
        UnreadableError
            For a link, for what is too large, and for what the system does not let us read.
        """
        try:
            fd = os.open(entry.at, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise UnreadableError(WORDS["link"] if entry.at.is_symlink() else str(error.strerror)) from None
        try:
            _check(os.fstat(fd), limit)
            with open(fd, "rb", closefd=False) as file:
                return file.read(limit)  # no more than the limit even if it grows meanwhile
        except OSError as error:
            raise UnreadableError(str(error.strerror)) from None
        finally:
            os.close(fd)


def _walk(folder: Path) -> Iterator[Path]:
    try:
        entries = list(os.scandir(folder))
    except OSError:  # a folder that cannot be read is an entry itself
        yield folder
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and not entry.name.lower().endswith(".ipynb"):
            yield from _walk(Path(entry.path))
        else:
            yield Path(entry.path)


def _check(status: os.stat_result, limit: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise NotANotebookError(WORDS["folder"])
    if not stat.S_ISREG(status.st_mode):
        raise NotANotebookError(WORDS["irregular"])
    check_size(status.st_size, limit)


def check_size(size: int, limit: int) -> None:
    """Refuse what is too large.

    Parameters
    ----------
    size : int
        The bytes that there are, or that are said to be.
    limit : int
        The bytes that there may be.

    Raises
    ------
    UnreadableError
        If there are more.
    """
    if size > limit:
        raise UnreadableError(WORDS["large"].format(limit=limit >> 20))


def write_whole(path: Path, text: str) -> None:
    """Write a file whole: whoever reads it meanwhile, or after a power cut, finds the old one or the new one.

    Parameters
    ----------
    path : Path
        The file.
    text : str
        All that it is to hold.
    """
    new = path.with_name(path.name + ".new")
    with open(new, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    os.replace(new, path)
