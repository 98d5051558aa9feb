// What the model says beside what is true: a curve, a cloud or a confusion matrix.

import { ticks } from "../../charts/axes.js";
import { marker } from "../../charts/signs.js";
import { h, s } from "../../dom.js";
import { heat, short } from "../../values.js";

const WIDE = 372, HIGH = 170, LEFT = 62, BELOW = 26, TOP = 10;

/** @typedef {import("../training.js").Picture} Picture */

/** @param {Picture} picture @param {Picture[]} all @param {string} when */
export function predictions(picture, all, when) {
  const whole = picture.like === null ? picture : { ...all[picture.like], prediction: picture.prediction, of: picture.of };
  const body = whole.kind === "classes" ? matrix(whole.counts ?? []) : plot(whole);
  return h("figure", { class: "chart" }, h("figcaption", {}, h("b", {}, "predictions against truth"), h("span", {}, when)), body);
}

/** @param {Picture} picture */
function plot({ kind, x, truth = [], prediction = [], of }) {
  const across = (kind === "curve" ? x : truth) ?? [];
  const good = across.map((_, i) => i).filter((i) => [across[i], truth[i], prediction[i]].every((v) => typeof v === "number"));
  const xs = good.map((i) => Number(across[i]));
  // An early prediction may lie far off; the truth decides how much is shown, with room for as much again.
  const ys = good.map((i) => Number(truth[i]));
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const span = Math.max(...ys) - Math.min(...ys) || 1;
  const said = good.map((i) => Number(prediction[i]));
  const bottom = Math.max(Math.min(...ys, ...said), Math.min(...ys) - span), top = Math.min(Math.max(...ys, ...said), Math.max(...ys) + span);
  const pad = (top - bottom) * 0.06 || 0.5;
  const ax = (/** @type {number} */ v) => LEFT + ((v - left) / (right - left || 1)) * WIDE;
  const ay = (/** @type {number} */ v) => TOP + HIGH * (1 - (v - bottom + pad) / (top - bottom + 2 * pad));
  const points = good.map((i) => [ax(Number(across[i])), ay(Number(truth[i])), ay(Number(prediction[i]))]);
  const line = (/** @type {number} */ which) => points.map((p, i) => `${i ? "L" : "M"}${p[0].toFixed(1)} ${p[which].toFixed(1)}`).join("");
  const error = said.length ? Math.sqrt(said.reduce((sum, v, i) => sum + (v - ys[i]) ** 2, 0) / said.length) : NaN;
  const inside = s("svg", { x: LEFT, y: TOP, width: WIDE, height: HIGH, viewBox: `${LEFT} ${TOP} ${WIDE} ${HIGH}` },
    kind === "curve"
      ? [...points.map((p) => marker(1, p[0], p[1], 2.4, "small")), s("path", { class: "path series-0", d: line(2) })]
      : [s("path", { class: "diagonal", d: `M${ax(left)} ${ay(left)}L${ax(right)} ${ay(right)}` }), ...points.map((p) => marker(0, p[0], p[2], 2.6, "small"))]);
  const few = of > truth.length ? `; ${truth.length} of ${of} points are drawn` : "";
  return [
    s("svg", { class: "lines", viewBox: `0 0 ${LEFT + WIDE + 12} ${TOP + HIGH + BELOW}`, role: "img", "aria-label": `${kind === "curve" ? "Prediction and truth over x" : "Prediction over truth"}; typical error ${short(error)}${few}` },
      ticks(bottom, top, 5).map((v) => [s("path", { class: "grid", d: `M${LEFT} ${ay(v)}h${WIDE}` }), s("text", { class: "axis", x: LEFT - 7, y: ay(v) + 4.5, "text-anchor": "end" }, short(v))]).flat(),
      ticks(left, right, 6).map((v) => s("text", { class: "axis", x: ax(v), y: TOP + HIGH + 17, "text-anchor": "middle" }, short(v))),
      s("path", { class: "frame", d: `M${LEFT} ${TOP}v${HIGH}h${WIDE}` }), inside),
    h("ul", { class: "key" },
      kind === "curve" ? [entry(0, "prediction (line)"), entry(1, "truth (squares)")] : [entry(0, "a prediction over its truth; on the line it is right")],
      h("li", {}, "typical error", h("output", {}, short(error))), few ? h("li", {}, few.slice(2)) : null),
  ];
}

/** @param {number} i @param {string} words */
const entry = (i, words) => h("li", {}, s("svg", { width: 14, height: 14, viewBox: "0 0 14 14", "aria-hidden": "true" }, marker(i, 7, 7, 4.5)), words);

/** Rows are the truth, columns the prediction. @param {number[][]} counts */
function matrix(counts) {
  const most = Math.max(1, ...counts.flat());
  const all = counts.flat().reduce((sum, n) => sum + n, 0);
  const right = counts.reduce((sum, row, i) => sum + row[i], 0);
  const cell = (/** @type {number} */ n, /** @type {boolean} */ diagonal) => {
    const made = h("td", { class: diagonal ? "right" : "" }, n ? String(n) : "·");
    made.style.background = heat(diagonal ? n : -n, most);
    return made;
  };
  return [
    h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "confusion matrix" }, h("table", { class: "confusion" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "true ↓ said →"), counts.map((_, i) => h("th", { scope: "col" }, String(i))))),
      h("tbody", {}, counts.map((row, i) => h("tr", {}, h("th", { scope: "row" }, String(i)), row.map((n, j) => cell(n, i === j))))))),
    h("ul", { class: "key" }, h("li", {}, "right", h("output", {}, `${right} of ${all}`)), h("li", {}, "outlined cells are right answers")),
  ];
}
