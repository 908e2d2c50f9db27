// Sliders, choices and buttons.


const nearest = (values, x) =>
  values.reduce((best, value, i) => (Math.abs(value - x) < Math.abs(values[best] - x) ? i : best), 0);

/** A slider over a list of values, which need not be evenly spaced: {label, values, get, set} and `say` for its words. */
function slider({ label, values, get, set, say = formatBrief }) {
  const input = element("input", { type: "range", min: 0, max: values.length - 1, step: 1, "aria-label": label });
  const output = element("span"); // for the eye; the range says its value itself
  input.addEventListener("input", () => set(values[input.valueAsNumber]));
  const draw = () => {
    const text = say(get());
    input.value = nearest(values, get());
    input.setAttribute("aria-valuetext", text);
    output.textContent = text;
  };
  return { root: element("label", { class: "wd-slider" }, label, output, input), draw };
}

/** A choice of one: {label, options: [[value, text], ...], get, set}. */
function choice({ label, options, get, set }) {
  const group = `wd-${Math.random()}`; // radio buttons belong together by a name that no other figure has
  const buttons = options.map(([value]) => {
    const button = element("input", { type: "radio", name: group });
    button.addEventListener("change", () => set(value));
    return button;
  });
  const labels = options.map(([, text], i) => element("label", {}, buttons[i], text));
  const draw = () => options.forEach(([value], i) => (buttons[i].checked = value === get()));
  const root = element("fieldset", { class: "wd-choice" }, element("legend", {}, label), element("div", {}, ...labels));
  return { root, draw };
}

function pushButton(text, press) {
  const made = element("button", { type: "button", class: "wd-button" }, text);
  made.addEventListener("click", press);
  return made;
}

/** A button among the controls: {label, press}. */
const action = ({ label, press }) => ({ root: pushButton(label, press), draw() {} });

/** The value of a list that is nearest to x. */
const snap = (values, x) => values[nearest(values, x)];

/** `get` and `set` for parameters of the widget: a change reaches Python, where there is one, and redraws. */
function parameters(model, names) {
  const parameter = (name) => ({
    get: () => model.get(name),
    set(value) {
      model.set(name, value);
      model.save_changes();
    },
  });
  return Object.fromEntries(names.map((name) => [name, parameter(name)]));
}
