// Contours and norm ball: a penalty and a bound on the norm are the same thing.

const LAMBDAS = [0, ...decades(-2, 2, 20)];
const ANGLES = range(0, 2 * Math.PI, 181);

function render({ model, el }) {
  const [[a, b], [, c]] = model.get("data").hessian;
  const lam = parameter(model, "lam");
  const minimum = parameter(model, "minimum");
  const norm = parameter(model, "norm");

  // The minimiser of 1/2 (w - m)' H (w - m) + penalty.
  const pull = ([u, v]) => [a * u + b * v, b * u + c * v]; // H (u, v)
  const solvers = {
    L2(m, lam) {
      const [p, q] = pull(m); // (H + lam I) w = H m, by Cramer's rule
      const determinant = (a + lam) * (c + lam) - b * b;
      return [((c + lam) * p - b * q) / determinant, ((a + lam) * q - b * p) / determinant];
    },
    L1(m, lam) {
      const [p, q] = pull(m); // coordinate descent
      const soft = (x) => Math.sign(x) * Math.max(Math.abs(x) - lam, 0);
      let [u, v] = m;
      for (let i = 0; i < 100; i++) {
        u = soft(p - b * v) / a;
        v = soft(q - b * u) / c;
      }
      return [u, v];
    },
  };
  const sizes = { L2: ([u, v]) => Math.hypot(u, v), L1: ([u, v]) => Math.abs(u) + Math.abs(v) };
  const solve = (lam) => solvers[norm.get()](minimum.get(), lam);
  const size = (w) => sizes[norm.get()](w);

  /** The lambda whose minimiser has this norm: the norm falls as lambda grows, so halve the interval. */
  function lambdaFor(radius) {
    let [low, high] = [-4, 2];
    for (let i = 0; i < 40; i++) {
      const middle = (low + high) / 2;
      [low, high] = size(solve(10 ** middle)) > radius ? [middle, high] : [low, middle];
    }
    return 10 ** high;
  }

  const whole = () => size(minimum.get()) || 1;
  const controls = [
    slider({ label: "Penalty λ", values: LAMBDAS, ...lam }),
    slider({
      label: "Radius of the ball",
      values: range(0.02, 1, 50),
      get: () => size(solve(lam.get())) / whole(),
      set: (share) => lam.set(share === 1 ? 0 : lambdaFor(share * whole())),
      say: (share) => format(share * whole()),
    }),
    choice({ label: "Norm", options: [["L2", "L2: disc"], ["L1", "L1: diamond"]], ...norm }),
  ];

  const axis = { domain: [-1.5, 3.5], ticks: [-1, 0, 1, 2, 3] };
  const plane = plot({ title: "Loss and ball", x: { ...axis, label: "w₁" }, y: { ...axis, label: "w₂" } });
  const ball = plane.line("penalty area");
  const levels = range(1, 9, 9).map((k) => [(k * k) / 12, plane.line("faint")]);
  const cross = [plane.line("zero"), plane.line("zero")];
  const touching = plane.line("train");
  const path = plane.line("exact dashed");
  const arrows = [
    [1, "data", plane.line("train arrow"), plane.text("train", { anchor: "middle", dx: 0 })],
    [-1, "penalty", plane.line("penalty arrow"), plane.text("penalty", { anchor: "middle", dx: 0 })],
  ];
  const here = plane.dot("exact");
  const [ballName, hereName] = ["penalty on-area", "exact"].map((cls) => plane.text(cls, { anchor: "middle", dx: 0 }));
  const grip = plane.handle({ label: "Minimum of the loss", step: 0.1, move: (...to) => minimum.set(to.map(hundredths)) });

  const shrinking = plot({
    title: "The weights by λ",
    height: 356,
    x: lambdaAxis(-2, 2),
    y: { domain: [-1.5, 4], ticks: [-1, 0, 1, 2, 3, 4], label: "weight, radius" },
  });
  const level = shrinking.line("zero");
  const rule = shrinking.line("rule");
  const curves = [["penalty", "thick"], ["train", ""], ["val", "dashes"]].map(([cls, drawn]) => [
    shrinking.line(`${cls} ${drawn}`),
    shrinking.dot(cls),
    shrinking.text(cls, { dx: 4, dy: 0 }),
  ]);
  shrinking.scrub((x) => lam.set(LAMBDAS[nearest(LAMBDAS, x)]));

  /** The contour of the loss at this height, or the ball of this radius: a closed curve in polar form. */
  const around = ([u, v], radius) => ANGLES.map((t) => [Math.cos(t), Math.sin(t)]).map((direction) => {
    const r = radius(direction);
    return [u + r * direction[0], v + r * direction[1]];
  });
  const contour = (m, height) => around(m, ([u, v]) => Math.sqrt((2 * height) / (a * u * u + 2 * b * u * v + c * v * v)));

  function draw() {
    const m = minimum.get();
    const w = solve(lam.get());
    const radius = size(w);
    const apart = [m[0] - w[0], m[1] - w[1]];
    const force = pull(apart);
    const height = (apart[0] * force[0] + apart[1] * force[1]) / 2;
    const walk = LAMBDAS.map(solve);

    for (const [value, line] of levels) line(contour(m, value));
    cross[0]([[-9, 0], [9, 0]]);
    cross[1]([[0, -9], [0, 9]]);
    touching(contour(m, height));
    ball(around([0, 0], (direction) => radius / size(direction)));
    path([...walk, [0, 0]]);
    // The names of the arrows stand on one side of them, that of the dot on the other.
    const length = Math.hypot(...force);
    const aside = length ? [-force[1] / length, force[0] / length] : [-0.6, 0.8];
    for (const [sign, name, line, text] of arrows) {
      const push = force.map((part) => sign * 0.4 * part);
      line(arrow(w, push));
      const place = w.map((part, i) => part + push[i] + 0.3 * aside[i]);
      const covered = Math.hypot(place[0] - m[0], place[1] - m[1]) < 0.6; // by the handle
      text(...place, length > 0.5 && !covered ? name : "");
    }
    here(...w);
    hereName(...w.map((part, i) => part - 0.36 * aside[i]), "w(λ)");
    const inward = radius > 0.8 ? -0.5 * (radius / Math.hypot(...w)) : 0; // the ball's name, away from the dot's
    ballName(...w.map((part) => inward * part), radius > 0.8 ? (norm.get() === "L2" ? "‖w‖² ≤ θ" : "‖w‖₁ ≤ t") : "");
    grip(...m);

    level([[0, 0], [1e9, 0]]);
    rule([[lam.get(), -9], [lam.get(), 9]]);
    const parts = [size, ([u]) => u, ([, v]) => v];
    const heights = namesAt(parts.map((part) => part(walk[0])));
    parts.forEach((part, i) => {
      const [line, dot, text] = curves[i];
      line(LAMBDAS.map((value, k) => [value, part(walk[k])]));
      dot(lam.get(), part(w));
      text(0, heights[i], ["radius", "w₁", "w₂"][i]);
    });
    return words(m, w, radius);
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

  function words(m, w, radius) {
    const pair = ([u, v]) => `(${fixed(u, 2)}, ${fixed(v, 2)})`;
    if (!size(m)) return `λ ${formatBrief(lam.get())}: the loss is least at the origin, and the penalty has nothing to shrink.`;
    if (lam.get() === 0) return `λ 0: no penalty. The loss is least at ${pair(m)}, and the ball just reaches it.`;
    const l2 = norm.get() === "L2";
    const zero = ["w₁", "w₂"].filter((_, i) => w[i] === 0);
    const zeros = l2 || !zero.length ? "" : ` ${zero.join(" and ")} ${zero.length > 1 ? "are" : "is"} exactly 0.`;
    const moves = pair(m) === pair(w) ? `stays within a hundredth of ${pair(m)}` : `moves from ${pair(m)} to ${pair(w)}`;
    const [from, to] = [whole(), radius].map((x) => format(x, distinguishingDigits(radius, [whole()])));
    return (
      `λ ${formatBrief(lam.get())}: the minimum ${moves}, and its ${l2 ? "norm" : "L1 norm"} goes from ${from} to ${to}, ` +
      `${percent(1 - radius / whole())} shorter. The same point is the best one with ${l2 ? `‖w‖² ≤ θ\u00a0=\u00a0${format(radius ** 2)}` : `‖w‖₁ ≤ t\u00a0=\u00a0${format(radius)}`}.${zeros}`
    );
  }

  return assemble({ model, el }, { title: "Contours and norm ball", controls, columns: [[plane], [shrinking]], draw });
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

export default { render };
