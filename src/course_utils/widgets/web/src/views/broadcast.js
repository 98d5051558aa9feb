// How shapes line up from the right, one dimension a step, and what is stretched.

import { fill, h, s } from "../dom.js";
import { createPlayer } from "../player.js";
import { shapeText } from "../values.js";

/**
 * @typedef {{ name: string, operands: { name: string, shape: number[] }[], result: number[] | null, error: string | null,
 *   columns: { sizes: (number | null)[], result: number | null, says: string }[] }} Broadcast
 * columns stand in the order in which torch compares them: the last dimension first.
 */

const CELL = 15, MOST = 8;

/** @param {Broadcast} data @param {import("../engine.js").Context} context */
export function broadcast(data, { widget, announce }) {
  const table = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "the shapes, aligned from the right" });
  const says = h("p", { class: "says" });
  const blocks = h("div", { class: "blocks" });
  const count = data.columns.length + 1;
  const player = createPlayer({ count, start: count - 1, keys: widget, onStep: show,
    label: (i) => i < data.columns.length ? `dimension ${i + 1} of ${data.columns.length}, from the right` : "result" });

  /** @param {number} step */
  function show(step) {
    fill(table, shapesTable(data, step));
    const sentence = step < data.columns.length ? data.columns[step].says : data.error ?? `The result has shape ${shapeText(data.result)}.`;
    says.textContent = sentence;
    says.className = data.error && (step >= data.columns.length || data.columns[step].result === null) ? "says wrong-text" : "says";
    announce(sentence);
  }

  show(count - 1);
  fill(blocks, data.result ? data.operands.map((o) => stretched(o, /** @type {number[]} */ (data.result))) : null);
  widget.append(h("header", {}, h("h3", {}, data.name)), player.element, table, says, blocks);
  return { destroy: player.stop };
}

/** @param {Broadcast} data @param {number} step */
function shapesTable(data, step) {
  const last = data.columns.length - 1;
  const order = data.columns.map((_, i) => last - i);
  /** @param {string} title @param {(column: number) => HTMLElement} cell */
  const line = (title, cell) => h("tr", {}, h("th", { scope: "row" }, title), order.map(cell));
  const rows = data.operands.map((operand, o) => line(operand.name, (column) => {
    const size = data.columns[column].sizes[o];
    const met = column <= step;
    const stretches = met && size !== data.columns[column].result && data.columns[column].result !== null;
    const words = size === null ? (met ? "1" : "") : String(size);
    const kind = [column === step ? "now" : "", stretches ? "stretched" : "", size === null ? "missing" : "",
      met && data.columns[column].result === null ? "wrong" : ""].join(" ");
    return h("td", { class: kind, title: stretches ? "stretched" : null }, words,
      stretches ? h("small", {}, ` → ${data.columns[column].result}`) : null);
  }));
  const result = line("result", (column) => {
    const { result: size } = data.columns[column];
    return h("td", { class: column === step ? "now" : "" }, column > step ? "" : size === null ? "✗" : String(size));
  });
  result.className = "result";
  return h("table", {}, h("tbody", {}, rows, result));
}

/** One operand as a block of cells: its own in colour, the copies that broadcasting imagines, hatched. */
function stretched(/** @type {{ name: string, shape: number[] }} */ operand, /** @type {number[]} */ result) {
  const [rows, columns] = [result.at(-2) ?? 1, result.at(-1) ?? 1].map((n) => Math.min(n, MOST));
  const own = [operand.shape.at(-2) ?? 1, operand.shape.at(-1) ?? 1];
  const cells = [];
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) {
    const real = r < own[0] && c < own[1];
    cells.push(s("rect", { x: c * CELL + 1, y: r * CELL + 1, width: CELL - 2, height: CELL - 2, rx: 2, class: real ? "own" : "copy" }));
  }
  const words = `${operand.name} ${shapeText(operand.shape)}`;
  const more = result.length > 2 || (result.at(-1) ?? 1) > MOST || (result.at(-2) ?? 1) > MOST;
  return h("figure", {}, s("svg", { width: columns * CELL, height: rows * CELL, role: "img", "aria-label": `${words} stretched to ${shapeText(result)}` }, cells),
    h("figcaption", {}, h("code", {}, words), more ? h("span", { class: "note" }, " (a corner of it)") : null));
}
