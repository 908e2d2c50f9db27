// The exact answer, and the learning rates that are stable: as wdlesson.ridge and wdlesson.protocol have them.

const ALMOST_ZERO = 1e-11; // at λ 0, this share of the mean curvature picks the fit of the smallest norm

/** Solve A x = c for a symmetric positive definite matrix A, by Cholesky; A and c are overwritten. */
function solve(A, c) {
  for (let j = 0; j < c.length; j++) {
    const pivot = Math.sqrt(Math.max(A[j][j], Number.MIN_VALUE));
    for (let i = j; i < c.length; i++) A[i][j] /= pivot;
    c[j] /= pivot;
    for (let i = j + 1; i < c.length; i++) {
      for (let k = j + 1; k <= i; k++) A[i][k] -= A[i][j] * A[k][j];
      c[i] -= A[i][j] * c[j];
    }
  }
  for (let j = c.length - 1; j >= 0; j--) {
    for (let i = j + 1; i < c.length; i++) c[j] -= A[i][j] * c[i];
    c[j] /= A[j][j];
  }
  return c;
}

const transposed = (rows) => Array.from(rows[0], (_, j) => Float64Array.from(rows, (row) => row[j]));
const gram = (rows) => rows.map((a) => Float64Array.from(rows, (b) => dot(a, b)));

/** The centred data and their Gram matrix, over the examples or over the coordinates, whichever are fewer. */
function centred({ X, y, n, r }) {
  const columns = transposed(X);
  const means = columns.map(meanOf);
  const Xc = X.map((x) => x.map((value, j) => value - means[j]));
  const yc = y.map((value) => value - meanOf(y));
  const [wide, Xt] = [r >= n, transposed(Xc)];
  const G = gram(wide ? Xc : Xt);
  const curvature = G.reduce((sum, row, i) => sum + row[i], 0) / G.length;
  return { Xt, Xc, yc, G, wide, curvature, means: Float64Array.from(means), level: meanOf(y) };
}

/** The minimiser of J as a state {u, b, rho}, for any λ. */
function ridgeOf(draw) {
  const { Xt, Xc, yc, G, wide, curvature, means, level } = centred(draw);
  return (lam) => {
    const shift = draw.n * lam || ALMOST_ZERO * curvature;
    const A = G.map((row, i) => row.map((value, j) => value + (i === j ? shift : 0)));
    const right = wide ? Float64Array.from(yc) : Float64Array.from(Xt, (column) => dot(column, yc));
    const solved = solve(A, right);
    const u = wide ? Float64Array.from(Xt, (column) => dot(column, solved)) : solved;
    return { u, b: level - dot(u, means), rho: 0 };
  };
}

// ---- The largest eigenvalue ----

/** Householder's reflections make a symmetric matrix tridiagonal, in place; returns the diagonal and the one beside. */
function tridiagonal(A) {
  const size = A.length;
  const beside = [];
  for (let k = 0; k < size - 1; k++) {
    const v = A[k].slice(k + 1);
    const alpha = -Math.sign(v[0] || 1) * Math.sqrt(dot(v, v));
    v[0] -= alpha;
    const square = dot(v, v) / 2;
    beside.push(alpha);
    if (!square) continue;
    const rest = A.slice(k + 1).map((row) => row.subarray(k + 1));
    const p = Float64Array.from(rest, (row) => dot(row, v) / square);
    add(p, -dot(v, p) / (2 * square), v);
    rest.forEach((row, i) => {
      add(row, -v[i], p);
      add(row, -p[i], v);
    });
  }
  return { along: A.map((row, i) => row[i]), beside };
}

/** The largest eigenvalue of a symmetric matrix, which is overwritten: by halving, with Sturm's count. */
function largestEigenvalue(A) {
  const { along, beside } = tridiagonal(A);
  const around = along.map((a, i) => Math.abs(beside[i - 1] ?? 0) + Math.abs(beside[i] ?? 0) + a);
  let [low, high] = [Math.max(...along), Math.max(...around)];
  const above = (x) => {
    let q = 1;
    return along.some((a, i) => (q = a - x - (i ? beside[i - 1] ** 2 / (q || 1e-300) : 0)) > 0);
  };
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    [low, high] = above(middle) ? [middle, high] : [low, middle];
  }
  return high;
}

// ---- Learning rates ----

/** A function of λ and the size of a batch: the stable rate for the full batch, else one that is safe with any batches. */
function stableRates({ X, n, r }) {
  const columns = [...transposed(X), new Float64Array(n).fill(1)];
  const hessian = gram(columns).map((row) => scaled(row, 1 / n));
  const most = n * largestEigenvalue(hessian.map((row) => row.slice()));
  const lengths = X.map((x) => dot(x, x) + 1).sort((a, b) => b - a);
  const steepest = (size) => Math.min(meanOf(lengths.slice(0, size)), most / size);
  return (lam, batch) => {
    if (batch < n) return 2 / (Math.max(...[batch, n % batch].filter(Boolean).map(steepest)) + lam);
    const decayed = hessian.map((row, i) => row.map((value, j) => value + (i === j && i < r ? lam : 0)));
    return 2 / Math.max(largestEigenvalue(decayed), lam);
  };
}

/** Three digits, never more than it is: a rate that is called stable has to be. */
function roundedDown(x) {
  const text = x.toExponential(2);
  return Number(Number(text) <= x ? text : (x * (1 - 5e-3)).toExponential(2));
}
