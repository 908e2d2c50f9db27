// Optimisers and their balls: decay with a step of bounded norm ends where the loss is least on a ball.

const MATRIX = "[w₁\u00a0w₂;\u00a0w₂\u00a0w₁]";
const WORDS = inLanguage({
  en: {
    decay: "Decay λ",
    ball: "Ball",
    balls: { Linf: "Box", L2: "Disc", spectral: "Diamond" },
    names: { adamw: "AdamW", lion: "Lion", cautious: "Cautious AdamW", sgd: "Normalised SGD", muon: "Muon" },
    plane: "Paths in the plane of the weights",
    w1: "w₁",
    w2: "w₂",
    minimum: "Minimum of the loss",
    bestPoint: "Best on the ball",
    radius: "Radius 1/λ",
    norms: "The norm after each step",
    normAxis: "norm of the ball (dotted: 1/λ)",
    step: "step",
    optimiser: "optimiser",
    fromBest: "from the best",
    fromMinimum: "from the minimum",
    at: (lam) => `λ ${lam}: `,
    noBall: (at) => `no decay and no ball. The loss is least at ${at}.`,
    inside: (at, set) => `the loss is least at ${at}, which is in the ${set}.`,
    onBall: (set, where) => `on the ${set}, the loss is least ${where}.`,
    set: {
      Linf: (radius) => `box |w₁|, |w₂| ≤ ${radius}`,
      L2: (radius) => `disc ‖w‖ ≤ ${radius}`,
      spectral: (radius) => `diamond |w₁ ± w₂| ≤ ${radius}`,
    },
    corner: (at) => `in the corner ${at}`,
    wall: (at) => `on a wall, at ${at}`,
    rim: (at, strength) => `on the rim, at ${at}: the ridge solution with strength ${strength}`,
    sameValues: (value) => `: the matrix ${MATRIX} has both singular values ${value}`,
    values: (largest, other) => `: the matrix ${MATRIX} has the singular values ${largest} and ${other}`,
    end: (name, place) => ` ${name} ends ${place}.`,
    close: "within 0.001 of that point",
    away: (distance) => `${distance} from that point`,
    free: (distance) => `${distance} from that point, within 0.01 of the minimum of the loss`,
  },
  zh: {
    decay: "衰减 λ",
    ball: "球",
    balls: { Linf: "方盒", L2: "圆盘", spectral: "菱形" },
    names: { adamw: "AdamW", lion: "Lion", cautious: "谨慎的 AdamW", sgd: "归一化的 SGD", muon: "Muon" },
    plane: "权重平面上的路径",
    w1: "w₁",
    w2: "w₂",
    minimum: "损失的最小点",
    bestPoint: "球上最好的点",
    radius: "半径 1/λ",
    norms: "每一步之后的范数",
    normAxis: "球的范数（点线：1/λ）",
    step: "步",
    optimiser: "优化器",
    fromBest: "离最好的点",
    fromMinimum: "离最小点",
    at: (lam) => `λ ${lam}：`,
    noBall: (at) => `没有衰减，也没有球。损失在 ${at} 处最小。`,
    inside: (at, set) => `损失在 ${at} 处最小，它在${set}里。`,
    onBall: (set, where) => `在${set}上，损失最小的地方是${where}。`,
    set: {
      Linf: (radius) => `方盒 |w₁|, |w₂| ≤ ${radius} `,
      L2: (radius) => `圆盘 ‖w‖ ≤ ${radius} `,
      spectral: (radius) => `菱形 |w₁ ± w₂| ≤ ${radius} `,
    },
    corner: (at) => `角 ${at}`,
    wall: (at) => `墙上的 ${at}`,
    rim: (at, strength) => `边缘上的 ${at}，即强度为 ${strength} 的岭回归解`,
    sameValues: (value) => `：矩阵 ${MATRIX} 的两个奇异值都是 ${value}`,
    values: (largest, other) => `：矩阵 ${MATRIX} 的奇异值是 ${largest} 和 ${other}`,
    end: (name, place) => `${name} 停在${place}。`,
    close: "离该点不到 0.001 处",
    away: (distance) => `离该点 ${distance} 处`,
    free: (distance) => `离该点 ${distance} 处，离损失的最小点不到 0.01`,
  },
});
const LAMBDAS = range(0, 2, 41);
const BOUND = 2.5; // how far the plane reaches, along each weight
const ANGLES = range(0, 2 * Math.PI, 161); // corners of box and diamond are among them

// ---- The optimisers: each makes an update, which takes a gradient and remembers, as on the page ----

function lion() {
  let [p, q] = [0, 0];
  return (g, h) => {
    const step = [Math.sign(0.9 * p + 0.1 * g), Math.sign(0.9 * q + 0.1 * h)];
    [p, q] = [0.99 * p + 0.01 * g, 0.99 * q + 0.01 * h];
    return step;
  };
}

const BETA2 = 0.95;

function adam() {
  let [p, q, r, s, fade1, fade2] = [0, 0, 0, 0, 1, 1];
  return (g, h) => {
    [p, q] = [0.9 * p + 0.1 * g, 0.9 * q + 0.1 * h];
    [r, s] = [BETA2 * r + (1 - BETA2) * (g * g), BETA2 * s + (1 - BETA2) * (h * h)];
    [fade1, fade2] = [0.9 * fade1, BETA2 * fade2];
    const part = (m, v) => m / (1 - fade1) / (Math.sqrt(v / (1 - fade2)) + 1e-8);
    return [part(p, r), part(q, s)];
  };
}

const withMomentum = (steepest) => () => {
  let [p, q] = [0, 0];
  return (g, h) => {
    [p, q] = [0.9 * p + 0.1 * g, 0.9 * q + 0.1 * h];
    return steepest(p, q);
  };
};

function lengthOne(p, q) {
  const length = Math.max(Math.sqrt(p * p + q * q), 1e-300);
  return [p / length, q / length];
}

/** U V' of the matrix [p q; q p], whose singular values are |p + q| and |p − q|. */
function orthogonal(p, q) {
  const [plus, minus] = [Math.sign(p + q), Math.sign(p - q)];
  return [(plus + minus) / 2, (plus - minus) / 2];
}

const UPDATES = { adamw: adam, lion, cautious: adam, sgd: withMomentum(lengthOne), muon: withMomentum(orthogonal) };

/** Every point from the origin on. The learning rate falls linearly to 0. */
function walk({ hessian: [[a, b], [, c]], lr, steps }, name, [m1, m2], lam) {
  const [update, cautious] = [UPDATES[name](), name === "cautious"];
  const decayed = (w, u) => (cautious && u * w < 0 ? 0 : w);
  let [x, y] = [0, 0];
  const path = [[x, y]];
  for (let t = 0; t < steps; t++) {
    const [u, v] = update(a * (x - m1) + b * (y - m2), b * (x - m1) + c * (y - m2));
    const rate = lr * (1 - t / steps);
    [x, y] = [x - rate * lam * decayed(x, u) - rate * u, y - rate * lam * decayed(y, v) - rate * v];
    path.push([x, y]);
  }
  return path;
}

// ---- The balls, and where on them the loss 1/2 (w − m)' H (w − m) is least ----

const apart = ([a, b], [u, v]) => Math.hypot(a - u, b - v);

function loss([[a, b], [, c]], [m1, m2], [x, y]) {
  const [u, v] = [x - m1, y - m2];
  return (a * u * u + 2 * b * u * v + c * v * v) / 2;
}

/** On each wall the best point is that of its line, cut off at the corners. */
function onBox(H, m, radius) {
  const [[a, b], [, c]] = H;
  const cut = (w) => clamp(w, [-radius, radius]);
  const walls = [-radius, radius].flatMap((side) => [
    [side, cut(m[1] - (b / c) * (side - m[0]))],
    [cut(m[0] - (b / a) * (side - m[1])), side],
  ]);
  return walls.reduce((best, w) => (loss(H, m, w) < loss(H, m, best) ? w : best));
}

/** In the coordinates w₁ + w₂ and w₁ − w₂ the diamond is a box. */
function onDiamond([[a, b], [, c]], [m1, m2], radius) {
  const turned = [[(a + 2 * b + c) / 4, (a - c) / 4], [(a - c) / 4, (a - 2 * b + c) / 4]];
  const [p, q] = onBox(turned, [m1 + m2, m1 - m2], radius);
  return [(p + q) / 2, (p - q) / 2];
}

/** The ridge solution, (H + α I) w = H m, by Cramer's rule. */
function ridge([[a, b], [, c]], [m1, m2], strength) {
  const [p, q] = [a * m1 + b * m2, b * m1 + c * m2];
  const determinant = (a + strength) * (c + strength) - b * b;
  return [((c + strength) * p - b * q) / determinant, ((a + strength) * q - b * p) / determinant];
}

/** The strength of ridge regression whose solution is this long: the length falls as it grows, so halve the interval. */
function strengthFor(H, m, radius) {
  const [[a, b], [, c]] = H;
  let [low, high] = [0, Math.hypot(a * m[0] + b * m[1], b * m[0] + c * m[1]) / radius];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    [low, high] = Math.hypot(...ridge(H, m, middle)) > radius ? [middle, high] : [low, middle];
  }
  return (low + high) / 2;
}

const BALLS = {
  Linf: { size: ([u, v]) => Math.max(Math.abs(u), Math.abs(v)), best: onBox, runs: ["adamw", "lion", "cautious"] },
  L2: { size: ([u, v]) => Math.hypot(u, v), best: (H, m, r) => ridge(H, m, strengthFor(H, m, r)), runs: ["sgd"] },
  spectral: { size: ([u, v]) => Math.max(Math.abs(u + v), Math.abs(u - v)), best: onDiamond, runs: ["muon"] },
};
const STYLES = ["train", "val dashes", "reference dashed"]; // of the runs, in their order

function state({ data, ...set }) {
  const [lam, norm, m] = [set.lam.get(), set.norm.get(), set.minimum.get()];
  const { size, best: onBall, runs } = BALLS[norm];
  const [radius, binds] = [1 / lam, lam * size(m) > 1];
  const best = binds ? onBall(data.hessian, m, radius) : m;
  const of = (name) => {
    const path = walk(data, name, m, lam);
    const end = path[data.steps];
    return { name: WORDS.names[name], path, end, away: apart(end, best), free: apart(end, m) };
  };
  return { ...data, lam, norm, m, size, radius, binds, best, runs: runs.map(of) };
}

function controls({ lam, norm }) {
  return [
    slider({ label: WORDS.decay, values: LAMBDAS, ...lam }),
    choice({ label: WORDS.ball, options: Object.entries(WORDS.balls), ...norm }),
  ];
}

// ---- The key of a plot: a sample and a name for each of its marks ----

const ROW = 14; // pixels from one row to the next

/** Called with the names, of which some may be empty, and the sides where it stands: left or right, above or below. */
function key(plot, styles) {
  const { sx, sy, inner: { width, height } } = plot;
  const rows = styles.map((cls) => [sample(plot, cls), plot.text(cls.split(" ")[0], { dx: 0 })]);
  const place = (x, y) => [sx.invert(x), sy.invert(y)];
  return (names, { left, above }) => {
    const [shown, wide] = [names.filter(Boolean), 26 + LETTER * Math.max(...names.map((name) => name.length))];
    const [x, top] = [left ? 8 : width - wide, above ? 10 : height - 8 - ROW * (shown.length - 1)];
    rows.forEach(([mark, text], i) => {
      const y = top + ROW * shown.indexOf(names[i]);
      mark(names[i] ? [place(x, y), place(x + 20, y)] : []);
      text(...place(x + 26, y), names[i]);
    });
  };
}

/** A piece of a line, or of a "dot" one in its middle; called with the two ends, or none. */
function sample(plot, cls) {
  if (!cls.endsWith(" dot")) return plot.line(cls);
  const dot = plot.dot(cls, 4);
  return ([[left, y], [right]]) => dot((left + right) / 2, y);
}

const namesOf = (runs) => STYLES.map((_, i) => runs[i]?.name ?? "");

// ---- The plane of the two weights ----

const around = ([u, v], reach) => ANGLES.map((t) => [Math.cos(t), Math.sin(t)]).map((direction) => {
  const r = reach(direction);
  return [u + r * direction[0], v + r * direction[1]];
});

function plane({ minimum }) {
  const axis = { domain: [-BOUND, BOUND], ticks: range(-2, 2, 5) };
  const x = { ...axis, label: WORDS.w1 };
  const plot = new Plot({ title: WORDS.plane, short: 290, x, y: { ...axis, label: WORDS.w2 } });
  const drawContours = contours(plot);
  const ball = plot.line("penalty area");
  plot.zeroLines();
  const rim = plot.line("penalty thin");
  const drawRuns = runsIn(plot);
  const best = plot.dot("exact", 5);
  const drawKey = key(plot, [...STYLES, "exact dot", "penalty thin"]);
  const grip = plot.handle({ label: WORDS.minimum, step: [0.1, 0.1], move: (...to) => minimum.set(to.map(hundredths)) });
  const draw = (now) => {
    drawContours(now);
    const edge = now.lam ? around([0, 0], (way) => now.radius / now.size(way)) : [];
    for (const line of [ball, rim]) line(edge);
    drawRuns(now.runs);
    best(...now.best);
    const names = [...namesOf(now.runs), WORDS.bestPoint, now.lam ? WORDS.radius : ""];
    drawKey(names, { left: now.m[0] >= 0, above: now.m[1] < 0 });
    grip(...now.m);
  };
  return { root: plot.root, draw };
}

/** They are drawn again only where the minimum has moved. */
function contours(plot) {
  const lines = range(1, 9, 9).map((k) => [k, plot.line("faint")]);
  let drawn = "";
  return ({ hessian, m }) => {
    if (drawn === String(m)) return;
    drawn = String(m);
    const rim = around([0, 0], (way) => 1 / Math.sqrt(12 * loss(hessian, [0, 0], way)));
    for (const [k, line] of lines) line(rim.map(([u, v]) => [m[0] + k * u, m[1] + k * v]));
  };
}

const hundredths = (x) => Math.round(100 * x) / 100 + 0; // and no sign before a zero

/** The paths and their ends. A ball has fewer runs than another: the marks of the others are empty, or out of sight. */
function runsIn(plot) {
  const marks = STYLES.map((cls) => [plot.line(cls), plot.dot(cls.split(" ")[0], 3)]);
  return (runs) =>
    marks.forEach(([line, dot], i) => {
      line(thinned(runs[i]?.path ?? []).map((t) => runs[i].path[t]));
      dot(...(runs[i]?.end ?? [99, 99]));
    });
}

/** The steps that are drawn: at first each, later ever fewer. */
function thinned({ length }) {
  const steps = [];
  for (let t = 0; t < length; t += 1 + Math.floor(t / 40)) steps.push(t);
  return length ? [...steps, length - 1] : [];
}

// ---- The norm by step ----

function norms({ data: { steps } }) {
  const plot = new Plot({
    title: WORDS.norms,
    height: 356,
    short: 230,
    x: { domain: [1, steps], scale: logarithmic, ticks: [1, 10, 100, 1000], label: WORDS.step },
    y: { domain: [0, 5.2], ticks: range(0, 5, 6), label: WORDS.normAxis },
  });
  const rule = plot.line("rule");
  const lines = STYLES.map((cls) => plot.line(cls));
  const drawKey = key(plot, STYLES);
  const draw = ({ lam, radius, size, runs }) => {
    rule(lam ? [[1, radius], [steps, radius]] : []);
    lines.forEach((line, i) => {
      const path = runs[i]?.path ?? [];
      line(thinned(path).slice(1).map((t) => [t, size(path[t])]));
    });
    drawKey(namesOf(runs), { left: true, above: true });
  };
  return { root: plot.root, draw };
}

// ---- The text line ----

const pair = ([u, v]) => `(${fixed(u, 2)}, ${fixed(v, 2)})`;

function words(now) {
  const ends = now.runs.map((run) => WORDS.end(run.name, end(run, now.binds)));
  return WORDS.at(formatBrief(now.lam)) + where(now) + ends.join("");
}

function where({ lam, norm, m, radius, binds, best, hessian }) {
  if (lam === 0) return WORDS.noBall(pair(m));
  const set = WORDS.set[norm](formatBrief(radius));
  if (!binds) return WORDS.inside(pair(m), set);
  if (norm === "L2") return WORDS.onBall(set, WORDS.rim(pair(best), format(strengthFor(hessian, m, radius))));
  return WORDS.onBall(set, norm === "Linf" ? onWalls(best, best) : onWalls(best, values(best)) + matrix(best));
}

const values = ([u, v]) => [Math.abs(u + v), Math.abs(u - v)]; // singular values of [u v; v u]

/** In a corner both of these are as large as the radius. */
const onCorner = ([p, q]) => Math.abs(Math.abs(p) - Math.abs(q)) < 1e-12;

const onWalls = (best, sides) => (onCorner(sides) ? WORDS.corner : WORDS.wall)(pair(best));

function matrix(best) {
  const [small, large] = values(best).sort((a, b) => a - b);
  return onCorner([small, large]) ? WORDS.sameValues(format(large)) : WORDS.values(format(large), format(small));
}

function end({ away, free }, binds) {
  if (away < 0.001) return WORDS.close;
  return (binds && free < 0.01 ? WORDS.free : WORDS.away)(format(away, 2));
}

// ---- The tables ----

function tables({ steps, size, runs }) {
  const ends = runs.map(({ name, end, away, free }) => [name, ...end.map((w) => fixed(w, 3)), fixed(away, 3), fixed(free, 3)]);
  const times = [1, 3, 10, 30, 100, 300, 1000, steps];
  const rows = times.map((t) => [String(t), ...runs.map(({ path }) => fixed(size(path[t]), 3))]);
  return [
    { caption: WORDS.plane, head: [WORDS.optimiser, WORDS.w1, WORDS.w2, WORDS.fromBest, WORDS.fromMinimum], rows: ends },
    { caption: WORDS.norms, head: [WORDS.step, ...runs.map(({ name }) => name)], rows },
  ];
}

/** The loss, the learning rate and the steps, and the parameters. */
const problem = (model) => ({ data: model.get("data"), ...parameters(model, ["lam", "minimum", "norm"]) });

function render({ model, el }) {
  const given = problem(model);
  return assemble({ model, el }, {
    controls: controls(given),
    panels: () => [[plane(given)], [norms(given)]],
    state: () => state(given),
    words,
    tables,
  });
}

export default { render };
