// What every explorer shares. base.py puts the texts of common.js (elements, numbers in words), plot.js (plots and what
// is dragged), controls.js and frame.js in front of each explorer's own script; all of them are one module.
//
// A script ends with `export default { render }`, and its `render({ model, el })` returns `assemble({ model, el }, parts)`:
//   controls  a list of `slider`, `choice` and `action`, which stay in view on a phone while the figure is: few, and low
//   panels()  columns of panels, built by `Plot`: [[{ root, draw(now) }, ...], ...]; called again where a phone is turned.
//             On a phone all plots are seen at once: `short` is a plot's height there, and they add up to about 600
//   state()   `now`, all that is to be seen, computed from the parameters alone: the same ones give the same picture
//   words(now)   the text line. It is true at every setting: tests/test_explorers.py compares it with Python
//   tables(now)  what the plots show in numbers, [{ caption: a plot's title, head: [text], rows: [[text]] }, ...]
// The title, and what the parameters may be, come from the Python class. The frame keeps the parameters in the page's
// address, resets them, follows links of the text that set them, and makes link, embed code and tables.
// All words that a reader sees stand in one table at the head of each file.

function setAttributes(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, value);
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

function svgElement(tag, attributes = {}) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(made, attributes);
  return made;
}

const appendSvg = (parent, tag, attributes) => parent.appendChild(svgElement(tag, attributes));

// ---- Numbers ----

const superscript = (k) => [...String(k)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])).join("");
const powerOfTen = (x) => (x === 0 ? "0" : x === 1 ? "1" : x === 10 ? "10" : `10${superscript(Math.round(Math.log10(x)))}`);

/** Three significant digits, say 0.0578 or 6.06 × 10⁻⁵. */
function format(x, digits = 3) {
  if (x === 0) return "0";
  if (!Number.isFinite(x)) return x < 0 ? "−∞" : "∞";
  const [mantissa, exponent] = x.toExponential(digits - 1).split("e").map(Number);
  if (exponent < -3 || exponent > 4) return `${mantissa} × 10${superscript(exponent)}`.replace(/^-/, "−");
  return x.toFixed(Math.max(0, digits - 1 - exponent)).replace("-", "−");
}

/** As few digits as the number has: for what a slider was set to. */
const formatBrief = (x) =>
  x !== 0 && Math.abs(x) < 1e-3 ? format(x, 2) : String(Number(x.toPrecision(3))).replace("-", "−");

/** How many digits, three at least, it takes to tell x from these: −1.002 from −1, and 1.818 from 1.82. */
function distinguishingDigits(x, others) {
  let digits = 3;
  while (digits < 15 && others.some((other) => format(x, digits) === format(other, digits))) digits++;
  return digits;
}

/** `format` in so many digits; what is one of the others but for rounding errors is shown as that. */
function formatDistinct(x, others) {
  const same = others.find((other) => Math.abs(x - other) < 1e-12);
  return same === undefined ? format(x, distinguishingDigits(x, others)) : formatBrief(same);
}

/** So many decimals, and no sign before a zero. */
const fixed = (x, decimals) => (Number(x.toFixed(decimals)) + 0).toFixed(decimals).replace("-", "−");

/** A share between 0 and 1 in words: it is none, or all, only if it says so. */
function percent(share) {
  const whole = Math.round(100 * share);
  const words = whole === 0 && share > 0 ? "less than 1" : whole === 100 && share < 1 ? "more than 99" : String(whole);
  return `${words}\u00a0%`;
}

const clamp = (x, [low, high]) => Math.max(low, Math.min(high, x));

const range = (low, high, count) =>
  Array.from({ length: count }, (_, i) => Number((low + ((high - low) * i) / (count - 1)).toPrecision(12)));

/** From 10^low to 10^high, so many to the decade, in two significant digits. */
const decades = (low, high, each) =>
  range(low, high, (high - low) * each + 1).map((exponent) => Number((10 ** exponent).toPrecision(2)));
