"""Finds the files of a class, without following links and without changing anything.

Two layouts, which may be mixed: `alice.ipynb` at the top, or a folder for each student, at any depth:
`alice/hw1.ipynb`, `alice/hw1/hw1.ipynb` (nbgrader's). A student with several notebooks is graded on one: the one named
as the assignment, else the newest; the others' rows say so.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wdlesson.homework.grading.notebook import MAX_BYTES, NotANotebookError, UnreadableError
from wdlesson.homework.grading.text import printable

IGNORED_FOLDERS = {".ipynb_checkpoints", "__MACOSX"}  # that Jupyter and macOS leave behind


@dataclass(frozen=True)
class Submission:
    """One file, or a folder that poses as one.

    Parameters
    ----------
    path : Path
        Where it is.
    id : str
        The path below the folder of submissions, as printable text.
    student : str
        Whose it is: the name of the folder, or of a file at the top.
    modified : float
        When it was last changed, in seconds since 1970.
    """

    path: Path
    id: str
    student: str
    modified: float

    @property
    def notebook(self) -> bool:
        """Whether its name is that of a notebook."""
        return self.path.suffix.lower() == ".ipynb"


def find(folder: Path) -> list[Submission]:
    """Every file below the folder, sorted by its id.

    Parameters
    ----------
    folder : Path
        The folder of submissions.

    Returns
    -------
    list of Submission
        One for each file, whatever it is.

    Raises
    ------
    ValueError
        If there is no such folder.
    """
    if not folder.is_dir():
        raise ValueError(f"submissions is {folder}; there is no such folder")
    return sorted((_submission(folder, path) for path in _walk(folder)), key=lambda each: each.id)


def _walk(folder: Path) -> Iterator[Path]:
    try:
        entries = list(os.scandir(folder))
    except OSError:  # a folder that cannot be read is an entry itself, and gets a row
        yield folder
        return
    for entry in entries:
        if entry.name in IGNORED_FOLDERS:
            continue
        if entry.is_dir(follow_symlinks=False) and not entry.name.lower().endswith(".ipynb"):
            yield from _walk(Path(entry.path))
        else:
            yield Path(entry.path)


def _submission(folder: Path, path: Path) -> Submission:
    below = path.relative_to(folder)
    student = below.parts[0] if len(below.parts) > 1 else below.stem
    return Submission(path, printable(below.as_posix()), printable(student), path.lstat().st_mtime)


def duplicates(submissions: list[Submission], assignment: str) -> dict[str, str]:
    """For each notebook that is not graded, since the same student has another, the id of that other.

    Parameters
    ----------
    submissions : list of Submission
        What `find` gives.
    assignment : str
        The assignment, such as "hw1".

    Returns
    -------
    dict of str
        The id that is graded, by the id that is not.
    """
    chosen: dict[str, Submission] = {}
    candidates = [each for each in submissions if each.notebook and len(Path(each.id).parts) > 1]
    for each in candidates:
        best = chosen.setdefault(each.student, each)
        chosen[each.student] = max(best, each, key=lambda one: (one.path.stem == assignment, one.modified, one.id))
    return {each.id: chosen[each.student].id for each in candidates if chosen[each.student] is not each}


def read(submission: Submission) -> bytes:
    """The bytes of a regular file.

    Parameters
    ----------
    submission : Submission
        The file; a link is not followed.

    Returns
    -------
    bytes
        All of it.

    Raises
    ------
    NotANotebookError
        For a folder, for what is no file, and for another name than that of a notebook.
    UnreadableError
        For a link, for what is too large, and for what the system does not let us read.
    """
    try:
        fd = os.open(submission.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        link = submission.path.is_symlink()
        raise UnreadableError("a symbolic link; links are not followed" if link else str(error.strerror)) from None
    try:
        _check(submission, os.fstat(fd))
        return _bytes(fd)
    except OSError as error:
        raise UnreadableError(str(error.strerror)) from None
    finally:
        os.close(fd)


def _check(submission: Submission, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise NotANotebookError("a folder")
    if not stat.S_ISREG(status.st_mode):
        raise NotANotebookError("no regular file")
    if not submission.notebook:
        raise NotANotebookError("its name does not end in .ipynb")
    if status.st_size > MAX_BYTES:
        raise UnreadableError(f"larger than {MAX_BYTES >> 20} MiB")


def _bytes(fd: int) -> bytes:
    """All of a file, and no more than the limit even if it grows meanwhile."""
    with open(fd, "rb", closefd=False) as file:
        return file.read(MAX_BYTES)


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
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)
