// The sign of each of a few series: a shape as well as a colour, the same wherever it is drawn.

import { s } from "../dom.js";

/** @type {(number[][] | null)[]} corners on a circle of one; null is the circle itself */
const SHAPES = [
  null,
  [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  [[0, -1.15], [1.1, 0.85], [-1.1, 0.85]],
  [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]],
  [[0, 1.15], [1.1, -0.85], [-1.1, -0.85]],
  [[-1.2, -0.45], [-0.45, -0.45], [-0.45, -1.2], [0.45, -1.2], [0.45, -0.45], [1.2, -0.45], [1.2, 0.45], [0.45, 0.45],
    [0.45, 1.2], [-0.45, 1.2], [-0.45, 0.45], [-1.2, 0.45]],
];

/** Lines differ without their colour too. */
export const DASHES = ["", "7 3", "2.5 2.5", "9 3 2 3", "1 3.5", "12 5"];

/** @param {number} i @param {number} x @param {number} y @param {number} size @param {string} [kind] */
export function marker(i, x, y, size, kind = "") {
  const shape = SHAPES[i];
  if (!shape) return s("circle", { cx: x, cy: y, r: size, class: `sign series-${i} ${kind}` });
  const corners = shape.map(([dx, dy]) => `${(x + dx * size).toFixed(1)} ${(y + dy * size).toFixed(1)}`);
  return s("path", { d: `M${corners.join("L")}Z`, class: `sign series-${i} ${kind}` });
}

/** @param {number} i */
export const sign = (i) => s("svg", { width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true" }, marker(i, 8, 8, 5.5));
