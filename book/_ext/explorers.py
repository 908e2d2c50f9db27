"""Explorers on a page without a kernel: anchors, stills, links that set them, bare pages, and ids that stay the same.

`wdlesson.explorers` displays three things at once: the live widget, a static picture (SVG) and that in words. MyST-NB
would keep the widget alone. Here the picture stays, in a `<noscript>`, with the words as its alternative text; in a
single page (which becomes the PDF) and in builders that know no widgets it takes the widget's place.

A link `[λ = 0.3](#norm-ball?lam=0.3)` sets the explorer `NormBall` of its page. Without a script it leads to the
figure; in the PDF and in notebooks it leads to the hosted page, or is plain text where there is none.
"""

import json
import posixpath
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import parse_qsl, urlencode

from docutils import nodes
from editions import chosen, html_language
from execute import WITHOUT_OUTPUT
from katex import characters
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from wdlesson import explorers
from wdlesson.explorers.base import Explorer, Parameter

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "ipywidgets_state"  # MyST-NB's name for the script that carries the state of a page's widgets
KEPT = re.compile(r"_esm$|_css$|[^_]")  # the traits that a script reads; the others are the widget protocol's
KINDS: dict[str, type[Explorer]] = {
    kind.anchor(): kind for kind in (getattr(explorers, name) for name in explorers.__all__)
}

logger = logging.getLogger(__name__)


def is_output(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


def outputs(document: nodes.document) -> Iterator[tuple[nodes.container, nodes.raw, nodes.image, str]]:
    """Every explorer of a page: its output, the view in it, the picture and its words."""
    for output in list(document.findall(is_output)):
        kinds = {child["mime_type"]: child.children for child in output.children}
        if {VIEW, "image/svg+xml", "text/plain"} <= kinds.keys():
            (view,), (picture,) = kinds[VIEW], kinds["image/svg+xml"]
            yield output, view, picture, kinds["text/plain"][0].astext()


# ---- Reading a page ----


def normalize_widget_state(app: Sphinx, document: nodes.document) -> None:
    """Leave out what only a kernel needs, and number the widgets: their random ids would change every build."""
    scripts = app.env.nb_metadata[app.env.docname].get("js_files", {})  # type: ignore[attr-defined]
    if STATE not in scripts:
        return
    path, attributes = scripts[STATE]
    saved = json.loads(attributes["body"])["state"]
    views = [node for node in document.findall(nodes.raw) if VIEW in node.astext()]
    numbered: dict[str, Any] = {}
    seen: Counter[str] = Counter()
    for i, view in enumerate(views):
        name = f"explorer-{i}"
        numbered[name] = {"state": plain_state(saved[rename_model(view, name)])}
        view["anchor"] = anchor(numbered[name]["state"], seen)
    scripts[STATE] = (path, attributes | {"body": state_text(numbered)})


def anchor(state: dict[str, Any], seen: Counter[str]) -> str:
    """A widget's id on its page; a second one of a kind has its number in it."""
    name: str = state["frame"]["anchor"]
    seen[name] += 1
    return name if seen[name] == 1 else f"{name}-{seen[name]}"


def state_text(states: dict[str, Any]) -> str:
    return json.dumps({"state": states}, ensure_ascii=False, separators=(",", ":")).replace("</", r"<\/")


def rename_model(view: nodes.raw, name: str) -> str:
    """Give a view's widget this name; returns the id that it had."""
    id = re.search(r'"model_id": "(\w+)"', view.astext())[1]  # type: ignore[index]
    view.children[:] = [nodes.Text(view.astext().replace(id, name))]
    return id


def plain_state(saved: dict[str, Any]) -> dict[str, Any]:
    """The traits that a script reads, in order."""
    state = saved["state"]
    return {name: state[name] for name in sorted(state) if KEPT.match(name) and name != "layout"}


class SettingLinks(SphinxTransform):
    """Mark the links to explorers, whose anchors MyST does not know."""

    default_priority = 870  # MyST resolves links within a page at 879

    def apply(self, **kwargs: object) -> None:
        for link in self.document.findall(nodes.reference):
            target, _, query = str(link.get("refuri", ""))[1:].partition("?")
            if link.get("id_link") and (query or target in KINDS):
                del link["id_link"]
                link["sets"] = (target, query)


# ---- Writing a page ----


class Explorers(SphinxPostTransform):
    """Keep the static picture of an explorer beside the live widget, or in its place; make links set the widget."""

    default_priority = 3  # MyST-NB picks one of the kinds of an output at 4

    def run(self, **kwargs: object) -> None:
        found = list(outputs(self.document))
        anchors = {view["anchor"] for __, view, *__ in found}
        for link in list(self.document.findall(lambda node: isinstance(node, nodes.reference) and "sets" in node)):
            self.set_address(link, anchors)
        for output, view, picture, words in found:
            picture["alt"] = _(words)
            live = self.app.builder.name in ("html", "dirhtml")
            output.replace_self(self.host(view, picture) if live else picture)

    def set_address(self, link: nodes.reference, anchors: set[str]) -> None:
        name, query = link["sets"]
        if self.app.builder.name not in WITHOUT_OUTPUT and (fault := link_fault(name, query, anchors)):
            logger.warning("a link to an explorer: %s", fault, location=link, type="explorers")
        settings = urlencode([(f"{name}.{key}", value) for key, value in parse_qsl(query)], safe=",")
        address = f"?{settings}#{name}" if settings else f"#{name}"
        link["refuri"], link["classes"], link["internal"] = address, ["wd-set"], True
        if all(isinstance(child, nodes.math) for child in link.children):
            link["reftitle"] = characters(link.astext(), self.config.math_macros)  # a name where formulas are not read
        if self.app.builder.name not in ("html", "dirhtml"):
            self.lead_to_site(link, address)

    def lead_to_site(self, link: nodes.reference, address: str) -> None:
        """In print and in a notebook: to the hosted page, if there is one."""
        if site := self.config.html_baseurl:
            link["refuri"] = f"{site}{self.env.docname}.html{address}"
        else:
            link["classes"] = []  # docutils refuses to lose them
            link.replace_self(link.children)

    def host(self, view: nodes.raw, picture: nodes.image) -> list[nodes.Node]:
        """What carries the anchor on the page, and finds there, with a script, the figure, without, the picture."""
        page = posixpath.dirname(self.app.builder.get_target_uri(self.env.docname))
        embed = posixpath.relpath(bare_page(view["anchor"]), page or ".")
        opened = f'<div id="{view["anchor"]}" class="wd-host" data-embed="{embed}">'
        return [raw(opened), view, raw("<noscript>"), picture, raw("</noscript></div>")]


def raw(html: str) -> nodes.raw:
    return nodes.raw("", html, format="html")


def bare_page(anchor: str) -> str:
    """Where the page of one explorer alone is, below the site; a second one on a page shares the first one's."""
    return f"explorers/{re.sub(r'-[0-9]+$', '', anchor)}.html"


def link_fault(name: str, query: str, anchors: set[str]) -> str:
    """What is wrong with a link that sets an explorer; nothing if it is right."""
    if name not in anchors:
        return f"this page has no {name!r}; it has {sorted(anchors)}"
    traits = KINDS[re.sub(r"-[0-9]+$", "", name)].class_traits()
    for key, text in parse_qsl(query, keep_blank_values=True):
        trait = traits.get(key)
        if not isinstance(trait, Parameter):
            return f"{name} has no {key!r}"
        try:
            trait.validate(None, value_of(text, trait.bounds()))
        except (TypeError, ValueError) as error:
            return str(error)
    return ""


def value_of(text: str, bounds: dict[str, Any]) -> Any:
    """What a text in an address stands for."""
    if "options" in bounds:
        return {str(option): option for option in bounds["options"]}.get(text, text)
    numbers = [float(part) for part in text.split(",")]
    return numbers if "pair" in bounds or len(numbers) > 1 else numbers[0]


# ---- A page for each explorer alone, to embed elsewhere ----

BARE = Template("""\
<!DOCTYPE html>
<html lang="$language" data-theme="auto">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>$title</title>
<link rel="icon" href="../_static/favicon.svg">
<style>
html { color-scheme: light dark; background: Canvas; color: CanvasText; font: 100%/1.5 system-ui, sans-serif; }
html[data-theme="light"] { color-scheme: light; }
html[data-theme="dark"] { color-scheme: dark; }
body { max-width: 60rem; margin: 0 auto; padding: 0.5rem 1rem; background: Canvas;
  --pst-color-background: Canvas; --pst-color-text-base: CanvasText;
  --pst-color-text-muted: color-mix(in srgb, CanvasText 72%, Canvas); }
h1 { margin: 0.2rem 0; font-size: 1.1rem; }
footer { font-size: 0.875rem; }
a { color: inherit; }
img { max-width: 100%; background: white; }
</style>
</head>
<body>
<main>
<h1>$title</h1>
<div id="$anchor" class="wd-host" data-embed="$anchor.html" data-page="$page">
$view
<noscript><img src="$anchor.svg" alt="$words"></noscript>
</div>
</main>
<footer>
<p><a href="$page#$anchor" target="_blank">$here</a>: $credit, <a
href="https://creativecommons.org/licenses/by/4.0/" target="_blank">CC BY 4.0</a>.</p>
</footer>
<script type="application/vnd.jupyter.widget-state+json">$state</script>
<script defer src="../_static/widgets.js"></script>
</body>
</html>
""")


def write_bare_pages(app: Sphinx, exception: Exception | None) -> None:
    """One for each explorer, as it is on the first page that has it."""
    if exception is not None or app.builder.name not in ("html", "dirhtml"):
        return
    done: set[str] = set()
    for page in app.env.collect_relations():  # in the order in which the pages are read
        scripts = app.env.nb_metadata[page].get("js_files", {})  # type: ignore[attr-defined]
        if STATE not in scripts:
            continue
        states = json.loads(scripts[STATE][1]["body"])["state"]
        for i, (__, view, picture, words) in enumerate(outputs(app.env.get_doctree(page))):
            if view["anchor"] in KINDS and view["anchor"] not in done:
                done.add(view["anchor"])
                write_bare_page(app, page, view, states[f"explorer-{i}"], picture, words)


def write_bare_page(
    app: Sphinx, page: str, view: nodes.raw, state: dict[str, Any], picture: nodes.image, words: str
) -> None:
    anchor, config = view["anchor"], app.config
    path = Path(app.outdir, bare_page(anchor))
    path.parent.mkdir(exist_ok=True)
    shutil.copy(Path(app.srcdir, picture["uri"]), path.with_suffix(".svg"))
    texts = {
        "language": html_language(chosen()),
        "title": _(state["state"]["frame"]["title"]),
        "anchor": anchor,
        "page": f"../{app.builder.get_target_uri(page)}",
        "words": _(words),
        "here": _("This figure in its text"),
        "credit": _("%(project)s, by %(author)s") % {"project": config.project, "author": config.author},
    }
    scripts = {"view": view.astext(), "state": state_text({model_id(view): state})}
    path.write_text(BARE.substitute({key: escape(text) for key, text in texts.items()} | scripts), encoding="utf-8")


def model_id(view: nodes.raw) -> str:
    return str(re.search(r'"model_id": "([\w-]+)"', view.astext())[1])  # type: ignore[index]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(SettingLinks)
    app.add_post_transform(Explorers)
    app.connect("doctree-read", normalize_widget_state)
    app.connect("build-finished", write_bare_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
