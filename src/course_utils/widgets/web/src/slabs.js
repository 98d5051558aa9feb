// Where each cell of a tensor stands: flat grids side by side, wrapped where the page is narrow. widgets/slabs.py lays
// the still pictures out the same way.

import { h, s } from "./dom.js";

/**
 * @typedef {{ lead: number[], rows: (number | null)[], columns: (number | null)[] }} Slab null stands for left-out rows
 * @typedef {{ x: number, y: number, text: string, anchor: string, names: [number, number][], lead: string }} Word
 * a row's or column's number: `names` are the (dimension, index) that it stands for, `lead` the slab that it belongs to
 * @typedef {{ corners: Map<string, [number, number]>, words: Word[], width: number, height: number, bottoms: Map<string, number> }} Plan
 * `bottoms` has the lower edge of the slab of each leading index
 */

const COLUMN_LABELS = 18, SLAB_LABEL = 20, SLAB_GAP = 22, SKIP = 20;

/** @param {number[]} at */
export const keyOf = (at) => at.join(",");

/** An index as Python writes it: [1, 2]. @param {number[]} at */
export const indexText = (at) => `[${at.join(", ")}]`;

/**
 * @param {Slab[]} slabs @param {number} dims
 * @param {{ cell: [number, number], gap: [number, number], most: number, aside?: number }} sizes `aside`: room between a row's number and its first cell
 * @returns {Plan}
 */
export function plan(slabs, dims, { cell, gap, most, aside = 8 }) {
  /** @type {Plan} */
  const found = { corners: new Map(), words: [], width: 0, height: 0, bottoms: new Map() };
  const lost = Math.max(0, dims - 2);
  const left = dims > 1 ? 7 + aside + 7 * Math.max(1, ...slabs.flatMap((slab) => slab.rows.map((r) => String(r ?? "").length))) : 0;
  let x = 0, y = 0;
  for (const { lead, rows, columns } of slabs) {
    const slab = keyOf(lead);
    const xs = spread(columns, cell[0] + gap[0], left);
    if (x && x + xs.end - gap[0] > most) [x, y] = [0, found.height + SLAB_GAP];
    const top = y + (lead.length ? SLAB_LABEL : 0) + (dims ? COLUMN_LABELS : 0);
    const ys = spread(rows, cell[1] + gap[1], top);
    if (lead.length) found.words.push({ x: x + left, y: y + 9, text: indexText(lead), anchor: "start", names: lead.map((i, d) => [d, i]), lead: slab });
    if (dims) columns.forEach((c, i) => found.words.push({ x: x + xs.at[i] + (c === null ? SKIP - gap[0] : cell[0]) / 2, y: top - 9,
      text: c === null ? "…" : String(c), anchor: "middle", names: c === null ? [] : [[dims - 1, c]], lead: slab }));
    rows.forEach((r, i) => {
      if (dims > 1) found.words.push({ x: x + left - aside, y: ys.at[i] + (r === null ? SKIP - gap[1] : cell[1]) / 2,
        text: r === null ? "⋮" : String(r), anchor: "end", names: r === null ? [] : [[lost, r]], lead: slab });
      columns.forEach((c, j) => {
        if (r !== null && c !== null) found.corners.set(keyOf([...lead, ...[r, c].slice(2 - Math.min(2, dims))]), [x + xs.at[j], ys.at[i]]);
      });
    });
    found.width = Math.max(found.width, x + xs.end - gap[0]);
    found.height = Math.max(found.height, ys.end - gap[1]);
    found.bottoms.set(slab, ys.end - gap[1]);
    x += xs.end + SLAB_GAP;
  }
  return found;
}

/** The row and column numbers, which `lightNumbers` marks. @param {Plan} of */
export function words(of) {
  return of.words.map((word) => s("text", { x: word.x, y: word.y, "text-anchor": word.anchor, "dominant-baseline": "central",
    class: "number", "data-names": word.names.map((n) => n.join(":")).join(" "), "data-lead": word.lead },
    // A slab's name has a number for each leading dimension, and each wears its own mark.
    word.text.startsWith("[") ? ["[", ...word.names.flatMap(([d, i]) => [d ? ", " : "", s("tspan", { class: `dim-${d}` }, i)]), "]"] : word.text));
}

/** Mark the numbers that name `at`, or none. @param {Element} grid what holds the words @param {number[] | null} at */
export function lightNumbers(grid, at) {
  const slab = at ? keyOf(at.slice(0, Math.max(0, at.length - 2))) : null;
  for (const word of grid.querySelectorAll("text.number")) {
    const names = String(word.getAttribute("data-names")).split(" ").filter(Boolean).map((n) => n.split(":").map(Number));
    const lit = at && names.length && word.getAttribute("data-lead") === slab && names.every(([d, i]) => at[d] === i);
    word.setAttribute("class", lit ? `number lit${word.querySelector("tspan") ? "" : ` dim-${names[0][0]}`}` : "number");
  }
}

/** `[1, 2]` whose numbers wear the marks of their dimensions. @param {number[]} at @param {(d: number) => string | null} [mark] */
export function markedIndex(at, mark = (d) => `dim dim-${d}`) {
  return [h("span", {}, "["), ...at.flatMap((i, d) => [d ? ", " : null, h("b", { class: mark(d) }, i)]), h("span", {}, "]")];
}

/** Text that fits: the whole of it as a tooltip. @param {string} text @param {number} most characters */
export const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** @param {(number | null)[]} indices @param {number} step @param {number} start */
function spread(indices, step, start) {
  const at = [];
  for (const index of indices) {
    at.push(start);
    start += index === null ? SKIP : step;
  }
  return { at, end: start };
}

/** About how many pixels `text` takes in the monospaced font. @param {string} text @param {number} size */
export const widthOf = (text, size) => [...text].length * size * 0.605;

/**
 * Call `draw` with the width of `box` now, once it is on the page, and whenever it changes.
 * @param {HTMLElement} box @param {(width: number) => void} draw @returns {() => void} what ends it
 */
export function onWidth(box, draw) {
  let known = 0;
  const observer = new ResizeObserver(() => {
    const width = box.clientWidth;
    if (width && width !== known) draw((known = width));
  });
  observer.observe(box);
  return () => observer.disconnect();
}
