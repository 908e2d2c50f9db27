// Contents on top of the book: its pages (h2 here) and their sections (h3), with the page numbers known by now. The
// anchors are new ones, since pages have sections of the same name.
(numbers) => {
  const article = document.querySelector("article.bd-article");
  const contents = document.createElement("nav");
  contents.className = "paper-contents";
  contents.append(Object.assign(document.createElement("h2"), { textContent: "Contents" }));
  document.querySelector(".paper-contents")?.remove();
  article.querySelectorAll("h2, h3").forEach((heading, i) => {
    heading.id = `paper-${i}`;
    const line = Object.assign(document.createElement("a"), {
      className: heading.localName === "h2" ? "page" : "part-of-page",
      href: `#${heading.id}`,
    });
    const title = heading.cloneNode(true);
    title.querySelector(".headerlink")?.remove();
    line.append(...title.childNodes, Object.assign(document.createElement("span"), { className: "number" }));
    line.lastChild.textContent = numbers[heading.id] ?? "";
    contents.append(line);
  });
  article.querySelector("h1").after(contents);
};
