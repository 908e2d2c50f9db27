"""Old addresses of what moved to another page lead there.

A section keeps its label when it moves. So an address whose anchor is not on its page is looked up among the anchors of
the whole book, in a script that no other reader loads: see `_assets/moved.js`.
"""

import json
import re
from collections import Counter
from pathlib import Path

from sphinx.application import Sphinx

ANCHOR = re.compile(r'<(?:section|span|div)\b[^>]*?\sid="([a-z][a-z0-9]*(?:-[a-z0-9]+)+)"')


def write_anchors(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    site = Path(app.outdir)
    pages = {name: ANCHOR.findall((site / f"{name}.html").read_text("utf-8")) for name in sorted(app.env.found_docs)}
    times = Counter(anchor for anchors in pages.values() for anchor in set(anchors))
    where = {anchor: name for name, anchors in pages.items() for anchor in anchors if times[anchor] == 1}
    text = json.dumps(where, separators=(",", ":"), sort_keys=True)
    (site / "_static" / "anchors.js").write_text(f"window.bookAnchors = {text};\n", "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", write_anchors)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
