// The widget host: runs a page's anywidgets without a kernel, from the state that MyST-NB saves in the page.
// What a widget's script may ask of `model` is anywidget's: https://anywidget.dev/en/afm/.
(async () => {
  const type = (what) => `script[type="application/vnd.jupyter.widget-${what}+json"]`;
  const { state: saved } = JSON.parse(document.querySelector(type("state")).textContent);

  function modelOf(state) {
    const bus = new EventTarget();
    return {
      get: (name) => state[name],
      set(name, value) {
        state[name] = value;
        for (const event of [`change:${name}`, "change"]) bus.dispatchEvent(new Event(event));
      },
      on: (event, listener) => bus.addEventListener(event, listener),
      off: (event, listener) => bus.removeEventListener(event, listener),
      save_changes() {}, // there is no kernel to tell
    };
  }

  for (const view of document.querySelectorAll(type("view"))) {
    const el = document.createElement("div");
    const picture = view.nextElementSibling; // a <noscript>, see book/_ext/explorers.py
    view.after(el);
    try {
      const { state } = saved[JSON.parse(view.textContent).model_id];
      const script = URL.createObjectURL(new Blob([state._esm], { type: "text/javascript" }));
      const { default: widget } = await import(script);
      el.append(Object.assign(document.createElement("style"), { textContent: state._css }));
      await widget.render({ model: modelOf(state), el });
    } catch (error) {
      if (picture?.tagName === "NOSCRIPT") el.innerHTML = picture.textContent;
      console.error("This figure cannot move here:", error);
    }
  }
})();
