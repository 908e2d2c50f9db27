// What every explorer shares: numbers in words, scales, plots drawn as SVG, controls, and the loop that redraws.
// base.py puts this text in front of each explorer's own script.

function setAttributes(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, value);
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

function svgElement(tag, attributes = {}) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(made, attributes);
  return made;
}

const appendSvg = (parent, tag, attributes) => parent.appendChild(svgElement(tag, attributes));

// ---- Numbers ----

const superscript = (k) => [...String(k)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])).join("");
const powerOfTen = (x) => (x === 0 ? "0" : x === 1 ? "1" : x === 10 ? "10" : `10${superscript(Math.round(Math.log10(x)))}`);

/** Three significant digits, say 0.0578 or 6.06 × 10⁻⁵. */
function format(x, digits = 3) {
  if (x === 0) return "0";
  if (!Number.isFinite(x)) return x < 0 ? "−∞" : "∞";
  const [mantissa, exponent] = x.toExponential(digits - 1).split("e").map(Number);
  if (exponent < -3 || exponent > 4) return `${mantissa} × 10${superscript(exponent)}`.replace(/^-/, "−");
  return x.toFixed(Math.max(0, digits - 1 - exponent)).replace("-", "−");
}

/** As few digits as the number has: for what a slider was set to. */
const formatBrief = (x) =>
  x !== 0 && Math.abs(x) < 1e-3 ? format(x, 2) : String(Number(x.toPrecision(3))).replace("-", "−");

/** How many digits, three at least, it takes to tell x from these: −1.002 from −1, and 1.818 from 1.82. */
function distinguishingDigits(x, others) {
  let digits = 3;
  while (digits < 15 && others.some((other) => format(x, digits) === format(other, digits))) digits++;
  return digits;
}

/** `format` in so many digits; what is one of the others but for rounding errors is shown as that. */
function formatDistinct(x, others) {
  const same = others.find((other) => Math.abs(x - other) < 1e-12);
  return same === undefined ? format(x, distinguishingDigits(x, others)) : formatBrief(same);
}

/** So many decimals, and no sign before a zero. */
const fixed = (x, decimals) => (Number(x.toFixed(decimals)) + 0).toFixed(decimals).replace("-", "−");

/** A share between 0 and 1 in words: it is none, or all, only if it says so. */
function percent(share) {
  const whole = Math.round(100 * share);
  const words = whole === 0 && share > 0 ? "less than 1" : whole === 100 && share < 1 ? "more than 99" : String(whole);
  return `${words}\u00a0%`;
}

const clamp = (x, [low, high]) => Math.max(low, Math.min(high, x));

const range = (low, high, count) =>
  Array.from({ length: count }, (_, i) => Number((low + ((high - low) * i) / (count - 1)).toPrecision(12)));

/** From 10^low to 10^high, so many to the decade, in two significant digits. */
const decades = (low, high, each) =>
  range(low, high, (high - low) * each + 1).map((exponent) => Number((10 ** exponent).toPrecision(2)));

// ---- Scales: from the numbers of an axis to pixels, and back ----

function linear([a, b], [p, q]) {
  const scale = (x) => p + ((x - a) / (b - a)) * (q - p);
  scale.invert = (pixel) => a + ((pixel - p) / (q - p)) * (b - a);
  return scale;
}

/** The low end of the domain stands for 0, and for everything smaller than it. */
function logarithmic([a, b], pixels) {
  const inner = linear([Math.log10(a), Math.log10(b)], pixels);
  const scale = (x) => inner(Math.log10(Math.max(x, a)));
  scale.invert = (pixel) => 10 ** inner.invert(pixel);
  return scale;
}

/** An axis for lambda, from 10^low to 10^high, with a tick every so many decades; the one before the first is 0's. */
const lambdaAxis = (low, high, every = 1) => ({
  domain: [10 ** (low - every), 10 ** high],
  scale: logarithmic,
  ticks: [0, ...range(low, high, (high - low) / every + 1).map((exponent) => 10 ** exponent)],
  format: powerOfTen,
  label: "λ",
});

// ---- Plots ----

const MARGIN = { top: 44, right: 16, bottom: 40, left: 52 };
const WIDTH = 340;
const RIM = 7; // how far a dot may stand out of its plot, so that one on the edge is whole
const LETTER = 6.6; // about the width of a letter

const pixel = (value) => clamp(value, [-1e4, 1e4]).toFixed(2); // a path that diverges is cut off

/** The height at which one unit is as long upwards as sideways: a circle is round, a gradient upright on its contour. */
function equalAspectHeight(x, y) {
  const length = ({ domain: [low, high] }) => high - low;
  return ((WIDTH - MARGIN.left - MARGIN.right) * length(y)) / length(x) + MARGIN.top + MARGIN.bottom;
}

/**
 * A plot, 340 pixels wide, that grows with its column. An axis is {domain, ticks, label} and, if not linear, `scale`;
 * `format` words its ticks. The marks come back as functions: called with numbers of the axes, they move.
 */
class Plot {
  constructor({ title, x, y, height = equalAspectHeight(x, y) }) {
    const [width, tall] = [WIDTH - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
    Object.assign(this, { x, y, inner: { width, height: tall } });
    this.sx = (x.scale ?? linear)(x.domain, [0, width]);
    this.sy = (y.scale ?? linear)(y.domain, [tall, 0]);
    this.root = svgElement("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "group", "aria-label": title });
    this.frame = appendSvg(this.root, "g", { transform: `translate(${MARGIN.left} ${MARGIN.top})` });
    this.quiet = appendSvg(this.frame, "g", { "aria-hidden": "true" }); // the text line says what ticks and marks show
    [this.lines, this.dots] = [this.layer(0), this.layer(RIM)];
    this.word("wd-title", [-MARGIN.left, -29], title, "start");
    this.drawAxes();
  }

  /** Marks that are clipped this far outside of the axes. */
  layer(rim) {
    const { width, height } = this.inner;
    const box = { x: -rim, y: -rim, width: width + 2 * rim, height: height + 2 * rim };
    return appendSvg(this.quiet, "svg", { ...box, viewBox: Object.values(box).join(" ") });
  }

  word(cls, [x, y], text, anchor = "middle") {
    appendSvg(this.quiet, "text", { class: cls, x, y, "text-anchor": anchor }).textContent = text;
  }

  drawAxes() {
    const { x, y, sx, sy, inner: { width, height } } = this;
    const stroke = (d) => appendSvg(this.quiet, "path", { class: "wd-axis", d });
    this.word("wd-label", [-MARGIN.left, -11], y.label, "start");
    stroke(`M0 0V${height}H${width}`);
    for (const tick of x.ticks) {
      stroke(`M${sx(tick)} ${height}v4`);
      this.word("wd-tick", [sx(tick), height + 17], (x.format ?? formatBrief)(tick));
    }
    for (const tick of y.ticks) {
      stroke(`M0 ${sy(tick)}h-4`);
      this.word("wd-tick", [-8, sy(tick) + 4], (y.format ?? formatBrief)(tick), "end");
    }
    this.word("wd-label", [width, height + 34], x.label, "end");
  }

  /** A line, or with a class that fills it an area: called with its points. */
  line(cls) {
    const made = appendSvg(this.lines, "path", { class: cls });
    const corner = ([a, b], i) => `${i ? "L" : "M"}${pixel(this.sx(a))} ${pixel(this.sy(b))}`;
    return (points) => made.setAttribute("d", points.map(corner).join(""));
  }

  /** The two lines where a coordinate is zero. */
  zeroLines() {
    this.line("zero")([[-9, 0], [9, 0]]);
    this.line("zero")([[0, -9], [0, 9]]);
  }

  /** A dot: called with where it is. The exact numbers stay on it, for a test or a curious reader. */
  dot(cls, radius = 5) {
    const made = appendSvg(this.dots, "circle", { class: cls, r: radius });
    return (a, b) => setAttributes(made, { cx: pixel(this.sx(a)), cy: pixel(this.sy(b)), "data-x": a, "data-y": b });
  }

  /** A word beside a point, but not outside of the plot: called with the point and the text. */
  text(cls, { anchor = "start", dx = 8, dy = 4 } = {}) {
    const made = appendSvg(this.quiet, "text", { class: `wd-name ${cls}`, "text-anchor": anchor });
    const before = { start: 0, middle: 0.5, end: 1 }[anchor]; // how much of the word stands left of its point
    const { width, height } = this.inner;
    return (a, b, text) => {
      const long = LETTER * text.length;
      const x = clamp(this.sx(a) + dx, [before * long, width + RIM - (1 - before) * long]);
      setAttributes(made, { x, y: clamp(this.sy(b) + dy, [10, height - 5]) });
      made.textContent = text;
    };
  }

  /** A point to drag with mouse, finger or arrow keys; `move(x, y)` is told where to. Called with where it is. */
  handle({ label, move, step }) {
    const { x, y, sx, sy } = this;
    const made = this.grip(label);
    let here = [0, 0];
    const go = (a, b) => move(...(here = [clamp(a, x.domain), clamp(b, y.domain)])); // keys may outrun the drawing
    const follow = (px, py) => go(sx.invert(px - MARGIN.left), sy.invert(py - MARGIN.top));
    onDrag(made, this.root, follow, { scrolls: false });
    onArrowKey(made, (right, up) => go(here[0] + right * step, here[1] + up * step));
    return (a, b) => {
      here = [a, b];
      const words = `${x.name ?? x.label} ${format(a)}, ${y.name ?? y.label} ${format(b)}`;
      const transform = `translate(${pixel(sx(a))} ${pixel(sy(b))})`;
      setAttributes(made, { transform, "aria-valuenow": a, "aria-valuetext": words });
    };
  }

  /** What is seen of a handle, and the larger circle that a finger finds. */
  grip(label) {
    const [low, high] = this.x.domain;
    const range = { "aria-label": label, "aria-valuemin": low, "aria-valuemax": high };
    const made = appendSvg(this.frame, "g", { class: "wd-handle", tabindex: 0, role: "slider", ...range });
    appendSvg(made, "circle", { class: "wd-reach", r: 22 });
    appendSvg(made, "circle", { class: "wd-grip", r: 8 });
    return made;
  }

  /** Dragging sideways anywhere in the plot tells `move(x)`: the mouse's way to a slider that is there anyway. */
  scrub(move) {
    const made = appendSvg(this.frame, "rect", { class: "wd-scrub", ...this.inner });
    const follow = (px) => move(this.sx.invert(clamp(px - MARGIN.left, [0, this.inner.width])));
    this.root.classList.add("wd-sideways");
    onDrag(made, this.root, follow, { scrolls: true });
  }
}

const ARROW_KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

function onArrowKey(target, move) {
  target.addEventListener("keydown", (event) => {
    const direction = ARROW_KEYS[event.key];
    if (!direction) return;
    event.preventDefault();
    move(...direction);
  });
}

/**
 * Tell `move(x, y)`, in the pixels of the drawing, where the pointer drags something. Where the page scrolls under a
 * finger, one that comes down counts once it has gone sideways, or when it was a tap.
 */
function onDrag(target, root, move, { scrolls }) {
  let from = null; // where a finger came down that may be about to scroll
  const tell = (event) => {
    const box = root.getBoundingClientRect();
    const pixels = root.viewBox.baseVal.width / box.width;
    move((event.clientX - box.left) * pixels, (event.clientY - box.top) * pixels);
  };
  target.addEventListener("pointerdown", (event) => {
    target.setPointerCapture(event.pointerId);
    target.focus({ preventScroll: true });
    from = scrolls && event.pointerType === "touch" ? [event.clientX, event.clientY] : null;
    if (!from) tell(event);
  });
  target.addEventListener("pointermove", (event) => {
    if (!target.hasPointerCapture(event.pointerId)) return;
    if (from && Math.abs(event.clientX - from[0]) < Math.max(8, Math.abs(event.clientY - from[1]))) return;
    from = null;
    tell(event);
  });
  target.addEventListener("click", tell);
  // CSS has touch-action for this, but Chromium heeds it on no part of a drawing, only on the whole.
  if (!scrolls) target.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
}

// ---- Controls ----

const nearest = (values, x) =>
  values.reduce((best, value, i) => (Math.abs(value - x) < Math.abs(values[best] - x) ? i : best), 0);

/** A slider over a list of values, which need not be evenly spaced: {label, values, get, set} and `say` for its words. */
function slider({ label, values, get, set, say = formatBrief }) {
  const input = element("input", { type: "range", min: 0, max: values.length - 1, step: 1, "aria-label": label });
  const output = element("span"); // for the eye; the range says its value itself
  input.addEventListener("input", () => set(values[input.valueAsNumber]));
  const refresh = () => {
    const text = say(get());
    input.value = nearest(values, get());
    input.setAttribute("aria-valuetext", text);
    output.textContent = text;
  };
  return { root: element("label", { class: "wd-slider" }, label, output, input), refresh };
}

/** A choice of one: {label, options: [[value, text], ...], get, set}. */
function choice({ label, options, get, set }) {
  const group = `wd-${Math.random()}`; // radio buttons belong together by a name that no other figure has
  const buttons = options.map(([value]) => {
    const button = element("input", { type: "radio", name: group });
    button.addEventListener("change", () => set(value));
    return button;
  });
  const labels = options.map(([, text], i) => element("label", {}, buttons[i], text));
  const refresh = () => options.forEach(([value], i) => (buttons[i].checked = value === get()));
  const root = element("fieldset", { class: "wd-choice" }, element("legend", {}, label), element("div", {}, ...labels));
  return { root, refresh };
}

/** The value of a list that is nearest to x. */
const snap = (values, x) => values[nearest(values, x)];

/** `get` and `set` for parameters of the widget: a change reaches Python, where there is one, and redraws. */
function parameters(model, names) {
  const parameter = (name) => ({
    get: () => model.get(name),
    set(value) {
      model.set(name, value);
      model.save_changes();
    },
  });
  return Object.fromEntries(names.map((name) => [name, parameter(name)]));
}

// ---- The whole figure ----

/** The elements of a figure: controls, columns of panels, and the text line below. */
function layOut(title, controls, columns, line) {
  const column = (panels) => element("div", {}, ...panels.map((panel) => panel.root));
  return element(
    "div",
    { class: "wd-explorer", role: "group", "aria-label": title },
    element("div", { class: "wd-controls" }, ...controls.map((control) => control.root)),
    element("div", { class: "wd-plots" }, ...columns.map(column)),
    line,
  );
}

/**
 * Put a figure into `el`. A panel is a plot's {root, draw}. Whenever a parameter changes, from here or from Python,
 * `state()` computes what is to be seen; each panel draws it, and `words` says it in the text line.
 */
function assemble({ model, el }, { title, controls, columns, state, words }) {
  const line = element("p", { class: "wd-line", "aria-live": "polite" });
  el.append(layOut(title, controls, columns, line));
  let waiting = 0;
  const redraw = () => {
    waiting = 0;
    const now = state();
    for (const panel of columns.flat()) panel.draw(now);
    line.textContent = words(now);
    for (const control of controls) control.refresh();
  };
  const ask = () => (waiting ||= requestAnimationFrame(redraw)); // however much changes, one drawing a frame
  model.on("change", ask);
  redraw();
  return () => model.off("change", ask);
}
