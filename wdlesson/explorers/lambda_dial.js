// The lambda dial: from overfitting to underfitting in one motion, for one draw of the noise after another.

const WORDS = inLanguage({
  en: {
    penalty: "Penalty λ",
    redraw: "New sample",
    curve: (degree, n) => `A polynomial of degree ${degree} for ${n} points`,
    legend: { training: "training", test: "test", fit: "fit", former: "fits before", truth: "truth" },
    error: "Error by λ",
    halfMse: "half-MSE",
    noiseFloor: "noise floor",
    weights: "The weight of each power of x",
    power: "power",
    weight: "weight",
    line: ({ lam, sample, test, against, training, norm, verdict }) =>
      `λ ${lam}${sample}: test error ${test}${against}; training error ${training}; ‖w‖\u00a0=\u00a0${norm}. ${verdict}`,
    sample: (k, all) => `, sample ${k} of ${all}`,
    sameAsNone: ", about that without decay",
    less: (percent) => `, ${percent}\u00a0% less than without decay`,
    more: (percent) => `, ${percent}\u00a0% more than without decay`,
    nearBest: (error, at) => `Within 20\u00a0% of the best test error, ${error} at λ ${at}.`,
    overfitted: (error, at) => `Overfitted: the best test error, ${error}, is at a larger λ, ${at}.`,
    underfitted: (error, at) => `Underfitted: the best test error, ${error}, is at a smaller λ, ${at}.`,
  },
  zh: {
    penalty: "惩罚 λ",
    redraw: "换一组样本",
    curve: (degree, n) => `${n} 个点的 ${degree} 次多项式`,
    legend: { training: "训练", test: "测试", fit: "拟合", former: "先前的拟合", truth: "真实曲线" },
    error: "误差对 λ",
    halfMse: "半均方误差",
    noiseFloor: "噪声下限",
    weights: "x 各次幂的权重",
    power: "次数",
    weight: "权重",
    line: ({ lam, sample, test, against, training, norm, verdict }) =>
      `λ ${lam}${sample}：测试误差 ${test}${against}；训练误差 ${training}；‖w‖\u00a0=\u00a0${norm}。${verdict}`,
    sample: (k, all) => `，第 ${k} 组样本（共 ${all} 组）`,
    sameAsNone: "，与不衰减时差不多",
    less: (percent) => `，比不衰减时少 ${percent}\u00a0%`,
    more: (percent) => `，比不衰减时多 ${percent}\u00a0%`,
    nearBest: (error, at) => `与最好的测试误差（λ ${at} 处的 ${error}）相差在 20\u00a0% 以内。`,
    overfitted: (error, at) => `过拟合：最好的测试误差 ${error} 在更大的 λ ${at} 处。`,
    underfitted: (error, at) => `欠拟合：最好的测试误差 ${error} 在更小的 λ ${at} 处。`,
  },
});

const LAMBDAS = [0, ...decades(-12, 2, 10)];
const NEAR = 1.2; // a test error at most this times the best is called neither overfitted nor underfitted
const GRID = range(-1, 1, 161);
const PALE_GRID = range(-1, 1, 61); // the former fits are many, and pale

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
function ridge({ x_train, s, Vh }, powers, y) {
  const centre = powers.map((k) => mean(x_train.map((x) => x ** k)));
  const level = mean(y);
  const pull = powers.map((k, i) => x_train.reduce((sum, x, j) => sum + (x ** k - centre[i]) * (y[j] - level), 0));
  const c = Vh.map((row) => dot(row, pull)); // of s c, with c the targets along the singular vectors
  return (lam) => {
    const along = s.map((value, i) => c[i] / (value * value + x_train.length * lam));
    const w = powers.map((_, k) => along.reduce((sum, part, i) => sum + part * Vh[i][k], 0));
    return { w, b: level - dot(w, centre) };
  };
}

const dot = (u, v) => u.reduce((sum, value, i) => sum + value * v[i], 0);

const predict = ({ w, b }, x) => b + x * w.reduceRight((sum, weight) => sum * x + weight, 0);

const halfMse = (fit, x, y) => mean(x.map((value, i) => (predict(fit, value) - y[i]) ** 2)) / 2;

/** The points, the solver and the errors of every draw, each computed when it is first asked for, and the parameters. */
function problem(model) {
  const data = model.get("data");
  const powers = data.s.map((_, k) => k + 1);
  const x_test = data.y_test.map((_, i) => -1 + (2 * i) / (data.y_test.length - 1));
  const made = new Map();
  const draw = (k) => made.get(k) ?? made.set(k, drawOf(data, powers, x_test, data.draws[k])).get(k);
  return { ...data, ...parameters(model, ["lam", "sample"]), powers, x_test, draw };
}

/** One draw of the noise: its targets, the fit and the errors at a lambda, and the errors at every one of the slider. */
function drawOf(data, powers, x_test, y) {
  const solve = ridge(data, powers, y);
  const training = (fit) => halfMse(fit, data.x_train, y);
  const test = (fit) => halfMse(fit, x_test, data.y_test);
  const fits = LAMBDAS.map(solve);
  return { y, solve, training, test, errors: { train: fits.map(training), val: fits.map(test) } };
}

function state({ lam, sample, draw, draws }) {
  const [strength, k] = [lam.get(), sample.get()];
  const chosen = draw(k);
  const fit = chosen.solve(strength);
  const former = draws.slice(0, k).map((_, before) => draw(before).solve(strength));
  const [train, val] = [chosen.training(fit), chosen.test(fit)];
  return { lam: strength, sample: k, all: draws.length, ...chosen, fit, former, train, val };
}

function controls({ lam, sample, draws }) {
  return [
    slider({ label: WORDS.penalty, values: LAMBDAS, ...lam }),
    action({ label: WORDS.redraw, press: () => sample.set((sample.get() + 1) % draws.length) }),
  ];
}

// ---- The curve ----

function curve({ powers, x_train, x_test, y_test, draws }) {
  const plot = new Plot({
    title: WORDS.curve(powers.length, x_train.length),
    height: 392,
    x: { domain: [-1, 1], ticks: [-1, -0.5, 0, 0.5, 1], label: "x" },
    y: { domain: [-2.4, 2.4], ticks: [-2, -1, 0, 1, 2], label: "y" },
  });
  x_test.forEach((x, i) => i % 7 === 3 && plot.dot("val pale", 2)(x, y_test[i])); // some of them: all would be a cloud
  plot.line("reference dashed")(GRID.map((x) => [x, Math.sin(3 * x)]));
  const before = draws.slice(1).map(() => plot.line("exact former"));
  const fitted = plot.line("exact thick");
  const points = x_train.map(() => plot.dot("train", 4.5));
  const drawLegend = legend(plot);
  const draw = ({ fit, former, y }) => {
    before.forEach((line, k) => line(former[k] ? graph(former[k], PALE_GRID) : []));
    fitted(graph(fit, GRID));
    points.forEach((point, i) => point(x_train[i], y[i]));
    drawLegend(former.length > 0);
  };
  return { root: plot.root, draw };
}

const graph = (fit, grid) => grid.map((x) => [x, predict(fit, x)]);

/** Each name beside what it names; the former fits' one only where there are some. */
function legend(plot) {
  const step = (15 * 4.8) / plot.inner.height; // 15 pixels
  const names = WORDS.legend;
  const place = (row) => [-0.77, 2.23 - step * row];
  [["train", 0, 4.5], ["val pale", 1, 2]].forEach(([cls, row, size]) => plot.dot(cls, size)(-0.89, place(row)[1]));
  const line = (cls, row) => [plot.line(cls), [[-0.96, place(row)[1]], [-0.82, place(row)[1]]]];
  for (const [drawn, ends] of [line("exact thick", 2), line("reference dashed", 3)]) drawn(ends);
  const [former, ends] = line("exact former", 4);
  const words = ["train", "val", "exact", "reference", "exact"].map((cls) => plot.text(cls, { dx: 0 }));
  [names.training, names.test, names.fit, names.truth].forEach((name, row) => words[row](...place(row), name));
  return (some) => {
    former(some ? ends : []);
    words[4](...place(4), some ? names.former : "");
  };
}

// ---- The errors by λ ----

function error({ noise, lam }) {
  const plot = new Plot({
    title: WORDS.error,
    height: 220,
    short: 200,
    x: lambdaAxis(-12, 2, 2),
    y: { domain: [0.003, 1], scale: logarithmic, ticks: [0.003, 0.01, 0.03, 0.1, 0.3, 1], label: WORDS.halfMse },
  });
  const rule = plot.line("rule");
  plot.line("reference dashed")([[0, noise ** 2 / 2], [100, noise ** 2 / 2]]);
  plot.text("reference", { anchor: "end", dx: 0, dy: 14 })(100, noise ** 2 / 2, WORDS.noiseFloor);
  const curves = ["train", "val"].map((cls) => [plot.line(cls), plot.dot(cls)]);
  const drawNames = errorNames(plot);
  plot.scrub((x) => lam.set(snap(LAMBDAS, x)));
  const draw = ({ lam, train, val, errors }) => {
    rule([[lam, 1e-9], [lam, 9]]);
    [errors.train, errors.val].forEach((all, i) => curves[i][0](LAMBDAS.map((value, k) => [value, all[k]])));
    [train, val].forEach((here, i) => curves[i][1](lam, here));
    drawNames(errors);
  };
  return { root: plot.root, draw };
}

function errorNames(plot) {
  const [early, late] = [1e-8, 1e-7].map((value) => nearest(LAMBDAS, value));
  const test = plot.text("val", { dx: 0, dy: -8 });
  const training = plot.text("train", { anchor: "end", dx: 0, dy: -8 });
  return ({ train, val }) => {
    test(LAMBDAS[early], Math.max(...val.slice(early, early + 25)), WORDS.legend.test);
    training(LAMBDAS[late], train[late], WORDS.legend.training);
  };
}

// ---- The weights ----

function weights({ powers }) {
  const plot = new Plot({
    title: WORDS.weights,
    height: 172,
    short: 160,
    x: { domain: [0.4, powers.length + 0.6], ticks: powers.filter((k) => k % 2), label: WORDS.power },
    y: { domain: [-3e4, 3e4], scale: symmetric, ticks: [-1e4, -100, 0, 100, 1e4], format: large, label: WORDS.weight },
  });
  plot.line("zero")([[0, 0], [99, 0]]);
  const bars = powers.map(() => plot.line("exact bar"));
  const draw = ({ fit: { w } }) => bars.forEach((bar, k) => bar([[k + 1, 0], [k + 1, w[k]]]));
  return { root: plot.root, draw };
}

// ---- The text line ----

function words({ lam, sample, all, fit, train, val, errors }) {
  return WORDS.line({
    lam: formatBrief(lam),
    sample: sample ? WORDS.sample(sample + 1, all) : "",
    test: format(val),
    against: against(errors.val[0], lam, val),
    training: format(train),
    norm: format(Math.hypot(...fit.w)),
    verdict: verdict(errors.val, lam, val),
  });
}

function against(none, lam, val) {
  if (lam === 0) return "";
  const change = Math.round(100 * (val / none - 1));
  if (change === 0) return WORDS.sameAsNone;
  return change < 0 ? WORDS.less(-change) : WORDS.more(change);
}

function verdict(errors, lam, val) {
  const best = errors.indexOf(Math.min(...errors));
  const told = [format(errors[best]), formatBrief(LAMBDAS[best])];
  if (val <= NEAR * errors[best]) return WORDS.nearBest(...told);
  return lam < LAMBDAS[best] ? WORDS.overfitted(...told) : WORDS.underfitted(...told);
}

// ---- The tables ----

const WHOLE_DECADES = LAMBDAS.filter((lam) => lam === 0 || lam.toExponential(1).startsWith("1.0"));

function tables({ powers, x_train }, { lam, fit, train, val, errors }) {
  const row = (at, i) => [formatBrief(at), format(errors.train[i]), format(errors.val[i])];
  const rows = WHOLE_DECADES.map((at) => row(at, LAMBDAS.indexOf(at)));
  const here = [formatBrief(lam), format(train), format(val)];
  const { training, test, truth, fit: fitted } = WORDS.legend;
  const at = range(-1, 1, 11).map((x) => [formatBrief(x), fixed(Math.sin(3 * x), 2), fixed(predict(fit, x), 2)]);
  const weights = powers.map((k, i) => [String(k), format(fit.w[i])]);
  return [
    { caption: WORDS.curve(powers.length, x_train.length), head: ["x", truth, fitted], rows: at },
    { caption: WORDS.error, head: ["λ", training, test], rows: [here, ...rows] },
    { caption: WORDS.weights, head: [WORDS.power, WORDS.weight], rows: weights },
  ];
}

function render({ model, el }) {
  const given = problem(model);
  return assemble({ model, el }, {
    controls: controls(given),
    panels: () => [[curve(given)], [error(given), weights(given)]],
    state: () => state(given),
    words,
    tables: (now) => tables(given, now),
  });
}

export default { render };
