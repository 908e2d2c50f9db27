// What decay removes from d2l's run: not a wrong fit, but the random start.

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
    slider({ label: "Epoch", values: epochs, ...epoch }),
    choice({ label: "Start", options: [["normal", "N(0, 1)"], ["zero", "zero"]], ...start }),
    choice({ label: "Decay λ", options: [[3, "3"], [0, "0"]], ...lam }),
  ];
}

/** A plot by epoch, with a line at the present one, which dragging moves. */
function byEpoch({ title, y, last, epoch }) {
  const x = { domain: [0, last], ticks: [0, 20, 40, 60, 80, 100], label: "epoch" };
  const plot = new Plot({ title, height: 350, x, y });
  plot.scrub((t) => epoch.set(Math.round(t)));
  const rule = plot.line("rule");
  return { plot, drawRule: (t) => rule([[t, 1e-9], [t, 1e9]]) };
}

// ---- The norm of w, in two parts ----

function norms({ lr, steps, epochs, last, epoch }) {
  const y = { domain: [0.003, 40], scale: logarithmic, ticks: [0, 0.01, 0.1, 1, 10],
    label: "norm (dots: run, straight line: formula)" };
  const { plot, drawRule } = byEpoch({ title: "The norm of w, in two parts", y, last, epoch });
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
    left(2, run.left[1], zero ? "left over from the start: nothing" : "left over from the start");
    seen(40, run.seen[40], "seen by the data");
  };
}

// ---- The losses ----

function losses({ mean, epochs, last, epoch }) {
  const y = { domain: [1e-6, 1e3], scale: logarithmic, ticks: [1e-6, 1e-4, 1e-2, 1, 100], format: powerOfTen,
    label: "half-MSE" };
  const { plot, drawRule } = byEpoch({ title: "Loss", y, last, epoch });
  plot.line("reference dashed")([[0, mean], [last, mean]]);
  plot.text("reference", { anchor: "end", dx: -2, dy: -5 })(last, mean, "predicting the mean");
  const curves = [["train", "training"], ["val", "validation"]].map(([cls, name]) => {
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
  return (
    `Epoch ${t}, λ ${lam}: ‖w‖\u00a0=\u00a0${whole}; ${parts(given, now)}. ` +
    `Validation loss ${format(run.val[t])}, ${against(run.val[t] / mean)} predicting the mean.`
  );
}

function parts(given, now) {
  const { run, t, zero } = now;
  if (zero) return t === 0 ? "the start is zero" : "all of it seen by the data, since a start at zero leaves nothing over";
  const [left, seen] = [run.left[t], run.seen[t]].map((x) => format(x));
  return (
    `its parts, at right angles, are ${left} left over from the start (${origin(given, now)}) ` +
    `and ${seen} seen by the data`
  );
}

function origin({ d, n, steps }, { run, t, lam }) {
  if (t === 0) return `on average N(0, 1) gives about √(d − n)\u00a0=\u00a0${format(Math.sqrt(d - n))}`;
  if (lam === 0) return "as at epoch 0: without decay nothing removes it";
  return `the ${format(run.left[0])} of epoch 0, times (1\u00a0−\u00a0lr·λ)${superscript(steps * t)}`;
}

function against(times) {
  const rounded = Number(times.toPrecision(2));
  return rounded === 1 ? "about that of" : `${rounded.toLocaleString("en")} times that of`;
}

// ---- The table ----

function tables({ epochs }, { run, t }) {
  const row = (t) => [String(t), ...["left", "seen", "train", "val"].map((part) => format(run[part][t]))];
  const head = ["epoch", "left over from the start", "seen by the data", "training loss", "validation loss"];
  return [{ caption: "Norm and loss by epoch", head, rows: [t, ...epochs.filter((t) => t % 10 === 0)].map(row) }];
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
