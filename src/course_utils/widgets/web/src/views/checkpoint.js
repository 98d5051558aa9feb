// Two state dicts side by side, grouped by module: what is the same, what changed, what does not fit.

import { fill, h } from "../dom.js";
import { detail, summary } from "./checkpoint/row.js";
import { STATUSES } from "./checkpoint/statuses.js";
import { grown } from "./checkpoint/tree.js";

/**
 * @typedef {import("../values.js").Value & { words?: string }} Side
 * @typedef {{ count: number, of: number, max: number | string, mean: number | string, share: number | string | null, odd: number,
 *   first: number[] | null, histogram: { low: number, high: number, counts: number[] } | null }} Change
 * @typedef {keyof typeof STATUSES} Status
 * @typedef {{ key: string, status: Status, a: Side | null, b: Side | null, change: Change | null }} Row
 * @typedef {{ name: string, names: string[], counts: Record<Status, number>, rows: Row[], left_out: number,
 *   verdict: { ran: string, strict: string | null, loose: string | null, words: string } }} CheckpointData
 */

/** Up to so many rows, all groups are open. */
const OPEN = 40;

/** @param {CheckpointData} data @param {import("../engine.js").Context} context */
export function checkpoint(data, { widget, announce }) {
  /** @type {Status | ""} */
  let only = "";
  const tree = h("div", { class: "tree" });
  const search = h("input", { type: "search", placeholder: "part of a name", "aria-label": "search keys", oninput: show });
  const present = /** @type {Status[]} */ (Object.keys(STATUSES)).filter((status) => data.counts[status]);
  const total = Object.values(data.counts).reduce((sum, n) => sum + n, 0);
  const buttons = [button("", "all", total), ...present.map((status) => button(status, STATUSES[status].word, data.counts[status]))];

  /** @param {Status | ""} status @param {string} word @param {number} count */
  function button(status, word, count) {
    return h("button", { type: "button", "aria-pressed": status === "", "data-status": status || null, title: status ? STATUSES[status].about : "every key",
      onclick: () => { only = status; show(); } },
    status ? h("i", { "aria-hidden": "true" }, STATUSES[status].sign) : null, `${word} `, h("b", {}, String(count)));
  }

  function show() {
    const part = search.value.trim().toLowerCase();
    const rows = data.rows.filter((row) => (!only || row.status === only) && row.key.toLowerCase().includes(part));
    buttons.forEach((b, i) => b.setAttribute("aria-pressed", String((i ? present[i - 1] : "") === only)));
    const differ = rows.filter((row) => row.status !== "same").length;
    /** @param {import("./checkpoint/tree.js").Branch} node */
    const open = (node) => rows.length <= OPEN || (differ <= OPEN && Object.keys(node.counts).some((status) => status !== "same"));
    const widest = Math.max(...rows.map((row) => size(row.change?.max)), 0);
    fill(tree, rows.length ? grown(rows).map((node) => branch(node, { names: data.names, widest, open })) : h("p", { class: "note" }, "No key is like this."));
    announce(`${rows.length} of ${total} keys are shown.`);
  }

  widget.append(
    h("header", {}, h("h3", {}, data.name), h("p", {}, `${total} keys; `, h("code", {}, data.names[1]), " is loaded into ", h("code", {}, data.names[0]))),
    verdict(data.verdict),
    h("div", { class: "filters", role: "group", "aria-label": "Show only" }, buttons, search),
    tree,
    data.left_out ? h("p", { class: "note" }, `${data.left_out} more keys are left out of this page; those that differ come first.`) : "",
    h("p", { class: "note" }, "Δ is the second minus the first. A bar shows the largest |Δ|, on a log scale: full for the largest of all, empty for a millionth of it. Open a key for its values."),
  );
  show();
}

/** @param {number | string | undefined} value */
const size = (value) => (typeof value === "number" ? value : 0);

/** @typedef {{ names: string[], widest: number, open: (node: import("./checkpoint/tree.js").Branch) => boolean }} Look */

/**
 * One group, whose rows are made when it is opened for the first time: most of a large model stays folded.
 * @param {import("./checkpoint/tree.js").Branch} node @param {Look} look
 * @returns {HTMLElement}
 */
function branch(node, look) {
  if (node.row) return leaf(node.row, node.name, look);
  const inside = h("div", { class: "inside" });
  const differs = /** @type {Status[]} */ (Object.keys(STATUSES)).filter((status) => status !== "same" && node.counts[status]);
  const group = h("details", { class: "group", open: look.open(node), ontoggle: grow },
    h("summary", {}, h("span", { class: "prefix" }, `${node.name}.`), h("span", { class: "tally" }, differs.length
      ? differs.map((status) => h("span", { "data-status": status }, h("i", { "aria-hidden": "true" }, STATUSES[status].sign), `${node.counts[status]} ${STATUSES[status].word}`))
      : h("span", { "data-status": "same" }, h("i", { "aria-hidden": "true" }, "="), `all ${node.counts.same} same`))),
    inside);
  function grow() {
    if (group.open && !inside.childElementCount) fill(inside, node.children.map((child) => branch(child, look)));
  }
  grow();
  return group;
}

/** @param {Row} row @param {string} name @param {Look} look */
function leaf(row, name, look) {
  const inside = h("div", { class: "inside" });
  const opened = h("details", { class: "row", "data-status": row.status,
    ontoggle: () => { if (opened.open && !inside.childElementCount) fill(inside, detail(row, look.names)); } }, summary(row, name, look.widest), inside);
  return opened;
}

/** @param {CheckpointData["verdict"]} said */
function verdict(said) {
  return h("div", { role: "group", class: said.strict ? "verdict raised" : "verdict", "aria-label": "what load_state_dict says" },
    h("p", {}, h("b", {}, said.strict ? "✗ " : "✓ "), said.words),
    said.strict ? h("details", {}, h("summary", {}, `torch's own words, from load_state_dict on ${said.ran}`),
      h("pre", { tabindex: 0 }, said.strict),
      said.loose && said.loose !== said.strict ? [h("p", {}, "with strict=False:"), h("pre", { tabindex: 0 }, said.loose)] : null)
      : h("p", { class: "note" }, `load_state_dict was run on ${said.ran}.`));
}
