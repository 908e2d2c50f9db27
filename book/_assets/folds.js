// A fold's button is named by what it opens, after the theme's script has made it.
addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("button.toggle-button")) {
    const title = [...button.parentElement.childNodes].filter((part) => part !== button);
    button.setAttribute("aria-label", title.map((part) => part.textContent).join("").trim());
  }
});
