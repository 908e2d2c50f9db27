// Contours and norm ball: a penalty and a bound on the norm are the same thing.

const LAMBDAS = [0, ...decades(-2, 2, 20)];
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
  for (let i = 0; i < 100; i++) {
    u = soft(p - b * v) / a;
    v = soft(q - b * u) / c;
  }
  return [u, v];
}

const SOLVERS = { L2: ridge, L1: lasso };
const NORMS = { L2: ([u, v]) => Math.hypot(u, v), L1: ([u, v]) => Math.abs(u) + Math.abs(v) };

/** The loss, the parameters, and what follows from them as they are set. */
function problem(model) {
  const H = model.get("data").hessian;
  const { lam, minimum, norm } = parameters(model, ["lam", "minimum", "norm"]);
  const solve = (lam) => SOLVERS[norm.get()](H, minimum.get(), lam);
  const size = (w) => NORMS[norm.get()](w);
  return { H, lam, minimum, norm, solve, size, whole: () => size(minimum.get()) || 1 };
}

/** The lambda whose minimiser has this norm: the norm falls as lambda grows, so halve the interval. */
function lambdaFor(radius, { solve, size }) {
  let [low, high] = [-4, 2];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    [low, high] = size(solve(10 ** middle)) > radius ? [middle, high] : [low, middle];
  }
  return 10 ** high;
}

function state({ H, lam, minimum, norm, solve, size, whole }) {
  const [m, w] = [minimum.get(), solve(lam.get())];
  const apart = [m[0] - w[0], m[1] - w[1]];
  const force = multiply(H, apart);
  const length = Math.hypot(...force);
  return {
    lam: lam.get(), l2: norm.get() === "L2", m, w, size, radius: size(w), whole: whole(), walk: LAMBDAS.map(solve),
    loss: (apart[0] * force[0] + apart[1] * force[1]) / 2,
    force,
    aside: length ? [-force[1] / length, force[0] / length] : [-0.6, 0.8], // of unit length, across the force
  };
}

// ---- Controls ----

function controls(problem) {
  const { lam, norm, solve, size, whole } = problem;
  return [
    slider({ label: "Penalty λ", values: LAMBDAS, ...lam }),
    slider({
      label: "Radius of the ball",
      values: range(0.02, 1, 50),
      get: () => size(solve(lam.get())) / whole(),
      set: (share) => lam.set(share === 1 ? 0 : lambdaFor(share * whole(), problem)),
      say: (share) => format(share * whole()),
    }),
    choice({ label: "Norm", options: [["L2", "L2: disc"], ["L1", "L1: diamond"]], ...norm }),
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

function plane({ H, minimum }) {
  const axis = { domain: [-1.5, 3.5], ticks: [-1, 0, 1, 2, 3] };
  const plot = new Plot({ title: "Loss and ball", x: { ...axis, label: "w₁" }, y: { ...axis, label: "w₂" } });
  const ball = plot.line("penalty area");
  const levels = range(1, 9, 9).map((k) => [(k * k) / 12, plot.line("faint")]);
  plot.zeroLines();
  const touching = plot.line("train");
  const path = plot.line("exact dashed");
  const drawForces = forces(plot);
  const here = plot.dot("exact");
  const drawNames = names(plot);
  const grip = plot.handle({ label: "Minimum of the loss", step: 0.1, move: (...to) => minimum.set(to.map(hundredths)) });
  const draw = (now) => {
    for (const [height, line] of levels) line(contour(H, now.m, height));
    touching(contour(H, now.m, now.loss));
    ball(around([0, 0], (direction) => now.radius / now.size(direction)));
    path([...now.walk, [0, 0]]);
    drawForces(now);
    here(...now.w);
    drawNames(now);
    grip(...now.m);
  };
  return { root: plot.root, draw };
}

/** Two arrows at the minimiser: what the data pull, and as much against it the penalty. */
function forces(plot) {
  const arrows = [
    [1, "data", plot.line("train arrow"), plot.text("train", CENTRED)],
    [-1, "penalty", plot.line("penalty arrow"), plot.text("penalty", CENTRED)],
  ];
  return ({ m, w, force, aside }) => {
    for (const [sign, name, line, text] of arrows) {
      const push = force.map((part) => sign * 0.4 * part);
      line(arrow(w, push));
      const place = w.map((part, i) => part + push[i] + 0.3 * aside[i]);
      const covered = Math.hypot(place[0] - m[0], place[1] - m[1]) < 0.6; // by the handle
      text(...place, Math.hypot(...force) > 0.5 && !covered ? name : "");
    }
  };
}

/** The names of the ball and of the dot, which stands on the other side of the arrows than theirs. */
function names(plot) {
  const [ballName, dotName] = ["penalty on-area", "exact"].map((cls) => plot.text(cls, CENTRED));
  return ({ w, aside, radius, l2 }) => {
    dotName(...w.map((part, i) => part - 0.36 * aside[i]), "w(λ)");
    const inward = radius > 0.8 ? -0.5 * (radius / Math.hypot(...w)) : 0; // the ball's name, away from the dot's
    ballName(...w.map((part) => inward * part), radius > 0.8 ? (l2 ? "‖w‖² ≤ θ" : "‖w‖₁ ≤ t") : "");
  };
}

const hundredths = (x) => Math.round(100 * x) / 100 + 0; // and no sign before a zero

/** A line with a head, as one path. */
function arrow([x, y], [dx, dy]) {
  const length = Math.hypot(dx, dy);
  if (length < 0.05) return [];
  const [u, v] = [dx / length, dy / length].map((part) => part * 0.12);
  const tip = [x + dx, y + dy];
  return [[x, y], tip, [tip[0] - u - v / 2, tip[1] - v + u / 2], tip, [tip[0] - u + v / 2, tip[1] - v - u / 2]];
}

// ---- The weights by λ ----

function shrinking({ lam }) {
  const plot = new Plot({
    title: "The weights by λ",
    height: 356,
    x: lambdaAxis(-2, 2),
    y: { domain: [-1.5, 4], ticks: [-1, 0, 1, 2, 3, 4], label: "weight, radius" },
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
    const heights = namesAt(parts.map((part) => part(walk[0])));
    marks.forEach(([line, dot, text], i) => {
      line(LAMBDAS.map((value, k) => [value, parts[i](walk[k])]));
      dot(lam, parts[i](w));
      text(0, heights[i], ["radius", "w₁", "w₂"][i]);
    });
  };
}

/** How high to write the names of the three curves, which start at these heights, so that none covers another. */
function namesAt([radius, ...weights]) {
  const [above, below, apart] = [0.14, -0.32, 0.3];
  const [high, low] = [Math.max(...weights), Math.min(...weights)];
  const room = radius - high > 0.5 && high - low < 0.35;
  const highName = high + (room ? above : below);
  const lowName = Math.min(low + below, highName - apart);
  const ordered = weights[0] >= weights[1] ? [highName, lowName] : [lowName, highName];
  return [radius + above, ...ordered];
}

// ---- The text line ----

const pair = ([u, v]) => `(${fixed(u, 2)}, ${fixed(v, 2)})`;

function words(now) {
  const { lam, l2, m, radius, whole } = now;
  const set = `λ ${formatBrief(lam)}: `;
  if (!now.size(m)) return `${set}the loss is least at the origin, and the penalty has nothing to shrink.`;
  if (lam === 0) return `λ 0: no penalty. The loss is least at ${pair(m)}, and the ball just reaches it.`;
  const [from, to] = [whole, radius].map((x) => format(x, distinguishingDigits(radius, [whole])));
  return (
    `${set}the minimum ${moves(now)}, and its ${l2 ? "norm" : "L1 norm"} goes from ${from} to ${to}, ` +
    `${percent(1 - radius / whole)} shorter. The same point is the best one with ${bound(now)}.${zeros(now)}`
  );
}

const moves = ({ m, w }) =>
  pair(m) === pair(w) ? `stays within a hundredth of ${pair(m)}` : `moves from ${pair(m)} to ${pair(w)}`;

const bound = ({ l2, radius }) =>
  l2 ? `‖w‖² ≤ θ\u00a0=\u00a0${format(radius ** 2)}` : `‖w‖₁ ≤ t\u00a0=\u00a0${format(radius)}`;

/** Which weights are exactly zero, as L1 makes them. */
function zeros({ l2, w }) {
  const zero = ["w₁", "w₂"].filter((_, i) => w[i] === 0);
  return l2 || !zero.length ? "" : ` ${zero.join(" and ")} ${zero.length > 1 ? "are" : "is"} exactly 0.`;
}

// ---- The table ----

function tables({ lam, w, walk, size }) {
  const row = (at, [u, v]) => [formatBrief(at), format(size([u, v])), format(u), format(v)];
  const rows = walk.map((point, i) => row(LAMBDAS[i], point)).filter((_, i) => i % 10 === 1 || i === 0);
  return [{ caption: "The weights by λ", head: ["λ", "radius", "w₁", "w₂"], rows: [row(lam, w), ...rows] }];
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
