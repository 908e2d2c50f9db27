// Plots drawn as SVG: scales, axes, marks, and what can be dragged.

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
const HAN = 12; // and of a Chinese character

/** About how wide a word is. */
const widthOf = (text) => [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? HAN : LETTER), 0);

const pixel = (value) => clamp(value, [-1e4, 1e4]).toFixed(2); // a path that diverges is cut off

/** The inside of a plot of this height. Without one, a unit is as long upwards as sideways: a circle is round. */
function innerBox(x, y, height, limit) {
  const length = ({ domain: [low, high] }) => high - low;
  const full = WIDTH - MARGIN.left - MARGIN.right;
  const tall = Math.min(height ? Infinity : (full * length(y)) / length(x), (height ?? limit) - MARGIN.top - MARGIN.bottom);
  return { width: height ? full : (tall * length(x)) / length(y), height: tall };
}

/**
 * A plot, 340 pixels wide, that grows with its column, on a phone `short` pixels high at most. An axis is {domain, ticks,
 * label} and, if not linear, `scale`; `format` words its ticks. Without a height, both axes have the same unit. The marks
 * come back as functions: called with numbers of the axes, they move.
 */
class Plot {
  static narrow = false; // whether plots stand one below the other, as on a phone: the frame says so before it builds them

  constructor({ title, x, y, height, short = 250 }) {
    const limit = Plot.narrow ? short : Infinity;
    const inner = innerBox(x, y, height && Math.min(height, limit), limit);
    Object.assign(this, { x, y, inner });
    this.sx = (x.scale ?? linear)(x.domain, [0, inner.width]);
    this.sy = (y.scale ?? linear)(y.domain, [inner.height, 0]);
    const tall = inner.height + MARGIN.top + MARGIN.bottom;
    this.root = svgElement("svg", { viewBox: `0 0 ${WIDTH} ${tall}`, role: "group", "aria-label": title });
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

  /** A dot: called with where it is; without, it is gone. The exact numbers stay on it, for a test or a curious reader. */
  dot(cls, radius = 5) {
    const made = appendSvg(this.dots, "circle", { class: cls, r: radius });
    return (a, b) => {
      made.setAttribute("visibility", a === undefined ? "hidden" : "visible");
      if (a === undefined) made.removeAttribute("data-x");
      else setAttributes(made, { cx: pixel(this.sx(a)), cy: pixel(this.sy(b)), "data-x": a, "data-y": b });
    };
  }

  /** A word beside a point, but not outside of the plot: called with the point and the text. */
  text(cls, { anchor = "start", dx = 8, dy = 4 } = {}) {
    const made = appendSvg(this.quiet, "text", { class: `wd-name ${cls}`, "text-anchor": anchor });
    const before = { start: 0, middle: 0.5, end: 1 }[anchor]; // how much of the word stands left of its point
    const { width, height } = this.inner;
    return (a, b, text) => {
      const long = widthOf(text);
      const x = clamp(this.sx(a) + dx, [before * long, width + RIM - (1 - before) * long]);
      setAttributes(made, { x, y: clamp(this.sy(b) + dy, [10, height - 5]) });
      made.textContent = text;
    };
  }

  /**
   * A point to drag with mouse, finger or keys, which take it a `step` of [x, y]; `move(x, y)` is told where to. Called
   * with where it is.
   */
  handle({ label, move, step }) {
    const { x, y, sx, sy } = this;
    const made = this.grip(label);
    const sign = appendSvg(made, "path", { class: "wd-sign", d: FOUR_WAYS });
    let here = [0, 0];
    const go = (a, b) => {
      sign.remove();
      here = [clamp(a, x.domain), clamp(b, y.domain)]; // keys may outrun the drawing
      move(...here);
    };
    const follow = (px, py) => go(sx.invert(px - MARGIN.left), sy.invert(py - MARGIN.top));
    onDrag(made, this.root, follow, { scrolls: false });
    onKey(made, (right, up) => go(here[0] + right * step[0], here[1] + up * step[1]));
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
    const sign = appendSvg(this.frame, "path", { class: "wd-sign", d: SIDEWAYS, transform: `translate(${this.inner.width} -15)` });
    const follow = (px) => {
      sign.remove();
      move(this.sx.invert(clamp(px - MARGIN.left, [0, this.inner.width])));
    };
    this.root.classList.add("wd-sideways");
    onDrag(made, this.root, follow, { scrolls: true });
  }
}

// ---- Dragging ----

// The sign that something can be dragged, which goes once it has been: heads of arrows, around a grip or by themselves.
const FOUR_WAYS = "M-13-4v8l-6-4zM13-4v8l6-4zM-4-13h8l-4-6zM-4 13h8l-4 6z";
const SIDEWAYS = "M-14-4v8l-7-4zM-7-4v8l7-4zM-14-.7h7v1.4h-7z";

const FAR = 1e9; // to the end of an axis
const KEYS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
  Home: [-FAR, 0], End: [FAR, 0], PageUp: [0, 10], PageDown: [0, -10],
};

function onKey(target, move) {
  target.addEventListener("keydown", (event) => {
    const direction = KEYS[event.key];
    if (!direction || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // the page stays where it is
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
