// The decayed step: gradient descent with weight decay on a bowl, and where it stops being stable.

const RATES = range(0, 2.4, 121);
const LAMBDAS = range(0, 1, 51);
const DIRECTIONS = ["unseen", "flat", "steep"];
const CENTRED = { anchor: "middle", dx: 0 };

/** The bowl, whose curvatures are h, and the parameters. */
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
    slider({ label: "Learning rate", values: RATES, ...lr }),
    slider({ label: "Decay λ", values: LAMBDAS, ...lam }),
  ];
}

// ---- The plane of the two weights ----

function plane({ h, minimum, start, steps }) {
  const plot = new Plot({
    title: `${steps} decayed steps`,
    x: { domain: [-2.6, 2.9], ticks: range(-2, 2, 5), label: "w₁, flat" },
    y: { domain: [-2.73, 3.5], ticks: range(-2, 3, 6), label: "w₂, steep" },
  });
  const levels = range(1, 9, 9).map((k) => [(k * k) / 14, plot.line("faint")]);
  plot.zeroLines();
  const path = plot.line("train thin");
  const dots = range(0, steps, steps + 1).map(() => plot.dot("train", 2.5));
  const goals = [plot.dot("reference", 4), plot.dot("exact", 5)];
  const names = [["train", -9], ["reference", -10], ["exact", 20]].map(([cls, dy]) => plot.text(cls, { ...CENTRED, dy }));
  const draw = ({ lam, walk, end }) => {
    for (const [height, line] of levels) line(ellipse(end, h.map((each) => Math.sqrt((2 * height) / (each + lam)))));
    path(walk);
    walk.forEach((w, t) => dots[t](...w));
    goals[0](...minimum);
    goals[1](...end);
    names[0](...start, "start");
    names[1](...minimum, lam > 0.04 ? "without decay" : "");
    names[2](...end, "minimum");
  };
  return { root: plot.root, draw };
}

const ellipse = (centre, radii) =>
  range(0, 2 * Math.PI, 91).map((t) => [Math.cos(t), Math.sin(t)].map((part, i) => centre[i] + part * radii[i]));

// ---- Where it is stable ----

function region({ steep, lr, lam }) {
  const plot = new Plot({
    title: "Where it is stable",
    height: 220,
    x: { domain: [0, 2.4], ticks: [0, 0.5, 1, 1.5, 2], label: "learning rate" },
    y: { domain: [0, 1], ticks: [0, 0.5, 1], label: "λ" },
  });
  drawZones(plot, steep);
  const drawNames = zoneNames(plot, steep);
  const grip = plot.handle({
    label: "Learning rate and decay",
    step: 0.02,
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
  plot.line("exact area")([[0, 0], ...limit(-1), [0, 1]]);
  plot.line("exact area")([[0, 0], ...limit(0), [0, 1]]);
  plot.line("exact")(limit(-1));
}

/** The names of the zones, where the grip is not. */
function zoneNames(plot, steep) {
  const zones = [["exact on-darker-area", "smooth"], ["exact on-area", "zigzag"], ["val", "diverges"]];
  const texts = zones.map(([cls]) => plot.text(cls, CENTRED));
  return ({ lam }) => {
    const level = Math.abs(lam - 0.5) < 0.2 ? 0.88 : 0.5;
    const edges = [0, 1, 2].map((part) => part / (steep + level)).concat(2.4);
    zones.forEach(([, name], i) => texts[i]((edges[i] + edges[i + 1]) / 2, level, name));
  };
}

// ---- What a step multiplies the distance by, a row for each direction ----

const inWords = (factor) => formatDistinct(factor, [-1, 0, 1]);

function rows({ h }) {
  const plot = new Plot({
    title: "A step multiplies the distance by",
    height: 172,
    x: { domain: [-2.2, 1.4], ticks: [-2, -1, 0, 1], label: "1 − lr (h + λ)" },
    y: { domain: [-0.5, 2.5], ticks: [0, 1, 2], format: (i) => DIRECTIONS[i], label: "direction" },
  });
  plot.line("exact area")([[-1, -0.5], [1, -0.5], [1, 2.5], [-1, 2.5]]);
  plot.line("zero")([[0, -1], [0, 9]]);
  const marks = [0, ...h].map((curvature) => [
    curvature,
    plot.line("stem"),
    plot.dot("train"),
    plot.text("train", { dx: 9 }),
  ]);
  plot.text("exact on-area", CENTRED)(-0.62, 0.5, "stable");
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
  const { lr, lam, edge } = now;
  const set = `Learning rate ${formatBrief(lr)}, λ ${formatBrief(lam)}: `;
  if (lr === 0) return `${set}nothing moves.`;
  if (lr > edge + 1e-9) return `${set}past the edge at ${limit(now)}. ${divergence(now)}`;
  if (lr > edge - 1e-9)
    return `${set}on the edge. The steep distance changes its sign at each step and never gets smaller.`;
  return `${set}${convergence(now)} The edge is at ${limit(now)}.`;
}

const limit = ({ lr, edge }) => formatDistinct(edge, [lr]);

const divergence = ({ factors: [, steep] }) =>
  `Each step multiplies the steep distance by ${inWords(steep)}: it diverges.`;

function convergence({ factors: [flat, steep], walk, end, steps }) {
  const far = ([u, v]) => Math.hypot(u - end[0], v - end[1]);
  return (
    `the path ${way(flat, steep)}. Each step multiplies the distance by ${inWords(flat)} (flat) and ${inWords(steep)} ` +
    `(steep); after ${steps} steps ${remainder(far(walk[steps]) / far(walk[0]))}\u00a0% of it is left.`
  );
}

function way(flat, steep) {
  if (steep > -1e-12) return "comes in smoothly";
  return flat < -1e-12 ? "zigzags in both directions" : "zigzags along the steep direction";
}

function remainder(share) {
  if (share < 1e-4) return "less than 0.01";
  return share > 0.99 ? "more than 99" : format(100 * share, 2);
}

// ---- The tables ----

function tables({ walk, factors, factor }) {
  const steps = walk.filter((_, t) => t < 5 || t % 5 === 0);
  return [
    { caption: "The path", head: ["step", "w₁", "w₂"], rows: steps.map((w) => [String(walk.indexOf(w)), ...w.map((x) => format(x))]) },
    { caption: "A step multiplies", head: ["direction", "by"], rows: [factor(0), ...factors].map((by, i) => [DIRECTIONS[i], inWords(by)]) },
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
