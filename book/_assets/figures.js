// A narrow screen shrinks figures. There one opens in its own size at a tap, and can be moved about; the next tap
// closes it.
(() => {
  const LANGUAGES = { en: { close: "Close", enlarge: "Enlarge" }, zh: { close: "关闭", enlarge: "放大" } };
  const WORDS = LANGUAGES[document.documentElement.lang.slice(0, 2)] ?? LANGUAGES.en;
  const figures = [...document.querySelectorAll(".bd-content .cell_output img")];

  function open(figure) {
    const dialog = document.createElement("dialog");
    dialog.className = "whole-figure";
    const whole = figure.cloneNode();
    whole.style.width = `${figure.naturalWidth}px`;
    const close = Object.assign(document.createElement("button"), { textContent: WORDS.close });
    dialog.append(close, whole);
    dialog.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  function wrap(figure) {
    const button = Object.assign(document.createElement("button"), { className: "enlarge", title: WORDS.enlarge });
    figure.replaceWith(button);
    button.append(figure);
    button.addEventListener("click", () => open(figure));
  }

  // Whoever turns a phone, or has a wide screen, gets the figure as it is: the button is there where it is needed.
  const narrow = matchMedia("(max-width: 768px)");
  const prepare = () => narrow.matches && figures.splice(0).forEach(wrap);
  prepare();
  narrow.addEventListener("change", prepare);
})();
