// The search: as you type, the place that is about your words first, with the sentence in which they stand.
// It reads `window.bookPlaces`, which book/_ext/search_index.py wrote, and runs from a folder as well.
"use strict";
{
  const LANGUAGES = {
    en: {
      none: (query) => `“${query}” did not match anything in this book. Is there another word for it, or a shorter one?`,
      some: (count, all) => (count < all ? `The best ${count} of ${all} results` : count === 1 ? "1 result" : `${count} results`),
      on: (page) => `on the page ${page}`,
    },
    zh: {
      none: (query) => `本书里没有找到“${query}”。换一个词，或者短一点的词？`,
      some: (count, all) => (count < all ? `${all} 条结果中最好的 ${count} 条` : `${count} 条结果`),
      on: (page) => `在“${page}”一页`,
    },
  };
  const SAYS = LANGUAGES[document.documentElement.lang.slice(0, 2)] ?? LANGUAGES.en;
  const [MOST, MOST_OF_A_PAGE, WORDS_QUOTED] = [20, 3, 30];

  // ---- Words, so that one spelling finds the other ----

  const GREEK = "αalpha βbeta γgamma δdelta εepsilon ηeta θtheta κkappa λlambda μmu ρrho σsigma τtau φphi ωomega Δdelta";
  const LETTERS = new Map(GREEK.split(" ").map((pair) => [pair[0], ` ${pair.slice(1)} `]));

  /** British as American, a plural as one. */
  const spell = (word) =>
    word
      .replace(/(?<=[a-z]{3})is(?=[aei])/g, "iz")
      .replace(/(?<=[a-z]{3})our(?=s?$|ed$|ing$)/, "or")
      .replace(/(?<=[a-z]{2}[^s])s$/, "");

  const isChinese = (word) => /\p{Script=Han}/u.test(word);

  /** Chinese has no spaces: a run of characters is cut into overlapping pairs, in the book and in a query alike. */
  const pairsOf = (run) => (run.length < 3 ? [run] : [...run].slice(1).map((_, i) => run.slice(i, i + 2)));

  const wordsOf = (text) =>
    text
      .normalize("NFKC")
      .replace(/[α-ωΔ]/gu, (letter) => LETTERS.get(letter) ?? letter)
      .toLowerCase()
      .split(/[^\p{Letter}\p{Number}]+/u)
      .flatMap((run) => run.match(/\p{Script=Han}+|[^\p{Script=Han}]+/gu) ?? [])
      .flatMap((run) => (isChinese(run) ? pairsOf(run) : [spell(run)]));

  const countOf = (words) => words.reduce((counts, word) => counts.set(word, (counts.get(word) ?? 0) + 1), new Map());

  // ---- Places, and how well each fits ----

  const WEIGHTS = { titles: 12, page: 3, text: 1, code: 0.4 };
  const KINDS = { page: 8, term: 2, section: 1, object: 0 }; // between places whose titles fit about alike

  const titleOfPage = new Map(bookPlaces.filter((place) => place.kind === "page").map(({ page, title }) => [page, title]));
  const places = bookPlaces.map((place) => {
    const called = [place.title, ...(place.names ?? [])];
    const fields = {
      titles: called.join(" "),
      page: place.kind === "page" ? "" : titleOfPage.get(place.page),
      text: place.text ?? "",
      code: place.code ?? "",
    };
    return {
      ...place,
      called,
      known: called.map((name) => wordsOf(name).join(" ")),
      fields: Object.entries(fields).map(([name, text]) => [WEIGHTS[name], countOf(wordsOf(text))]),
    };
  });

  /** 1 for the word itself, less for one that begins with it, least for one that has it inside. */
  function likeness(word, sought) {
    if (word === sought) return 1;
    if (word.startsWith(sought) && sought.length > 1) return 0.3 + (0.4 * sought.length) / word.length;
    return word.includes(sought) && sought.length > 3 ? 0.2 : 0;
  }

  /** How well a word fits a field: the best of the field's words, more if it comes again and again. */
  function fit(counts, sought) {
    let best = 0;
    for (const [word, count] of counts) {
      const like = likeness(word, sought);
      if (like) best = Math.max(best, like * (1 + Math.log2(Math.min(count, 16)) / 2));
    }
    return best;
  }

  /** How well a place fits a query: 0 unless it has all of its words. */
  function score(place, sought) {
    let sum = 0;
    for (const word of sought) {
      const fits = place.fields.map(([weight, counts]) => weight * fit(counts, word));
      if (!fits.some(Boolean)) return 0;
      sum += fits.reduce((a, b) => a + b);
    }
    const query = sought.join(" ");
    if (place.known.includes(query)) sum += 50 * sought.length;
    else if (place.known.some((name) => name.startsWith(query))) sum += 15;
    return sum + (sought.some((word) => fit(place.fields[0][1], word)) ? KINDS[place.kind] : 0);
  }

  /** The best places, not too many of one page, and how many there are in all. */
  function find(query) {
    const sought = wordsOf(query);
    const found = places
      .map((place) => ({ place, fits: sought.length && score(place, sought) }))
      .filter(({ fits }) => fits)
      .sort((a, b) => b.fits - a.fits)
      .map(({ place }) => place);
    const seen = new Map();
    const next = ({ page }) => seen.set(page, (seen.get(page) ?? 0) + 1).get(page);
    return [found.filter((place) => next(place) <= MOST_OF_A_PAGE).slice(0, MOST), found.length];
  }

  // ---- What is shown of them ----

  const root = new URL("..", document.currentScript.src);
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const hits = (word, sought) => wordsOf(word).some((part) => sought.some((one) => likeness(part, one) > 0.2));

  /** A piece of a text around the words that are sought, with those marked. */
  function quote(text, sought) {
    const words = text.match(/\p{Script=Han}{1,4}[，。；：、？！”）]*|[^\s\p{Script=Han}]+/gu) ?? [];
    const first = words.findIndex((word) => hits(word, sought));
    const start = Math.max(0, first - WORDS_QUOTED / 3);
    const piece = words.slice(start, start + WORDS_QUOTED);
    const marked = piece.flatMap((word) => [hits(word, sought) ? make("mark", { textContent: word }) : word, isChinese(word) ? "" : " "]);
    const more = start + WORDS_QUOTED < words.length;
    return make("p", { className: "context" }, start ? "… " : "", ...marked, more ? "…" : "");
  }

  /** The name by which it was found, and the one that it stands under. */
  function heading({ called, known }, query) {
    const [title] = called;
    const name = called[known.indexOf(query)] ?? called.find((_, i) => known[i].startsWith(query)) ?? title;
    return name === title ? title : `${name}: ${title}`;
  }

  function item(place, sought) {
    const href = new URL(`${place.page}.html${place.anchor ? `#${place.anchor}` : ""}`, root);
    const link = make("a", { href, textContent: heading(place, sought.join(" ")) });
    const where = place.kind === "page" ? "" : make("span", { textContent: ` ${SAYS.on(titleOfPage.get(place.page))}` });
    return make("li", {}, link, where, place.text ? quote(place.text, sought) : "");
  }

  function show(results, query) {
    const [found, all] = find(query);
    results.classList.toggle("empty", !query.trim());
    results.querySelector(".search-summary").textContent = found.length ? SAYS.some(found.length, all) : SAYS.none(query);
    results.querySelector("ul").replaceChildren(...found.map((place) => item(place, wordsOf(query))));
    results.scrollTop = 0;
  }

  // ---- The fields: one in a dialog on each page, one on the search page ----

  /** The arrows lead from the field through the links, and back. */
  function walk(event, field, results) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const stops = [field, ...results.querySelectorAll("a")];
    const next = stops[stops.indexOf(document.activeElement) + step];
    if (next) event.preventDefault();
    next?.focus();
  }

  function resultsOf(form) {
    const results = document.querySelector("#search-results") ?? make("section", { id: "search-results" });
    if (!results.isConnected) form.after(results);
    results.classList.add("empty");
    results.append(make("p", { className: "search-summary", role: "status" }), make("ul", { className: "search" }));
    return results;
  }

  function listen(form) {
    const [field, results] = [form.querySelector("input"), resultsOf(form)];
    field.addEventListener("input", () => show(results, field.value));
    for (const part of [field, results]) part.addEventListener("keydown", (event) => walk(event, field, results));
    field.value ||= (form.closest("dialog") ? null : new URLSearchParams(location.search).get("q")) ?? "";
    show(results, field.value);
  }

  const forms = [...document.querySelectorAll("form.bd-search")];
  listen(forms.find((form) => !form.closest("dialog")) ?? forms[0]);
}
