"""What goes with the pages to be downloaded: the notebooks, and the PDF if it was printed from the same sources.

Both lie beside the pages: the notebooks come from the same reading, and the PDF is printed before.
"""

import shutil
from pathlib import Path

from pdf import PDF_PATH, is_current
from sphinx.application import Sphinx


def has_download(app: Sphinx, path: str) -> bool:
    """Whether this lies beside the build, to go with the pages."""
    builds = Path(app.outdir).parent
    return is_current(builds) if path == PDF_PATH else (builds / path).is_file()


def copy_downloads(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    builds = Path(app.outdir).parent
    pdf = [builds / PDF_PATH] if has_download(app, PDF_PATH) else []
    for source in sorted([*builds.glob("notebooks/*.ipynb"), *pdf]):
        target = Path(app.outdir, source.relative_to(builds))
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, target)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", copy_downloads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
