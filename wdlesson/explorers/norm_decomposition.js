// What decay removes from d2l's run: not a wrong fit, but the random start.

const WORDS = inLanguage({
  en: {
    epochSlider: "Epoch",
    start: "Start",
    starts: { normal: "N(0, 1)", zero: "zero" },
    decay: "Decay λ",
    epoch: "epoch",
    norms: "The norm of w, in two parts",
    normAxis: "norm (dots: run, straight line: formula)",
    left: "left over from the start",
    nothingLeft: "left over from the start: nothing",
    seen: "seen by the data",
    loss: "Loss",
    halfMse: "half-MSE",
    mean: "predicting the mean",
    losses: { train: "training", val: "validation" },
    line: ({ t, lam, whole, parts, val, against }) =>
      `Epoch ${t}, λ ${lam}: ‖w‖\u00a0=\u00a0${whole}; ${parts}. Validation loss ${val}, ${against} predicting the mean.`,
    startIsZero: "the start is zero",
    allSeen: "all of it seen by the data, since a start at zero leaves nothing over",
    parts: ({ left, origin, seen }) =>
      `its parts, at right angles, are ${left} left over from the start (${origin}) and ${seen} seen by the data`,
    expected: (norm) => `on average N(0, 1) gives about √(d − n)\u00a0=\u00a0${norm}`,
    kept: "as at epoch 0: without decay nothing removes it",
    faded: (first, steps) => `the ${first} of epoch 0, times (1\u00a0−\u00a0lr·λ)${superscript(steps)}`,
    same: "about that of",
    times: (times) => `${times.toLocaleString("en")} times that of`,
  },
  zh: {
    epochSlider: "轮",
    start: "起点",
    starts: { normal: "N(0, 1)", zero: "零" },
    decay: "衰减 λ",
    epoch: "轮",
    norms: "w 的范数，分成两部分",
    normAxis: "范数（点：训练，直线：公式）",
    left: "起点剩下的",
    nothingLeft: "起点剩下的：没有",
    seen: "数据看得见的",
    loss: "损失",
    halfMse: "半均方误差",
    mean: "只预测均值",
    losses: { train: "训练", val: "验证" },
    line: ({ t, lam, whole, parts, val, against }) =>
      `第 ${t} 轮，λ ${lam}：‖w‖\u00a0=\u00a0${whole}；${parts}。验证损失 ${val}，${against}。`,
    startIsZero: "起点是零",
    allSeen: "全部是数据看得见的，因为从零出发，什么也不剩下",
    parts: ({ left, origin, seen }) => `互相垂直的两部分是：起点剩下的 ${left}（${origin}），数据看得见的 ${seen}`,
    expected: (norm) => `N(0, 1) 平均约给出 √(d − n)\u00a0=\u00a0${norm}`,
    kept: "与第 0 轮相同：不衰减，就没有什么去掉它",
    faded: (first, steps) => `第 0 轮的 ${first} 乘以 (1\u00a0−\u00a0lr·λ)${superscript(steps)}`,
    same: "与只预测均值差不多",
    times: (times) => `是只预测均值的 ${times.toLocaleString("en")} 倍`,
  },
});

/** The recorded runs and the parameters. */
function problem(model) {
  const data = model.get("data");
  const last = data.runs["normal 3"].left.length - 1;
  return { ...data, last, epochs: range(0, last, last + 1), ...parameters(model, ["epoch", "start", "lam"]) };
}

function state({ runs, epoch, start, lam }) {
  const run = runs[`${start.get()} ${lam.get()}`];
  return { run, t: Math.round(epoch.get()), zero: start.get() === "zero", lam: lam.get() };
}

function controls({ epochs, epoch, start, lam }) {
  return [
    slider({ label: WORDS.epochSlider, values: epochs, ...epoch }),
    choice({ label: WORDS.start, options: Object.entries(WORDS.starts), ...start }),
    choice({ label: WORDS.decay, options: [[3, "3"], [0, "0"]], ...lam }),
  ];
}

/** A plot by epoch, with a line at the present one, which dragging moves. */
function byEpoch({ title, y, last, epoch }) {
  const x = { domain: [0, last], ticks: [0, 20, 40, 60, 80, 100], label: WORDS.epoch };
  const plot = new Plot({ title, height: 350, short: 280, x, y });
  plot.scrub((t) => epoch.set(Math.round(t)));
  const rule = plot.line("rule");
  return { plot, drawRule: (t) => rule([[t, 1e-9], [t, 1e9]]) };
}

// ---- The norm of w, in two parts ----

function norms({ lr, steps, epochs, last, epoch }) {
  const y = { domain: [0.003, 40], scale: logarithmic, ticks: [0, 0.01, 0.1, 1, 10],
    label: WORDS.normAxis };
  const { plot, drawRule } = byEpoch({ title: WORDS.norms, y, last, epoch });
  const formula = plot.line("penalty");
  const dots = epochs.filter((t) => t % 4 === 0).map((t) => [t, plot.dot("penalty", 3)]);
  const seen = plot.line("exact");
  const marks = { left: plot.dot("penalty", 6), seen: plot.dot("exact", 6) };
  const drawNames = normNames(plot);
  const draw = ({ run, t, lam, zero }) => {
    drawRule(t);
    formula(epochs.map((t) => [t, run.left[0] * (1 - lr * lam) ** (steps * t)]));
    for (const [t, dot] of dots) dot(t, run.left[t]);
    seen(epochs.map((t) => [t, run.seen[t]]));
    marks.left(t, run.left[t]);
    marks.seen(t, run.seen[t]);
    drawNames(run, zero);
  };
  return { root: plot.root, draw };
}

function normNames(plot) {
  const [left, seen] = [plot.text("penalty", { dy: -10 }), plot.text("exact", { dy: -8 })];
  return (run, zero) => {
    left(2, run.left[1], zero ? WORDS.nothingLeft : WORDS.left);
    seen(40, run.seen[40], WORDS.seen);
  };
}

// ---- The losses ----

function losses({ mean, epochs, last, epoch }) {
  const y = { domain: [1e-6, 1e3], scale: logarithmic, ticks: [1e-6, 1e-4, 1e-2, 1, 100], format: powerOfTen,
    label: WORDS.halfMse };
  const { plot, drawRule } = byEpoch({ title: WORDS.loss, y, last, epoch });
  plot.line("reference dashed")([[0, mean], [last, mean]]);
  plot.text("reference", { anchor: "end", dx: -2, dy: -5 })(last, mean, WORDS.mean);
  const curves = Object.entries(WORDS.losses).map(([cls, name]) => {
    const text = plot.text(cls, { dx: 0 });
    return [cls, name, plot.line(cls), plot.dot(cls), text];
  });
  const draw = ({ run, t, lam, zero }) => {
    const at = lam ? 52 : 36; // where there is room above a curve, or below one that lies on the mean's
    drawRule(t);
    for (const [cls, name, line, dot, text] of curves) {
      text(at, run[cls][at] * (zero ? 0.35 : 3), name);
      line(epochs.map((t) => [t, run[cls][t]]));
      dot(t, run[cls][t]);
    }
  };
  return { root: plot.root, draw };
}

// ---- The text line ----

function words({ mean, ...given }, now) {
  const { run, t, lam } = now;
  const whole = format(Math.hypot(run.seen[t], run.left[t]));
  const [val, against] = [format(run.val[t]), compared(run.val[t] / mean)];
  return WORDS.line({ t, lam, whole, parts: parts(given, now), val, against });
}

function parts(given, now) {
  const { run, t, zero } = now;
  if (zero) return t === 0 ? WORDS.startIsZero : WORDS.allSeen;
  const [left, seen] = [run.left[t], run.seen[t]].map((x) => format(x));
  return WORDS.parts({ left, origin: origin(given, now), seen });
}

function origin({ d, n, steps }, { run, t, lam }) {
  if (t === 0) return WORDS.expected(format(Math.sqrt(d - n)));
  return lam === 0 ? WORDS.kept : WORDS.faded(format(run.left[0]), steps * t);
}

function compared(times) {
  const rounded = Number(times.toPrecision(2));
  return rounded === 1 ? WORDS.same : WORDS.times(rounded);
}

// ---- The tables ----

function tables({ epochs }, { run, t }) {
  const rows = (kinds) => [t, ...epochs.filter((each) => each % 10 === 0)].map((each) =>
    [String(each), ...kinds.map((kind) => format(run[kind][each]))]);
  const { train, val } = WORDS.losses;
  return [
    { caption: WORDS.norms, head: [WORDS.epoch, WORDS.left, WORDS.seen], rows: rows(["left", "seen"]) },
    { caption: WORDS.loss, head: [WORDS.epoch, train, val], rows: rows(["train", "val"]) },
  ];
}

function render({ model, el }) {
  const given = problem(model);
  return assemble({ model, el }, {
    controls: controls(given),
    panels: () => [[norms(given)], [losses(given)]],
    state: () => state(given),
    words: (now) => words(given, now),
    tables: (now) => tables(given, now),
  });
}

export default { render };
