// An anchor that is not on its page any more: perhaps it stands on another page. Where all are is loaded only then.
(() => {
  const root = document.documentElement.dataset.content_root;

  function lead() {
    const id = decodeURIComponent(location.hash.slice(1));
    if (!id || document.getElementById(id)) return;
    const script = document.createElement("script");
    script.src = `${root}_static/anchors.js`;
    script.onload = () => {
      if (Object.hasOwn(window.bookAnchors, id)) location.replace(`${root}${window.bookAnchors[id]}.html#${id}`);
    };
    document.head.append(script);
  }

  lead();
  addEventListener("hashchange", lead);
})();
