"""What of this machine's files every submission may read: Python, its packages, and the libraries that they link to.

Of /usr that is the folder of shared libraries and the time zones; where Python itself lies in /usr, its own folders.
"""

import os
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

SHARED_PREFIXES = (Path("/usr"), Path("/usr/local"))  # where others than Python have folders too
ZONES = Path("/usr/share/zoneinfo")


def folders() -> list[Path]:
    """The folders that are shown, read-only.

    Returns
    -------
    list of Path
        Those that are there, none inside another.
    """
    found: list[Path] = []
    candidates = {path.resolve() for path in (*_libraries(), ZONES, *_python(), *_packages()) if path.is_dir()}
    for path in sorted(candidates):
        if not any(path.is_relative_to(other) for other in found):
            found.append(path)
    return found


def _libraries() -> list[Path]:
    """Where the loader looks for shared libraries: as Debian names it, as Fedora does, or as Arch does."""
    places = map(Path, (f"/usr/lib/{os.uname().machine}-linux-gnu", "/usr/lib64", "/usr/lib"))
    return [path for path in places if (path / "libc.so.6").exists()][:1]


def _python() -> list[Path]:
    """The standard library; with a Python of its own, all of its lib, where conda keeps shared libraries."""
    base = Path(sys.base_prefix).resolve()
    own = [] if base in SHARED_PREFIXES else [base / "lib"]
    return [Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("platstdlib")), *own]


def _packages() -> list[Path]:
    """The folders of packages on the path, and that of torch, which is found and not imported."""
    torch = find_spec("torch")
    origin = [Path(torch.origin).parents[1]] if torch and torch.origin else []
    return [*(path for path in map(Path, sys.path) if path.name in ("site-packages", "dist-packages")), *origin]


def check_hidden(*paths: Path) -> None:
    """Check that submissions cannot read some folders.

    Parameters
    ----------
    *paths : Path
        Folders that must stay hidden, there already or not.

    Raises
    ------
    ValueError
        For one that lies in what every sandbox shows.
    """
    for path in paths:
        for seen in folders():
            if path.resolve().is_relative_to(seen):
                raise ValueError(f"{path} lies in {seen}, which every submission can read; it must lie elsewhere")
