// Contours and norm ball: a penalty and a bound on the norm are the same thing.

const WORDS = inLanguage({
  en: {
    penalty: "Penalty λ",
    ballRadius: "Radius",
    norm: "Norm",
    norms: { L2: "L2: disc", L1: "L1: diamond" },
    redraw: "New sample",
    plane: "Loss and ball",
    w1: "w₁, of x",
    w2: "w₂, of x³",
    minimum: "Minimum of the loss",
    data: "data",
    pull: "penalty",
    solution: "w(λ)",
    least: "minimum",
    ball: { L2: "‖w‖² ≤ θ", L1: "‖w‖₁ ≤ t" },
    weights: "The weights by λ",
    weightsAxis: "weight, radius",
    curves: ["radius", "w₁", "w₂"],
    at: (lam) => `λ ${lam}: `,
    nothing: "the loss is least at the origin, and the penalty has nothing to shrink.",
    noPenalty: (at) => `λ 0: no penalty. The loss is least at ${at}, and the ball just reaches it.`,
    line: ({ at, move, kind, from, to, shorter, bound, zeros }) =>
      `${at}the minimum ${move}, and its ${kind} goes from ${from} to ${to}, ` +
      `${shorter} shorter. The same point is the best one with ${bound}.${zeros}`,
    kind: { L2: "norm", L1: "L1 norm" },
    stays: (at) => `stays within a hundredth of ${at}`,
    moves: (from, to) => `moves from ${from} to ${to}`,
    bound: {
      L2: (radius) => `‖w‖² ≤ θ\u00a0=\u00a0${format(radius ** 2)}`,
      L1: (radius) => `‖w‖₁ ≤ t\u00a0=\u00a0${format(radius)}`,
    },
    oneZero: (name) => ` ${name} is exactly 0.`,
    twoZeros: " w₁ and w₂ are exactly 0.",
  },
  zh: {
    penalty: "惩罚 λ",
    ballRadius: "半径",
    norm: "范数",
    norms: { L2: "L2：圆盘", L1: "L1：菱形" },
    redraw: "换一组样本",
    plane: "损失与范数球",
    w1: "w₁（x 的）",
    w2: "w₂（x³ 的）",
    minimum: "损失的最小点",
    data: "数据",
    pull: "惩罚",
    solution: "w(λ)",
    least: "最小点",
    ball: { L2: "‖w‖² ≤ θ", L1: "‖w‖₁ ≤ t" },
    weights: "权重对 λ",
    weightsAxis: "权重，半径",
    curves: ["半径", "w₁", "w₂"],
    at: (lam) => `λ ${lam}：`,
    nothing: "损失在原点最小，惩罚没有什么可收缩的。",
    noPenalty: (at) => `λ 0：没有惩罚。损失在 ${at} 处最小，球正好够到它。`,
    line: ({ at, move, kind, from, to, shorter, bound, zeros }) =>
      `${at}最小点${move}，它的${kind}从 ${from} 变到 ${to}，短了 ${shorter}。满足 ${bound} 的点里，最好的也是这一点。${zeros}`,
    kind: { L2: "范数", L1: " L1 范数" },
    stays: (at) => `停在离 ${at} 不到 0.01 处`,
    moves: (from, to) => `从 ${from} 移到 ${to}`,
    bound: {
      L2: (radius) => `‖w‖² ≤ θ\u00a0=\u00a0${format(radius ** 2)}`,
      L1: (radius) => `‖w‖₁ ≤ t\u00a0=\u00a0${format(radius)}`,
    },
    oneZero: (name) => `${name} 恰好是 0。`,
    twoZeros: "w₁ 和 w₂ 恰好都是 0。",
  },
});
const LAMBDAS = [0, ...decades(-4, 1, 20)];
const PULL = 1.6; // how long an arrow is for a pull of 1
const ANGLES = range(0, 2 * Math.PI, 181);
const CENTRED = { anchor: "middle", dx: 0 };

// ---- The loss 1/2 (w − m)' H (w − m), the penalty, and the minimiser of their sum ----

const multiply = ([[a, b], [, c]], [u, v]) => [a * u + b * v, b * u + c * v]; // H (u, v)

/** (H + λ I) w = H m, by Cramer's rule. */
function ridge(H, m, lam) {
  const [[a, b], [, c]] = H;
  const [p, q] = multiply(H, m);
  const determinant = (a + lam) * (c + lam) - b * b;
  return [((c + lam) * p - b * q) / determinant, ((a + lam) * q - b * p) / determinant];
}

/** By coordinate descent. */
function lasso(H, m, lam) {
  const [[a, b], [, c]] = H;
  const [p, q] = multiply(H, m);
  const soft = (x) => Math.sign(x) * Math.max(Math.abs(x) - lam, 0);
  let [u, v] = m;
  for (let i = 0; i < 400; i++) {
    u = soft(p - b * v) / a;
    v = soft(q - b * u) / c;
  }
  return [u, v];
}

const SOLVERS = { L2: ridge, L1: lasso };
const NORMS = { L2: ([u, v]) => Math.hypot(u, v), L1: ([u, v]) => Math.abs(u) + Math.abs(v) };

/** The loss, the parameters, and what follows from them as they are set. */
function problem(model) {
  const { hessian: H, minima } = model.get("data");
  const { lam, minimum, norm } = parameters(model, ["lam", "minimum", "norm"]);
  const solve = (lam) => SOLVERS[norm.get()](H, minimum.get(), lam);
  const size = (w) => NORMS[norm.get()](w);
  return { H, minima, lam, minimum, norm, solve, size, whole: () => size(minimum.get()) || 1 };
}

/** The lambda whose minimiser has this norm: the norm falls as lambda grows, so halve the interval. */
function lambdaFor(radius, { solve, size }) {
  let [low, high] = [-6, 1];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    [low, high] = size(solve(10 ** middle)) > radius ? [middle, high] : [low, middle];
  }
  return 10 ** high;
}

/** Which draw's the minimum is; −1 where the reader has put it elsewhere. */
const drawn = ({ minima, minimum }) => minima.findIndex((each) => String(each) === String(minimum.get()));

function state(problem) {
  const { H, minima, lam, minimum, norm, solve, size, whole } = problem;
  const [m, w] = [minimum.get(), solve(lam.get())];
  const apart = [m[0] - w[0], m[1] - w[1]];
  const force = multiply(H, apart);
  const length = Math.hypot(...force);
  return {
    lam: lam.get(), l2: norm.get() === "L2", m, w, size, radius: size(w), whole: whole(), walk: LAMBDAS.map(solve),
    loss: (apart[0] * force[0] + apart[1] * force[1]) / 2,
    force,
    former: minima.slice(0, Math.max(drawn(problem), 0)).map((m) => [m, SOLVERS[norm.get()](H, m, lam.get())]),
    aside: length ? [-force[1] / length, force[0] / length] : [-0.6, 0.8], // of unit length, across the force
  };
}

// ---- Controls ----

function controls(problem) {
  const { lam, minima, minimum, norm, solve, size, whole } = problem;
  return [
    slider({ label: WORDS.penalty, values: LAMBDAS, ...lam }),
    slider({
      label: WORDS.ballRadius,
      values: range(0.02, 1, 50),
      get: () => size(solve(lam.get())) / whole(),
      set: (share) => lam.set(share === 1 ? 0 : lambdaFor(share * whole(), problem)),
      say: (share) => format(share * whole()),
    }),
    choice({ label: WORDS.norm, options: Object.entries(WORDS.norms), ...norm }),
    action({ label: WORDS.redraw, press: () => minimum.set(minima[(drawn(problem) + 1) % minima.length]) }),
  ];
}

// ---- The plane of the two weights ----

const around = ([u, v], radius) => ANGLES.map((t) => [Math.cos(t), Math.sin(t)]).map((direction) => {
  const r = radius(direction);
  return [u + r * direction[0], v + r * direction[1]];
});

/** The points where the loss is this high. */
function contour([[a, b], [, c]], m, height) {
  return around(m, ([u, v]) => Math.sqrt((2 * height) / (a * u * u + 2 * b * u * v + c * v * v)));
}

function plane({ H, minima, minimum }) {
  const axis = { domain: [-3.5, 3.5], ticks: range(-3, 3, 7) };
  const x = { ...axis, label: WORDS.w1 };
  const plot = new Plot({ title: WORDS.plane, short: 290, x, y: { ...axis, label: WORDS.w2 } });
  const ball = plot.line("penalty area");
  const levels = range(1, 9, 9).map((k) => [(k * k) / 60, plot.line("faint")]);
  plot.zeroLines();
  const touching = plot.line("train");
  const path = plot.line("exact dashed");
  const drawFormer = formerDots(plot, minima);
  const drawForces = forces(plot);
  const here = plot.dot("exact");
  const drawNames = names(plot);
  const grip = plot.handle({ label: WORDS.minimum, step: [0.1, 0.1], move: (...to) => minimum.set(to.map(hundredths)) });
  const draw = (now) => {
    for (const [height, line] of levels) line(contour(H, now.m, height));
    touching(contour(H, now.m, now.loss));
    ball(around([0, 0], (direction) => now.radius / now.size(direction)));
    path([...now.walk, [0, 0]]);
    drawFormer(now.former);
    here(...now.w);
    drawNames(now, drawForces(now));
    grip(...now.m);
  };
  return { root: plot.root, draw };
}

/** The minima of the draws before, and where each goes under the penalty: with L2 these scatter less. */
function formerDots(plot, minima) {
  const dots = minima.slice(1).map(() => [plot.dot("train pale", 3), plot.dot("exact pale", 3)]);
  return (former) => dots.forEach((pair, k) => pair.forEach((dot, i) => dot(...(former[k]?.[i] ?? []))));
}

/** Two arrows at the minimiser: what the data pull, and as much against it the penalty. Tells which names stand where. */
function forces(plot) {
  const arrows = [
    [1, WORDS.data, plot.line("train arrow"), plot.text("train", CENTRED)],
    [-1, WORDS.pull, plot.line("penalty arrow"), plot.text("penalty", CENTRED)],
  ];
  const unit = plot.sx(1) - plot.sx(0); // in pixels
  return ({ m, w, force, aside }) =>
    arrows.map(([sign, name, line, text]) => {
      const push = force.map((part) => sign * PULL * part);
      line(arrow(w, push));
      const place = w.map((part, i) => part + push[i] + (18 / unit) * aside[i]);
      const clear = push.some((part, i) => unit * Math.abs(part) > [21, 11][i]); // of each other
      const shown = clear && unit * apart(place, m) > 40;
      text(...place, shown ? name : "");
      return shown ? place : null;
    });
}

/** Whether a word there stays in the plot by itself. */
const within = ({ x, sx }, place) =>
  place.every((part, i) => Math.abs(part) < x.domain[1] - [30, 12][i] / (sx(1) - sx(0)));

const apart = ([a, b], [u, v]) => Math.hypot(a - u, b - v);

/** The names of the ball, of the dot, and of the handle where "data" does not name its colour. */
function names(plot) {
  const [ballName, dotName, leastName] = ["penalty on-area", "exact", "train"].map((cls) => plot.text(cls, CENTRED));
  const unit = plot.sx(1) - plot.sx(0); // in pixels
  return (now, [data, penalty]) => {
    const { w, force, radius, l2 } = now;
    const dotPlace = placeOfDot(plot, now, unit);
    dotName(...dotPlace, WORDS.solution);
    const whole = Math.hypot(...w);
    const clear = unit * (whole + radius / 2 - PULL * Math.hypot(...force)) > 70; // of the names at the dot
    const ballPlace = w.map((part) => (clear ? -0.5 * (radius / whole) * part : 0));
    ballName(...ballPlace, clear ? WORDS.ball[l2 ? "L2" : "L1"] : "");
    const taken = [w, dotPlace, ...(penalty ? [penalty] : []), ...(clear ? [ballPlace] : [])];
    const least = data ? undefined : placeOfLeast(plot, now.m, taken, unit);
    leastName(...(least ?? [0, 0]), least ? WORDS.least : "");
  };
}

/** Beside the dot, on the other side of the arrows than their names, and clear of the handle. */
function placeOfDot(plot, { m, w, aside }, unit) {
  const away = (unit * apart(w, m) < 40 ? 38 : 20) / unit;
  const places = [-away, away].map((by) => w.map((part, i) => part + by * aside[i]));
  return places.find((place) => within(plot, place)) ?? places[0];
}

/** Around the handle, where there is room. */
function placeOfLeast(plot, m, taken, unit) {
  const free = (place) =>
    taken.every((other) => unit * Math.abs(place[0] - other[0]) > 56 || unit * Math.abs(place[1] - other[1]) > 20);
  const around = [[0, 32], [0, -32], [54, 0], [-54, 0]].map((by) => m.map((part, i) => part + by[i] / unit));
  return around.find((place) => within(plot, place) && free(place));
}

const hundredths = (x) => Math.round(100 * x) / 100 + 0; // and no sign before a zero

/** A line with a head, as one path. */
function arrow([x, y], [dx, dy]) {
  const length = Math.hypot(dx, dy);
  if (length < 0.05) return [];
  const [u, v] = [dx / length, dy / length].map((part) => part * 0.16);
  const tip = [x + dx, y + dy];
  return [[x, y], tip, [tip[0] - u - v / 2, tip[1] - v + u / 2], tip, [tip[0] - u + v / 2, tip[1] - v - u / 2]];
}

// ---- The weights by λ ----

function shrinking({ lam }) {
  const plot = new Plot({
    title: WORDS.weights,
    height: 356,
    short: 240,
    x: lambdaAxis(-4, 1),
    y: { domain: [-4, 7], ticks: range(-4, 6, 6), label: WORDS.weightsAxis },
  });
  plot.line("zero")([[0, 0], [1e9, 0]]);
  const rule = plot.line("rule");
  const drawCurves = curves(plot);
  plot.scrub((x) => lam.set(snap(LAMBDAS, x)));
  const draw = (now) => {
    rule([[now.lam, -9], [now.lam, 9]]);
    drawCurves(now);
  };
  return { root: plot.root, draw };
}

/** The radius and the two weights. */
function curves(plot) {
  const marks = [["penalty", "thick"], ["train", ""], ["val", "dashes"]].map(([cls, drawn]) => [
    plot.line(`${cls} ${drawn}`),
    plot.dot(cls),
    plot.text(cls, { dx: 4, dy: 0 }),
  ]);
  return ({ lam, w, walk, size }) => {
    const parts = [size, ([u]) => u, ([, v]) => v];
    const heights = namesAt(parts.map((part) => part(walk[0])), plot.sy(0) - plot.sy(1));
    marks.forEach(([line, dot, text], i) => {
      line(LAMBDAS.map((value, k) => [value, parts[i](walk[k])]));
      dot(lam, parts[i](w));
      text(0, heights[i], WORDS.curves[i]);
    });
  };
}

/** How high to write the names of the three curves, which start at these heights, so that none covers another. */
function namesAt([radius, ...weights], unit) {
  const [above, below, apart] = [7, -16, 15].map((pixels) => pixels / unit);
  const [high, low] = [Math.max(...weights), Math.min(...weights)];
  const room = radius - high > 25 / unit && high - low < 17 / unit;
  const highName = high + (room ? above : below);
  const lowName = Math.min(low + below, highName - apart);
  const ordered = weights[0] >= weights[1] ? [highName, lowName] : [lowName, highName];
  return [radius + above, ...ordered];
}

// ---- The text line ----

const pair = ([u, v]) => `(${fixed(u, 2)}, ${fixed(v, 2)})`;

function words(now) {
  const { lam, l2, m, w, radius, whole } = now;
  const [at, norm] = [WORDS.at(formatBrief(lam)), l2 ? "L2" : "L1"];
  if (!now.size(m)) return at + WORDS.nothing;
  if (lam === 0) return WORDS.noPenalty(pair(m));
  const [from, to] = [whole, radius].map((x) => format(x, distinguishingDigits(radius, [whole])));
  const move = pair(m) === pair(w) ? WORDS.stays(pair(m)) : WORDS.moves(pair(m), pair(w));
  const [kind, bound, shorter] = [WORDS.kind[norm], WORDS.bound[norm](radius), percent(1 - radius / whole)];
  return WORDS.line({ at, move, kind, from, to, shorter, bound, zeros: l2 ? "" : zeros(w) });
}

/** Which weights are exactly zero, as L1 makes them. */
function zeros(w) {
  const zero = WORDS.curves.slice(1).filter((_, i) => w[i] === 0);
  return zero.length > 1 ? WORDS.twoZeros : zero.length ? WORDS.oneZero(zero[0]) : "";
}

// ---- The table ----

function tables({ lam, w, walk, size }) {
  const row = (at, [u, v]) => [formatBrief(at), format(size([u, v])), format(u), format(v)];
  const rows = walk.map((point, i) => row(LAMBDAS[i], point)).filter((_, i) => i % 10 === 1 || i === 0);
  return [{ caption: WORDS.weights, head: ["λ", ...WORDS.curves], rows: [row(lam, w), ...rows] }];
}

function render({ model, el }) {
  const given = problem(model);
  return assemble({ model, el }, {
    controls: controls(given),
    panels: () => [[plane(given)], [shrinking(given)]],
    state: () => state(given),
    words,
    tables,
  });
}

export default { render };
