// ---- The frame: a figure's state in the address, what stands around its plots, and the loop that redraws ----

const FRAME_WORDS = inLanguage({
  en: {
    reset: "Reset",
    link: "Copy link",
    embed: "Copy embed code",
    copied: "Copied.",
    refused: "The browser did not let this page copy. Here it is, selected:",
    numbers: "The numbers as tables",
    titles: {},
  },
  zh: {
    reset: "重置",
    link: "复制链接",
    embed: "复制嵌入代码",
    copied: "已复制。",
    refused: "浏览器不让本页复制。内容在这里，已选中：",
    numbers: "数字表",
    titles: {
      "The lambda dial": "λ 旋钮",
      "Contours and norm ball": "等高线与范数球",
      "The decayed step": "带衰减的一步",
      "What decay removes": "衰减去掉的是什么",
      "L2 against decoupled decay": "L2 与解耦权重衰减",
      "A whole training": "一整次训练",
      "Chosen by hidden data": "由藏起的数据来选",
      "The peak and its cure": "峰与药方",
      "Stopped or decayed": "早停还是衰减",
      "Optimisers and their balls": "优化器和它们的球",
    },
  },
});
const PAUSE = 600; // milliseconds without a change until a screen reader is told, and the address written
const TWO_COLUMNS = 38; // rem, as in explorer.css

// ---- The state in the address: page.html?norm-ball.lam=0.3&norm-ball.minimum=0.6,2.4#norm-ball ----

/** The value that a text stands for: clamped, if it is a number out of bounds; undefined, if it is none. */
function parse(text, { options, parts: bounds, pair, whole, low, high }) {
  if (bounds) return parseEach((text ?? "").split(","), bounds);
  if (options) return options.find((option) => String(option) === text);
  const parts = (text ?? "").split(",").map((part) => (part.trim() ? Number(part) : NaN));
  if (parts.length !== (pair ? 2 : 1) || parts.some(Number.isNaN)) return undefined;
  const numbers = parts.map((x) => clamp(whole ? Math.round(x) : x, [low, high]) + 0);
  return pair ? numbers : numbers[0];
}

/** A list of values, as many as there are bounds. */
function parseEach(texts, bounds) {
  const values = bounds.map((bound, i) => parse(texts[i], bound));
  return texts.length === bounds.length && !values.includes(undefined) ? values : undefined;
}

/** What the query of an address says of a figure. */
function readQuery(search, anchor, bounds) {
  const query = new URLSearchParams(search);
  const read = Object.entries(bounds).map(([name, bound]) => [name, parse(query.get(`${anchor}.${name}`), bound)]);
  return Object.fromEntries(read.filter(([, value]) => value !== undefined));
}

/** The address with these settings of a figure; of other figures it says what it said. */
function withSettings(address, anchor, settings) {
  const url = new URL(address);
  for (const key of [...url.searchParams.keys()]) if (key.startsWith(`${anchor}.`)) url.searchParams.delete(key);
  for (const [name, value] of Object.entries(settings)) url.searchParams.set(`${anchor}.${name}`, value);
  url.search = url.search.replaceAll("%2C", ",");
  return url;
}

/** The parameters as they are set, those that differ from the ones at first, and the ways to set them. */
function settingsOf(model, bounds) {
  const read = () => Object.fromEntries(Object.keys(bounds).map((name) => [name, model.get(name)]));
  const first = read();
  const differs = ([name, value]) => String(value) !== String(first[name]);
  return {
    read,
    changed: () => Object.fromEntries(Object.entries(read()).filter(differs)),
    /** These, and for the others what they were at first. */
    apply(settings) {
      for (const [name, value] of Object.entries({ ...first, ...settings }))
        if (String(value) !== String(model.get(name))) model.set(name, value);
      model.save_changes();
    },
  };
}

/** Write an address; where the browser refuses (in some frames, or too often) there is none. */
function enter(how, url) {
  try {
    if (url.href !== location.href) history[how](history.state, "", url);
  } catch {} // the figure is what it is all the same
}

/** Keep the settings and the page's address the same; `redraw` is asked for when a link of the text sets the figure. */
function bindAddress({ host, bounds, model }, settings, redraw, signal) {
  const read = (search) => readQuery(search, host.id, bounds);
  let known = "{}";
  const load = () => {
    const said = JSON.stringify(read(location.search));
    if (said !== known) settings.apply(read(location.search)); // else it was the fragment alone that changed
    known = said;
  };
  const write = (how, hash = location.hash) => {
    enter(how, Object.assign(withSettings(location.href, host.id, settings.changed()), { hash }));
    known = JSON.stringify(read(location.search));
  };
  const follow = (link) => {
    settings.apply(read(link.search));
    write("pushState", link.hash);
    host.scrollIntoView({ block: "nearest" });
    redraw();
  };
  load();
  addEventListener("popstate", load, { signal });
  onSettingLink(host, follow, signal);
  return after(PAUSE / 2, () => write("replaceState"));
}

/** Call `follow` with a link of the text that sets this figure, when it is followed in this window. */
function onSettingLink(host, follow, signal) {
  const pressed = (event) => {
    const link = event.target.closest?.("a.wd-set");
    if (link?.hash !== `#${host.id}` || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    follow(link);
  };
  document.addEventListener("click", pressed, { signal });
}

/** A function that does something once it has not been called for so long. */
function after(milliseconds, act) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), milliseconds);
  };
}

// ---- Below the plots: reset, link, embed, tables ----

/** The buttons. A figure in a notebook has no address, and so nothing to copy. */
function bar({ title, host }, settings, root) {
  const told = element("span", { role: "status" });
  const byHand = element("input", { readonly: "", hidden: "", "aria-label": FRAME_WORDS.refused });
  const copy = async (text) => {
    byHand.hidden = true;
    try {
      await navigator.clipboard.writeText(text);
      told.textContent = FRAME_WORDS.copied;
    } catch {
      Object.assign(byHand, { value: text, hidden: false }).select();
      told.textContent = FRAME_WORDS.refused;
    }
  };
  const address = (page) =>
    withSettings(new URL(page, location.href.replace(/[?#].*/s, "")), host.id, settings.read());
  const link = () => copy(Object.assign(address(host.dataset.page ?? ""), { hash: host.id }).href);
  const embed = () => copy(frameCode(address(host.dataset.embed), title, root.offsetHeight));
  const sharing = host ? [pushButton(FRAME_WORDS.link, link), pushButton(FRAME_WORDS.embed, embed)] : [];
  return element("div", { class: "wd-bar" }, pushButton(FRAME_WORDS.reset, () => settings.apply({})), ...sharing, told, byHand);
}

const frameCode = (url, title, height) =>
  `<iframe src="${url.href.replaceAll("&", "&amp;")}" title="${title}" ` +
  `style="border: 0; width: 100%; height: ${height + 110}px"></iframe>`;

/** A fold of tables, of which each is {caption, head, rows}: filled while it is open. */
function tableFold(tables) {
  const root = element("details", { class: "wd-tables" }, element("summary", {}, FRAME_WORDS.numbers));
  const body = root.appendChild(element("div"));
  let now = null;
  const fill = () => root.open && body.replaceChildren(...tables(now).map(table));
  root.addEventListener("toggle", fill);
  return { root, draw: (state) => ((now = state), fill()) };
}

function table({ caption, head, rows }) {
  const row = ([first, ...others]) =>
    element("tr", {}, element("th", { scope: "row" }, first), ...others.map((text) => element("td", {}, text)));
  const top = element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)));
  return element("table", {}, element("caption", {}, caption), element("thead", {}, top), element("tbody", {}, ...rows.map(row)));
}

// ---- The whole figure ----

/** The plots in their columns, built anew where the columns come to stand below each other, or beside again. */
function plotArea(el, panels, redraw) {
  const root = element("div", { class: "wd-plots" });
  const isNarrow = () => el.clientWidth > 0 && el.clientWidth < TWO_COLUMNS * rem();
  let drawn = [];
  const build = () => {
    Plot.narrow = isNarrow();
    const columns = panels();
    root.replaceChildren(...columns.map((column) => element("div", {}, ...column.map((panel) => panel.root))));
    root.dataset.narrow = Plot.narrow;
    drawn = columns.flat();
  };
  build();
  const observer = new ResizeObserver(() => {
    if (root.dataset.narrow === String(isNarrow())) return;
    build();
    redraw();
  });
  observer.observe(el);
  return { root, draw: (now) => drawn.forEach((panel) => panel.draw(now)), stop: () => observer.disconnect() };
}

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

/** What the figure shows, in words: for the eye at once, for a screen reader after a pause, and not at first. */
function textLine(words) {
  const seen = element("p", { class: "wd-line" });
  const spoken = element("p", { class: "wd-spoken", "aria-live": "polite" });
  const say = after(PAUSE, (text) => (spoken.textContent = text));
  const draw = (now) => {
    const before = seen.textContent;
    seen.textContent = words(now);
    if (before) say(seen.textContent);
  };
  return { roots: [seen, spoken], draw };
}

/** Put a figure into `el`. What the parts are is said at the head of common.js. */
function assemble({ model, el }, { controls, panels, state, words, tables }) {
  const frame = { ...model.get("frame"), model, host: el.closest("[data-embed]") }; // a page of the site has a host
  frame.title = FRAME_WORDS.titles[frame.title] ?? frame.title;
  const root = el.appendChild(element("div", { class: "wd-explorer", role: "group", "aria-label": frame.title }));
  const settings = settingsOf(model, frame.bounds);
  const stopping = new AbortController();
  let waiting = 0;
  const ask = () => (waiting ||= requestAnimationFrame(redraw)); // however much changes, one drawing a frame
  const keep = frame.host ? bindAddress(frame, settings, ask, stopping.signal) : () => {};
  const parts = [plotArea(el, panels, ask), textLine(words), tableFold(tables)];
  const redraw = () => {
    waiting = 0;
    const now = state();
    for (const part of [...parts, ...controls]) part.draw(now);
  };
  const changed = () => (ask(), keep());
  const [plots, line, fold] = parts;
  const row = element("div", { class: "wd-controls" }, ...controls.map((control) => control.root));
  root.append(row, plots.root, ...line.roots, bar(frame, settings, root), fold.root);
  model.on("change", changed);
  redraw();
  return () => (model.off("change", changed), stopping.abort(), plots.stop());
}
