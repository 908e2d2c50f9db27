// Lambda chosen by data that were hidden, for one draw of the noisy problem after another.

const WORDS = inLanguage({
  en: {
    own: "Your λ",
    hidden: "Hidden",
    by: { loo: "one at a time", folds: "fifths in turn", part: "one fifth" },
    estimate: { loo: "leave-one-out", folds: "five folds", part: "one part" },
    next: "New problem",
    curves: "The estimate and the risk",
    halfMse: "half-MSE",
    risk: "risk",
    former: "problems before",
    costs: "What each choice costs",
    cost: "% above the least risk",
    choices: "choices",
    every: "every λ, here",
    star: (star) => `λ* = ${star}`,
    line: ({ k, all, by, pick, verdict, lam, estimate, risk, cost }) =>
      `Problem ${k} of ${all}: by ${by} λ is ${pick}. ${verdict} ` +
      `Your λ, ${lam}: estimate ${estimate}, risk ${risk}, ${cost}.`,
    isBest: (risk) => `Its risk, ${risk}, is the least of all these λ.`,
    verdict: (risk, cost, least, best) => `Its risk, ${risk}, is ${cost}, ${least} at λ ${best}.`,
    least: "the least of all",
    above: (percent) => `${percent}\u00a0% above the least`,
  },
  zh: {
    own: "你的 λ",
    hidden: "藏起",
    by: { loo: "一次一个", folds: "轮流五分之一", part: "一份五分之一" },
    estimate: { loo: "留一法", folds: "五折", part: "一份" },
    next: "换一个问题",
    curves: "估计与风险",
    halfMse: "半均方误差",
    risk: "风险",
    former: "先前的问题",
    costs: "每次选择的代价",
    cost: "比最小风险高出（%）",
    choices: "各次选择",
    every: "这里的每个 λ",
    star: (star) => `λ* = ${star}`,
    line: ({ k, all, by, pick, verdict, lam, estimate, risk, cost }) =>
      `第 ${k} 个问题（共 ${all} 个）：用${by}选出 λ ${pick}。${verdict}你的 λ 是 ${lam}：估计 ${estimate}，风险 ${risk}，${cost}。`,
    isBest: (risk) => `它的风险 ${risk} 是这些 λ 中最小的。`,
    verdict: (risk, cost, least, best) => `它的风险是 ${risk}，${cost}（${least}，在 λ ${best} 处）。`,
    least: "是最小的",
    above: (percent) => `比最小的高 ${percent}\u00a0%`,
  },
});

const NOTHING = 0.1; // the per cent that stand for 0 on a logarithmic axis

const leastAt = (values) => values.indexOf(Math.min(...values));

/** The curves of each problem, with what is chosen in it by each estimate, and the parameters. */
function problem(model) {
  const { lams, star, problems } = model.get("data");
  const drawn = problems.map((curves) => {
    const best = leastAt(curves.risk);
    const cost = curves.risk.map((risk) => 100 * (risk / curves.risk[best] - 1));
    const picks = Object.fromEntries(Object.keys(WORDS.by).map((kind) => [kind, leastAt(curves[kind])]));
    return { ...curves, best, cost, picks };
  });
  return { lams, star, drawn, ...parameters(model, ["by", "lam", "sample"]) };
}

function state({ lams, drawn, by, lam, sample }) {
  const [kind, k] = [by.get(), sample.get()];
  const [chosen, former] = [drawn[k], drawn.slice(0, k)];
  const [pick, own] = [chosen.picks[kind], nearest(lams, lam.get())];
  return { kind, k, ...chosen, estimate: chosen[kind], pick, own, former };
}

function controls({ lams, drawn, by, lam, sample }) {
  return [
    choice({ label: WORDS.hidden, options: Object.entries(WORDS.by), ...by }),
    slider({ label: WORDS.own, values: lams, ...lam, get: () => snap(lams, lam.get()) }),
    action({ label: WORDS.next, press: () => sample.set((sample.get() + 1) % drawn.length) }),
  ];
}

// ---- The plots ----

const X_AXIS = { domain: [8e-4, 110], scale: logarithmic, ticks: [0.001, 0.01, 0.1, 1, 10, 100], label: "λ" };

function byLambda({ title, y, lams, lam }) {
  const plot = new Plot({ title, height: 350, short: 270, x: X_AXIS, y });
  plot.scrub((x) => lam.set(snap(lams, x)));
  return { plot, rule: plot.line("rule") };
}

/** Names at the top right, each with its mark: rows of [classes, whether it is a dot]. Called with the names. */
function legend(plot, rows) {
  const spots = rows.map(([cls, isDot], i) => {
    const y = plot.sy.invert(6 + 16 * i);
    if (isDot) plot.dot(cls, 4)(0.88, y);
    else plot.line(cls)([[0.62, y], [1.25, y]]);
    const text = plot.text(cls.split(" ")[0], { dx: 0 });
    return (name) => text(1.5, y, name);
  });
  return (...names) => names.forEach((name, i) => spots[i](name));
}

function curves(given) {
  const { lams, drawn } = given;
  const y = { domain: [0.4, 12], scale: logarithmic, ticks: [0.5, 1, 2, 5, 10], label: WORDS.halfMse };
  const { plot, rule } = byLambda({ ...given, title: WORDS.curves, y });
  const before = drawn.slice(1).map(() => plot.line("train former"));
  const [risk, estimate] = ["val", "train dashes"].map((cls) => plot.line(cls));
  const marks = ["val", "train"].map((cls) => [plot.dot(cls), plot.dot(cls, 3)]);
  const drawLegend = legend(plot, [["train dashes"], ["val"], ["train former"]]);
  const graph = (values) => values.map((value, i) => [lams[i], value]);
  const draw = (now) => {
    rule([[lams[now.own], 1e-9], [lams[now.own], 99]]);
    before.forEach((line, k) => line(now.former[k] ? graph(now.former[k][now.kind]) : []));
    risk(graph(now.risk));
    estimate(graph(now.estimate));
    [now.risk, now.estimate].forEach((values, i) => {
      marks[i][0](lams[i ? now.pick : now.best], Math.min(...values));
      marks[i][1](lams[now.own], values[now.own]);
    });
    drawLegend(WORDS.estimate[now.kind], WORDS.risk, WORDS.former);
  };
  return { root: plot.root, draw };
}

function costs(given) {
  const { lams, star, drawn } = given;
  const y = { domain: [NOTHING, 1000], scale: logarithmic, ticks: [0, 1, 10, 100, 1000], label: WORDS.cost };
  const { plot, rule } = byLambda({ ...given, title: WORDS.costs, y });
  plot.line("exact dashed")([[star, NOTHING], [star, 150]]);
  const here = plot.line("val");
  const own = plot.dot("val", 3);
  const [before, now] = [drawn.slice(1).map(() => plot.dot("train pale")), plot.dot("train", 6)];
  legend(plot, [["train", true], ["val"], ["exact dashed"]])(WORDS.choices, WORDS.every, WORDS.star(star));
  const draw = ({ kind, cost, pick, own: at, former }) => {
    rule([[lams[at], 1e-9], [lams[at], 1e9]]);
    here(cost.map((value, i) => [lams[i], value]));
    own(lams[at], cost[at]);
    before.forEach((dot, k) => {
      const there = former[k]?.picks[kind];
      dot(...(former[k] ? [lams[there], former[k].cost[there]] : [1e9, 1])); // or out of sight
    });
    now(lams[pick], cost[pick]);
  };
  return { root: plot.root, draw };
}

// ---- The text line and the tables ----

function words({ lams, drawn }, { k, kind, risk, cost, estimate, pick, best, own }) {
  const told = { k: k + 1, all: drawn.length, by: WORDS.estimate[kind], pick: formatBrief(lams[pick]) };
  const verdict = cost[pick]
    ? WORDS.verdict(format(risk[pick]), above(cost[pick]), format(risk[best]), formatBrief(lams[best]))
    : WORDS.isBest(format(risk[pick]));
  const here = { lam: formatBrief(lams[own]), estimate: format(estimate[own]), risk: format(risk[own]) };
  return WORDS.line({ ...told, verdict, ...here, cost: cost[own] ? above(cost[own]) : WORDS.least });
}

const above = (percent) => WORDS.above(format(percent, 2));

function tables({ lams }, { kind, risk, estimate, cost, pick, own }) {
  const row = (i) => [formatBrief(lams[i]), format(estimate[i]), format(risk[i]), format(cost[i], 2)];
  const rows = [own, pick, ...lams.keys()].filter((i, at) => at < 2 || i % 5 === 0).map(row);
  const { [kind]: name } = WORDS.estimate;
  return [{ caption: WORDS.curves, head: ["λ", name, WORDS.risk, WORDS.cost], rows }];
}

function render({ model, el }) {
  const given = problem(model);
  return assemble({ model, el }, {
    controls: controls(given),
    panels: () => [[curves(given)], [costs(given)]],
    state: () => state(given),
    words: (now) => words(given, now),
    tables: (now) => tables(given, now),
  });
}

export default { render };
