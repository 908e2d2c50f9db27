// A run stopped at time t against ridge at lambda = 1/t, by where the true weights lie.

const WORDS = inLanguage({
  en: {
    time: "Time t",
    timeAndLambda: (t, lam) => `${t} (λ ${lam})`,
    noise: "Noise σ",
    signal: "True weights in",
    signals: { all: "all directions", strong: "the 5 strongest", weak: "the 5 weakest" },
    shares: "Share learnt, by direction",
    share: "share",
    variance: "variance of the data along it",
    flow: "stopped at t",
    ridge: "ridge, λ = 1/t",
    carried: "true weights",
    risks: "Risk by t",
    risk: "risk",
    zero: "predicting zero",
    line: ({ t, lam, flow, ridge, ratio, bestFlow, bestRidge, verdict }) =>
      `Stopped at t ${t}: risk ${flow}; ridge at λ ${lam}: ${ridge}; ratio ${ratio}, of 1.69 at most. ` +
      `Each at its best: stopped ${bestFlow}, ridge ${bestRidge}; ${verdict}.`,
    stopped: (risk, t) => `${risk} (t ${t})`,
    decayed: (risk, lam) => `${risk} (λ ${lam})`,
    even: "the same within 0.1\u00a0%",
    wins: {
      flow: (percent) => `stopping is ${percent}\u00a0% better`,
      ridge: (percent) => `ridge is ${percent}\u00a0% better`,
    },
  },
  zh: {
    time: "时间 t",
    timeAndLambda: (t, lam) => `${t}（λ ${lam}）`,
    noise: "噪声 σ",
    signal: "真实权重在",
    signals: { all: "所有方向", strong: "最强的 5 个", weak: "最弱的 5 个" },
    shares: "各个方向学到的份额",
    share: "份额",
    variance: "数据沿该方向的方差",
    flow: "在 t 停下",
    ridge: "岭回归，λ = 1/t",
    carried: "真实权重",
    risks: "风险随 t 的变化",
    risk: "风险",
    zero: "预测零",
    line: ({ t, lam, flow, ridge, ratio, bestFlow, bestRidge, verdict }) =>
      `在 t ${t} 停下：风险 ${flow}；λ ${lam} 的岭回归：${ridge}；比值 ${ratio}，至多 1.69。` +
      `各取最好时：停下 ${bestFlow}，岭回归 ${bestRidge}；${verdict}。`,
    stopped: (risk, t) => `${risk}（t ${t}）`,
    decayed: (risk, lam) => `${risk}（λ ${lam}）`,
    even: "相差不到 0.1\u00a0%",
    wins: { flow: (percent) => `停下好 ${percent}\u00a0%`, ridge: (percent) => `岭回归好 ${percent}\u00a0%` },
  },
});

const TIMES = decades(-1, 3, 20);
const NOISES = range(0.1, 1.5, 57);
const SHARE_KEPT = { flow: (x) => -Math.expm1(-x), ridge: (x) => x / (1 + x) };
const KINDS = [["flow", "val"], ["ridge", "exact dashes"]];

/** The data, and the risk of either kind at a time: bias² and variance, summed over the directions. */
function problem(model) {
  const data = model.get("data");
  const { n, variances, signals } = data;
  const risk = (kind, t, signal, sigma) =>
    variances.reduce((sum, mu, j) => {
      const share = SHARE_KEPT[kind](t * mu);
      return sum + (1 - share) ** 2 * signals[signal][j] + (share * share * sigma * sigma) / (n * mu);
    }, 0);
  return { ...data, risk, ...parameters(model, ["t", "signal", "sigma"]) };
}

function state(given) {
  const [t, signal, sigma] = [given.t, given.signal, given.sigma].map((parameter) => parameter.get());
  const each = Object.keys(SHARE_KEPT).map((kind) => {
    const risks = TIMES.map((time) => given.risk(kind, time, signal, sigma));
    const best = risks.indexOf(Math.min(...risks));
    return [kind, { risks, here: given.risk(kind, t, signal, sigma), least: risks[best], at: TIMES[best] }];
  });
  return { t, signal, ...Object.fromEntries(each) };
}

function controls({ t, signal, sigma }) {
  const say = (time) => WORDS.timeAndLambda(formatBrief(time), formatBrief(1 / time));
  return [
    choice({ label: WORDS.signal, options: Object.entries(WORDS.signals), ...signal }),
    slider({ label: WORDS.time, values: TIMES, ...t, say }),
    slider({ label: WORDS.noise, values: NOISES, ...sigma }),
  ];
}

// ---- The plots ----

/** Names at the top left, each after its mark: [classes, name], with a dot for what is no line. */
function legend(plot, rows) {
  const at = (px) => plot.sx.invert(px);
  rows.forEach(([cls, name, isDot], i) => {
    const y = plot.sy.invert(8 + 16 * i);
    if (isDot) plot.dot(cls, 4)(at(18), y);
    else plot.line(cls)([[at(6), y], [at(30), y]]);
    plot.text(cls.split(" ")[0], { dx: 0 })(at(37), y, name);
  });
}

const lineNames = () => KINDS.map(([kind, cls]) => [cls, WORDS[kind]]);

function shares({ variances, signals }) {
  const x = { domain: [variances.at(-1), 1], scale: logarithmic, ticks: [0.05, 0.1, 0.2, 0.5, 1], label: WORDS.variance };
  const y = { domain: [0, 1.4], ticks: [0, 0.25, 0.5, 0.75, 1], label: WORDS.share };
  const plot = new Plot({ title: WORDS.shares, height: 350, short: 270, x, y });
  const lines = KINDS.map(([kind, cls]) => [SHARE_KEPT[kind], plot.line(cls), variances.map(() => plot.dot(cls, 2.5))]);
  const carried = variances.map(() => plot.dot("train", 4));
  legend(plot, [...lineNames(), ["train", WORDS.carried, true]]);
  const draw = ({ t, signal }) => {
    for (const [share, line, dots] of lines) {
      line(variances.map((mu) => [mu, share(t * mu)]));
      variances.forEach((mu, j) => dots[j](mu, share(t * mu)));
    }
    variances.forEach((mu, j) => carried[j](signals[signal][j] ? mu : 1e9, 0)); // or out of sight
  };
  return { root: plot.root, draw };
}

function risks({ t }) {
  const x = { domain: [0.1, 1000], scale: logarithmic, ticks: [0.1, 1, 10, 100, 1000], label: "t" };
  const y = { domain: [0, 1.5], ticks: [0, 0.5, 1, 1.5], label: WORDS.risk };
  const plot = new Plot({ title: WORDS.risks, height: 350, short: 270, x, y });
  plot.scrub((time) => t.set(snap(TIMES, time)));
  const rule = plot.line("rule");
  plot.line("reference dashed")([[0.1, 1], [1000, 1]]);
  plot.text("reference", { anchor: "end", dx: 0, dy: -6 })(1000, 1, WORDS.zero);
  const marks = KINDS.map(([kind, cls]) => [kind, plot.line(cls), plot.dot(cls, 3), plot.dot(cls, 6)]);
  legend(plot, lineNames());
  const draw = (now) => {
    rule([[now.t, -9], [now.t, 9]]);
    for (const [kind, line, here, best] of marks) {
      line(TIMES.map((time, i) => [time, now[kind].risks[i]]));
      here(now.t, now[kind].here);
      best(now[kind].at, now[kind].least);
    }
  };
  return { root: plot.root, draw };
}

// ---- The text line and the tables ----

function words({ t, flow, ridge }) {
  const here = { t: formatBrief(t), lam: formatBrief(1 / t), flow: format(flow.here), ridge: format(ridge.here) };
  const bestFlow = WORDS.stopped(format(flow.least), formatBrief(flow.at));
  const bestRidge = WORDS.decayed(format(ridge.least), formatBrief(1 / ridge.at));
  const ratio = fixed(flow.here / ridge.here, 2);
  return WORDS.line({ ...here, ratio, bestFlow, bestRidge, verdict: verdict(flow.least, ridge.least) });
}

function verdict(flow, ridge) {
  const gap = 100 * (1 - Math.min(flow, ridge) / Math.max(flow, ridge));
  if (gap < 0.1) return WORDS.even;
  return WORDS.wins[flow < ridge ? "flow" : "ridge"](format(gap, 2));
}

function tables({ variances }, { t, flow, ridge }) {
  const byShare = variances.filter((_, j) => j < 5 || j % 5 === 4).map((mu) =>
    [formatBrief(mu), ...Object.values(SHARE_KEPT).map((share) => fixed(share(t * mu), 3))]);
  const row = (time, ...risks) => [formatBrief(time), ...risks.map((risk) => format(risk))];
  const byTime = TIMES.map((time, i) => row(time, flow.risks[i], ridge.risks[i])).filter((_, i) => i % 10 === 0);
  const here = row(t, flow.here, ridge.here);
  return [
    { caption: WORDS.shares, head: [WORDS.variance, WORDS.flow, WORDS.ridge], rows: byShare },
    { caption: WORDS.risks, head: ["t", WORDS.flow, WORDS.ridge], rows: [here, ...byTime] },
  ];
}

function render({ model, el }) {
  const given = problem(model);
  return assemble({ model, el }, {
    controls: controls(given),
    panels: () => [[shares(given)], [risks(given)]],
    state: () => state(given),
    words,
    tables: (now) => tables(given, now),
  });
}

export default { render };
