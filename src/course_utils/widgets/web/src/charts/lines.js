// Series over a common x as lines: linear or log, with a cursor, and a cross where a number is not finite.

import { h, s } from "../dom.js";
import { short } from "../values.js";
import { decades, ticks } from "./axes.js";
import { DASHES, marker } from "./signs.js";

const WIDE = 372, HIGH = 170, LEFT = 62, BELOW = 26, TOP = 10;

/** @typedef {number | string | null} Entry nothing, a number, or nan and infinities as words */

/**
 * @param {object} options
 * @param {string} options.title
 * @param {number[]} options.at the x of each entry, growing
 * @param {{ name: string, values: Entry[] }[]} options.series
 * @param {number} options.index the entry where the cursor stands
 * @param {boolean} [options.log]
 * @param {string} [options.x] what x is
 * @param {Node | null} [options.extra] what else stands in the caption
 */
export function lines({ title, at, series, index, log = false, x = "", extra = null }) {
  const numbers = /** @type {number[]} */ (series.flatMap(({ values }) => values).filter((v) => typeof v === "number" && (!log || v > 0)));
  const scale = log ? Math.log10 : (/** @type {number} */ v) => v;
  const least = Math.min(...numbers), most = Math.max(...numbers);
  const [a, b] = numbers.length ? [scale(least), scale(most)] : [0, 1];
  const pad = (b - a) * 0.06 || Math.abs(b) * 0.1 || 0.5;
  const last = Math.max(at.at(-1) ?? 1, 1), first = Math.min(at[0] ?? 0, last - 1);
  const across = (/** @type {number} */ v) => LEFT + ((v - first) / (last - first)) * WIDE;
  const up = (/** @type {number} */ v) => TOP + HIGH * (1 - (scale(v) - a + pad) / (b - a + 2 * pad));
  const drawable = (/** @type {Entry} */ v) => typeof v === "number" && (!log || v > 0);
  const yTicks = !numbers.length ? [] : log ? decades(10 ** (a - pad), 10 ** (b + pad), 6) : ticks(a - pad, b + pad, 5);
  const drawn = series.flatMap(({ values }, i) => [
    s("path", { class: `to-come series-${i}`, d: path(values, index, values.length) }),
    s("path", { class: `path series-${i}`, d: path(values, 0, index + 1), "stroke-dasharray": DASHES[i] }),
    values.map((v, n) => typeof v === "string" ? s("path", { class: `odd series-${i}`, d: `M${across(at[n]) - 4} ${TOP - 4}l8 8m0 -8l-8 8` }) : null).filter((e) => e !== null),
    drawable(values[index]) ? marker(i, across(at[index]), up(Number(values[index])), 5, "now") : null,
  ]).flat();

  /** Gaps stay gaps only where a number is missing for good: single logs without this metric are bridged.
   * @param {Entry[]} values @param {number} from @param {number} to */
  function path(values, from, to) {
    let d = "";
    for (let n = from; n < to; n += 1) {
      if (typeof values[n] === "string") d += " ";
      else if (drawable(values[n])) d += `${d === "" || d.endsWith(" ") ? "M" : "L"}${across(at[n]).toFixed(1)} ${up(Number(values[n])).toFixed(1)}`;
    }
    return d;
  }

  const words = series.map(({ name, values }) => `${name} ${values[index] === null ? "not logged" : short(values[index] ?? "not logged")}`).join(", ");
  const picture = s("svg", { class: "lines", viewBox: `0 0 ${LEFT + WIDE + 12} ${TOP + HIGH + BELOW}`, role: "img", "aria-label": `${title} at ${x} ${at[index] ?? 0}: ${words}` },
    yTicks.map((v) => [s("path", { class: "grid", d: `M${LEFT} ${up(v)}h${WIDE}` }), s("text", { class: "axis", x: LEFT - 7, y: up(v) + 4.5, "text-anchor": "end" }, short(v))]).flat(),
    ticks(first, last, 5).filter(Number.isInteger).map((v) => s("text", { class: "axis", x: across(v), y: TOP + HIGH + 17, "text-anchor": "middle" }, short(v))),
    s("path", { class: "frame", d: `M${LEFT} ${TOP}v${HIGH}h${WIDE}` }),
    at.length ? s("path", { class: "cursor", d: `M${across(at[index])} ${TOP}v${HIGH}` }) : null,
    drawn);
  return h("figure", { class: "chart" }, h("figcaption", {}, h("b", {}, title), extra), picture,
    h("ul", { class: "key" }, series.map(({ name, values }, i) => h("li", { title: name }, line(i), h("span", { class: "what" }, name), h("output", {}, said(values[index]))))));
}

/** @param {Entry | undefined} v */
const said = (v) => (v === null || v === undefined ? "–" : short(v));

/** A piece of the line as it is drawn. @param {number} i */
const line = (i) => s("svg", { width: 30, height: 14, viewBox: "0 0 30 14", "aria-hidden": "true" },
  s("path", { class: `path series-${i}`, d: "M0 7h30", "stroke-dasharray": DASHES[i] }), marker(i, 15, 7, 4));
