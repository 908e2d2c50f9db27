// What is printed is light, whatever the screen shows: dark pages waste ink, and figures would lose their paper.
(() => {
  const page = document.documentElement;
  const paper = matchMedia("print");
  let onScreen;

  function toPaper() {
    onScreen ??= page.dataset.theme;
    page.dataset.theme = "light";
  }

  function toScreen() {
    page.dataset.theme = onScreen ?? page.dataset.theme;
    onScreen = undefined;
  }

  addEventListener("beforeprint", toPaper);
  addEventListener("afterprint", toScreen);
  paper.addEventListener("change", () => (paper.matches ? toPaper() : toScreen()));
})();
