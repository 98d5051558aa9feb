// How large the gradient of each layer is, as bars on a common log scale.

import { h } from "../../dom.js";
import { short } from "../../values.js";

/** Norms smaller than this share of the largest all look alike. */
const DECADES = 8;

/** @param {import("../training.js").TrainingData} data @param {number} i */
export function norms(data, i) {
  const known = data.norms.map((n) => n ?? []);
  const numbers = /** @type {number[]} */ (known.flat().filter((v) => typeof v === "number" && v > 0));
  const most = Math.log10(Math.max(...numbers, 1e-30)), least = Math.max(Math.log10(Math.min(...numbers, 10 ** most)), most - DECADES) - 0.3;
  const share = (/** @type {number} */ v) => Math.max(0, Math.min(1, (Math.log10(v) - least) / (most - least))) * 100;
  const now = known[i];
  const rows = data.layers.map((name, row) => {
    const v = now[row];
    const over = /** @type {number[]} */ (known.map((n) => n[row]).filter((n) => typeof n === "number" && n > 0));
    const bar = h("span", { class: "norm", "aria-hidden": "true" }, h("span", { class: "range" }), h("span", { class: "now" }));
    bar.style.setProperty("--now", typeof v === "number" && v > 0 ? `${share(v)}%` : "0%");
    bar.style.setProperty("--from", `${over.length ? share(Math.min(...over)) : 0}%`);
    bar.style.setProperty("--to", `${over.length ? share(Math.max(...over)) : 0}%`);
    const words = v === undefined ? "–" : v === 0 ? "0" : short(v ?? "–");
    return h("tr", {}, h("th", { scope: "row", title: name }, name), h("td", {}, bar), h("td", { class: typeof v === "string" ? "wrong-text" : "" }, words));
  });
  return h("figure", { class: "chart norms" }, h("figcaption", {}, h("b", {}, "size of the gradients"), h("span", {}, "log scale; the thin line is the range over all logs")),
    h("table", { "aria-label": "norm of the gradient of each layer" }, h("tbody", {}, rows)));
}
