"""Cells that need a kernel: with the tag `notebook-only` they run with their page, and only its notebook shows them."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

TAG = "notebook-only"


def is_for_notebooks(node: nodes.Node) -> bool:
    return (
        isinstance(node, nodes.container)
        and node.get("nb_element") == "cell_code"
        and TAG in node.get("cell_metadata", {}).get("tags", [])
    )


def remove_outputs(parent: nodes.Element) -> None:
    for container in list(parent.findall(nodes.container)):
        if container.get("nb_element") == "cell_code_output":
            container.parent.remove(container)


def remove_their_outputs(app: Sphinx, document: nodes.document) -> None:
    for cell in document.findall(is_for_notebooks):
        remove_outputs(cell)


class RemoveCells(SphinxPostTransform):
    """From what is no notebook."""

    default_priority = 1

    def run(self, **kwargs: object) -> None:
        if self.app.builder.name != "notebooks":
            for cell in list(self.document.findall(is_for_notebooks)):
                cell.parent.remove(cell)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", remove_their_outputs, priority=400)  # before explorers.py numbers the widgets of a page
    app.add_post_transform(RemoveCells)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
