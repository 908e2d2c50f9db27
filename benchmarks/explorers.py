"""From input to painted frame: how long an explorer takes, on this machine and with its CPU slowed down 4 times.

    python benchmarks/explorers.py _build/html

An input event moves the first slider; the clock runs from its dispatch until a task that follows the next painted
frame. Most of that is waiting for the frame (a screen of 60 Hz makes one every 16.7 ms), so the time that the browser
works for it is given apart: script, style, layout and paint.
"""

import functools
import shutil
import statistics
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

INPUTS = 120
HEAVIER = {  # settings of an explorer that take longer than those at first
    "explorers/training.html": ("?training.problem=noisy", "?training.problem=noisy&training.batch_size=1"),
}
MEASURE = """
async (count) => {
  const input = document.querySelector(".wd-explorer input[type=range]");
  const painted = () => new Promise((done) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    requestAnimationFrame(() => channel.port2.postMessage(0));
  });
  const [waits, works] = [[], []];
  for (let i = 0; i < count; i++) {
    await new Promise((done) => setTimeout(done, 20 + 17 * Math.random())); // at any moment between two frames
    input.value = Math.round((Number(input.max) * ((i * 37) % 100)) / 100);
    const start = performance.now();
    let frame;
    requestAnimationFrame(() => (frame = performance.now())); // before the explorer's own, which draws
    input.dispatchEvent(new Event("input", { bubbles: true }));
    const handled = performance.now();
    await painted();
    waits.push(performance.now() - start);
    works.push(handled - start + (performance.now() - frame));
  }
  return [waits, works];
}
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


def measure(browser: Browser, address: str, slowdown: int) -> tuple[float, float]:
    """The median milliseconds from input to painted frame, and those of work in them."""
    with browser.new_page() as page:
        page.goto(address, wait_until="networkidle")
        page.locator(".wd-explorer").first.wait_for()
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
        waits, works = page.evaluate(MEASURE, INPUTS)
    return statistics.median(waits), statistics.median(works)


def addresses(root: Path) -> Iterator[str]:
    """The pages that have an explorer, with more settings of those that compute much."""
    for file in sorted(root.rglob("*.html")):
        if "widget-view+json" in file.read_text("utf-8"):
            name = str(file.relative_to(root))
            yield from (name + query for query in ("", *HEAVIER.get(name, ())))


def main(site: str) -> None:
    root = Path(site).resolve()
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(root))) as server,
        sync_playwright() as playwright,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        print(f"{'page':66}{'input to frame, ms':>20}{'of it work':>12}{'CPU / 4':>12}{'of it work':>12}")
        for name in addresses(root):
            times = [measure(browser, f"http://127.0.0.1:{server.server_port}/{name}", rate) for rate in (1, 4)]
            print(f"{name:66}{times[0][0]:20.1f}{times[0][1]:12.1f}{times[1][0]:12.1f}{times[1][1]:12.1f}")
        server.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
