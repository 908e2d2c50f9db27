// The lambda dial: from overfitting to underfitting in one motion.

const LAMBDAS = [0, ...decades(-12, 2, 10)];
const NEAR = 1.2; // a test error at most this times the best is called neither overfitted nor underfitted
const GRID = range(-1, 1, 161);

/** Linear around 0, logarithmic further out, for weights of either sign that range over decades. */
function symmetric([a, b], pixels) {
  const inner = linear([Math.asinh(a), Math.asinh(b)], pixels);
  return Object.assign((x) => inner(Math.asinh(x)), { invert: (pixel) => Math.sinh(inner.invert(pixel)) });
}

/** Weights of a thousand and more, of either sign, as a power of ten: there is no room for all their zeros. */
const large = (w) => (Math.abs(w) < 1e3 ? formatBrief(w) : (w < 0 ? "−" : "") + powerOfTen(Math.abs(w)));

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

// ---- The fits ----

/** Ridge from the singular value decomposition of the centred features x, x², …, x¹⁵: w = V (s c / (s² + n λ)). */
function ridge({ x_train, y_train, s, c, Vh }, powers) {
  const centre = powers.map((k) => mean(x_train.map((x) => x ** k)));
  const level = mean(y_train);
  return (lam) => {
    const along = s.map((value, i) => (value * c[i]) / (value * value + x_train.length * lam));
    const w = powers.map((_, k) => along.reduce((sum, part, i) => sum + part * Vh[i][k], 0));
    return { w, b: level - w.reduce((sum, weight, k) => sum + weight * centre[k], 0) };
  };
}

const predict = ({ w, b }, x) => b + x * w.reduceRight((sum, weight) => sum * x + weight, 0);

const halfMse = (fit, x, y) => mean(x.map((value, i) => (predict(fit, value) - y[i]) ** 2)) / 2;

/** The points, the fits at every lambda of the slider with their errors, and the parameter. */
function problem(model) {
  const data = model.get("data");
  const powers = data.s.map((_, k) => k + 1);
  const x_test = data.y_test.map((_, i) => -1 + (2 * i) / (data.y_test.length - 1));
  const solve = ridge(data, powers);
  const training = (fit) => halfMse(fit, data.x_train, data.y_train);
  const test = (fit) => halfMse(fit, x_test, data.y_test);
  const fits = LAMBDAS.map(solve);
  const errors = { train: fits.map(training), val: fits.map(test) };
  return { ...data, ...parameters(model, ["lam"]), powers, x_test, solve, training, test, errors };
}

function state({ lam, solve, training, test }) {
  const fit = solve(lam.get());
  return { lam: lam.get(), fit, train: training(fit), val: test(fit) };
}

// ---- The curve ----

function curve(given) {
  const { powers, x_train, y_train, x_test, y_test } = given;
  const plot = new Plot({
    title: `A polynomial of degree ${powers.length} for ${x_train.length} points`,
    height: 392,
    x: { domain: [-1, 1], ticks: [-1, -0.5, 0, 0.5, 1], label: "x" },
    y: { domain: [-2.4, 2.4], ticks: [-2, -1, 0, 1, 2], label: "y" },
  });
  x_test.forEach((x, i) => i % 7 === 3 && plot.dot("val pale", 2)(x, y_test[i])); // some of them: all would be a cloud
  plot.line("reference dashed")(GRID.map((x) => [x, Math.sin(3 * x)]));
  const fitted = plot.line("exact thick");
  x_train.forEach((x, i) => plot.dot("train", 4.5)(x, y_train[i]));
  drawLegend(plot);
  return { root: plot.root, draw: ({ fit }) => fitted(GRID.map((x) => [x, predict(fit, x)])) };
}

/** Each name beside what it names. */
function drawLegend(plot) {
  [["train", "training"], ["val", "test"], ["exact", "fit"], ["reference", "truth"]].forEach(([cls, name], row) => {
    const level = 2.23 - 0.276 * row;
    if (row < 2) plot.dot(`${cls} ${row ? "pale" : ""}`, row ? 2 : 4.5)(-0.89, level);
    else plot.line(`${cls} ${row === 2 ? "thick" : "dashed"}`)([[-0.96, level], [-0.82, level]]);
    plot.text(cls, { dx: 0 })(-0.77, level, name);
  });
}

// ---- The errors by λ ----

function error({ errors, noise, lam }) {
  const plot = new Plot({
    title: "Error by λ",
    height: 220,
    x: lambdaAxis(-12, 2, 2),
    y: { domain: [0.003, 1], scale: logarithmic, ticks: [0.003, 0.01, 0.03, 0.1, 0.3, 1], label: "half-MSE" },
  });
  const rule = plot.line("rule");
  plot.line("reference dashed")([[0, noise ** 2 / 2], [100, noise ** 2 / 2]]);
  plot.text("reference", { anchor: "end", dx: 0, dy: 14 })(100, noise ** 2 / 2, "noise floor");
  for (const cls of ["train", "val"]) plot.line(cls)(LAMBDAS.map((value, k) => [value, errors[cls][k]]));
  const marks = [plot.dot("train"), plot.dot("val")];
  nameErrors(plot, errors);
  plot.scrub((x) => lam.set(snap(LAMBDAS, x)));
  const draw = ({ lam, train, val }) => {
    rule([[lam, 1e-9], [lam, 9]]);
    marks[0](lam, train);
    marks[1](lam, val);
  };
  return { root: plot.root, draw };
}

function nameErrors(plot, { train, val }) {
  const [early, late] = [1e-8, 1e-7].map((value) => nearest(LAMBDAS, value));
  plot.text("val", { dx: 0, dy: -8 })(LAMBDAS[early], val[early], "test");
  plot.text("train", { anchor: "end", dx: 0, dy: -8 })(LAMBDAS[late], train[late], "training");
}

// ---- The weights ----

function weights({ powers }) {
  const plot = new Plot({
    title: "The weight of each power of x",
    height: 172,
    x: { domain: [0.4, powers.length + 0.6], ticks: powers.filter((k) => k % 2), label: "power" },
    y: { domain: [-3e4, 3e4], scale: symmetric, ticks: [-1e4, -100, 0, 100, 1e4], format: large, label: "weight" },
  });
  plot.line("zero")([[0, 0], [99, 0]]);
  const bars = powers.map(() => plot.line("exact bar"));
  const draw = ({ fit: { w } }) => bars.forEach((bar, k) => bar([[k + 1, 0], [k + 1, w[k]]]));
  return { root: plot.root, draw };
}

// ---- The text line ----

function words({ val: errors }, { lam, fit, train, val }) {
  return (
    `λ ${formatBrief(lam)}: test error ${format(val)}${against(errors[0], lam, val)}; ` +
    `training error ${format(train)}; ‖w‖\u00a0=\u00a0${format(Math.hypot(...fit.w))}. ${verdict(errors, lam, val)}`
  );
}

function against(none, lam, val) {
  if (lam === 0) return "";
  const change = Math.round(100 * (val / none - 1));
  if (change === 0) return ", about that without decay";
  return `, ${Math.abs(change)}\u00a0% ${change < 0 ? "less" : "more"} than without decay`;
}

function verdict(errors, lam, val) {
  const best = errors.indexOf(Math.min(...errors));
  const [least, at] = [format(errors[best]), formatBrief(LAMBDAS[best])];
  if (val <= NEAR * errors[best]) return `Within 20\u00a0% of the best test error, ${least} at λ ${at}.`;
  const [fault, way] = lam < LAMBDAS[best] ? ["Overfitted", "larger"] : ["Underfitted", "smaller"];
  return `${fault}: the best test error, ${least}, is at a ${way} λ, ${at}.`;
}

// ---- The tables ----

const ROUND = LAMBDAS.filter((lam) => lam === 0 || Number.isInteger(Number(Math.log10(lam).toFixed(9))));

function tables({ errors, powers }, { lam, fit, train, val }) {
  const row = (at, i) => [formatBrief(at), format(errors.train[i]), format(errors.val[i])];
  const rows = ROUND.map((at) => row(at, LAMBDAS.indexOf(at)));
  const here = [formatBrief(lam), format(train), format(val)];
  const at = range(-1, 1, 11).map((x) => [formatBrief(x), fixed(Math.sin(3 * x), 2), fixed(predict(fit, x), 2)]);
  return [
    { caption: "The curve", head: ["x", "truth", "fit"], rows: at },
    { caption: "Error by λ", head: ["λ", "training", "test"], rows: [here, ...rows] },
    { caption: "The weights", head: ["power", "weight"], rows: powers.map((k, i) => [String(k), format(fit.w[i])]) },
  ];
}

function render({ model, el }) {
  const given = problem(model);
  return assemble({ model, el }, {
    controls: [slider({ label: "Penalty λ", values: LAMBDAS, ...given.lam })],
    panels: () => [[curve(given)], [error(given), weights(given)]],
    state: () => state(given),
    words: (now) => words(given.errors, now),
    tables: (now) => tables(given, now),
  });
}

export default { render };
