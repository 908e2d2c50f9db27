// L2 against decoupled decay: what Adam does to a penalty, coordinate by coordinate.

const WORDS = {
  size: "Size of the gradient",
  decay: "Decay λ",
  kinds: ["Adam with L2", "AdamW"],
  ends: (steps) => `The weight after ${steps} steps`,
  sizeAxis: "size of the gradient",
  endAxis: "weight (dots: run, lines: formula)",
  paths: "The weight at each step",
  weight: "weight",
  step: "step",
  at: (scale, lam) => `Gradient of size ${scale}, λ ${lam}: `,
  nothing: (left) => `nothing decays. Both end at ${left}, where the first few gradients took them.`,
  line: ({ steps, l2, decoupled, none, rate, pace }) =>
    `after ${steps} steps Adam with L2 leaves ${l2} of the weight, AdamW ${decoupled}, without decay ${none}. ` +
    `At each step AdamW takes lr·λ\u00a0=\u00a0${rate} of it. Adam with L2 ${pace}.`,
  little: "less than 0.001",
  byRule: (rate) => `takes about lr·λ/size\u00a0=\u00a0${rate}`,
  slower: ({ rate, lr, half, ruled }) =>
    `is slower than lr·λ/size\u00a0=\u00a0${rate}, since λ is not small beside the size, and no step takes more than ` +
    `lr\u00a0=\u00a0${lr}: half is gone after ${half} steps, not after ${ruled}`,
};
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

const KINDS = [{ cls: "val", decoupled: false }, { cls: "train", decoupled: true }]; // as WORDS.kinds names them
const DOTS = SCALES.filter((_, i) => i % 4 === 0);

/** What every run shares, and the parameters. */
function problem(model) {
  const data = model.get("data");
  return { data, start: adam(data, 0, 1, true)[data.steps], ...parameters(model, ["scale", "lam"]) };
}

/** Of both optimisers: the ends by formula and by run, and the path at the chosen size of the gradient. */
function state({ data, start, ...set }) {
  const [scale, lam] = [set.scale.get(), set.lam.get()];
  const kinds = KINDS.map(({ decoupled }) => ({
    formula: SCALES.map((size) => formulaEnd(data, lam, size, decoupled, start)),
    ends: DOTS.map((size) => adam(data, lam, size, decoupled)[data.steps]),
    path: adam(data, lam, scale, decoupled),
  }));
  return { ...data, start, scale, lam, kinds };
}

function controls({ scale, lam }) {
  return [
    slider({ label: WORDS.size, values: SCALES, ...scale }),
    slider({ label: WORDS.decay, values: LAMBDAS, ...lam }),
  ];
}

// ---- The plots ----

const Y = { domain: [-0.1, 1.1], ticks: [0, 0.25, 0.5, 0.75, 1], label: WORDS.weight };

/** The weight at the end by the size of its gradient. */
function ends({ data, scale }) {
  const plot = new Plot({
    title: WORDS.ends(data.steps),
    height: 344,
    short: 270,
    x: { domain: [0.01, 10], scale: logarithmic, ticks: [0.01, 0.1, 1, 10], label: WORDS.sizeAxis },
    y: { ...Y, label: WORDS.endAxis },
  });
  plot.line("zero")([[0, 0], [1e9, 0]]);
  const rule = plot.line("rule");
  const drawKinds = KINDS.map((kind, i) => endsOf(plot, WORDS.kinds[i], kind));
  plot.scrub((x) => scale.set(snap(SCALES, x)));
  const draw = (now) => {
    rule([[now.scale, -9], [now.scale, 9]]);
    now.kinds.forEach((kind, i) => drawKinds[i](kind, now));
  };
  return { root: plot.root, draw };
}

/** The marks of one optimiser. Its name stands below the curve, at the end where the two stand apart. */
function endsOf(plot, name, { cls, decoupled }) {
  const line = plot.line(cls);
  const dots = DOTS.map((size) => [size, plot.dot(cls, 3)]);
  const chosen = plot.dot(cls, 6);
  const text = plot.text(cls, { anchor: decoupled ? "end" : "start", dx: decoupled ? 0 : 6, dy: 17 });
  return ({ formula, ends, path }, { scale, steps }) => {
    line(SCALES.map((size, i) => [size, formula[i]]));
    dots.forEach(([size, dot], i) => dot(size, ends[i]));
    chosen(scale, path[steps]);
    const end = decoupled ? SCALES.length - 1 : 0;
    text(SCALES[end], formula[end], name);
  };
}

/** The weight by step. The names stand to the right of two curves that fall. */
function paths({ data: { steps } }) {
  const plot = new Plot({
    title: WORDS.paths,
    height: 344,
    short: 270,
    x: { domain: [0, steps], ticks: range(0, steps, 5), label: WORDS.step },
    y: Y,
  });
  plot.line("zero")([[0, 0], [1e9, 0]]);
  const marks = KINDS.map(({ cls, decoupled }, i) => ({
    line: plot.line(cls),
    text: plot.text(cls, { dx: 4, dy: -8 }),
    name: WORDS.kinds[i],
    at: (decoupled ? 0.7 : 0.2) * steps,
  }));
  const draw = ({ kinds }) =>
    marks.forEach(({ line, text, name, at }, i) => {
      line(kinds[i].path.map((w, t) => [t, w]));
      text(at, kinds[i].path[at], name);
    });
  return { root: plot.root, draw };
}

// ---- The text line ----

function words(now) {
  const { lr, steps, start, scale, lam, kinds } = now;
  const [l2, decoupled] = kinds.map(({ path }) => path[steps]);
  const at = WORDS.at(formatBrief(scale), formatBrief(lam));
  if (lam === 0) return at + WORDS.nothing(fixed(l2, 3));
  const left = { l2: remainder(l2), decoupled: remainder(decoupled), none: fixed(start, 3) };
  return at + WORDS.line({ steps, ...left, rate: format(lr * lam, 2), pace: pace(now) });
}

const remainder = (w) => (w < 0.0005 ? WORDS.little : fixed(w, 3));

/** The rule lr λ / size, where λ w is small enough for it; where it is not, how long the first half takes. */
function pace({ lr, scale, lam, kinds: [l2] }) {
  const share = (lr * lam) / scale;
  const rate = format(share, 2);
  if (lam <= scale / 2) return WORDS.byRule(rate);
  const half = l2.path.findIndex((w) => w <= 0.5);
  return WORDS.slower({ rate, lr, half, ruled: share < 0.5 ? Math.ceil(Math.log(0.5) / Math.log(1 - share)) : 1 });
}

// ---- The tables ----

function tables({ steps, kinds }) {
  const ends = DOTS.map((size, i) => [formatBrief(size), ...kinds.map((kind) => fixed(kind.ends[i], 3))]);
  const paths = range(0, steps, 9).map((t) => [String(t), ...kinds.map(({ path }) => fixed(path[t], 3))]);
  return [
    { caption: WORDS.ends(steps), head: [WORDS.sizeAxis, ...WORDS.kinds], rows: ends },
    { caption: WORDS.paths, head: [WORDS.step, ...WORDS.kinds], rows: paths },
  ];
}

function render({ model, el }) {
  const given = problem(model);
  return assemble({ model, el }, {
    controls: controls(given),
    panels: () => [[ends(given)], [paths(given)]],
    state: () => state(given),
    words,
    tables,
  });
}

export default { render };
