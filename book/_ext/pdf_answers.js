// Hints stand open. Answers and solutions leave their questions for an appendix, page by page, with a link there and one back.
const make = (tag, properties = {}) => Object.assign(document.createElement(tag), properties);
const anchor = (id) => make("span", { id });

const link = (to, className, text) => {
  const a = make("a", { className, textContent: text, href: `#${to}` });
  a.append(make("span", { className: "number", textContent: "000" }));
  a.lastChild.dataset.of = to;
  return a;
};

const chapterOf = (answer) => answer.closest("section:has(> h2)").querySelector("h2");

const headingOf = (chapter) => {
  const heading = make("h3");
  heading.append(...chapter.cloneNode(true).childNodes);
  return heading;
};

/** Tie a question to its answer of this number. */
const connect = (answer, number, words) => {
  const title = answer.querySelector(".admonition-title");
  const solution = answer.classList.contains("solution");
  if (!solution) title.firstChild.textContent = `${words.answer} ${number}`;
  const there = make("p", { className: "pdf-to-answer" });
  there.append(link(`answer-${number}`, "", `${solution ? words.solution : title.textContent.trim()}${words.page}`));
  answer.before(there);
  const question = there.previousElementSibling?.querySelector(".admonition-title") ?? there;
  question.prepend(anchor(`question-${number}`));
  title.prepend(anchor(`answer-${number}`), link(`question-${number}`, "pdf-to-question", words.asked));
};

(words) => {
  const article = document.querySelector("article.bd-article");
  const appendix = make("section", { id: "answers" });
  appendix.append(make("h2", { textContent: words.answers }));
  let chapter;
  article.querySelectorAll(".admonition.hint").forEach((hint) => hint.classList.remove("dropdown", "toggle", "toggle-hidden"));
  article.querySelectorAll(".admonition.dropdown").forEach((answer, i) => {
    if (chapterOf(answer) !== chapter) {
      chapter = chapterOf(answer);
      appendix.append(headingOf(chapter));
    }
    connect(answer, i + 1, words);
    answer.classList.remove("dropdown", "toggle", "toggle-hidden");
    appendix.append(answer);
  });
  article.append(appendix);
};
