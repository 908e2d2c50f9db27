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

/**
 * Where it ends by formula. A step of AdamW takes lr λ of the weight. Adam divides the decay λ w by the root mean square
 * of the whole gradient, √(scale² + (λ w)²): as long as λ w is small, a step takes lr λ / scale of the weight; where it is
 * large, lr, whatever λ is. `start` is what the first gradients leave of the weight without decay.
 */
function formulaEnd({ lr, steps }, lam, scale, decoupled, start) {
  let w = 1;
  for (let t = 0; t < steps; t++) w -= (lr * lam * w) / (decoupled ? 1 : Math.hypot(scale, lam * w));
  return start * w;
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
  const chosenSize = left.line("rule");
  const kinds = [
    { cls: "val", decoupled: false },
    { cls: "train", decoupled: true },
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
  const start = adam(data, 0, 1, true)[steps];
  left.scrub((x) => scale.set(SCALES[nearest(SCALES, x)]));

  function draw() {
    chosenSize([[scale.get(), -9], [scale.get(), 9]]);
    const rule = (size, decoupled) => formulaEnd(data, lam.get(), size, decoupled, start);
    const paths = kinds.map(({ decoupled, formula, dots, here, path }) => {
      const run = (size) => adam(data, lam.get(), size, decoupled);
      formula(SCALES.map((size) => [size, rule(size, decoupled)]));
      for (const [size, dot] of dots) dot(size, run(size)[steps]);
      const chosen = run(scale.get());
      here(scale.get(), chosen[steps]);
      path(chosen.map((w, t) => [t, w]));
      return chosen;
    });
    // Below the two curves where they stand apart, and to the right of two that fall.
    const ends = [SCALES[0], SCALES.at(-1)];
    [["Adam with L2", 0.2 * steps], ["AdamW", 0.7 * steps]].forEach(([name, step], i) => {
      kinds[i].names[0](ends[i], rule(ends[i], kinds[i].decoupled), name);
      kinds[i].names[1](step, paths[i][step], name);
    });
    return words(...paths);
  }

  function words(l2, decoupled) {
    const set = `Gradient of size ${formatBrief(scale.get())}, λ ${formatBrief(lam.get())}: `;
    if (lam.get() === 0)
      return `${set}nothing decays. Both end at ${fixed(l2[steps], 3)}, where the first few gradients took them.`;
    const [l2Left, decoupledLeft] = [l2[steps], decoupled[steps]].map(remainder);
    return (
      `${set}after ${steps} steps Adam with L2 leaves ${l2Left} of the weight, AdamW ${decoupledLeft}. At each step ` +
      `AdamW takes lr·λ = ${format(lr * lam.get(), 2)} of it. Adam with L2 ${pace(l2)}.`
    );
  }

  const remainder = (w) => (w < 0.0005 ? "less than 0.001" : fixed(w, 3));

  /** The rule lr λ / size, where λ w is small enough for it; where it is not, how long the first half takes. */
  function pace(path) {
    const rate = (lr * lam.get()) / scale.get();
    const rule = `lr·λ/size\u00a0=\u00a0${format(rate, 2)}`;
    if (lam.get() <= scale.get() / 2) return `takes about ${rule}`;
    const half = path.findIndex((w) => w <= 0.5);
    const byRule = rate < 0.5 ? Math.ceil(Math.log(0.5) / Math.log(1 - rate)) : 1;
    return (
      `is slower than ${rule}, since λ is not small beside the size, and no step takes more than ` +
      `lr\u00a0=\u00a0${lr}: half is gone after ${half} steps, not after ${byRule}`
    );
  }

  return assemble({ model, el }, { title: "L2 against decoupled decay", controls, columns: [[left], [walk]], draw });
}

export default { render };
