// The decayed step: gradient descent with weight decay on a bowl, and where it stops being stable.

const RATES = range(0, 2.4, 121);
const LAMBDAS = range(0, 1, 51);
const DIRECTIONS = ["unseen", "flat", "steep"];

function render({ model, el }) {
  const { h, minimum, start, steps } = model.get("data");
  const lr = parameter(model, "lr");
  const lam = parameter(model, "lam");
  const factor = (curvature) => 1 - lr.get() * (curvature + lam.get());

  const controls = [
    slider({ label: "Learning rate", values: RATES, ...lr }),
    slider({ label: "Decay λ", values: LAMBDAS, ...lam }),
  ];

  const plane = plot({
    title: `${steps} decayed steps`,
    x: { domain: [-2.6, 2.9], ticks: range(-2, 2, 5), label: "w₁, flat" },
    y: { domain: [-2.73, 3.5], ticks: range(-2, 3, 6), label: "w₂, steep" },
  });
  const levels = range(1, 9, 9).map((k) => [(k * k) / 14, plane.line("faint")]);
  const cross = [plane.line("zero"), plane.line("zero")];
  const path = plane.line("train thin");
  const dots = range(0, steps, steps + 1).map(() => plane.dot("train", 2.5));
  const goals = [plane.dot("reference", 4), plane.dot("exact", 5)];
  const names = [["train", -9], ["reference", -10], ["exact", 20]].map(([cls, dy]) =>
    plane.text(cls, { anchor: "middle", dx: 0, dy }));

  const region = plot({
    title: "Where it is stable",
    height: 220,
    x: { domain: [0, 2.4], ticks: [0, 0.5, 1, 1.5, 2], label: "learning rate" },
    y: { domain: [0, 1], ticks: [0, 0.5, 1], label: "λ" },
  });
  const steep = Math.max(...h);
  const limit = (factorAtLimit) => LAMBDAS.map((value) => [(1 - factorAtLimit) / (steep + value), value]);
  region.line("exact area")([[0, 0], ...limit(-1), [0, 1]]);
  region.line("exact area")([[0, 0], ...limit(0), [0, 1]]);
  region.line("exact")(limit(-1));
  const zones = [["exact on-darker-area", "smooth"], ["exact on-area", "zigzag"], ["val", "diverges"]].map(([cls, name]) => [
    name,
    region.text(cls, { anchor: "middle", dx: 0 }),
  ]);
  const grip = region.handle({
    label: "Learning rate and decay",
    step: 0.02,
    move: (x, y) => {
      lr.set(RATES[nearest(RATES, x)]);
      lam.set(LAMBDAS[nearest(LAMBDAS, y)]);
    },
  });

  const rows = plot({
    title: "A step multiplies the distance by",
    height: 172,
    x: { domain: [-2.2, 1.4], ticks: [-2, -1, 0, 1], label: "1 − lr (h + λ)" },
    y: { domain: [-0.5, 2.5], ticks: [0, 1, 2], format: (i) => DIRECTIONS[i], label: "direction" },
  });
  rows.line("exact area")([[-1, -0.5], [1, -0.5], [1, 2.5], [-1, 2.5]]);
  rows.line("zero")([[0, -1], [0, 9]]);
  const factors = [0, ...h].map((curvature) => [curvature, rows.line("stem"), rows.dot("train"), rows.text("train", { dx: 9 })]);
  rows.text("exact on-area", { anchor: "middle", dx: 0 })(-0.62, 0.5, "stable");

  function draw() {
    const end = h.map((curvature, i) => (curvature * minimum[i]) / (curvature + lam.get()));
    const walk = dots.map((_, t) => end.map((goal, i) => goal + factor(h[i]) ** t * (start[i] - goal)));
    for (const [height, line] of levels)
      line(range(0, 2 * Math.PI, 91).map((t) => [Math.cos(t), Math.sin(t)].map(
        (part, i) => end[i] + part * Math.sqrt((2 * height) / (h[i] + lam.get())))));
    cross[0]([[-9, 0], [9, 0]]);
    cross[1]([[0, -9], [0, 9]]);
    path(walk);
    walk.forEach((w, t) => dots[t](...w));
    goals[0](...minimum);
    goals[1](...end);
    names[0](...start, "start");
    names[1](...minimum, lam.get() > 0.04 ? "without decay" : "");
    names[2](...end, "minimum");
    grip(lr.get(), lam.get());
    const level = Math.abs(lam.get() - 0.5) < 0.2 ? 0.88 : 0.5; // the names of the zones, where the grip is not
    const edges = [0, 1, 2].map((part) => part / (steep + level)).concat(2.4);
    zones.forEach(([name, text], i) => text((edges[i] + edges[i + 1]) / 2, level, name));
    factors.forEach(([curvature, line, dot, text], row) => {
      const x = clamp(factor(curvature), [-2.2, 1.4]);
      line([[0, row], [x, row]]);
      dot(x, row);
      text(Math.max(x, 0), row, formatDistinct(factor(curvature), [-1, 0, 1]));
    });
    return words(walk, end);
  }

  function words(walk, end) {
    const far = ([u, v]) => Math.hypot(u - end[0], v - end[1]);
    const [flat, sharp] = h.map((curvature) => factor(curvature));
    const times = (x) => formatDistinct(x, [-1, 0, 1]);
    const edge = 2 / (steep + lam.get());
    const limit = formatDistinct(edge, [lr.get()]);
    const set = `Learning rate ${formatBrief(lr.get())}, λ ${formatBrief(lam.get())}: `;
    if (lr.get() === 0) return `${set}nothing moves.`;
    if (lr.get() > edge + 1e-9)
      return `${set}past the edge at ${limit}. Each step multiplies the steep distance by ${times(sharp)}: it diverges.`;
    if (lr.get() > edge - 1e-9)
      return `${set}on the edge. The steep distance changes its sign at each step and never gets smaller.`;
    return (
      `${set}the path ${way(flat, sharp)}. Each step multiplies the distance by ${times(flat)} (flat) and ${times(sharp)} ` +
      `(steep); after ${steps} steps ${remainder(far(walk[steps]) / far(walk[0]))}\u00a0% of it is left. Stable up to ${limit}.`
    );
  }

  function way(flat, sharp) {
    if (sharp > -1e-12) return "comes in smoothly";
    return flat < -1e-12 ? "zigzags in both directions" : "zigzags along the steep direction";
  }

  function remainder(share) {
    if (share < 1e-4) return "less than 0.01";
    return share > 0.99 ? "more than 99" : format(100 * share, 2);
  }

  return assemble({ model, el }, { title: "The decayed step", controls, columns: [[plane], [region, rows]], draw });
}

export default { render };
