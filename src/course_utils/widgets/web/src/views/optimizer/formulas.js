// What the chosen optimizer does next, line by line: the formula, and the same with its numbers.

import { h } from "../../dom.js";
import { short } from "../../values.js";
import { sign } from "../../charts/signs.js";

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** @param {import("../optimizer.js").Path} path @param {number} p @param {number} i the step after which it stands */
export function formulas(path, p, i) {
  if (i >= path.points.length) {
    return [h("h4", {}, sign(p), h("span", {}, path.name)),
      h("p", { class: "wrong-text" }, `It diverged in step ${path.diverged}: its numbers ran away. A smaller learning rate keeps it on the map.`)];
  }
  const [gx, gy] = path.slopes[i];
  const lines = [line("g = ∇loss", short(gx, 4), short(gy, 4), "at this point"),
    ...path.rules.map((rule) => line(rule.formula, ...both(path, rule, i)))];
  return [h("h4", {}, sign(p), h("span", {}, path.name), h("small", {}, `${path.settings}${path.settings ? " · " : ""}step ${i + 1}, with numbers`)),
    h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "formulas" },
      h("table", { class: "formulas" },
        h("thead", {}, h("tr", {}, ["formula", "x", "y"].map((w) => h("th", { scope: "col" }, w)))),
        h("tbody", {}, lines)))];
}

/** @param {string} formula @param {string} x @param {string} y @param {string} [about] */
function line(formula, x, y, about) {
  /** @param {string} text */
  const cell = (text) => {
    const cut = text.lastIndexOf(" = ");
    return cut < 0 ? [h("b", {}, text)] : [text.slice(0, cut + 3), h("b", {}, text.slice(cut + 3))];
  };
  return h("tr", {}, h("th", { scope: "row" }, formula, about ? h("small", {}, ` ${about}`) : null),
    h("td", { "data-axis": "x" }, cell(x)), h("td", { "data-axis": "y" }, cell(y)));
}

/** @param {import("../optimizer.js").Path} path @param {import("../optimizer.js").Rule} rule @param {number} i @returns {[string, string]} */
function both(path, rule, i) {
  return /** @type {[string, string]} */ ([0, 1].map((axis) =>
    `${filled(rule.numbers, path, i, axis)} = ${short(path.trace[rule.target][i + 1][axis], 4)}`));
}

/**
 * A template with its numbers: `{v}` before the step, `{v'}` after it.
 * @param {string} template @param {import("../optimizer.js").Path} path @param {number} i @param {number} axis
 */
function filled(template, path, i, axis) {
  return template
    .replaceAll("^{t}", () => [...String(i + 1)].map((digit) => RAISED[Number(digit)]).join(""))
    .replace(/\{([^}']+)('?)\}(\^2)?/g, (_, name, after, square, offset) => {
      const value = name === "g" ? path.slopes[i][axis] : path.trace[name][after ? i + 1 : i][axis];
      const text = short(value, 4);
      const apart = text.startsWith("−") ? offset > 0 || square : square && text.includes("e");
      return (apart ? `(${text})` : text) + (square ? "²" : "");
    });
}
