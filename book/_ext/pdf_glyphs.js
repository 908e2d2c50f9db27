// The characters of the page for which no font here has a glyph: they all look like one that no font can have.
() => {
  const pen = Object.assign(document.createElement("canvas"), { width: 40, height: 40 }).getContext("2d", { willReadFrequently: true });
  pen.font = "24px sans-serif";
  function picture(character) {
    pen.clearRect(0, 0, 40, 40);
    pen.fillText(character, 4, 30);
    return pen.getImageData(0, 0, 40, 40).data.join();
  }
  const none = picture("\u{10fffd}");
  const letters = new Set(document.body.innerText.match(/\p{L}/gu));
  return [...letters].filter((letter) => picture(letter) === none).sort().join("");
};
