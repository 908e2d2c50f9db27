// What decay removes from d2l's run: not a wrong fit, but the random start.

function render({ model, el }) {
  const { runs, d, n, lr, steps, mean } = model.get("data");
  const [epoch, start, lam] = ["epoch", "start", "lam"].map((name) => parameter(model, name));
  const last = runs["normal 3"].left.length - 1;
  const epochs = range(0, last, last + 1);

  const controls = [
    slider({ label: "Epoch", values: epochs, ...epoch }),
    choice({ label: "Start", options: [["normal", "N(0, 1)"], ["zero", "zero"]], ...start }),
    choice({ label: "Decay λ", options: [[3, "3"], [0, "0"]], ...lam }),
  ];

  const x = { domain: [0, last], ticks: [0, 20, 40, 60, 80, 100], label: "epoch" };
  const norms = plot({
    title: "The norm of w, in two parts",
    height: 350,
    x,
    y: { domain: [0.003, 40], scale: logarithmic, ticks: [0, 0.01, 0.1, 1, 10], label: "norm (dots: run, straight line: formula)" },
  });
  const rules = [norms.line("rule")];
  const formula = norms.line("penalty");
  const dots = epochs.filter((t) => t % 4 === 0).map((t) => [t, norms.dot("penalty", 3)]);
  const seen = norms.line("exact");
  const marks = { left: norms.dot("penalty", 6), seen: norms.dot("exact", 6) };
  const names = { left: norms.text("penalty", { dy: -10 }), seen: norms.text("exact", { dy: -8 }) };
  norms.scrub((t) => epoch.set(Math.round(t)));

  const losses = plot({
    title: "Loss",
    height: 350,
    x,
    y: { domain: [1e-6, 1e3], scale: logarithmic, ticks: [1e-6, 1e-4, 1e-2, 1, 100], format: powerOfTen,
      label: "half-MSE" },
  });
  rules.push(losses.line("rule"));
  losses.line("reference dashed")([[0, mean], [last, mean]]);
  losses.text("reference", { anchor: "end", dx: -2, dy: -5 })(last, mean, "predicting the mean");
  const curves = [["train", "training"], ["val", "validation"]].map(([cls, name]) => {
    const text = losses.text(cls, { dx: 0 });
    return [cls, name, losses.line(cls), losses.dot(cls), text];
  });
  losses.scrub((t) => epoch.set(Math.round(t)));

  function draw() {
    const run = runs[`${start.get()} ${lam.get()}`];
    const t = Math.round(epoch.get());
    const predicted = (t) => run.left[0] * (1 - lr * lam.get()) ** (steps * t);
    for (const rule of rules) rule([[t, 1e-9], [t, 1e9]]);
    formula(epochs.map((t) => [t, predicted(t)]));
    for (const [t, dot] of dots) dot(t, run.left[t]);
    seen(epochs.map((t) => [t, run.seen[t]]));
    marks.left(t, run.left[t]);
    marks.seen(t, run.seen[t]);
    names.left(2, run.left[1], start.get() === "zero" ? "left over from the start: nothing" : "left over from the start");
    names.seen(40, run.seen[40], "seen by the data");
    const at = lam.get() ? 52 : 36; // where there is room above a curve, or below one that lies on the mean's
    for (const [cls, name, line, dot, text] of curves) {
      text(at, run[cls][at] * (start.get() === "zero" ? 0.35 : 3), name);
      line(epochs.map((t) => [t, run[cls][t]]));
      dot(t, run[cls][t]);
    }
    return words(run, t);
  }

  function words(run, t) {
    const whole = format(Math.hypot(run.seen[t], run.left[t]));
    return (
      `Epoch ${t}, λ ${lam.get()}: ‖w‖\u00a0=\u00a0${whole}; ${parts(run, t)}. ` +
      `Validation loss ${format(run.val[t])}, ${against(run.val[t] / mean)} predicting the mean.`
    );
  }

  function parts(run, t) {
    if (start.get() === "zero")
      return t === 0 ? "the start is zero" : "all of it seen by the data, since a start at zero leaves nothing over";
    return `its parts, at right angles, are ${format(run.left[t])} left over from the start (${origin(run, t)}) and ${format(run.seen[t])} seen by the data`;
  }

  function origin(run, t) {
    if (t === 0) return `on average N(0, 1) gives about √(d − n)\u00a0=\u00a0${format(Math.sqrt(d - n))}`;
    if (lam.get() === 0) return "as at epoch 0: without decay nothing removes it";
    return `the ${format(run.left[0])} of epoch 0, times (1\u00a0−\u00a0lr·λ)${superscript(steps * t)}`;
  }

  function against(times) {
    const rounded = Number(times.toPrecision(2));
    return rounded === 1 ? "about that of" : `${rounded.toLocaleString("en")} times that of`;
  }

  return assemble({ model, el }, { title: "What decay removes", controls, columns: [[norms], [losses]], draw });
}

export default { render };
