// A whole training, anew at every touch: a hundred epochs of wdlesson.scratch.

// Every sentence and name that a reader sees.
const WORDS = inLanguage({
  en: {
    problem: "Problem",
    problems: { d2l: "d2l’s", noisy: "noisy", own: "your own" },
    lam: "Decay λ",
    lr: "Learning rate",
    batch: "Batch",
    batches: { 1: "1", 5: "5", 20: "20", all: "all" },
    start: "Start",
    starts: { 0: "zero", 0.01: "N(0, 0.01²)", 1: "N(0, 1)" },
    epoch: "Epoch",
    draw: "New draw",
    keep: "Keep this run",
    drop: "Let the kept run go",
    loss: "Loss",
    halfMse: "half-MSE",
    training: "training",
    validation: "validation",
    exact: "exact answer (ridge)",
    kept: "kept run: pale",
    ridge: "exact answer",
    mean: "predicting the mean",
    floor: "noise floor",
    norms: "The norm of w, in two parts",
    norm: "norm",
    seen: "seen by the data",
    left: "left of the start",
    formula: "formula, (1 − lr·λ)ᵗ",
    penalty: "The penalty",
    penaltyAxis: "λ/2 ‖w‖²",
    now: (t, values) => `Epoch ${t}: ${values}`,
    before: (t, values) => `The last values before it, at epoch ${t}: ${values}`,
    values: ({ train, val, penalty }, against) =>
      `training loss ${train}, validation loss ${val}, ${against} predicting the mean; penalty ${penalty}.`,
    like: "about that of",
    times: (factor) => `${factor} times that of`,
    whole: (norm, parts) => `‖w‖\u00a0=\u00a0${norm}: ${parts}.`,
    parts: (left, origin, seen) => `${left} left over from the start, ${origin}, and ${seen} seen by the data`,
    allSeen: "all of it seen by the data, since they reach in every direction",
    nothingLeft: "all of it seen by the data, since a start at zero leaves nothing over",
    zeroStart: "the start is zero",
    asDrawn: "as it was drawn",
    undecayed: "as at epoch 0, since nothing decays",
    decayed: (start, base, power) => `the ${start} of epoch 0 times ${base}${power}`,
    shrinks: "(1\u00a0−\u00a0lr·λ)",
    overshoots: "(lr·λ\u00a0−\u00a01)",
    diverged: (epoch, step) =>
      `The run diverges in epoch ${epoch}, at step ${step}: the objective is more than 10¹² times that of the start.`,
    stable: (rate) => `With the full batch a learning rate up to ${rate} is stable`,
    safe: (rate, batch) => `A learning rate up to ${rate} is safe, whatever batches of ${batch} are drawn`,
    above: (lr) => `; ${lr} is above it.`,
    notYet: (lr) => `; ${lr} is above it, though these hundred epochs have not diverged.`,
    fine: ".",
    columns: {
      train: "training loss", val: "validation loss", penalty: "penalty", norm: "norm", left: "left of the start",
      seen: "seen by the data",
    },
    same: "The kept run is this one.",
    other: (differs, val) => `The kept run (${differs}): validation loss ${val}.`,
    ended: (differs) => `The kept run (${differs}) had diverged by then.`,
    setting: {
      lam: (value) => `λ ${value}`,
      lr: (value) => `learning rate ${value}`,
      batch_size: (value) => `batch ${value}`,
      init_std: (value) => `start ${WORDS.starts[value]}`,
      seed: (value) => `draw ${value}`,
    },
  },
  zh: {
    problem: "问题",
    problems: { d2l: "d2l 的", noisy: "带噪声的", own: "你自己的" },
    lam: "衰减 λ",
    lr: "学习率",
    batch: "批量",
    batches: { 1: "1", 5: "5", 20: "20", all: "全部" },
    start: "起点",
    starts: { 0: "零", 0.01: "N(0, 0.01²)", 1: "N(0, 1)" },
    epoch: "轮",
    draw: "重新抽取",
    keep: "留下这次训练",
    drop: "去掉留下的训练",
    loss: "损失",
    halfMse: "半均方误差",
    training: "训练",
    validation: "验证",
    exact: "精确解（岭回归）",
    kept: "留下的训练：浅色",
    ridge: "精确解",
    mean: "只预测均值",
    floor: "噪声下限",
    norms: "w 的范数，分成两部分",
    norm: "范数",
    seen: "数据看得见的",
    left: "起点剩下的",
    formula: "公式，(1 − lr·λ)ᵗ",
    penalty: "惩罚项",
    penaltyAxis: "λ/2 ‖w‖²",
    now: (t, values) => `第 ${t} 轮：${values}`,
    before: (t, values) => `在那之前的最后一次记录，第 ${t} 轮：${values}`,
    values: ({ train, val, penalty }, against) =>
      `训练损失 ${train}，验证损失 ${val}，${against}；惩罚项 ${penalty}。`,
    like: "与只预测均值差不多",
    times: (factor) => `是只预测均值的 ${factor} 倍`,
    whole: (norm, parts) => `‖w‖\u00a0=\u00a0${norm}：${parts}。`,
    parts: (left, origin, seen) => `起点剩下的 ${left}（${origin}），数据看得见的 ${seen}`,
    allSeen: "全部是数据看得见的，因为数据涉及每个方向",
    nothingLeft: "全部是数据看得见的，因为从零出发，什么也不剩下",
    zeroStart: "起点是零",
    asDrawn: "与抽到时相同",
    undecayed: "与第 0 轮相同，因为没有衰减",
    decayed: (start, base, power) => `第 0 轮的 ${start} 乘以 ${base}${power}`,
    shrinks: "(1\u00a0−\u00a0lr·λ)",
    overshoots: "(lr·λ\u00a0−\u00a01)",
    diverged: (epoch, step) => `训练在第 ${epoch} 轮、第 ${step} 步发散：目标函数超过了起点处的 10¹² 倍。`,
    stable: (rate) => `用全批量，不超过 ${rate} 的学习率是稳定的`,
    safe: (rate, batch) => `不管抽到哪些大小为 ${batch} 的批次，不超过 ${rate} 的学习率都是安全的`,
    above: (lr) => `；${lr} 超过了它。`,
    notYet: (lr) => `；${lr} 超过了它，不过这一百轮还没有发散。`,
    fine: "。",
    columns: {
      train: "训练损失", val: "验证损失", penalty: "惩罚项", norm: "范数", left: "起点剩下的", seen: "数据看得见的",
    },
    same: "留下的就是这次训练。",
    other: (differs, val) => `留下的训练（${differs}）：验证损失 ${val}。`,
    ended: (differs) => `留下的训练（${differs}）那时已经发散。`,
    setting: {
      lam: (value) => `λ ${value}`,
      lr: (value) => `学习率 ${value}`,
      batch_size: (value) => `批量 ${value}`,
      init_std: (value) => `起点 ${WORDS.starts[value]}`,
      seed: (value) => `第 ${value} 次抽取`,
    },
  },
});

const DIGITS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9];
const nice = (low, high) =>
  range(low, high, high - low + 1).flatMap((k) => DIGITS.map((digit) => Number((digit * 10 ** k).toPrecision(2))));
const LAMBDAS = [0, ...nice(-2, 1), 100];
const RATES = [...nice(-4, -1), 1];
const EPOCH_LIST = range(0, EPOCHS, EPOCHS + 1);
const SETTINGS = ["lam", "lr", "batch_size", "init_std", "seed"];

// ---- The state ----

/** What was made for the last few keys is kept, until it is to be forgotten. */
function remembering(make, count) {
  const made = new Map();
  const give = (key, ...given) => {
    if (!made.has(key)) {
      if (made.size === count) made.delete(made.keys().next().value);
      made.set(key, make(...given));
    }
    return made.get(key);
  };
  return Object.assign(give, { forget: () => made.clear() });
}

/** The reader's own data, as Python sends them. */
function ownProblem({ X, y, X_val, y_val, noise }) {
  const rows = (all) => all.map((row) => Float64Array.from(row));
  return { X: rows(X), y: Float64Array.from(y), X_val: rows(X_val), y_val: Float64Array.from(y_val), noise };
}

/** The parameters, and how a run comes of them. */
function laboratory(model) {
  const set = parameters(model, ["problem", "epoch", "kept", ...SETTINGS]);
  const draws = remembering((name, seed) => {
    const own = model.get("data");
    const draw = drawOf(name === "own" ? ownProblem(own) : PROBLEMS[name](seed), seed);
    return { ...draw, own, ridge: ridgeOf(draw), rates: stableRates(draw) };
  }, 4);
  const runs = remembering((draw, settings) => ({ ...settings, draw, ...train(draw, settings) }), 4);
  model.on("change:data", () => [draws, runs].forEach((memory) => memory.forget()));
  const runOf = (values) => {
    const [lam, lr, batch_size, init_std, seed] = values;
    const name = set.problem.get();
    const draw = draws(`${name} ${seed}`, name, seed);
    const batch = batch_size === "all" ? draw.n : batch_size;
    return runs(`${name} ${values}`, draw, { lam, lr, batch, std: init_std, values });
  };
  return { ...set, runOf };
}

/** What is to be seen: the run, the kept one, the exact answer, and the epoch that the cursor is on. */
function state({ problem, epoch, kept, runOf, ...set }) {
  const run = runOf(SETTINGS.map((name) => set[name].get()));
  const { draw, lam, lr, batch } = run;
  const exact = emptyRecord();
  measure(draw, draw.ridge(lam), lam, exact);
  const last = run.train.length - 1;
  const rate = draw.rates(lam, batch);
  return {
    problem: problem.get(), scale: problem.get() === "own" ? draw.own : problem.get(), run, draw, last, t: Math.min(Math.round(epoch.get()), last), wanted: epoch.get(),
    steps: Math.ceil(draw.n / batch), rate, above: lr > rate, full: batch >= draw.n,
    exact: Object.fromEntries(Object.entries(exact).map(([name, [value]]) => [name, value])),
    kept: kept.get().length ? runOf(kept.get()) : null,
  };
}

// ---- Controls: low, since they stay in view on a phone ----

/** A choice of one that is folded until it is asked for: {label, options: [[value, text], ...], get, set}. */
function menu({ label, options, get, set }) {
  const select = element("select", {}, ...options.map(([value, text]) => element("option", { value }, text)));
  select.addEventListener("change", () => set(options[select.selectedIndex][0]));
  const draw = () => (select.selectedIndex = options.findIndex(([value]) => value === get()));
  return { root: element("label", { class: "wd-menu" }, label, select), draw };
}

/** Controls beside each other. */
function group(...members) {
  const root = element("div", { class: "wd-group" }, ...members.map((member) => member.root));
  return { root, draw: (now) => members.forEach((member) => member.draw(now)) };
}

/** A button whose word goes with what is seen: `word(now)`. */
function keepButton({ kept, ...set }) {
  const current = () => SETTINGS.map((name) => set[name].get());
  const isKept = () => String(kept.get()) === String(current());
  const root = pushButton(WORDS.keep, () => kept.set(isKept() ? [] : current()));
  return { root, draw: () => (root.textContent = isKept() ? WORDS.drop : WORDS.keep) };
}

const optionsOf = (words, values) => values.map((value) => [value, words[value]]);

function controls(lab, own) {
  const { problem, lam, lr, batch_size, init_std, epoch, seed } = lab;
  const problems = optionsOf(WORDS.problems, ["d2l", "noisy", ...(own ? ["own"] : [])]);
  return [
    group(
      menu({ label: WORDS.problem, options: problems, ...problem }),
      menu({ label: WORDS.batch, options: optionsOf(WORDS.batches, [1, 5, 20, "all"]), ...batch_size }),
      menu({ label: WORDS.start, options: optionsOf(WORDS.starts, [0, 0.01, 1]), ...init_std }),
      slider({ label: WORDS.lam, values: LAMBDAS, ...lam }),
      slider({ label: WORDS.lr, values: RATES, ...lr }),
      slider({ label: WORDS.epoch, values: EPOCH_LIST, ...epoch }),
      action({ label: WORDS.draw, press: () => seed.set((seed.get() + 1) % 1000) }),
      keepButton(lab),
    ),
  ];
}

// ---- The plots ----

const DOMAINS = {
  d2l: { loss: [1e-7, 1e3], norm: [3e-4, 100], penalty: [1e-6, 1e4] },
  noisy: { loss: [0.02, 200], norm: [3e-3, 100], penalty: [1e-6, 1e4] },
};

/** For data that are not known beforehand: room for the start, the fit and the mean. */
function domainsOf({ problem, draw }) {
  if (DOMAINS[problem]) return DOMAINS[problem];
  const [loss, size] = [emptyRecord(), emptyRecord()];
  measure(draw, { u: draw.u, b: 0, rho: draw.rho }, 0, loss);
  measure(draw, draw.ridge(0), 0, size);
  const decade = (...all) => 10 ** Math.ceil(Math.log10(2 * Math.max(...all)));
  const [high, norm] = [decade(draw.mean, loss.val[0], loss.train[0]), decade(size.norm[0], loss.norm[0])];
  return { loss: [high / 3e6, high], norm: [norm / 3e5, norm], penalty: [1e-10 * norm ** 2, norm ** 2] };
}

/** With powers of ten inside, so many at most, and 0 at the low end. */
function logarithmicAxis(domain, label, most = 5) {
  const [low, high] = domain.map((end) => Math.log10(end));
  const every = Math.ceil((high - low) / most);
  const clear = (Plot.narrow ? 0.12 : 0.05) * (high - low); // of the 0
  const first = Math.ceil((low + clear) / every) * every;
  const ticks = range(0, 9, 10).map((k) => first + k * every).filter((k) => k <= high).map((k) => 10 ** k);
  return { domain, scale: logarithmic, ticks: [0, ...ticks], format: powerOfTen, label };
}

/** A plot by epoch with a line at the cursor, which dragging moves, and below it what its lines are called. */
function byEpoch({ title, y, height, short, epoch, names }) {
  const x = { domain: [0, EPOCHS], ticks: range(0, EPOCHS, 6), label: WORDS.epoch.toLowerCase() };
  const plot = new Plot({ title, x, y, height, short });
  plot.scrub((t) => epoch.set(Math.round(t)));
  const rule = plot.line("rule");
  const [low, high] = y.domain;
  return { plot, show: legend(plot, names), drawRule: (t) => rule([[t, low], [t, high]]) };
}

/** Below the plot, two names a row, each beside a piece of its line: [[class, name], ...]; what shows or hides each. */
function legend(plot, names) {
  const tall = plot.inner.height + MARGIN.top + MARGIN.bottom;
  plot.root.setAttribute("viewBox", `0 0 ${WIDTH} ${tall + 18 * Math.ceil(names.length / 2)}`);
  return names.map(([cls, name], i) => {
    const [x, y] = [(i % 2) * 168 - MARGIN.left + 4, tall - MARGIN.top + 10 + 18 * Math.floor(i / 2)];
    const sample = appendSvg(plot.quiet, "path", { class: cls, d: "" });
    const text = appendSvg(plot.quiet, "text", { class: cls.split(" ")[0], x: x + 30, y });
    const show = (shown) => {
      sample.setAttribute("d", shown ? `M${x} ${y - 4}L${x + 24} ${y - 4}` : "");
      text.textContent = shown ? name : "";
    };
    show(true);
    return show;
  });
}

/** The numbers of a run by epoch, as points; one that diverges leaves the plot. */
function pointsOf(run, part) {
  const points = run[part].map((value, t) => [t, value]);
  return run.diverged && part !== "left" && run[part].at(-1) > 0 ? [...points, [points.length, 1e300]] : points;
}

/** A curve with a dot at the cursor, and below it the kept run's. */
function curve(plot, cls, part) {
  const [kept, line, dot] = [plot.line(`${cls} kept`), plot.line(cls), plot.dot(cls.split(" ")[0])];
  return (now) => {
    kept(now.kept ? pointsOf(now.kept, part) : []);
    line(pointsOf(now.run, part));
    dot(now.t, now.run[part][now.t]);
  };
}

/** A level to compare with, and its name so far below it. */
function levelOf(plot, name, dy, of) {
  const [line, text] = [plot.line("reference dashed"), plot.text("reference", { dx: 4, dy })];
  return (now) => {
    const level = of(now);
    line(level > 0 ? [[0, level], [EPOCHS, level]] : []);
    text(0, level, level > 0 ? name : "");
  };
}

function lossPlot(now, epoch) {
  const names = [["train", WORDS.training], ["val dashes", WORDS.validation], ["exact thick", WORDS.exact],
    ["reference kept", WORDS.kept]];
  const y = logarithmicAxis(domainsOf(now).loss, WORDS.halfMse);
  const { plot, drawRule, show } = byEpoch({ title: WORDS.loss, y, height: 404, short: 212, epoch, names });
  const levels = [["mean", WORDS.mean, -5], ["floor", WORDS.floor, 14]].map(([level, name, dy]) =>
    levelOf(plot, name, dy, ({ draw }) => draw[level]));
  const curves = [curve(plot, "train", "train"), curve(plot, "val dashes", "val")];
  const marks = [["train", plot.line("exact thick")], ["val", plot.line("exact thick dashes")]];
  const draw = (now) => {
    drawRule(now.t);
    for (const drawPart of [...levels, ...curves]) drawPart(now);
    for (const [part, line] of marks) line([[EPOCHS - 10, now.exact[part]], [EPOCHS, now.exact[part]]]);
    show.at(-1)(Boolean(now.kept));
  };
  return { root: plot.root, draw };
}

function normPlot(now, epoch) {
  const names = [["penalty dotted", WORDS.left], ["penalty", WORDS.formula], ["exact", WORDS.seen],
    ["reference dashed", WORDS.ridge]];
  const y = logarithmicAxis(domainsOf(now).norm, WORDS.norm);
  const { plot, drawRule } = byEpoch({ title: WORDS.norms, y, height: 246, short: 158, epoch, names });
  const [ridge, formula] = [plot.line("reference dashed"), plot.line("penalty")];
  const curves = [curve(plot, "penalty dotted", "left"), curve(plot, "exact", "seen")];
  const draw = (now) => {
    const { run: { left, lr, lam }, steps, exact } = now;
    drawRule(now.t);
    ridge([[0, exact.norm], [EPOCHS, exact.norm]]);
    formula(EPOCH_LIST.map((t) => [t, left[0] * Math.abs(1 - lr * lam) ** (steps * t)]));
    for (const drawPart of curves) drawPart(now);
  };
  return { root: plot.root, draw };
}

function penaltyPlot(now, epoch) {
  const y = logarithmicAxis(domainsOf(now).penalty, WORDS.penaltyAxis, Plot.narrow ? 2 : 3);
  const { plot, drawRule } = byEpoch({ title: WORDS.penalty, y, height: 158, short: 118, epoch, names: [] });
  const drawCurve = curve(plot, "penalty", "penalty");
  const draw = (now) => {
    drawRule(now.t);
    drawCurve(now);
  };
  return { root: plot.root, draw };
}

/** A plot whose axis goes with the problem: built when the problem is first seen. */
function byProblem(build, epoch) {
  const root = element("div");
  const plots = remembering(build, 3);
  const draw = (now) => {
    const plot = plots(now.scale, now, epoch);
    if (root.firstChild !== plot.root) root.replaceChildren(plot.root);
    plot.draw(now);
  };
  return { root, draw };
}

// ---- The text line ----

function words(now) {
  const { run, t, last, steps } = now;
  const values = `${valuesOf(now)} ${WORDS.whole(format(run.norm[t]), partsOf(now))}`;
  const kept = keptOf(now);
  if (!run.diverged) return `${WORDS.now(t, values)} ${rateOf(now)}${kept}`;
  const told = WORDS.diverged(Math.ceil(run.diverged / steps), run.diverged);
  return now.wanted > last
    ? `${told} ${rateOf(now)} ${WORDS.before(t, values)}${kept}`
    : `${WORDS.now(t, values)} ${told} ${rateOf(now)}${kept}`;
}

function valuesOf({ run, t, draw }) {
  const [train, val, penalty] = ["train", "val", "penalty"].map((part) => format(run[part][t]));
  const factor = Number((run.val[t] / draw.mean).toPrecision(2));
  const said = factor < 1e-3 || factor > 1e5 ? format(factor, 2) : factor.toLocaleString("en");
  return WORDS.values({ train, val, penalty }, factor === 1 ? WORDS.like : WORDS.times(said));
}

function partsOf(now) {
  const { run, t, draw } = now;
  if (!run.std) return t ? WORDS.nothingLeft : WORDS.zeroStart;
  if (!draw.rho) return WORDS.allSeen;
  return WORDS.parts(format(run.left[t]), originOf(now), format(run.seen[t]));
}

function originOf({ run, t, steps }) {
  if (!t) return WORDS.asDrawn;
  if (!run.lam) return WORDS.undecayed;
  const base = run.lr * run.lam > 1 ? WORDS.overshoots : WORDS.shrinks; // of a norm, which has no sign
  return WORDS.decayed(format(run.left[0]), base, superscript(steps * t));
}

function rateOf({ run, rate, above, full }) {
  const shown = formatBrief(roundedDown(rate));
  const told = full ? WORDS.stable(shown) : WORDS.safe(shown, run.batch);
  return told + (above ? (run.diverged ? WORDS.above : WORDS.notYet)(formatBrief(run.lr)) : WORDS.fine);
}

function keptOf({ kept, run, t }) {
  if (!kept) return "";
  const differs = SETTINGS.map((name, i) => [name, kept.values[i], run.values[i]])
    .filter(([, theirs, ours]) => theirs !== ours)
    .map(([name, theirs]) => WORDS.setting[name](typeof theirs === "number" ? formatBrief(theirs) : theirs));
  if (!differs.length) return ` ${WORDS.same}`;
  const text = differs.join(", ");
  return ` ${kept.val.length > t ? WORDS.other(text, format(kept.val[t])) : WORDS.ended(text)}`;
}

// ---- The table ----

function tables({ run, t, last }) {
  const epochs = [t, ...EPOCH_LIST.filter((k) => k % 10 === 0 && k <= last)];
  const table = (caption, ...parts) => ({
    caption,
    head: [WORDS.epoch, ...parts.map((part) => WORDS.columns[part])],
    rows: epochs.map((k) => [String(k), ...parts.map((part) => format(run[part][k]))]),
  });
  return [
    table(WORDS.loss, "train", "val"),
    table(WORDS.norms, "norm", "left", "seen"),
    table(WORDS.penalty, "penalty"),
  ];
}

function render({ model, el }) {
  const lab = laboratory(model);
  const panel = (build) => byProblem(build, lab.epoch);
  return assemble({ model, el }, {
    controls: controls(lab, "X" in model.get("data")),
    panels: () => [[panel(lossPlot)], [panel(normPlot), panel(penaltyPlot)]],
    state: () => state(lab),
    words,
    tables,
  });
}

export default { render };
