// How shapes line up from the right, one dimension a step, what is stretched, and what comes out.

import { fill, h, s } from "../dom.js";
import { createPlayer } from "../player.js";
import { cut, keyOf, onWidth, plan, widthOf, words } from "../slabs.js";
import { shapeText } from "../values.js";

/**
 * @typedef {{ name: string, own: boolean[], values: string[] | null }} Sheet for each drawn cell of the result, whether it is the
 * operand's own or an imagined copy, and its value where that is known
 * @typedef {{ slabs: import("../slabs.js").Slab[], left_out: string, cells: number[][], operands: Sheet[],
 *   result: { title: string, values: string[] } | null }} Block
 * @typedef {{ name: string, operands: { name: string, shape: number[] }[], result: number[] | null, error: string | null, repair: string | null,
 *   columns: { sizes: (number | null)[], result: number | null, says: string }[], block: Block | null }} Broadcast
 * columns stand in the order in which torch compares them: the last dimension first.
 */

const EMPTY_CELL = 20, HEIGHT = 28, GAP = 3;

/** @param {Broadcast} data @param {import("../engine.js").Context} context */
export function broadcast(data, { widget, announce }) {
  const table = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "the shapes, aligned from the right" });
  const says = h("p", { class: "says" });
  const blocks = h("div", { class: "blocks scroll",
    ...(data.block ? { tabindex: 0, role: "region", "aria-label": "the operands as the result sees them" } : {}) });
  const count = data.columns.length + 1;
  const player = createPlayer({ count, start: count - 1, keys: widget, onStep: show,
    label: (i) => i < data.columns.length ? `dimension ${i + 1} of ${data.columns.length}, from the right` : "result" });

  /** @param {number} step */
  function show(step) {
    fill(table, shapesTable(data, step));
    const last = step >= data.columns.length;
    const sentence = last ? data.error ?? `The result has shape ${shapeText(data.result)}.` : data.columns[step].says;
    const hint = last && data.repair ? data.repair : "";
    fill(says, sentence, hint ? h("span", { class: "repair" }, hint) : null);
    says.className = data.error && (last || data.columns[step].result === null) ? "says wrong-text" : "says";
    blocks.classList.toggle("finished", last);
    announce(`${sentence} ${hint}`);
  }

  show(count - 1);
  widget.append(h("header", {}, h("h3", {}, data.name)), player.element, table, says, blocks, data.block?.cells.length ? legend(data.block) : "");
  const { block, result } = data;
  const unwatch = block && result ? onWidth(blocks, (width) => fill(blocks, sheets(data, block, result, width - 4))) : () => {};
  return { destroy() { player.stop(); unwatch(); } };
}

/** @param {Broadcast} data @param {number} step */
function shapesTable(data, step) {
  const last = data.columns.length - 1;
  const order = data.columns.map((_, i) => last - i);
  /** @param {string} title @param {(column: number) => HTMLElement} cell */
  const line = (title, cell) => h("tr", {}, h("th", { scope: "row", title }, title), order.map(cell));
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

/**
 * Every operand as a block of the result's shape, and the computed result.
 * @param {Broadcast} data @param {Block} block @param {number[]} result @param {number} width
 */
function sheets(data, block, result, width) {
  const texts = [...block.operands.flatMap((o) => o.values ?? []), ...(block.result?.values ?? [])];
  const size = /** @type {[number, number]} */ (texts.length ? [Math.max(34, ...texts.map((t) => widthOf(t, 12) + 12)), HEIGHT] : [EMPTY_CELL, EMPTY_CELL]);
  const figures = block.operands.map((sheet, i) => {
    const { name, shape } = data.operands[i];
    const caption = h("figcaption", {}, h("code", {}, h("b", {}, cut(name, 40)), ` ${shapeText(shape)}`));
    return h("figure", {}, caption, drawing(block, result.length, size, width, `${name} ${shapeText(shape)} stretched to ${shapeText(result)}`,
      (k) => ({ value: sheet.values?.[k] ?? "", kind: sheet.own[k] ? "own" : "copy" })));
  });
  if (block.result) {
    const { title, values } = block.result;
    figures.push(h("figure", { class: "computed" }, h("figcaption", {}, h("code", {}, h("b", {}, cut(title, 60)), ` ${shapeText(result)}`)),
      drawing(block, result.length, size, width, `${title}: ${values.join(", ")}`, (k) => ({ value: values[k], kind: "made" }))));
  }
  return [...figures, block.left_out ? h("p", { class: "note" }, block.left_out) : null];
}

/**
 * @param {Block} block @param {number} dims @param {[number, number]} cell @param {number} most @param {string} label
 * @param {(k: number) => { value: string, kind: string }} content
 */
function drawing(block, dims, cell, most, label, content) {
  if (!block.cells.length) return h("p", { class: "note" }, "no elements");
  const where = plan(block.slabs, dims, { cell, gap: [GAP, GAP], most });
  const nodes = block.cells.map((at, k) => {
    const [x, y] = /** @type {[number, number]} */ (where.corners.get(keyOf(at)));
    const { value, kind } = content(k);
    return s("g", { class: kind }, s("rect", { x, y, width: cell[0], height: cell[1], rx: 4 }),
      value ? s("text", { class: "value", x: x + cell[0] / 2, y: y + cell[1] / 2 }, value) : null);
  });
  const [width, height] = [Math.ceil(where.width) + 4, Math.ceil(where.height) + 4];
  return s("svg", { width, height, viewBox: `-2 -2 ${width} ${height}`, role: "img", "aria-label": label }, words(where), nodes);
}

/** @param {Block} block */
function legend(block) {
  const sample = (/** @type {string} */ kind, /** @type {string} */ said) => h("span", {},
    s("svg", { width: 24, height: 16, viewBox: "0 0 24 16", "aria-hidden": "true" }, s("g", { class: kind }, s("rect", { x: 2, y: 2, width: 20, height: 12, rx: 3 }))), said);
  const copies = block.operands.some((o) => o.own.includes(false));
  return h("div", { class: "legend" }, sample("own", "its own numbers"), copies ? sample("copy", "the same numbers read again; nothing is copied") : null,
    block.result ? sample("made", "computed by torch") : null);
}
