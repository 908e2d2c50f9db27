// What every explorer shares: numbers in words, scales, plots drawn as SVG, controls, and the loop that redraws.
// base.py puts this text in front of each explorer's own script.

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function svgElement(parent, tag, attributes = {}) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return parent.appendChild(made);
}

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
const formatBrief = (x) => (x !== 0 && Math.abs(x) < 1e-3 ? format(x, 2) : String(Number(x.toPrecision(3))).replace("-", "−"));

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

/**
 * A plot, 340 pixels wide, that grows with its column. An axis is {domain, ticks, label} and, if not linear, `scale`;
 * `format` words its ticks. Without a height one unit is as long upwards as sideways: a circle is round, and a gradient
 * stands upright on its contour. The marks come back as functions: called with numbers of the axes, they move.
 */
function plot({ title, x, y, height }) {
  const length = ({ domain: [low, high] }) => high - low;
  const width = WIDTH - MARGIN.left - MARGIN.right;
  height ??= (width * length(y)) / length(x) + MARGIN.top + MARGIN.bottom;
  const inner = { width, height: height - MARGIN.top - MARGIN.bottom };
  const root = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  root.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", title);
  const frame = svgElement(root, "g", { transform: `translate(${MARGIN.left} ${MARGIN.top})` });
  const quiet = svgElement(frame, "g", { "aria-hidden": "true" }); // the text line says what the ticks and marks show
  const layer = (rim) => {
    const box = { x: -rim, y: -rim, width: inner.width + 2 * rim, height: inner.height + 2 * rim };
    return svgElement(quiet, "svg", { ...box, viewBox: Object.values(box).join(" ") }); // clips what is in it
  };
  const [lines, dots] = [layer(0), layer(RIM)];
  const sx = (x.scale ?? linear)(x.domain, [0, inner.width]);
  const sy = (y.scale ?? linear)(y.domain, [inner.height, 0]);
  const word = (cls, at, text, anchor = "middle") => {
    const made = svgElement(quiet, "text", { class: cls, x: at[0], y: at[1], "text-anchor": anchor });
    made.textContent = text;
    return made;
  };

  word("wd-title", [-MARGIN.left, -29], title, "start");
  word("wd-label", [-MARGIN.left, -11], y.label, "start");
  svgElement(quiet, "path", { class: "wd-axis", d: `M0 0V${inner.height}H${inner.width}` });
  for (const tick of x.ticks) {
    svgElement(quiet, "path", { class: "wd-axis", d: `M${sx(tick)} ${inner.height}v4` });
    word("wd-tick", [sx(tick), inner.height + 17], (x.format ?? formatBrief)(tick));
  }
  for (const tick of y.ticks) {
    svgElement(quiet, "path", { class: "wd-axis", d: `M0 ${sy(tick)}h-4` });
    word("wd-tick", [-8, sy(tick) + 4], (y.format ?? formatBrief)(tick), "end");
  }
  word("wd-label", [inner.width, inner.height + 34], x.label, "end");

  const pixel = (value) => clamp(value, [-1e4, 1e4]).toFixed(2); // a path that diverges is cut off
  return {
    root,
    /** A line, or with a class that fills it an area: called with its points. */
    line(cls) {
      const made = svgElement(lines, "path", { class: cls });
      return (points) =>
        made.setAttribute("d", points.map(([a, b], i) => `${i ? "L" : "M"}${pixel(sx(a))} ${pixel(sy(b))}`).join(""));
    },
    /** A dot: called with where it is. The exact numbers stay on it, for a test or a curious reader. */
    dot(cls, radius = 5) {
      const made = svgElement(dots, "circle", { class: cls, r: radius });
      return (a, b) => {
        made.setAttribute("cx", pixel(sx(a)));
        made.setAttribute("cy", pixel(sy(b)));
        Object.assign(made.dataset, { x: a, y: b });
      };
    },
    /** A word beside a point, but not outside of the plot: called with the point and the text. */
    text(cls, { anchor = "start", dx = 8, dy = 4 } = {}) {
      const made = svgElement(quiet, "text", { class: `wd-name ${cls}`, "text-anchor": anchor });
      const before = { start: 0, middle: 0.5, end: 1 }[anchor]; // how much of the word stands left of its point
      return (a, b, text) => {
        const long = LETTER * text.length;
        made.setAttribute("x", clamp(sx(a) + dx, [before * long, inner.width + RIM - (1 - before) * long]));
        made.setAttribute("y", clamp(sy(b) + dy, [10, inner.height - 5]));
        made.textContent = text;
      };
    },
    /** A point to drag with mouse, finger or arrow keys; `move(x, y)` is told where to. Called with where it is. */
    handle({ label, move, step }) {
      const made = svgElement(frame, "g", { class: "wd-handle", tabindex: 0, role: "slider", "aria-label": label });
      x.domain.forEach((end, i) => made.setAttribute(["aria-valuemin", "aria-valuemax"][i], end));
      svgElement(made, "circle", { class: "wd-reach", r: 22 });
      svgElement(made, "circle", { class: "wd-grip", r: 8 });
      let here = [0, 0];
      const go = (a, b) => move(...(here = [clamp(a, x.domain), clamp(b, y.domain)])); // keys may outrun the drawing
      const follow = (px, py) => go(sx.invert(px - MARGIN.left), sy.invert(py - MARGIN.top));
      onDrag(made, root, follow, { scrolls: false });
      made.addEventListener("keydown", (event) => {
        const [right, up] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [];
        if (right === undefined) return;
        event.preventDefault();
        go(here[0] + right * step, here[1] + up * step);
      });
      return (a, b) => {
        here = [a, b];
        made.setAttribute("transform", `translate(${pixel(sx(a))} ${pixel(sy(b))})`);
        made.setAttribute("aria-valuenow", a);
        made.setAttribute("aria-valuetext", `${x.name ?? x.label} ${format(a)}, ${y.name ?? y.label} ${format(b)}`);
      };
    },
    /** Dragging sideways anywhere in the plot tells `move(x)`: the mouse's way to a slider that is there anyway. */
    scrub(move) {
      const made = svgElement(frame, "rect", { class: "wd-scrub", ...inner });
      root.classList.add("wd-sideways");
      onDrag(made, root, (px) => move(sx.invert(clamp(px - MARGIN.left, [0, inner.width]))), { scrolls: true });
    },
  };
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
  return { root: element("fieldset", { class: "wd-choice" }, element("legend", {}, label), element("div", {}, ...labels)), refresh };
}

/** `get` and `set` for a parameter of the widget: a change reaches Python, where there is one, and redraws. */
function parameter(model, name) {
  return {
    get: () => model.get(name),
    set(value) {
      model.set(name, value);
      model.save_changes();
    },
  };
}

// ---- The whole figure ----

/**
 * Put controls, columns of plots and the text line into `el`. `draw` moves the marks and returns what the line says; it
 * runs whenever a parameter changes, from here or from Python.
 */
function assemble({ model, el }, { title, controls, columns, draw }) {
  const line = element("p", { class: "wd-line", "aria-live": "polite" });
  el.append(
    element(
      "div",
      { class: "wd-explorer", role: "group", "aria-label": title },
      element("div", { class: "wd-controls" }, ...controls.map((control) => control.root)),
      element("div", { class: "wd-plots" }, ...columns.map((plots) => element("div", {}, ...plots.map((p) => p.root)))),
      line,
    ),
  );
  let waiting = 0;
  const redraw = () => {
    waiting = 0;
    line.textContent = draw();
    for (const control of controls) control.refresh();
  };
  const ask = () => (waiting ||= requestAnimationFrame(redraw)); // however much changes, one drawing a frame
  model.on("change", ask);
  redraw();
  return () => model.off("change", ask);
}
