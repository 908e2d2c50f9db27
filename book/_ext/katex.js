// Sets formulas: for each line that comes in, a formula and whether it is displayed, one goes out, its HTML or what is wrong.
const [, , katexPath, macros] = process.argv;
const katex = require(katexPath);

function set([tex, displayMode]) {
  try {
    return { html: katex.renderToString(tex, { displayMode, macros: JSON.parse(macros), throwOnError: true, strict: "error" }) };
  } catch (error) {
    return { wrong: error.message };
  }
}

const lines = require("readline").createInterface({ input: process.stdin });
lines.on("line", (line) => console.log(JSON.stringify(set(JSON.parse(line)))));
