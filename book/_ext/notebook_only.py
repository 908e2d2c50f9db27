"""Cells that need a kernel: with the tag `notebook-only` they run with their page, and only its notebook shows them."""

from docutils import nodes
from sphinx.application import Sphinx

TAG = "notebook-only"


def is_for_notebooks(node: nodes.Node) -> bool:
    return (
        isinstance(node, nodes.container)
        and node.get("nb_element") == "cell_code"
        and TAG in node.get("cell_metadata", {}).get("tags", [])
    )


def remove_cells(app: Sphinx, document: nodes.document) -> None:
    if app.builder.name != "notebooks":
        for cell in list(document.findall(is_for_notebooks)):
            cell.parent.remove(cell)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", remove_cells, priority=400)  # before explorers.py numbers the widgets of a page
    return {"parallel_read_safe": True, "parallel_write_safe": True}
