"""The files of a zip, read where they lie: nothing is unpacked onto the disk, so no name in it can lead anywhere.

The zip of a class is opened, and a student's own zip in it or in a folder; a zip in that is not. Of every file no more
is unpacked than a notebook may have, so a bomb is a file that is too large.
"""

import io
import stat
import struct
import time
import zipfile
import zlib
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import IO

from wdlesson.homework.grading.files import WORDS as FILE_WORDS
from wdlesson.homework.grading.files import Entry, Folder, check_size
from wdlesson.homework.grading.notebook import MAX_BYTES, UnreadableError

MAX_ENTRIES = 200_000
MAX_ZIP_BYTES = 32 << 20  # of a student's own
MAX_OWN_ENTRIES = 2000
MAX_DIRECTORY_BYTES = 1 << 20  # the list of a student's own zip, which is read at once
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # the others may ask for any memory
ENCRYPTED, UTF8 = 0x1, 0x800  # bits of a zip's flags
DOS = 0
DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, RuntimeError)

WORDS = {
    "no zip": "submissions is {path}; it is no zip, or a damaged one",
    "many": "submissions is {path}; it has more than {limit} files",
    "damaged": "damaged, or no zip",
    "own many": "a zip with more than {limit} files",
    "own large": "a zip whose list of files is too long",
    "path": "its path leads out of the archive",
    "again": "the archive has another file of the same name further down",
    "encrypted": "encrypted",
    "method": "packed by a method that is not read here",
    "cut": "damaged in the archive",
}


class Archive:
    """A zip, and what lies in it.

    Parameters
    ----------
    file : Path or file
        The zip, on the disk or in memory.

    Raises
    ------
    zipfile.BadZipFile
        If it is none.
    """

    def __init__(self, file: Path | IO[bytes]) -> None:
        """Read the list of its files."""
        self.zip = zipfile.ZipFile(file)
        self.infos = self.zip.infolist()

    def entries(self) -> list[Entry]:
        """Every file in it; of several with one name, the last can be read.

        Returns
        -------
        list of Entry
            In the order of their ids.
        """
        last = {info.filename: i for i, info in enumerate(self.infos)}
        found = [_entry(i, info, last[info.filename]) for i, info in enumerate(self.infos) if not info.is_dir()]
        return sorted(found, key=lambda each: (each.id, each.at))

    def read(self, entry: Entry, limit: int = MAX_BYTES) -> bytes:
        """All of a file.

        Parameters
        ----------
        entry : Entry
            One of `entries`.
        limit : int, optional
            The bytes that it may have, whatever the zip says of it.

        Returns
        -------
        bytes
            What it holds.

        Raises
        ------
        UnreadableError
            For what is too large, encrypted, damaged or a link.
        """
        if entry.problem:
            raise UnreadableError(entry.problem)
        info = self.infos[entry.at]
        check_size(info.file_size, limit)
        try:
            with self.zip.open(info) as file:
                data = file.read(limit + 1)
        except DAMAGED:
            raise UnreadableError(WORDS["cut"]) from None
        check_size(len(data), limit)
        return data


def _entry(i: int, info: zipfile.ZipInfo, last: int) -> Entry:
    parts = tuple(_name(info).split("/"))
    return Entry(tuple(filter(None, parts)) or ("",), _time(info), i, problem=_problem(info, parts, i == last))


def _name(info: zipfile.ZipInfo) -> str:
    """The name, where a zip of Windows may have its own separators, and where UTF-8 may not be declared."""
    name = info.filename
    if not info.flag_bits & UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/") if info.create_system == DOS else name


def _problem(info: zipfile.ZipInfo, parts: tuple[str, ...], last: bool) -> str:
    checks = {
        "path": ".." in parts or parts[0] == "" or parts[0].endswith(":"),
        "again": not last,
        "encrypted": bool(info.flag_bits & ENCRYPTED),
        "method": info.compress_type not in METHODS,
    }
    if stat.S_ISLNK(info.external_attr >> 16):
        return FILE_WORDS["link"]
    return next((WORDS[name] for name, wrong in checks.items() if wrong), "")


def _time(info: zipfile.ZipInfo) -> float:
    try:
        return time.mktime((*info.date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return 0.0


def open_archive(path: Path) -> Archive:
    """The zip of a class.

    Parameters
    ----------
    path : Path
        Where it is.

    Returns
    -------
    Archive
        Its files.

    Raises
    ------
    ValueError
        If it is no zip, or one with too many files.
    """
    try:
        archive = Archive(path)
    except DAMAGED:
        raise ValueError(WORDS["no zip"].format(path=path)) from None
    if len(archive.infos) > MAX_ENTRIES:
        raise ValueError(WORDS["many"].format(path=path, limit=MAX_ENTRIES))
    return archive


class WithZips:
    """A source in which a student's own zip can be opened.

    Parameters
    ----------
    source : Folder or Archive
        The folder, or the zip of the class.
    """

    def __init__(self, source: "Folder | Archive") -> None:
        """Keep the zip that was opened last: a student's files are read one after the other."""
        self.source = source
        self._opened = lru_cache(maxsize=1)(self._open)

    def entries(self) -> list[Entry]:
        """Every file of the source; zips are not opened.

        Returns
        -------
        list of Entry
            In the order of their ids.
        """
        return self.source.entries()

    def inside(self, entry: Entry) -> list[Entry]:
        """The files of a student's own zip.

        Parameters
        ----------
        entry : Entry
            The zip.

        Returns
        -------
        list of Entry
            In the order of their ids.

        Raises
        ------
        UnreadableError
            If it is none, or too large.
        """
        inner = self._opened(entry).entries()
        return [Entry(each.parts, each.modified, each.at, entry, each.problem) for each in inner]

    def read(self, entry: Entry, limit: int = MAX_BYTES) -> bytes:
        """All of a file, in a student's own zip or not.

        Parameters
        ----------
        entry : Entry
            One of `entries` or of `inside`.
        limit : int, optional
            The bytes that it may have.

        Returns
        -------
        bytes
            What it holds.
        """
        if entry.outer is None:
            return self.source.read(entry, limit)
        return self._opened(entry.outer).read(entry, limit)

    def _open(self, entry: Entry) -> Archive:
        data = self.source.read(entry, MAX_ZIP_BYTES)
        _check_directory(data)
        try:
            archive = Archive(io.BytesIO(data))
        except DAMAGED:
            raise UnreadableError(WORDS["damaged"]) from None
        if len(archive.infos) > MAX_OWN_ENTRIES:
            raise UnreadableError(WORDS["own many"].format(limit=MAX_OWN_ENTRIES))
        return archive


def _check_directory(data: bytes) -> None:
    """Refuse a zip whose list of files would take much memory: `zipfile` reads all of it at once."""
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or len(data) < end + 22:
        raise UnreadableError(WORDS["damaged"])
    (size,) = struct.unpack_from("<I", data, end + 12)
    if size > MAX_DIRECTORY_BYTES or b"PK\x06\x07" in data[max(0, end - 20) : end]:
        raise UnreadableError(WORDS["own large"])
