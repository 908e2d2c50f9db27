"""Two builds of the site are the same, byte for byte.

A page's outputs are compared in test_notebooks.py, with a second run of all its cells. Here the second build takes them
from the first, and makes everything else anew: notebooks, PDF, pages.
"""

import shutil
from pathlib import Path

from conftest import ROOT, build_all

MAY_DIFFER: set[str] = set()


def files(site: Path) -> dict[str, bytes]:
    return {str(path.relative_to(site)): path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()}


def test_a_second_build_is_the_same_to_the_byte(built: Path) -> None:
    output = ROOT / "_build" / "again"
    shutil.rmtree(output, ignore_errors=True)
    shutil.copytree(built / "executed", output / "_build" / "executed")
    one, two = files(built / "html"), files(build_all(output) / "html")
    assert one.keys() == two.keys()
    assert {name for name in one if one[name] != two[name]} <= MAY_DIFFER
