// A whole training of a linear model, as wdlesson.scratch makes it: the same data, start, batches and steps.
//
// The data see of the weights what lies in their row space. So a run keeps coordinates there, `u`, and beside them only
// the length `rho` of the rest, which the decay alone changes: what is left over from the start.

const DIVERGENCE_FACTOR = 1e12; // as in wdlesson.protocol
const ROUNDING = 1e-10; // a row this close to the span of those before it, relative to its length, lies in it
const EPOCHS = 100;

/** In four sums side by side: the processor does not wait for one to end. */
function dot(a, b) {
  const n = a.length;
  let p = 0, q = 0, r = 0, s = 0, j = 0;
  for (; j < n - 3; j += 4) {
    p += a[j] * b[j];
    q += a[j + 1] * b[j + 1];
    r += a[j + 2] * b[j + 2];
    s += a[j + 3] * b[j + 3];
  }
  for (; j < n; j++) p += a[j] * b[j];
  return p + q + (r + s);
}

/** a ← keep a + factor b, four at a time, since this is where a run spends its time. */
function add(a, factor, b, keep = 1) {
  const whole = a.length - (a.length % 4);
  for (let j = 0; j < whole; j += 4) {
    a[j] = keep * a[j] + factor * b[j];
    a[j + 1] = keep * a[j + 1] + factor * b[j + 1];
    a[j + 2] = keep * a[j + 2] + factor * b[j + 2];
    a[j + 3] = keep * a[j + 3] + factor * b[j + 3];
  }
  for (let j = whole; j < a.length; j++) a[j] = keep * a[j] + factor * b[j];
}

const scaled = (a, factor) => Float64Array.from(a, (x) => factor * x);
const rowsOf = (values, width) =>
  range(0, values.length / width - 1, values.length / width).map((i) => values.subarray(i * width, (i + 1) * width));
const meanOf = (values) => values.reduce((sum, x) => sum + x, 0) / values.length;

// ---- The problems: wdlesson.data's ----

/** y = x . w + b + noise for normal features. */
function linearProblem(g, { n, n_val, noise }, w, b) {
  const X = rowsOf(g.normal((n + n_val) * w.length), w.length);
  const y = Float64Array.from(X, (x) => dot(x, w) + b); // of one kind all through, or `dot` and `add` take longer
  add(y, noise, g.normal(n + n_val));
  return { X: X.slice(0, n), y: y.slice(0, n), X_val: X.slice(n), y_val: y.slice(n), noise };
}

const PROBLEMS = {
  d2l(seed) {
    const w = new Float64Array(200).fill(0.01);
    return linearProblem(new Generator(seed, "data"), { n: 20, n_val: 100, noise: 0.01 }, w, 0.05);
  },
  noisy(seed) {
    const g = new Generator(seed, "data");
    const w = g.normal(90);
    return linearProblem(g, { n: 100, n_val: 1000, noise: 1 }, scaled(w, 1 / Math.sqrt(dot(w, w))), 0);
  },
};

// ---- What all runs of one seed share ----

/** An orthonormal basis of the span of these rows, by Gram and Schmidt, twice; null if that is the whole space. */
function basisOf(rows) {
  const basis = [];
  for (const row of rows) {
    const rest = Float64Array.from(row);
    for (const q of [...basis, ...basis]) add(rest, -dot(q, rest), q);
    const length = Math.sqrt(dot(rest, rest));
    if (length > ROUNDING * Math.sqrt(dot(row, row))) basis.push(scaled(rest, 1 / length));
    if (basis.length === row.length) return null;
  }
  return basis;
}

/** The validation loss as a quadratic form of (u, b, rho, 1): the lower half of its matrix. */
function lossForm(rows, y, seen, unseen) {
  const width = seen(rows[0]).length + 3;
  const form = range(1, width, width).map((length) => new Float64Array(length));
  const row = new Float64Array(width);
  rows.forEach((x, k) => {
    row.set(seen(x));
    row.set([1, dot(unseen, x), -y[k]], width - 3);
    for (let i = 0; i < width; i++) add(form[i], row[i] / (2 * rows.length), row);
  });
  return form;
}

/** z' A z, where the form is the lower half of A. */
function quadraticForm(form, z) {
  let total = 0;
  for (let i = 0; i < z.length; i++) total += z[i] * (2 * dot(form[i], z) - form[i][i] * z[i]);
  return total;
}

/** Everything that a seed decides: the data in the coordinates of their row space, the start, the shuffles. */
function drawOf(problem, seed) {
  const { X, y, X_val, y_val, noise } = problem;
  const basis = basisOf(X);
  const seen = basis ? (x) => Float64Array.from(basis, (q) => dot(q, x)) : (x) => x;
  const start = new Generator(seed, "start").normal(X[0].length);
  const u = seen(start);
  const unseen = basis ? Float64Array.from(start) : new Float64Array(start.length);
  for (const q of basis ?? []) add(unseen, -dot(q, unseen), q);
  const rho = Math.sqrt(dot(unseen, unseen));
  const shuffles = new Generator(seed, "batches");
  return {
    n: X.length, d: start.length, r: u.length, X: X.map(seen), y, u, rho, floor: noise ** 2 / 2,
    mean: meanOf(y_val.map((value) => (value - meanOf(y)) ** 2)) / 2,
    form: lossForm(X_val, y_val, seen, rho ? scaled(unseen, 1 / rho) : unseen),
    orders: range(1, EPOCHS, EPOCHS).map(() => shuffles.permutation(X.length)),
  };
}

// ---- The run ----

/** Train, and record every epoch, the start first, until it diverges; `diverged` is the step at which that is seen. */
function train(draw, { lam, lr, batch, std }) {
  const u = scaled(draw.u, std);
  const state = { u, b: 0, rho: std * draw.rho, residuals: new Float64Array(draw.n) };
  const record = emptyRecord();
  const size = Math.min(batch, draw.n);
  const limit = Math.min(measure(draw, state, lam, record) * DIVERGENCE_FACTOR, Number.MAX_VALUE);
  let steps = 0;
  for (const order of draw.orders) {
    for (let from = 0; from < draw.n; from += size) {
      steps++;
      if (!step(draw, state, order, [from, Math.min(from + size, draw.n)], lr, lam)) return { ...record, diverged: steps };
    }
    if (!(measure(draw, state, lam, record) <= limit)) return { ...withoutLast(record), diverged: steps };
  }
  return { ...record, diverged: null };
}

const emptyRecord = () => ({ train: [], val: [], seen: [], left: [], norm: [], penalty: [] });

/** One decayed step, in place; tells whether all is finite still. */
function step({ X, y }, state, order, [from, to], lr, lam) {
  const { u, residuals } = state;
  let sum = 0;
  for (let k = from; k < to; k++) {
    const i = order[k];
    residuals[k] = dot(X[i], u) + state.b - y[i];
    sum += residuals[k];
  }
  const [keep, rate] = [1 - lr * lam, lr / (to - from)];
  for (let k = from; k < to; k++) add(u, -rate * residuals[k], X[order[k]], k === from ? keep : 1);
  state.rho *= keep;
  state.b -= rate * sum;
  return Number.isFinite(dot(u, u) + state.b + state.rho) || [...u, state.b, state.rho].every(Number.isFinite);
}

/** Write down the losses and the norm; returns the objective. */
function measure(draw, { u, b, rho }, lam, record) {
  let squares = 0;
  for (let i = 0; i < draw.n; i++) squares += (dot(draw.X[i], u) + b - draw.y[i]) ** 2;
  const z = new Float64Array(u.length + 3);
  z.set(u);
  z.set([b, rho, 1], u.length);
  const norm = Math.hypot(Math.sqrt(dot(u, u)), rho);
  const now = {
    train: squares / (2 * draw.n),
    val: Math.max(0, quadraticForm(draw.form, z)),
    seen: Math.sqrt(dot(u, u)),
    left: Math.abs(rho),
    norm,
    penalty: (lam / 2) * norm ** 2,
  };
  for (const [name, value] of Object.entries(now)) record[name].push(value);
  return now.train + now.penalty;
}

function withoutLast(lists) {
  return Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.slice(0, -1)]));
}
