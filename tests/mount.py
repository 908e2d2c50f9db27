"""An explorer in a browser without the book: a script that shows one and moves it, and a page of the site's kind."""

import json

from playwright.sync_api import Locator, Page

from wdlesson.explorers.base import Explorer

MOUNT = """
async ([state, inThePage]) => {
  const bus = new EventTarget();
  const model = {
    get: (name) => state[name],
    on: (event, listener) => bus.addEventListener(event, listener),
    set: (name, value) => (state[name] = value),
    save_changes: () => bus.dispatchEvent(new Event("change")),
  };
  const widget = await import(URL.createObjectURL(new Blob([state._esm], { type: "text/javascript" })));
  window.requestAnimationFrame = (draw) => (draw(), 0); // a change is drawn at once
  const el = document.createElement("div");
  const style = Object.assign(document.createElement("style"), { textContent: state._css });
  if (inThePage) document.body.replaceChildren(style, el);
  widget.default.render({ model, el });
  const read = (dot) =>
    [dot.classList[0], ...[dot.dataset.x, dot.dataset.y, dot.getAttribute("cx"), dot.getAttribute("cy")].map(Number)];
  window.move = (settings) => {
    Object.assign(state, settings);
    bus.dispatchEvent(new Event("change"));
    const plots = [...el.querySelectorAll("svg[role=group]")];
    return {
      line: el.querySelector(".wd-line").textContent,
      dots: plots.map((plot) => [...plot.querySelectorAll("circle[data-x]")].map(read)),
      paths: plots.map((plot) => [...plot.querySelectorAll("path:not(.wd-axis)")].map((p) => p.getAttribute("d"))),
    };
  };
}
"""


def tables(shown: Page | Locator) -> list[Locator]:
    """The tables of an explorer's numbers: a fold, which the script fills a little after it is opened."""
    shown.get_by_text("The numbers as tables").click()
    shown.locator("table").first.wait_for()
    return shown.locator("table").all()


def page_with(*shown: Explorer, links: str = "") -> str:
    """A page like the site's, with these explorers on their anchors, below each other, and links to them."""
    hosts, states = [], {}
    for explorer in shown:
        name = explorer.anchor()
        states[name] = {"state": {key: value for key, value in explorer.get_state().items() if key != "layout"}}
        view = json.dumps({"model_id": name})
        hosts.append(
            f'<h2 id="about-{name}">{name}</h2><div id="{name}" class="wd-host" data-embed="explorers/{name}.html">'
            f'<script type="application/vnd.jupyter.widget-view+json">{view}</script><noscript></noscript></div>'
        )
    saved = json.dumps({"state": states}).replace("</", r"<\/")
    return (
        f'<!DOCTYPE html><html lang="en"><body style="font: 16px sans-serif">{links}{"".join(hosts)}'
        f'<script type="application/vnd.jupyter.widget-state+json">{saved}</script>'
        '<script defer src="widgets.js"></script></body></html>'
    )
