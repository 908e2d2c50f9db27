// In code, names and signs look like plain text, and become it: a PDF tags every piece, and they were half of the file.
() => {
  document.querySelectorAll("pre span:is(.n, .nn, .p, .w)").forEach((token) => token.replaceWith(token.textContent));
  document.querySelectorAll("pre").forEach((code) => code.normalize());
};
