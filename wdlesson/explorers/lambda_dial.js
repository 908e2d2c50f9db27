// The lambda dial: from overfitting to underfitting in one motion.

const LAMBDAS = [0, ...decades(-10, 2, 10)];
const GRID = range(-1, 1, 161);

/** Linear around 0, logarithmic further out, for weights of either sign that range over decades. */
function symmetric([a, b], pixels) {
  const inner = linear([Math.asinh(a), Math.asinh(b)], pixels);
  return Object.assign((x) => inner(Math.asinh(x)), { invert: (pixel) => Math.sinh(inner.invert(pixel)) });
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function render({ model, el }) {
  const { x_train, y_train, x_val, y_val, s, c, Vh, noise } = model.get("data");
  const lam = parameter(model, "lam");

  // Ridge from the singular value decomposition of the centred features x, x², …, x⁹: w = V (s c / (s² + n λ)).
  const powers = s.map((_, k) => k + 1);
  const centre = powers.map((k) => mean(x_train.map((x) => x ** k)));
  const level = mean(y_train);
  function fit(lam) {
    const along = s.map((value, i) => (value * c[i]) / (value * value + x_train.length * lam));
    return powers.map((_, k) => along.reduce((sum, part, i) => sum + part * Vh[i][k], 0));
  }
  const predict = (w, x) => level + w.reduce((sum, weight, k) => sum + weight * (x ** (k + 1) - centre[k]), 0);
  const halfMse = (w, x, y) => mean(x.map((value, i) => (predict(w, value) - y[i]) ** 2)) / 2;
  const training = (w) => halfMse(w, x_train, y_train);
  const validation = (w) => halfMse(w, x_val, y_val);

  const fits = LAMBDAS.map(fit);
  const none = validation(fits[0]);
  const errors = { train: fits.map(training), val: fits.map(validation) };
  const best = errors.val.indexOf(Math.min(...errors.val));

  const controls = [slider({ label: "Penalty λ", values: LAMBDAS, ...lam })];

  const curve = plot({
    title: "A polynomial of degree 9 for 12 points",
    height: 392,
    x: { domain: [-1, 1], ticks: [-1, -0.5, 0, 0.5, 1], label: "x" },
    y: { domain: [-2, 2], ticks: [-2, -1, 0, 1, 2], label: "y" },
  });
  x_val.forEach((x, i) => curve.dot("val pale", 2)(x, y_val[i]));
  curve.line("reference dashed")(GRID.map((x) => [x, Math.sin(Math.PI * x)]));
  const fitted = curve.line("exact thick");
  x_train.forEach((x, i) => curve.dot("train", 4.5)(x, y_train[i]));
  [["train", "training"], ["val", "validation"], ["exact", "fit"], ["reference", "truth"]].forEach(([cls, name], row) => {
    const level = 1.86 - 0.23 * row; // each beside what it names
    if (row < 2) curve.dot(`${cls} ${row ? "pale" : ""}`, row ? 2 : 4.5)(-0.89, level);
    else curve.line(`${cls} ${row === 2 ? "thick" : "dashed"}`)([[-0.96, level], [-0.82, level]]);
    curve.text(cls, { dx: 0 })(-0.77, level, name);
  });

  const error = plot({
    title: "Error by λ",
    height: 220,
    x: lambdaAxis(-10, 2, 2),
    y: { domain: [0.01, 1], scale: logarithmic, ticks: [0.01, 0.03, 0.1, 0.3, 1], label: "half-MSE" },
  });
  const rule = error.line("rule");
  error.line("reference dashed")([[0, noise ** 2 / 2], [100, noise ** 2 / 2]]);
  error.text("reference", { anchor: "end", dx: 0, dy: 14 })(100, noise ** 2 / 2, "noise floor");
  const marks = ["train", "val"].map((cls) => {
    error.line(cls)(LAMBDAS.map((value, k) => [value, errors[cls][k]]));
    return error.dot(cls);
  });
  const [early, late] = [1e-6, 1e-3].map((value) => nearest(LAMBDAS, value));
  error.text("val", { dx: 0, dy: -8 })(LAMBDAS[early], errors.val[early], "validation");
  error.text("train", { anchor: "end", dx: 0, dy: -8 })(LAMBDAS[late], errors.train[late], "training");
  error.scrub((x) => lam.set(LAMBDAS[nearest(LAMBDAS, x)]));

  const weights = plot({
    title: "The weight of each power of x",
    height: 172,
    x: { domain: [0.4, 9.6], ticks: powers, label: "power" },
    y: { domain: [-400, 400], scale: symmetric, ticks: [-100, -10, 0, 10, 100], label: "weight" },
  });
  weights.line("zero")([[0, 0], [10, 0]]);
  const bars = powers.map(() => weights.line("exact bar"));

  function draw() {
    const w = fit(lam.get());
    const [train, val] = [training(w), validation(w)];
    fitted(GRID.map((x) => [x, predict(w, x)]));
    rule([[lam.get(), 1e-9], [lam.get(), 9]]);
    marks[0](lam.get(), train);
    marks[1](lam.get(), val);
    bars.forEach((bar, k) => bar([[k + 1, 0], [k + 1, w[k]]]));
    const gain = Math.round(100 * (1 - val / none));
    const against = lam.get() === 0 ? "" : `, ${Math.abs(gain)}\u00a0% ${gain < 0 ? "more" : "less"} than without decay`;
    return (
      `λ ${brief(lam.get())}: validation error ${show(val)}${against}; training error ${show(train)}; ` +
      `‖w‖\u00a0=\u00a0${show(Math.hypot(...w))}. ${verdict(val)}`
    );
  }

  function verdict(val) {
    if (val < 1.05 * errors.val[best]) return "About as good as it gets.";
    return lam.get() < LAMBDAS[best] ? "Overfitted: the curve chases the noise." : "Underfitted: the curve is held too flat.";
  }

  return assemble({ model, el }, { title: "The lambda dial", controls, columns: [[curve], [error, weights]], draw });
}

export default { render };
