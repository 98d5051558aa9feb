// How a captured value looks: few numbers as heat cells, many as statistics with a histogram.

import { h, s } from "./dom.js";

/**
 * One value of the data format (docs/graph-format.md): a tensor in full, or what is known of it.
 * @typedef {{ shape: number[], dtype: string, data?: (number | string | boolean)[],
 *   stats?: { count: number, min: number | string, max: number | string, mean: number | string, std: number | string,
 *             zeros?: number, nan?: number, inf?: number },
 *   histogram?: { low: number, high: number, counts: number[] }, sampled?: number | null }} Value
 */

/**
 * A number in few characters: 0.333, 1.5e-7, 2, nan.
 * @param {number | string | boolean} value @param {number} [digits] significant ones
 */
export function short(value, digits = 3) {
  if (typeof value !== "number") return typeof value === "boolean" ? (value ? "True" : "False") : value.replace("-", "−");
  if (value === 0) return "0";
  if (Number.isInteger(value) && Math.abs(value) < 1e5) return String(value).replace("-", "−");
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-3 ? value.toExponential(digits - 1) : String(Number(value.toPrecision(digits)));
  return text.replace(/\.?0+e/, "e").replace("e+", "e").replaceAll("-", "−");
}

/** @param {number[] | null | undefined} shape as Python writes it: (2, 3), (4,), () */
export function shapeText(shape) {
  if (!shape) return "shape unknown";
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

/**
 * The colour of a cell: paper at zero, stronger with size, blue above and orange below. Never so strong that text on it
 * could not be read.
 * @param {number | string | boolean} value @param {number} most the size that gets the full colour
 */
export function heat(value, most) {
  const size = typeof value === "boolean" ? Number(value) : value;
  if (typeof size !== "number" || !(most > 0)) return "var(--raised)";
  const share = Math.round(Math.min(1, Math.abs(size) / most) * 52);
  return `color-mix(in oklab, var(--value-${size < 0 ? "negative" : "positive"}) ${share}%, var(--raised))`;
}

/** The largest size among numbers. @param {(number | string | boolean)[]} data */
export function largest(data) {
  return data.reduce((/** @type {number} */ most, v) => (typeof v === "number" ? Math.max(most, Math.abs(v)) : most), 0);
}

/**
 * A value to look at: in cells, or as a histogram with statistics. Two values with the same `most` can be compared by
 * colour; by itself a value's largest number gets the full colour.
 * @param {Value | null | undefined} value
 * @param {{ most?: number }} [options]
 * @returns {HTMLElement}
 */
export function picture(value, { most } = {}) {
  if (!value) return h("span", { class: "statistics" }, "not known");
  if (value.shape.includes(0)) return h("span", { class: "statistics" }, "empty");
  if (value.data && value.data.length <= 256) return cells(value.shape, value.data, most ?? largest(value.data));
  return h("span", {}, value.histogram || value.data ? histogram(value) : null, statistics(value));
}

/** @param {number[]} shape @param {(number | string | boolean)[]} data @param {number} most */
function cells(shape, data, most) {
  const columns = shape.length ? shape[shape.length - 1] : 1;
  const rows = shape.length > 1 ? shape[shape.length - 2] : 1;
  const grid = h("span", { class: "cells", style: `grid-template-columns:repeat(${columns},auto)` });
  data.forEach((v, i) => {
    if (i && i % (columns * rows) === 0) grid.append(h("span", { class: "gap" }));
    const cell = h("span", { class: "cell" }, short(v));
    cell.style.background = heat(v, most);
    grid.append(cell);
  });
  return grid;
}

/** @param {Value} value */
function histogram(value) {
  const width = 168, height = 44;
  const counts = value.histogram?.counts ?? counted(value.data ?? []);
  const top = Math.max(1, ...counts);
  const each = width / Math.max(1, counts.length);
  const bars = counts.map((count, i) =>
    s("rect", { x: i * each, width: Math.max(1, each - 1), y: height - (count / top) * height, height: (count / top) * height }));
  return s("svg", { class: "histogram", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, bars);
}

/** @param {(number | string | boolean)[]} data @returns {number[]} */
function counted(data) {
  const numbers = data.filter((v) => typeof v === "number");
  const low = Math.min(...numbers), wide = Math.max(...numbers) - low || 1;
  const counts = new Array(24).fill(0);
  for (const v of numbers) counts[Math.min(23, Math.floor(((v - low) / wide) * 24))] += 1;
  return counts;
}

/** @param {Value} value */
function statistics(value) {
  const t = value.stats;
  if (!t) return h("div", { class: "statistics" }, "no statistics");
  const odd = [t.nan ? `${t.nan} nan` : "", t.inf ? `${t.inf} inf` : ""].filter(Boolean).join(", ");
  const words = `min ${short(t.min)}  max ${short(t.max)}  mean ${short(t.mean)}  std ${short(t.std)}`;
  const sampled = value.sampled ? ` (of ${value.sampled} sampled from ${t.count})` : ` (of ${t.count})`;
  return h("div", { class: "statistics" }, words + sampled + (odd ? `; ${odd}` : ""));
}

/** A value in one line of words, for people who cannot see it. @param {Value | null | undefined} value */
export function spoken(value) {
  if (!value) return "not known";
  if (value.data && value.data.length <= 12) return value.data.map((v) => short(v)).join(", ") || "empty";
  return value.stats ? `between ${short(value.stats.min)} and ${short(value.stats.max)}` : shapeText(value.shape);
}
