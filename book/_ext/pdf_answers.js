// Answers and solutions leave their questions for an appendix, page by page, with a link there and one back.
() => {
  const article = document.querySelector("article.bd-article");
  const make = (tag, className, textContent) => Object.assign(document.createElement(tag), { className, textContent });
  const appendix = make("section");
  appendix.id = "answers";
  appendix.append(make("h2", "", "Answers and solutions"));

  const anchor = (id) => Object.assign(make("span"), { id });

  function link(to, className, text) {
    const a = Object.assign(make("a", className, text), { href: `#${to}` });
    a.append(Object.assign(make("span", "", "000"), { className: "number" }));
    a.lastChild.dataset.of = to;
    return a;
  }

  let chapter;
  article.querySelectorAll(".admonition.dropdown").forEach((answer, i) => {
    const page = answer.closest("section:has(> h2)").querySelector("h2");
    if (page !== chapter) {
      chapter = page;
      const heading = make("h3");
      heading.append(...page.cloneNode(true).childNodes);
      appendix.append(heading);
    }
    const title = answer.querySelector(".admonition-title");
    const solution = answer.classList.contains("solution");
    if (!solution) title.firstChild.textContent = `Answer ${i + 1}`;
    const there = make("p", "pdf-to-answer");
    there.append(link(`answer-${i + 1}`, "", `${solution ? "Solution" : title.textContent.trim()}: page `));
    answer.before(there);
    const question = there.previousElementSibling?.querySelector(".admonition-title") ?? there;
    question.prepend(anchor(`question-${i + 1}`));
    title.prepend(anchor(`answer-${i + 1}`), link(`question-${i + 1}`, "pdf-to-question", "asked on page "));
    answer.classList.remove("dropdown", "toggle", "toggle-hidden");
    appendix.append(answer);
  });
  article.append(appendix);
};
