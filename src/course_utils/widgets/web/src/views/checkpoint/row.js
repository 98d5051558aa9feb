// One key: a line, and behind it the values of both sides and how they differ.

import { h, s } from "../../dom.js";
import { largest, picture, shapeText, short } from "../../values.js";
import { STATUSES } from "./statuses.js";

/** @typedef {import("../checkpoint.js").Row} Row @typedef {import("../checkpoint.js").Side} Side */

/** The smallest share of the largest change that still gets a bar, as a power of ten. */
const DECADES = 6;

/** @param {Row} row @param {string} name @param {number} widest the largest change of all */
export function summary(row, name, widest) {
  const { sign, word } = STATUSES[row.status];
  const { change } = row;
  const most = typeof change?.max === "number" ? change.max : 0;
  const share = most > 0 && widest > 0 ? Math.max(0.02, 1 + Math.log10(most / widest) / DECADES) : 0;
  const bar = h("span", { class: "bar", "aria-hidden": "true" });
  bar.style.setProperty("--share", `${Math.round(share * 100)}%`);
  return h("summary", {},
    h("span", { class: "status" }, h("i", { "aria-hidden": "true" }, sign), word),
    h("span", { class: "key", title: row.key }, name),
    h("span", { class: "shape" }, shapes(row)),
    change && change.count ? h("span", { class: "delta" }, bar, h("span", {}, `max |Δ| ${short(change.max)}`)) : h("span", { class: "delta" }));
}

/** @param {Row} row */
function shapes(row) {
  const [a, b] = [row.a, row.b].map((side) => (!side ? null : side.words ?? `${shapeText(side.shape)} ${side.dtype}`));
  if (a === null || b === null || a === b) return a ?? b;
  if (row.status === "shape") return `${shapeText(row.a?.shape)} → ${shapeText(row.b?.shape)}`;
  return row.status === "dtype" ? `${shapeText(row.a?.shape)} ${row.a?.dtype} → ${row.b?.dtype}` : `${a} → ${b}`;
}

/** @param {Row} row @param {string[]} names of the two state dicts */
export function detail(row, names) {
  const { change } = row;
  // One scale for both, so that equal colours are equal numbers.
  const most = largest([...(row.a?.data ?? []), ...(row.b?.data ?? [])]);
  return [
    h("p", { class: "full" }, h("code", {}, row.key), ` ${STATUSES[row.status].about}.`),
    h("div", { class: "values" }, row.status === "same" ? value(row.key, "both", row.a, most) : [value(row.key, names[0], row.a, most), value(row.key, names[1], row.b, most)],
      change?.histogram ? h("figure", {}, h("figcaption", {}, "Δ"), histogram(change.histogram)) : null),
    change && change.count ? h("p", { class: "numbers" }, changeWords(change)) : null,
  ];
}

/** @param {import("../checkpoint.js").Change} change */
function changeWords(change) {
  const words = [`${change.count} of ${change.of} elements differ`, `largest |Δ| ${short(change.max)}`, `mean |Δ| ${short(change.mean)}`];
  if (typeof change.share === "number") words.push(`the norm of Δ is ${short(change.share * 100)} % of the first's`);
  if (change.odd) words.push(`${change.odd} differences are nan or infinite`);
  if (change.first) words.push(`first at [${change.first.join(", ")}]`);
  return words.join(" · ");
}

/** @param {string} key @param {string} title @param {Side | null} side @param {number} most */
function value(key, title, side, most) {
  return h("figure", {}, h("figcaption", {}, title), !side ? h("span", { class: "statistics" }, "does not have it")
    : side.words ? h("code", {}, side.words) : h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": `${key} in ${title}` }, picture(side, { most })));
}

/** @param {{ low: number, high: number, counts: number[] }} data */
function histogram({ low, high, counts }) {
  const [wide, high_] = [168, 44];
  const top = Math.max(1, ...counts);
  const each = wide / counts.length;
  const zero = low < 0 && high > 0 ? (-low / (high - low)) * wide : null;
  return h("div", { class: "delta-histogram" },
    s("svg", { class: "histogram", width: wide, height: high_, viewBox: `0 0 ${wide} ${high_}`, role: "img", "aria-label": `differences from ${short(low)} to ${short(high)}` },
      counts.map((count, i) => s("rect", { x: i * each, width: each - 1, y: high_ - (count / top) * high_, height: (count / top) * high_ })),
      zero === null ? null : s("path", { class: "zero", d: `M${zero} 0v${high_}` })),
    h("div", { class: "statistics ends" }, h("span", {}, short(low)), zero === null ? null : h("span", {}, "┊ 0"), h("span", {}, short(high))));
}
