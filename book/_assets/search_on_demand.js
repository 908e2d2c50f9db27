// The search and what it reads are loaded when they are asked for: the button, Ctrl-K and the search page all bring the
// reader into the field.
(() => {
  const folder = new URL(".", document.currentScript.src);

  function load(name) {
    const script = document.createElement("script");
    script.async = false; // in order
    script.src = new URL(name, folder);
    document.head.append(script);
  }

  function ask(event) {
    if (!event.target.matches("form.bd-search input")) return;
    removeEventListener("focusin", ask);
    ["search_index.js", "search.js"].forEach(load);
  }

  addEventListener("focusin", ask);
  document.querySelector(".bd-search-container input")?.dispatchEvent(new Event("focusin", { bubbles: true }));
})();
