// L2 against decoupled decay: what Adam does to a penalty, coordinate by coordinate.

const SCALES = decades(-2, 1, 20);
const LAMBDAS = range(0, 1, 101);

/** The path of a weight that starts at 1 under a gradient that alternates between +scale and −scale. */
function adam({ lr, steps }, lam, scale, decoupled) {
  let [w, m, v, fade1, fade2] = [1, 0, 0, 1, 1];
  const path = [w];
  for (let t = 0; t < steps; t++) {
    const noise = t % 2 ? -scale : scale;
    const g = decoupled ? noise : noise + lam * w;
    if (decoupled) w -= lr * lam * w;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    fade1 *= 0.9;
    fade2 *= 0.999;
    w -= (lr * m) / (1 - fade1) / (Math.sqrt(v / (1 - fade2)) + 1e-8);
    path.push(w);
  }
  return path;
}

function render({ model, el }) {
  const data = model.get("data");
  const { lr, steps } = data;
  const scale = parameter(model, "scale");
  const lam = parameter(model, "lam");

  const controls = [
    slider({ label: "Size of the gradient", values: SCALES, ...scale }),
    slider({ label: "Decay λ", values: LAMBDAS, ...lam }),
  ];

  const y = { domain: [-0.1, 1.1], ticks: [0, 0.25, 0.5, 0.75, 1], label: "weight" };
  const left = plot({
    title: `The weight after ${steps} steps`,
    height: 344,
    x: { domain: [0.01, 10], scale: logarithmic, ticks: [0.01, 0.1, 1, 10], label: "size of the gradient" },
    y: { ...y, label: "weight (dots: run, lines: formula)" },
  });
  const walk = plot({
    title: "The weight at each step",
    height: 344,
    x: { domain: [0, steps], ticks: range(0, steps, 5), label: "step" },
    y,
  });
  for (const each of [left, walk]) each.line("zero")([[0, 0], [1e9, 0]]);
  const rule = left.line("rule");
  const kinds = [
    { cls: "val", decoupled: false, rate: (size) => (lr * lam.get()) / size },
    { cls: "train", decoupled: true, rate: () => lr * lam.get() },
  ].map((kind) => ({
    ...kind,
    formula: left.line(kind.cls),
    dots: SCALES.filter((_, i) => i % 4 === 0).map((size) => [size, left.dot(kind.cls, 3)]),
    here: left.dot(kind.cls, 6),
    path: walk.line(kind.cls),
    names: [
      left.text(kind.cls, { anchor: kind.decoupled ? "end" : "start", dx: kind.decoupled ? 0 : 6, dy: 17 }),
      walk.text(kind.cls, { dx: 4, dy: -8 }),
    ],
  }));
  left.scrub((x) => scale.set(SCALES[nearest(SCALES, x)]));

  function draw() {
    rule([[scale.get(), -9], [scale.get(), 9]]);
    const paths = kinds.map(({ decoupled, rate, formula, dots, here, path }) => {
      const run = (size) => adam(data, lam.get(), size, decoupled);
      formula(SCALES.map((size) => [size, Math.max(0, 1 - rate(size)) ** steps]));
      for (const [size, dot] of dots) dot(size, run(size)[steps]);
      const chosen = run(scale.get());
      here(scale.get(), chosen[steps]);
      path(chosen.map((w, t) => [t, w]));
      return chosen;
    });
    // Below the two curves where they stand apart, and to the right of two that fall.
    const ends = [SCALES[0], SCALES.at(-1)];
    [["Adam with L2", 0.2 * steps], ["AdamW", 0.7 * steps]].forEach(([name, step], i) => {
      kinds[i].names[0](ends[i], Math.max(0, 1 - kinds[i].rate(ends[i])) ** steps, name);
      kinds[i].names[1](step, paths[i][step], name);
    });
    return words(...paths.map((path) => path[steps]));
  }

  function words(l2, decoupled) {
    const set = `Gradient of size ${brief(scale.get())}, λ ${brief(lam.get())}: `;
    if (lam.get() === 0)
      return `${set}nothing decays. Both end at ${l2.toFixed(3)}, where the first few gradients took them.`;
    return (
      `${set}after ${steps} steps Adam with L2 leaves ${l2.toFixed(3)} of the weight, AdamW ${decoupled.toFixed(3)}. ` +
      `AdamW takes lr·λ = ${show(lr * lam.get(), 2)} of every weight at each step; Adam with L2 about lr·λ/size = ` +
      `${show((lr * lam.get()) / scale.get(), 2)}.`
    );
  }

  return assemble({ model, el }, { title: "L2 against decoupled decay", controls, columns: [[left], [walk]], draw });
}

export default { render };
