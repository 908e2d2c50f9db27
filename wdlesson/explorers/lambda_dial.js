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

function render({ model, el }) {
  const { x_train, y_train, y_test, s, c, Vh, noise } = model.get("data");
  const x_test = y_test.map((_, i) => -1 + (2 * i) / (y_test.length - 1));
  const lam = parameter(model, "lam");

  // Ridge from the singular value decomposition of the centred features x, x², …, x¹⁵: w = V (s c / (s² + n λ)).
  const powers = s.map((_, k) => k + 1);
  const centre = powers.map((k) => mean(x_train.map((x) => x ** k)));
  const level = mean(y_train);
  function fit(lam) {
    const along = s.map((value, i) => (value * c[i]) / (value * value + x_train.length * lam));
    return powers.map((_, k) => along.reduce((sum, part, i) => sum + part * Vh[i][k], 0));
  }
  const bias = (w) => level - w.reduce((sum, weight, k) => sum + weight * centre[k], 0);
  const predict = (w, b, x) => b + x * w.reduceRight((sum, weight) => sum * x + weight, 0);
  function halfMse(w, x, y) {
    const b = bias(w);
    return mean(x.map((value, i) => (predict(w, b, value) - y[i]) ** 2)) / 2;
  }
  const training = (w) => halfMse(w, x_train, y_train);
  const test = (w) => halfMse(w, x_test, y_test);

  const fits = LAMBDAS.map(fit);
  const errors = { train: fits.map(training), val: fits.map(test) };
  const none = errors.val[0];
  const best = errors.val.indexOf(Math.min(...errors.val));

  const controls = [slider({ label: "Penalty λ", values: LAMBDAS, ...lam })];

  const curve = plot({
    title: `A polynomial of degree ${powers.length} for ${x_train.length} points`,
    height: 392,
    x: { domain: [-1, 1], ticks: [-1, -0.5, 0, 0.5, 1], label: "x" },
    y: { domain: [-2.4, 2.4], ticks: [-2, -1, 0, 1, 2], label: "y" },
  });
  x_test.forEach((x, i) => i % 7 === 3 && curve.dot("val pale", 2)(x, y_test[i])); // some of them: all would be a cloud
  curve.line("reference dashed")(GRID.map((x) => [x, Math.sin(3 * x)]));
  const fitted = curve.line("exact thick");
  x_train.forEach((x, i) => curve.dot("train", 4.5)(x, y_train[i]));
  [["train", "training"], ["val", "test"], ["exact", "fit"], ["reference", "truth"]].forEach(([cls, name], row) => {
    const level = 2.23 - 0.276 * row; // each beside what it names
    if (row < 2) curve.dot(`${cls} ${row ? "pale" : ""}`, row ? 2 : 4.5)(-0.89, level);
    else curve.line(`${cls} ${row === 2 ? "thick" : "dashed"}`)([[-0.96, level], [-0.82, level]]);
    curve.text(cls, { dx: 0 })(-0.77, level, name);
  });

  const error = plot({
    title: "Error by λ",
    height: 220,
    x: lambdaAxis(-12, 2, 2),
    y: { domain: [0.003, 1], scale: logarithmic, ticks: [0.003, 0.01, 0.03, 0.1, 0.3, 1], label: "half-MSE" },
  });
  const rule = error.line("rule");
  error.line("reference dashed")([[0, noise ** 2 / 2], [100, noise ** 2 / 2]]);
  error.text("reference", { anchor: "end", dx: 0, dy: 14 })(100, noise ** 2 / 2, "noise floor");
  const marks = ["train", "val"].map((cls) => {
    error.line(cls)(LAMBDAS.map((value, k) => [value, errors[cls][k]]));
    return error.dot(cls);
  });
  const [early, late] = [1e-8, 1e-7].map((value) => nearest(LAMBDAS, value));
  error.text("val", { dx: 0, dy: -8 })(LAMBDAS[early], errors.val[early], "test");
  error.text("train", { anchor: "end", dx: 0, dy: -8 })(LAMBDAS[late], errors.train[late], "training");
  error.scrub((x) => lam.set(LAMBDAS[nearest(LAMBDAS, x)]));

  const weights = plot({
    title: "The weight of each power of x",
    height: 172,
    x: { domain: [0.4, powers.length + 0.6], ticks: powers.filter((k) => k % 2), label: "power" },
    y: { domain: [-3e4, 3e4], scale: symmetric, ticks: [-1e4, -100, 0, 100, 1e4], format: large, label: "weight" },
  });
  weights.line("zero")([[0, 0], [99, 0]]);
  const bars = powers.map(() => weights.line("exact bar"));

  function draw() {
    const w = fit(lam.get());
    const [train, val] = [training(w), test(w)];
    const b = bias(w);
    fitted(GRID.map((x) => [x, predict(w, b, x)]));
    rule([[lam.get(), 1e-9], [lam.get(), 9]]);
    marks[0](lam.get(), train);
    marks[1](lam.get(), val);
    bars.forEach((bar, k) => bar([[k + 1, 0], [k + 1, w[k]]]));
    return words(train, val, Math.hypot(...w));
  }

  function words(train, val, norm) {
    return (
      `λ ${formatBrief(lam.get())}: test error ${format(val)}${against(val)}; training error ${format(train)}; ` +
      `‖w‖\u00a0=\u00a0${format(norm)}. ${verdict(val)}`
    );
  }

  function against(val) {
    if (lam.get() === 0) return "";
    const change = Math.round(100 * (val / none - 1));
    if (change === 0) return ", about that without decay";
    return `, ${Math.abs(change)}\u00a0% ${change < 0 ? "less" : "more"} than without decay`;
  }

  function verdict(val) {
    const [least, at] = [format(errors.val[best]), formatBrief(LAMBDAS[best])];
    if (val <= NEAR * errors.val[best]) return `Within 20\u00a0% of the best test error, ${least} at λ ${at}.`;
    const [fault, way] = lam.get() < LAMBDAS[best] ? ["Overfitted", "larger"] : ["Underfitted", "smaller"];
    return `${fault}: the best test error, ${least}, is at a ${way} λ, ${at}.`;
  }

  return assemble({ model, el }, { title: "The lambda dial", controls, columns: [[curve], [error, weights]], draw });
}

export default { render };
