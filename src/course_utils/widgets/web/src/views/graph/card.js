// One node as a card: what it is, its value, its gradient. The card's size follows from the data alone, so the layout
// never has to wait for a page to measure it.

import { fill, h, s } from "../../dom.js";
import { heat, largest, shapeText, short, spoken } from "../../values.js";

/** @typedef {import("./model.js").GraphNode} GraphNode @typedef {import("./model.js").Value} Value */

const PAD = 9, NAME = 7.9, SMALL = 6.75, ROW_LABEL = 37;
const MOST_WIDTH = 230, LEAST_WIDTH = 78;

/** @typedef {"numbers" | "swatches" | "histogram" | "words"} Form */

/** How a tensor of this shape is shown on a card. @param {number[] | null} shape @returns {Form} */
function formOf(shape) {
  if (!shape) return "words";
  const count = shape.reduce((a, b) => a * b, 1);
  const columns = shape.at(-1) ?? 1, rows = count / Math.max(1, columns);
  if (count === 0) return "words";
  if (count <= 6 && columns <= 3 && rows <= 3) return "numbers";
  return columns <= 20 && rows <= 8 ? "swatches" : "histogram";
}

/** @param {number[] | null} shape @returns {[number, number]} */
function thumbSize(shape) {
  const columns = shape?.at(-1) ?? 1, count = (shape ?? []).reduce((a, b) => a * b, 1), rows = count / Math.max(1, columns);
  switch (formOf(shape)) {
    case "numbers": return [columns * 45, rows * 18];
    case "swatches": return [columns * 8, Math.max(16, rows * 8)];
    case "histogram": return [84, 20];
    default: return [58, 16];
  }
}

/** A value as small as a card needs it. @param {Value | null} value @param {number[] | null} shape */
export function thumb(value, shape = value?.shape ?? null) {
  const form = formOf(shape);
  if (!value || form === "words") return h("span", { class: "unknown" }, value ? "empty" : "?");
  const [width, height] = thumbSize(shape);
  if (form !== "histogram" && value.data) {
    const data = value.data, columns = value.shape.at(-1) ?? 1, top = largest(data);
    if (form === "numbers") {
      const grid = h("span", { class: "numbers", style: `grid-template-columns:repeat(${columns},44px)` });
      for (const v of data) {
        const cell = h("span", {}, short(v));
        cell.style.background = heat(v, top);
        grid.append(cell);
      }
      return grid;
    }
    return s("svg", { width, height, "aria-hidden": "true" }, data.map((v, i) => {
      const cell = s("rect", { x: (i % columns) * 8, y: Math.floor(i / columns) * 8, width: 7, height: 7, rx: 1 });
      cell.style.fill = heat(v, top);
      return cell;
    }));
  }
  const counts = value.histogram?.counts ?? [];
  // A very large graph carries no histograms.
  if (!counts.length && value.stats) return h("span", { class: "unknown" }, `${short(value.stats.min, 2)} … ${short(value.stats.max, 2)}`);
  const top = Math.max(1, ...counts), each = width / Math.max(1, counts.length);
  return s("svg", { width, height, class: "bars", "aria-hidden": "true" }, counts.map((count, i) =>
    s("rect", { x: i * each, width: Math.max(1, each - 0.7), y: height - (count / top) * height, height: (count / top) * height })));
}

/** The same with words for people who cannot see it; a card's name is what it holds. @param {Value | null} value @param {number[] | null} shape */
function seen(value, shape) {
  const drawn = thumb(value, shape);
  return drawn instanceof SVGElement ? [drawn, h("span", { class: "hidden-text" }, spoken(value))] : drawn;
}

/** @param {string} text @param {number} most */
const cut = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);

/** The words on a node's card. @param {GraphNode} node @param {import("./model.js").Model} model */
function words(node, model) {
  const title = cut(model.titleOf(node), 24);
  const shape = node.shape ? shapeText(node.shape) : "";
  // What most nodes are needs no word; what is special does.
  const role = model.roleOf(node) === "operation" ? "" : model.roleOf(node);
  const under = node.kind === "operation" && node.name ? `= ${cut(node.name, 18)}` : "";
  return { title, shape, under, role };
}

/** @param {GraphNode} node @param {import("./model.js").Model} model @returns {{ width: number, height: number }} */
export function nodeSize(node, model) {
  const { title, shape, under, role } = words(node, model);
  const thumbs = thumbSize(node.shape);
  const meta = [under, shape].filter(Boolean).join("  ");
  const width = Math.max(title.length * NAME + (role ? role.length * 5.9 + 10 : 0), meta.length * SMALL, ROW_LABEL + thumbs[0]) + 2 * PAD;
  const rows = hasGradient(node) ? 2 : 1;
  return { width: Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, width)), height: 2 * 6 + 19 + 15 + rows * (thumbs[1] + 5) + 3 };
}

/** The room that a value of this shape needs on an edge. @param {number[] | null} shape */
export function chipSize(shape) {
  const [width, height] = thumbSize(shape);
  return { width: width + 12, height: height + 8 };
}

/** @param {GraphNode} node */
const hasGradient = (node) => node.tracked;

/** @param {string} label @param {string} type */
export function groupSize(label, type) {
  const width = Math.max(cut(label, 26).length * NAME + 28, cut(type, 30).length * SMALL + 60, 110) + 2 * PAD;
  return { width: Math.min(MOST_WIDTH + 20, width), height: 54 };
}

/**
 * A card that can be told where the player is.
 * @typedef {{ element: HTMLElement, update: (position: number) => void }} Card
 */

/**
 * @param {GraphNode} node @param {import("./model.js").Model} model @param {import("./layout.js").Box} box
 * @param {(id: string) => void} select
 * @param {(() => void) | null} [open] for a custom function, how to look inside
 * @returns {Card}
 */
export function nodeCard(node, model, box, select, open = null) {
  const { title, shape, under, role } = words(node, model);
  const gradient = hasGradient(node) ? h("div", { class: "row gradient" }) : null;
  const value = h("div", { class: "row value" });
  const flags = [node.retains_grad && node.kind === "operation" ? "keeps .grad" : "", node.saved.some((x) => x.broken) ? "changed in place!" : "",
    node.layer ? "second graph" : ""].filter(Boolean);
  const element = h("div", { class: "card", role: "button", tabindex: -1, "data-id": node.id, "data-kind": node.kind,
    "data-role": model.roleOf(node), "data-layer": node.layer || null, onclick: () => select(node.id),
    onkeydown: (/** @type {KeyboardEvent} */ e) => { if (e.key === "Enter") select(node.id); } },
    h("div", { class: "top" }, h("b", {}, title), role ? h("span", { class: "role" }, role) : null,
      open ? h("button", { type: "button", class: "plus", title: "Look inside", "aria-label": `Look inside ${title}`,
        onclick: (/** @type {Event} */ e) => { e.stopPropagation(); open(); } }, "+") : null),
    h("div", { class: "meta" }, [under, shape].filter(Boolean).join("  ") || node.dtype || "", flags.map((f) => h("em", {}, f))),
    value, gradient);
  if (node.saved.some((x) => x.broken)) element.classList.add("broken");
  place(element, box);
  let shownMade = /** @type {boolean | null} */ (null), shownGradient = /** @type {Value | null | undefined} */ (undefined);
  return {
    element,
    update(position) {
      const made = model.isMade(node.id, position);
      const grad = model.gradientAt(node.id, position);
      const current = model.currentNodes(position).includes(node.id);
      element.classList.toggle("future", !made);
      element.classList.toggle("current", current);
      element.dataset.pass = current ? model.stepAt(position)?.pass : "";
      element.tabIndex = current ? 0 : -1;
      if (made !== shownMade) fill(value, h("i", {}, "value"), made ? seen(node.value, node.shape) : h("span", { class: "unknown" }, "not yet"));
      if (gradient && grad !== shownGradient) {
        const kept = node.kind === "leaf" || node.retains_grad;
        fill(gradient, h("i", {}, kept ? ".grad" : "∂ here"), grad ? seen(grad, node.shape ?? grad.shape) : h("span", { class: "unknown" }, kept ? "None" : "–"));
      }
      shownMade = made;
      shownGradient = grad;
    },
  };
}

/**
 * A folded group.
 * @param {import("./model.js").Group} group @param {string[]} members @param {import("./model.js").Model} model
 * @param {import("./layout.js").Box} box @param {(id: string) => void} toggle @returns {Card}
 */
export function groupCard(group, members, model, box, toggle) {
  const inside = new Set(members);
  const element = h("div", { class: "card group", role: "button", tabindex: 0, "data-id": group.id, "aria-expanded": "false",
    onclick: () => toggle(group.id), onkeydown: (/** @type {KeyboardEvent} */ e) => { if (e.key === "Enter") toggle(group.id); } },
    h("div", { class: "top" }, h("b", {}, cut(group.label, 26)), h("span", { class: "plus", "aria-hidden": "true" }, "+")),
    h("div", { class: "meta" }, `${group.type ? cut(group.type, 30) + " · " : ""}${members.length} nodes`));
  place(element, box);
  return {
    element,
    update(position) {
      const current = model.currentNodes(position).some((id) => inside.has(id));
      element.classList.toggle("current", current);
      element.dataset.pass = current ? model.stepAt(position)?.pass : "";
    },
  };
}

/** @param {HTMLElement} element @param {import("./layout.js").Box} box */
function place(element, box) {
  element.style.cssText = `left:${(box.x - box.width / 2).toFixed(1)}px;top:${(box.y - box.height / 2).toFixed(1)}px;width:${box.width.toFixed(1)}px;height:${box.height.toFixed(1)}px`;
}
