// Contents on top of the book: who wrote it and when, then its pages (h2 here) and their sections (h3). The anchors are
// new ones, since pages have sections of the same name. The page numbers come later, where `data-of` names an anchor.
const make = (tag, className, textContent) => Object.assign(document.createElement(tag), { className, textContent });

const lineOf = (heading) => {
  const line = make("a", heading.localName === "h2" ? "page" : "part-of-page");
  line.href = `#${heading.id}`;
  const title = heading.cloneNode(true);
  title.querySelector(".headerlink")?.remove();
  const number = make("span", "number");
  number.dataset.of = heading.id;
  line.append(...title.childNodes, number);
  return line;
};

({ imprint, words }) => {
  const article = document.querySelector("article.bd-article");
  const contents = make("nav", "pdf-contents");
  contents.append(make("h2", "", words.contents));
  article.querySelectorAll("h2, h3").forEach((heading, i) => {
    heading.id = `pdf-${i}`;
    contents.append(lineOf(heading));
  });
  const who = make("div", "pdf-imprint");
  who.append(...imprint.map((line) => make("div", "", line)));
  article.querySelector("h1").after(who, contents);
};
