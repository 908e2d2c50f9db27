// The peak of double descent, and the decay that takes it away.

const WORDS = inLanguage({
  en: {
    examples: "Examples n",
    total: "Decay nλ",
    noise: "Noise σ",
    byExamples: "Risk by the number of examples",
    byTotal: "Risk by nλ",
    risk: "risk (half-MSE)",
    without: "without decay",
    chosen: (total) => `nλ = ${total}`,
    best: "best nλ",
    atSize: (n) => `at n = ${n}`,
    floor: "noise floor",
    zero: "predicting zero",
    infinite: "infinite",
    line: ({ n, total, sigma, risk, against, none, trend }) =>
      `n ${n}, nλ ${total}, σ ${sigma}: risk ${risk}${against}${none}. ${trend}`,
    none: (risk) => `; without decay ${risk}`,
    ofInfinite: (least, at) => `, where the least is ${least}, at nλ ${at}`,
    isBest: ", the least that any nλ gives",
    near: (least, at) => `, within 1\u00a0% of the least, ${least} at nλ ${at}`,
    above: (times, least, at) => `, ${times} times the least, ${least} at nλ ${at}`,
    falls: (fewest, most) => `At this nλ more data never raise the risk, from n ${fewest} to ${most}.`,
    rises: (from, to) => `At this nλ more data raise the risk from n ${from} to ${to}.`,
  },
  zh: {
    examples: "样本数 n",
    total: "衰减 nλ",
    noise: "噪声 σ",
    byExamples: "风险随样本数的变化",
    byTotal: "风险随 nλ 的变化",
    risk: "风险（半均方误差）",
    without: "不衰减",
    chosen: (total) => `nλ = ${total}`,
    best: "最好的 nλ",
    atSize: (n) => `n = ${n} 时`,
    floor: "噪声下限",
    zero: "预测零",
    infinite: "无穷大",
    line: ({ n, total, sigma, risk, against, none, trend }) =>
      `n ${n}，nλ ${total}，σ ${sigma}：风险 ${risk}${against}${none}。${trend}`,
    none: (risk) => `；不衰减时 ${risk}`,
    ofInfinite: (least, at) => `，而最小的是 ${least}，在 nλ ${at} 处`,
    isBest: "，是所有 nλ 中最小的",
    near: (least, at) => `，与最小的相差在 1\u00a0% 以内（${least}，在 nλ ${at} 处）`,
    above: (times, least, at) => `，是最小的 ${times} 倍（${least}，在 nλ ${at} 处）`,
    falls: (fewest, most) => `取这个 nλ，从 n ${fewest} 到 ${most}，数据更多从不使风险上升。`,
    rises: (from, to) => `取这个 nλ，从 n ${from} 到 ${to}，数据更多使风险上升。`,
  },
});

const TOTALS = [0, ...decades(-1, 4, 20)];
const NOISES = range(0, 1, 41);

/** The expected risk for d weights of norm 1: exact without decay, with decay the limit for large n and d. */
function riskOf({ d }, n, total, sigma) {
  const noise = sigma * sigma;
  return (noise + (total ? withDecay(d / n, total / n, noise) : withoutDecay(n, d, noise))) / 2;
}

function withoutDecay(n, d, noise) {
  const gap = Math.abs(n - d) - 1;
  const letIn = gap > 0 ? (noise * Math.min(n, d)) / gap : Infinity;
  return Math.max(0, 1 - n / d) + (noise ? letIn : 0);
}

function withDecay(ratio, lam, noise) {
  const c = 1 - ratio + lam;
  const q = Math.sqrt(c * c + 4 * ratio * lam);
  const m = c > 0 ? 2 / (q + c) : (q - c) / (2 * ratio * lam); // of two equal forms the one without cancellation
  const squares = (m * (1 + ratio * m)) / q;
  return lam * lam * squares + noise * ratio * (m - lam * squares);
}

/** The parameters, and what does not move. */
function problem(model) {
  const data = model.get("data");
  const all = range(data.fewest, data.most, data.most - data.fewest + 1);
  const sizes = all.filter((n) => n < 100 || n % 5 === 0 || Math.abs(n - data.d) < 25); // to draw
  return { ...data, all, sizes, ...parameters(model, ["n", "sigma", "total"]) };
}

function state(given) {
  const [n, sigma, total] = [given.n, given.sigma, given.total].map((parameter) => parameter.get());
  const best = given.d * sigma * sigma;
  const risk = (size, decay) => riskOf(given, size, decay, sigma);
  return { n, sigma, total, best, risk, here: risk(n, total), least: risk(n, best), none: risk(n, 0) };
}

function controls({ all, n, sigma, total }) {
  return [
    slider({ label: WORDS.examples, values: all, ...n, say: String }),
    slider({ label: WORDS.total, values: TOTALS, ...total }),
    slider({ label: WORDS.noise, values: NOISES, ...sigma }),
  ];
}

// ---- The plots ----

const RISK_AXIS = { domain: [0, 2], ticks: [0, 0.5, 1, 1.5, 2], label: WORDS.risk };

function byExamples({ sizes, fewest, most, n }) {
  const x = { domain: [fewest, most], scale: logarithmic, ticks: [50, 100, 200, 500, 1500], format: String, label: "n" };
  const plot = new Plot({ title: WORDS.byExamples, height: 350, short: 280, x, y: RISK_AXIS });
  plot.scrub((size) => n.set(Math.round(size)));
  const rule = plot.line("rule");
  const drawLevels = levels(plot, [fewest, most]);
  const [none, chosen, best] = ["val dashed", "penalty dashes", "exact"].map((cls) => plot.line(cls));
  const dots = ["val", "penalty", "exact"].map((cls) => plot.dot(cls));
  const drawLegend = legend(plot);
  const draw = (now) => {
    const at = (total) => sizes.map((size) => [size, now.risk(size, total)]);
    rule([[now.n, -9], [now.n, 9]]);
    drawLevels(now.sigma);
    [[none, 0], [chosen, now.total], [best, now.best]].forEach(([line, total]) => line(at(total)));
    [now.none, now.here, now.least].forEach((risk, i) => dots[i](now.n, risk));
    drawLegend(now.total);
  };
  return { root: plot.root, draw };
}

/** The noise floor, and the risk of predicting zero. */
function levels(plot, ends) {
  const each = [[0, WORDS.floor, 14], [1, WORDS.zero, -6]].map(([miss, name, dy]) => {
    const text = plot.text("reference", { anchor: "end", dx: 0, dy });
    return [miss, name, plot.line("reference thin"), text];
  });
  return (sigma) => {
    for (const [miss, name, line, text] of each) {
      const level = (miss + sigma * sigma) / 2;
      line(ends.map((end) => [end, level]));
      text(ends[1], level, name);
    }
  };
}

function legend(plot) {
  const rows = ["val dashed", "penalty dashes", "exact"].map((cls, i) => {
    const y = 1.94 - ((2 * 16) / plot.inner.height) * i; // 16 pixels apart
    plot.line(cls)([[53, y], [65, y]]);
    const text = plot.text(cls.split(" ")[0], { dx: 0 });
    return (name) => text(68, y, name);
  });
  return (total) => [WORDS.without, WORDS.chosen(formatBrief(total)), WORDS.best].forEach((name, i) => rows[i](name));
}

function byTotal({ total }) {
  const x = { ...lambdaAxis(-1, 4), label: "nλ" };
  const plot = new Plot({ title: WORDS.byTotal, height: 350, short: 280, x, y: RISK_AXIS });
  plot.scrub((value) => total.set(snap(TOTALS, value)));
  const rule = plot.line("rule");
  const curve = plot.line("penalty dashes");
  const [here, best] = ["penalty", "exact"].map((cls) => plot.dot(cls));
  const size = plot.text("penalty", { anchor: "end", dx: 0 });
  const name = plot.text("exact", { anchor: "middle", dx: 0, dy: -10 });
  const draw = (now) => {
    rule([[now.total, -9], [now.total, 9]]);
    curve(TOTALS.map((value) => [value, now.risk(now.n, value)]));
    here(now.total, now.here);
    best(now.best, now.least);
    size(1e4, 1.9, WORDS.atSize(now.n));
    name(now.best, now.least, WORDS.best);
  };
  return { root: plot.root, draw };
}

// ---- The text line and the tables ----

function words(given, now) {
  const told = { n: now.n, total: formatBrief(now.total), sigma: formatBrief(now.sigma) };
  const none = now.total ? WORDS.none(risky(now.none)) : "";
  return WORDS.line({ ...told, risk: risky(now.here), against: against(now), none, trend: trend(given, now) });
}

const risky = (risk) => (risk < Infinity ? format(risk) : WORDS.infinite);

function against({ here, least, best, total }) {
  if (total === best) return WORDS.isBest;
  if (here === Infinity) return WORDS.ofInfinite(format(least), formatBrief(best));
  if (here <= 1.01 * least) return WORDS.near(format(least), formatBrief(best));
  return least === 0 ? "" : WORDS.above(format(here / least), format(least), formatBrief(best));
}

/** Whether the risk rises somewhere as n grows, and from where to where. */
function trend({ all, fewest, most }, { risk, total }) {
  const risks = all.map((n) => risk(n, total));
  const up = all.filter((_, i) => risks[i + 1] > risks[i]);
  return up.length ? WORDS.rises(up[0], up.at(-1) + 1) : WORDS.falls(fewest, most);
}

function tables({ sizes }, now) {
  const names = [WORDS.without, WORDS.chosen(formatBrief(now.total)), WORDS.best];
  const at = (n) => [String(n), ...[0, now.total, now.best].map((total) => risky(now.risk(n, total)))];
  const bySize = [now.n, ...sizes.filter((n) => n % 100 === 0)].map(at);
  const totals = [now.total, ...TOTALS.filter((_, i) => i % 10 === 1)];
  const byDecay = totals.map((total) => [formatBrief(total), risky(now.risk(now.n, total))]);
  return [
    { caption: WORDS.byExamples, head: ["n", ...names], rows: bySize },
    { caption: WORDS.byTotal, head: ["nλ", WORDS.atSize(now.n)], rows: byDecay },
  ];
}

function render({ model, el }) {
  const given = problem(model);
  return assemble({ model, el }, {
    controls: controls(given),
    panels: () => [[byExamples(given)], [byTotal(given)]],
    state: () => state(given),
    words: (now) => words(given, now),
    tables: (now) => tables(given, now),
  });
}

export default { render };
