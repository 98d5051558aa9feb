// The loss of each optimizer over its steps, on a log scale where all losses are positive.

import { h, s } from "../../dom.js";
import { short } from "../../values.js";
import { decades, ticks } from "../../charts/axes.js";
import { DASHES, marker } from "../../charts/signs.js";

const WIDE = 372, HIGH = 190, LEFT = 62, BELOW = 26, TOP = 8;
/** On a linear axis a path that diverges would press all the others flat: it ends at so many times the loss of the start. */
const HEADROOM = 20;

/** @param {import("../optimizer.js").OptimizerData} data @param {number} step @param {number} chosen */
export function lossCurve(data, step, chosen) {
  const all = data.paths.flatMap((path) => path.losses);
  const log = all.every((v) => v > 0);
  const first = data.paths[0].losses[0];
  const top = log ? Math.max(...all) : Math.min(Math.max(...all), Math.abs(first) * HEADROOM + 1);
  const low = Math.min(...all);
  const bottom = log ? Math.max(low, top * 1e-14) : low;
  const scale = log ? Math.log10 : (/** @type {number} */ v) => v;
  const [a, b] = [scale(bottom), scale(top)];
  const pad = (b - a) * 0.06 || 0.5;
  /** @param {number} i @param {number} v */
  const at = (i, v) => [LEFT + (i / data.steps) * WIDE,
    TOP + HIGH * (1 - (Math.max(a - pad, Math.min(b + pad, scale(v))) - a + pad) / (b - a + 2 * pad))];
  const y = log ? decades(10 ** (a - pad), 10 ** (b + pad), 6) : ticks(a, b, 5);
  const order = data.paths.map((_, i) => i).sort((m, n) => Number(m === chosen) - Number(n === chosen));
  const curves = order.flatMap((i) => {
    const { losses } = data.paths[i];
    const now = Math.min(step, losses.length - 1);
    const [mx, my] = at(now, losses[now]);
    return [
      s("path", { class: `to-come series-${i}`, d: line(losses.map((v, n) => at(n, v)).slice(now)) }),
      s("path", { class: `path series-${i}${i === chosen ? " chosen" : ""}`, d: line(losses.slice(0, now + 1).map((v, n) => at(n, v))), "stroke-dasharray": DASHES[i] }),
      marker(i, mx, my, i === chosen ? 6.5 : 5, step >= losses.length ? "gone" : "now"),
    ];
  });
  const words = data.paths.map((path) => `${path.name} ends at ${short(path.losses[path.losses.length - 1])}`).join(", ");
  const picture = s("svg", { class: "losses", viewBox: `0 0 ${LEFT + WIDE + 12} ${TOP + HIGH + BELOW}`, role: "img", "aria-label": `The loss over the steps: ${words}.` },
    y.map((v) => {
      const [, up] = at(0, v);
      return [s("path", { class: "grid", d: `M${LEFT} ${up}h${WIDE}` }),
        s("text", { class: "axis", x: LEFT - 7, y: up + 4.5, "text-anchor": "end" }, short(v, 2))];
    }).flat(),
    ticks(0, data.steps, 6).filter(Number.isInteger).map((n) => s("text", { class: "axis", x: at(n, 1)[0], y: TOP + HIGH + 17, "text-anchor": "middle" }, String(n))),
    s("path", { class: "frame", d: `M${LEFT} ${TOP}v${HIGH}h${WIDE}` }),
    s("path", { class: "cursor", d: `M${LEFT + (step / data.steps) * WIDE} ${TOP}v${HIGH}` }),
    curves);
  return h("figure", {}, h("figcaption", {}, log ? "loss after each step, log scale" : "loss after each step; not all are positive, so the scale is linear"), picture);
}

/** @param {number[][]} points */
const line = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
