"""Whether anything has changed, by fingerprints of files: of what a page's numbers depend on, and of the whole book."""

import functools
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def digest(*paths: Path) -> str:
    """Of the names and contents of these files, and of the version of Python."""
    found = hashlib.sha256(sys.version.encode())
    for path in paths:
        found.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return found.hexdigest()[:16]


def files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc")


def fingerprint() -> str:
    """Of everything that a page's numbers depend on, its own code aside."""
    return digest(ROOT / "requirements.lock", *files("wdlesson"))


@functools.cache
def sources() -> str:
    """Of everything that the book is built from."""
    names = ("requirements.lock", "package-lock.json", "_config.yml", "_toc.yml")
    return digest(*(ROOT / name for name in names), *files("wdlesson", "book", "locale"))
