"""Explorers on a page without a kernel: a plain figure where no script runs, and widget ids that stay the same.

`wdlesson.explorers` displays three things at once: the live widget, a static picture (SVG) and that in words. MyST-NB
would keep the widget alone. Here the picture stays, in a `<noscript>`, with the words as its alternative text; in a
single page (which becomes the PDF) and in builders that know no widgets it takes the widget's place.
"""

import json
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "ipywidgets_state"  # MyST-NB's name for the script that carries the state of a page's widgets
KEPT = re.compile(r"_esm$|_css$|[^_]")  # the traits that a script reads; the others are the widget protocol's


class StaticPictures(SphinxPostTransform):
    """Keep the static picture of an explorer beside the live widget, or in its place."""

    default_priority = 3  # MyST-NB picks one of the kinds of an output at 4

    def run(self, **kwargs: object) -> None:
        for output in list(self.document.findall(is_output)):
            kinds = {child["mime_type"]: child.children for child in output.children}
            if not {VIEW, "image/svg+xml", "text/plain"} <= kinds.keys():
                continue
            (picture,) = kinds["image/svg+xml"]
            picture["alt"] = kinds["text/plain"][0].astext()
            if self.app.builder.name in ("html", "dirhtml"):
                before, after = (nodes.raw("", tag, format="html") for tag in ("<noscript>", "</noscript>"))
                output.replace_self([*kinds[VIEW], before, picture, after])
            else:
                output.replace_self(picture)


def is_output(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


def normalize_widget_state(app: Sphinx, document: nodes.document) -> None:
    """Leave out what only a kernel needs, and number the widgets: their random ids would change every build."""
    scripts = app.env.nb_metadata[app.env.docname].get("js_files", {})  # type: ignore[attr-defined]
    if STATE not in scripts:
        return
    path, attributes = scripts[STATE]
    saved = json.loads(attributes["body"])["state"]
    views = [node for node in document.findall(nodes.raw) if VIEW in node.astext()]
    numbered = {}
    for i, view in enumerate(views):
        name = f"explorer-{i}"
        numbered[name] = {"state": plain_state(saved[rename_model(view, name)])}
    body = json.dumps({"state": numbered}, ensure_ascii=False, separators=(",", ":")).replace("</", r"<\/")
    scripts[STATE] = (path, attributes | {"body": body})


def rename_model(view: nodes.raw, name: str) -> str:
    """Give a view's widget this name; returns the id that it had."""
    id = re.search(r'"model_id": "(\w+)"', view.astext())[1]  # type: ignore[index]
    view.children[:] = [nodes.Text(view.astext().replace(id, name))]
    return id


def plain_state(saved: dict[str, Any]) -> dict[str, Any]:
    """The traits that a script reads, in order."""
    state = saved["state"]
    return {name: state[name] for name in sorted(state) if KEPT.match(name) and name != "layout"}


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_post_transform(StaticPictures)
    app.connect("doctree-read", normalize_widget_state)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
