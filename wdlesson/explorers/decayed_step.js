// The decayed step: gradient descent with weight decay on d2l's loss, and where it stops being stable.

const WORDS = {
  rate: "Learning rate",
  decay: "Decay λ",
  both: "Learning rate and decay",
  plane: (steps) => `${steps} decayed steps`,
  flat: "along the flat direction",
  steep: "along the steep direction",
  start: "start",
  minimum: "minimum",
  region: "Where it is stable",
  rateAxis: "learning rate",
  zones: ["smooth", "zigzag", "diverges"],
  rows: "A step multiplies the distance by",
  factor: "1 − lr (h + λ)",
  direction: "direction",
  directions: ["unseen", "flat", "steep"],
  stable: "stable",
  step: "step",
  at: (lr, lam) => `Learning rate ${lr}, λ ${lam}: `,
  still: "nothing moves.",
  past: (edge, steep) =>
    `past the edge at ${edge}. Each step multiplies the steep distance by ${steep}: it diverges.`,
  onEdge: "on the edge. The steep distance changes its sign at each step and never gets smaller.",
  line: ({ way, flat, steep, steps, left, edge }) =>
    `the path ${way}. Each step multiplies the distance by ${flat} (flat) and ${steep} (steep); ` +
    `after ${steps} steps ${left}\u00a0% of it is left. The edge is at ${edge}.`,
  smooth: "comes in smoothly",
  zigzag: "zigzags along the steep direction",
  zigzags: "zigzags in both directions",
  little: "less than 0.01",
  most: "more than 99",
};
const RATES = range(0, 0.16, 161);
const LAMBDAS = range(0, 10, 51);
const CENTRED = { anchor: "middle", dx: 0 };

/** The loss, whose curvatures are h, and the parameters. */
function problem(model) {
  const { h, minimum, start, steps } = model.get("data");
  return { h, minimum, start, steps, steep: Math.max(...h), ...parameters(model, ["lr", "lam"]) };
}

/** The walk and where it leads. A step multiplies the distance along a direction by 1 − lr (h + λ). */
function state({ h, minimum, start, steps, steep, ...set }) {
  const [lr, lam] = [set.lr.get(), set.lam.get()];
  const factor = (curvature) => 1 - lr * (curvature + lam);
  const end = h.map((curvature, i) => (curvature * minimum[i]) / (curvature + lam));
  const walk = range(0, steps, steps + 1).map((t) =>
    end.map((goal, i) => goal + factor(h[i]) ** t * (start[i] - goal)));
  return { lr, lam, factor, factors: h.map(factor), end, walk, steps, edge: 2 / (steep + lam) };
}

function controls({ lr, lam }) {
  return [
    slider({ label: WORDS.rate, values: RATES, ...lr }),
    slider({ label: WORDS.decay, values: LAMBDAS, ...lam }),
  ];
}

// ---- The plane of the two weights ----

function plane({ h, start, steps }) {
  const plot = new Plot({
    title: WORDS.plane(steps),
    x: { domain: [-1.25, 1], ticks: range(-1, 1, 5), label: WORDS.flat },
    y: { domain: [-1.1, 1.15], ticks: range(-1, 1, 5), label: WORDS.steep },
  });
  const levels = range(1, 9, 9).map((k) => [(k * k) / 10, plot.line("faint")]);
  plot.zeroLines();
  const path = plot.line("train thin");
  const dots = range(0, steps, steps + 1).map(() => plot.dot("train", 2.5));
  const goal = plot.dot("exact", 5);
  const startName = plot.text("train", { ...CENTRED, dy: -9 });
  const goalName = plot.text("exact", { dx: 9 });
  const draw = ({ lam, walk, end }) => {
    for (const [height, line] of levels) line(ellipse(end, h.map((each) => Math.sqrt((2 * height) / (each + lam)))));
    path(walk);
    walk.forEach((w, t) => dots[t](...w));
    goal(...end);
    startName(...start, WORDS.start);
    goalName(...end, WORDS.minimum);
  };
  return { root: plot.root, draw };
}

const ellipse = (centre, radii) =>
  range(0, 2 * Math.PI, 91).map((t) => [Math.cos(t), Math.sin(t)].map((part, i) => centre[i] + part * radii[i]));

// ---- Where it is stable ----

function region({ steep, lr, lam }) {
  const plot = new Plot({
    title: WORDS.region,
    height: 220,
    short: 200,
    x: { domain: [0, 0.16], ticks: [0, 0.05, 0.1, 0.15], label: WORDS.rateAxis },
    y: { domain: [0, 10], ticks: [0, 5, 10], label: "λ" },
  });
  drawZones(plot, steep);
  const drawNames = zoneNames(plot, steep);
  const grip = plot.handle({
    label: WORDS.both,
    step: [0.002, 0.2],
    move: (x, y) => {
      lr.set(snap(RATES, x));
      lam.set(snap(LAMBDAS, y));
    },
  });
  const draw = (now) => {
    grip(now.lr, now.lam);
    drawNames(now);
  };
  return { root: plot.root, draw };
}

/** Where the steep factor is above −1, and within it where it is above 0. */
function drawZones(plot, steep) {
  const limit = (factorAtLimit) => LAMBDAS.map((value) => [(1 - factorAtLimit) / (steep + value), value]);
  plot.line("exact area")([[0, 0], ...limit(-1), [0, 10]]);
  plot.line("exact area")([[0, 0], ...limit(0), [0, 10]]);
  plot.line("exact")(limit(-1));
}

/** The names of the zones, at a height where the grip covers none. */
function zoneNames(plot, steep) {
  const texts = ["exact on-darker-area", "exact on-area", "val"].map((cls) => plot.text(cls, CENTRED));
  const middle = (level, zone) => {
    const edges = [0, 1, 2].map((part) => part / (steep + level)).concat(plot.x.domain[1]);
    return (edges[zone] + edges[zone + 1]) / 2;
  };
  const covers = (lr, lam) => (level) =>
    Math.abs(plot.sy(level) - plot.sy(lam)) < 26 &&
    WORDS.zones.some((name, i) => Math.abs(plot.sx(middle(level, i)) - plot.sx(lr)) < 24 + (LETTER * name.length) / 2);
  return ({ lr, lam }) => {
    const covered = covers(lr, lam);
    const level = [5, 8.5, 1.5].find((each) => !covered(each));
    WORDS.zones.forEach((name, i) => texts[i](middle(level, i), level, name));
  };
}

// ---- What a step multiplies the distance by, a row for each direction ----

const inWords = (factor) => formatDistinct(factor, [-1, 0, 1]);

function rows({ h }) {
  const plot = new Plot({
    title: WORDS.rows,
    height: 172,
    short: 160,
    x: { domain: [-2.2, 1.4], ticks: [-2, -1, 0, 1], label: WORDS.factor },
    y: { domain: [-0.5, 2.5], ticks: [0, 1, 2], format: (i) => WORDS.directions[i], label: WORDS.direction },
  });
  plot.line("exact area")([[-1, -0.5], [1, -0.5], [1, 2.5], [-1, 2.5]]);
  plot.line("zero")([[0, -1], [0, 9]]);
  const marks = [0, ...h].map((curvature) => [
    curvature,
    plot.line("stem"),
    plot.dot("train"),
    plot.text("train", { dx: 9 }),
  ]);
  plot.text("exact on-area", CENTRED)(-0.62, 0.5, WORDS.stable);
  const draw = ({ factor }) =>
    marks.forEach(([curvature, line, dot, text], row) => {
      const x = clamp(factor(curvature), [-2.2, 1.4]);
      line([[0, row], [x, row]]);
      dot(x, row);
      text(Math.max(x, 0), row, inWords(factor(curvature)));
    });
  return { root: plot.root, draw };
}

// ---- The text line ----

function words(now) {
  const { lr, lam, edge, factors: [flat, steep], walk, end, steps } = now;
  const at = WORDS.at(formatBrief(lr), formatBrief(lam));
  const limit = formatDistinct(edge, [lr]);
  if (lr === 0) return at + WORDS.still;
  if (lr > edge + 1e-9) return at + WORDS.past(limit, inWords(steep));
  if (lr > edge - 1e-9) return at + WORDS.onEdge;
  const far = ([u, v]) => Math.hypot(u - end[0], v - end[1]);
  const left = remainder(far(walk[steps]) / far(walk[0]));
  const told = { way: way(flat, steep), flat: inWords(flat), steep: inWords(steep) };
  return at + WORDS.line({ ...told, steps, left, edge: limit });
}

function way(flat, steep) {
  if (steep > -1e-12) return WORDS.smooth;
  return flat < -1e-12 ? WORDS.zigzags : WORDS.zigzag;
}

function remainder(share) {
  if (share < 1e-4) return WORDS.little;
  return share > 0.99 ? WORDS.most : format(100 * share, 2);
}

// ---- The tables ----

function tables({ walk, steps, factors, factor }) {
  const shown = range(0, steps, steps + 1).filter((t) => t < 5 || t % 5 === 0);
  const path = shown.map((t) => [String(t), ...walk[t].map((x) => format(x))]);
  const rows = [factor(0), ...factors].map((by, i) => [WORDS.directions[i], inWords(by)]);
  return [
    { caption: WORDS.plane(steps), head: [WORDS.step, WORDS.flat, WORDS.steep], rows: path },
    { caption: WORDS.rows, head: [WORDS.direction, WORDS.factor], rows },
  ];
}

function render({ model, el }) {
  const given = problem(model);
  return assemble({ model, el }, {
    controls: controls(given),
    panels: () => [[plane(given)], [region(given), rows(given)]],
    state: () => state(given),
    words,
    tables,
  });
}

export default { render };
