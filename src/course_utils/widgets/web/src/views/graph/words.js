// The graph as a list, for people who cannot see it and for those who like to read.

import { fill, h } from "../../dom.js";
import { shapeText, spoken } from "../../values.js";

const MOST_LINES = 400;

/** @param {import("./model.js").Model} model @param {(id: string) => void} select */
export function inWords(model, select) {
  const list = h("ol", {});
  const details = h("details", { class: "in-words" }, h("summary", {}, "The graph in words"), list);
  details.addEventListener("toggle", () => {
    if (!details.open || list.childElementCount) return;
    const lines = model.order.slice(0, MOST_LINES).map((id) => {
      const node = /** @type {import("./model.js").GraphNode} */ (model.nodes.get(id));
      const from = (model.into.get(id) ?? []).map((e) => model.nameOf(e.from) + (e.cut ? ` (cut: ${e.cut.text})` : ""));
      return h("li", {}, h("button", { type: "button", class: "link", onclick: () => select(id) }, model.nameOf(id)), `: ${model.roleOf(node)}`,
        node.shape ? `, shape ${shapeText(node.shape)}` : "", node.value ? `, ${spoken(node.value)}` : "", from.length ? `; made from ${from.join(", ")}` : "");
    });
    const left = model.order.length - lines.length;
    fill(list, lines, left > 0 ? h("li", {}, `… and ${left} more; search finds them.`) : null);
  });
  return details;
}
