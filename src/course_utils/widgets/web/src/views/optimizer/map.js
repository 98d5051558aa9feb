// The surface from above: shaded heights, contour lines, the path of each optimizer, and two arrows where the chosen one is.

import { s } from "../../dom.js";
import { short } from "../../values.js";
import { ticks } from "../../charts/axes.js";
import { DASHES, marker } from "../../charts/signs.js";

const WIDE = 440, HIGH = 330, LEFT = 38, BELOW = 26, TOP = 6;
/** A gradient's length on the map, whatever it is; its size is in the numbers. */
const GRADIENT = 46;

/**
 * @param {import("../optimizer.js").OptimizerData} data @param {number} step @param {number} chosen
 * @param {string} words the same for people who cannot see it
 * @param {((x: number, y: number) => void) | null} onPick what a click on the map does
 */
export function map(data, step, chosen, words, onPick) {
  const [left, right, bottom, top] = data.extent;
  /** @param {number[]} p */
  const at = ([x, y]) => [bounded(((x - left) / (right - left)) * WIDE), bounded(((top - y) / (top - bottom)) * HIGH)];
  const shades = data.contours.map(({ above }) => s("path", { class: "height", "fill-rule": "evenodd", d: above.map((ring) => {
    const corners = [];
    for (let i = 0; i < ring.length; i += 2) corners.push(at([ring[i], ring[i + 1]]));
    return `${line(corners)}Z`;
  }).join("") }));
  // The chosen one is drawn last, above the others.
  const order = data.paths.map((_, i) => i).sort((a, b) => Number(a === chosen) - Number(b === chosen));
  const drawn = order.flatMap((i) => onePath(data.paths[i].points.map(at), i, step, i === chosen));
  const [sx, sy] = at(data.start);
  const inside = s("svg", { x: LEFT, y: TOP, width: WIDE, height: HIGH, viewBox: `0 0 ${WIDE} ${HIGH}`, class: onPick ? "inside pick" : "inside" },
    shades, data.surface.minima.map((m) => cross(at(m))), s("circle", { class: "start", cx: sx, cy: sy, r: 9 }), drawn, arrows(data, step, chosen, at));
  if (onPick) {
    inside.addEventListener("click", (event) => {
      const box = inside.getScreenCTM()?.inverse();
      if (!box) return;
      const p = new DOMPoint(event.clientX, event.clientY).matrixTransform(box);
      const x = left + (p.x / WIDE) * (right - left), y = top - (p.y / HIGH) * (top - bottom);
      onPick(Number(x.toPrecision(3)), Number(y.toPrecision(3)));
    });
  }
  return s("svg", { class: "map", viewBox: `0 0 ${LEFT + WIDE + 6} ${TOP + HIGH + BELOW}`, role: "img", "aria-label": `Map of the loss. ${words}` },
    inside, s("rect", { class: "frame", x: LEFT, y: TOP, width: WIDE, height: HIGH }), axes(data.extent));
}

/** @param {number[][]} at every point of it on the map @param {number} i @param {number} step @param {boolean} chosen */
function onePath(at, i, step, chosen) {
  const now = Math.min(step, at.length - 1);
  const been = at.slice(0, now + 1);
  const [x, y] = at[now];
  const out = x < 0 || y < 0 || x > WIDE || y > HIGH;
  const held = [Math.max(8, Math.min(WIDE - 8, x)), Math.max(8, Math.min(HIGH - 8, y))];
  return [
    s("path", { class: `to-come series-${i}`, d: line(at.slice(now)) }),
    s("path", { class: `path series-${i}${chosen ? " chosen" : ""}`, d: line(been), "stroke-dasharray": DASHES[i] }),
    ...been.slice(0, -1).map((p) => marker(i, p[0], p[1], chosen ? 2.8 : 2.2, "small")),
    marker(i, held[0], held[1], chosen ? 7 : 5.5, out || step >= at.length ? "gone" : "now"),
  ];
}

/**
 * @param {import("../optimizer.js").OptimizerData} data @param {number} step @param {number} chosen
 * @param {(p: number[]) => number[]} at
 */
function arrows(data, step, chosen, at) {
  const path = data.paths[chosen];
  if (step >= path.points.length) return null;
  const from = at(path.points[step]);
  const [gx, gy] = path.slopes[step];
  const size = Math.hypot(gx, gy);
  const next = path.trace.p[step + 1].map(Number);
  const to = next.every(Number.isFinite) ? at(next) : from;
  return [
    size > 0 ? arrow("gradient", from, [from[0] + (gx / size) * GRADIENT, from[1] - (gy / size) * GRADIENT], "g") : null,
    Math.hypot(to[0] - from[0], to[1] - from[1]) > 5 ? arrow("step", from, to, "next step") : null,
  ];
}

/** @param {string} kind @param {number[]} from @param {number[]} to @param {string} words */
function arrow(kind, from, to, words) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const long = Math.hypot(dx, dy);
  const [ux, uy] = [dx / long, dy / long];
  const head = Math.min(9, long * 0.6);
  const corner = (/** @type {number} */ side) => [to[0] - ux * head - uy * head * 0.5 * side, to[1] - uy * head + ux * head * 0.5 * side];
  const tip = [to[0] + ux * 9, to[1] + uy * 9];
  const anchor = ux > 0.35 ? "start" : ux < -0.35 ? "end" : "middle";
  const inside = tip[0] > 20 && tip[0] < WIDE - 20 && tip[1] > 12 && tip[1] < HIGH - 8;
  return s("g", { class: `arrow ${kind}` },
    s("path", { d: line([from, [to[0] - ux * head * 0.7, to[1] - uy * head * 0.7]]) }),
    s("path", { class: "head", d: `${line([to, corner(1), corner(-1)])}Z` }),
    inside ? s("text", { x: tip[0], y: tip[1] + (uy > 0.5 ? 10 : 4), "text-anchor": anchor }, words) : null);
}

/** @param {number[]} at */
const cross = ([x, y]) => s("path", { class: "minimum", d: `M${x - 6} ${y}h12M${x} ${y - 6}v12` });

/** @param {number[]} extent */
function axes([left, right, bottom, top]) {
  const made = [];
  for (const x of ticks(left, right, 6)) {
    const at = LEFT + ((x - left) / (right - left)) * WIDE;
    made.push(s("path", { class: "tick", d: `M${at} ${TOP + HIGH}v4` }),
      s("text", { class: "axis", x: at, y: TOP + HIGH + 17, "text-anchor": "middle" }, short(x)));
  }
  for (const y of ticks(bottom, top, 5)) {
    const at = TOP + ((top - y) / (top - bottom)) * HIGH;
    made.push(s("path", { class: "tick", d: `M${LEFT} ${at}h-4` }),
      s("text", { class: "axis", x: LEFT - 7, y: at + 4.5, "text-anchor": "end" }, short(y)));
  }
  made.push(s("text", { class: "axis name", x: LEFT + WIDE - 8, y: TOP + HIGH - 8, "text-anchor": "end" }, "x →"),
    s("text", { class: "axis name", x: LEFT + 8, y: TOP + 17 }, "↑ y"));
  return made;
}

/** No renderer takes every coordinate; what ran away is drawn towards where it went. @param {number} v */
const bounded = (v) => Math.max(-2e4, Math.min(2e4, v));

/** @param {number[][]} points */
const line = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
