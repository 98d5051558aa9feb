// The words under the picture: what this step does, with its numbers, and everything that is known of a chosen node.

import { fill, h } from "../../dom.js";
import { picture, shapeText, short } from "../../values.js";

/** @typedef {import("./model.js").Model} Model @typedef {import("./model.js").Value} Value */

/** @param {string} title @param {...any} children */
const part = (title, ...children) => h("div", { class: "part" }, h("h4", {}, title), children);

/** @param {Value | null | undefined} value */
const shown = (value) => h("div", { class: "scroll value-box" }, picture(value));

/**
 * What the step at `position` does.
 * @param {HTMLElement} panel @param {Model} model @param {number} position @param {(id: string) => void} select
 * @returns {string} the same in a sentence
 */
export function tellStep(panel, model, position, select) {
  const step = model.stepAt(position);
  if (!step) {
    const words = model.graph.steps.length ? "Before the first step: only the inputs have values." : "There are no steps to show.";
    fill(panel, h("p", {}, words));
    return words;
  }
  if (step.pass === "forward") return tellForward(panel, model, step, select);
  if (step.pass === "backward") return tellBackward(panel, model, step, select);
  fill(panel, h("p", { class: step.what === "error" ? "wrong-text" : "" }, h("b", {}, `${step.what.replaceAll("_", " ")}: `), step.text));
  return step.text;
}

/** A node's name that can be clicked. @param {Model} model @param {string} id @param {(id: string) => void} select */
function link(model, id, select) {
  return h("button", { type: "button", class: "link", onclick: () => select(id) }, model.nameOf(id));
}

/** @param {import("./model.js").GraphNode | undefined} node */
function sourceLine(node) {
  return node?.source ? h("div", { class: "source scroll" }, h("span", {}, `${node.source.file}:${node.source.line}  `), h("code", {}, node.source.text)) : null;
}

/** @param {HTMLElement} panel @param {Model} model @param {import("./model.js").Forward} step @param {(id: string) => void} select */
function tellForward(panel, model, step, select) {
  const node = model.nodes.get(step.node);
  const inputs = (model.into.get(step.node) ?? []);
  fill(panel,
    h("p", { class: "headline" }, h("span", { class: "badge forward" }, "forward"), " ", step.text),
    sourceLine(node),
    h("div", { class: "parts" },
      inputs.map((edge) => part(edge.label ? `${edge.label} = ` : "", link(model, edge.from, select), shown(model.nodes.get(edge.from)?.value))),
      part("result", node ? link(model, node.id, select) : null, shown(node?.value))));
  return step.text;
}

/** @param {HTMLElement} panel @param {Model} model @param {import("./model.js").Backward} step @param {(id: string) => void} select */
function tellBackward(panel, model, step, select) {
  const node = model.nodes.get(step.node);
  const incoming = step.incoming.find((v) => v) ?? null;
  const sends = step.sends.map((send) => {
    const edge = model.edges.get(send.edge), rule = step.rules.find((r) => r.edge === send.edge);
    return h("div", { class: "rule" },
      h("div", {}, "to ", edge ? link(model, edge.from, select) : "an input", edge?.label ? h("span", { class: "note" }, ` as ${edge.label}`) : null),
      rule ? h("code", { class: "formula" }, rule.formula) : null,
      rule ? h("p", { class: "says" }, rule.says) : null,
      product(incoming, rule, send.value));
  });
  const kept = step.accumulates;
  fill(panel,
    h("p", { class: "headline" }, h("span", { class: "badge backward" }, step.run > 1 ? `backward ${step.run}` : "backward"), " ", step.text),
    sourceLine(node),
    h("div", { class: "parts" },
      part("arrives", shown(incoming)),
      sends.length ? h("div", { class: "part wide" }, h("h4", {}, "is sent on"), h("div", { class: "rules" }, sends)) : null,
      kept ? part("accumulates", h("p", { class: "says" }, kept.text), h("div", { class: "sum" },
        labelled(".grad before", kept.before ? picture(kept.before) : h("code", {}, "None")), h("span", { class: "sign" }, "+"),
        labelled("arrives", picture(incoming)), h("span", { class: "sign" }, "="), labelled(".grad after", picture(kept.after)))) : null));
  return step.text;
}

/** @param {string} label @param {HTMLElement} child */
const labelled = (label, child) => h("span", { class: "labelled" }, h("i", {}, label), child);

/** incoming × local = sent, in numbers where the rule is a product. @param {Value | null} incoming @param {import("./model.js").Rule | undefined} rule @param {Value} sent */
function product(incoming, rule, sent) {
  if (rule?.how !== "times" || !rule.local || !incoming) return h("div", { class: "scroll value-box" }, labelled("gradient sent", picture(sent)));
  const one = (/** @type {Value} */ v) => (v.data?.length === 1 ? short(v.data[0]) : null);
  const numbers = [one(incoming), one(rule.local), one(sent)];
  if (numbers.every((n) => n !== null)) return h("div", { class: "product" }, h("code", {}, `${numbers[0]} × ${numbers[1]} = `), h("code", { class: "sent" }, numbers[2]));
  return h("div", { class: "sum scroll" }, labelled("arrives", picture(incoming)), h("span", { class: "sign" }, "×"),
    labelled("local", picture(rule.local)), h("span", { class: "sign" }, "→"), labelled("gradient sent", picture(sent)));
}

/**
 * Everything that is known of one node.
 * @param {HTMLElement} panel @param {Model} model @param {string} id @param {number} position
 * @param {(id: string) => void} select @param {() => void} close
 */
export function tellNode(panel, model, id, position, select, close) {
  const node = model.nodes.get(id);
  if (!node) return fill(panel);
  const facts = [
    ["is", model.roleOf(node) + (node.true_name ? ` (${node.true_name})` : "")],
    ["shape", node.shape ? shapeText(node.shape) : "not known"],
    ["dtype", node.dtype ?? "not known"], ["device", node.device ?? "not known"],
    ["requires_grad", node.requires_grad ? "True" : "False"],
    ["is_leaf", node.is_leaf === null ? "not known" : node.is_leaf ? "True" : "False"],
    node.version === null ? null : ["version", String(node.version)],
    node.group ? ["inside", model.ancestors(node.group).map((g) => model.groups.get(g)?.label ?? g).reverse().join(" › ")] : null,
  ];
  const uses = (model.outOf.get(id) ?? []).map((e) => e.to), made = (model.into.get(id) ?? []).map((e) => e.from);
  const grad = model.gradientAt(id, position);
  fill(panel,
    h("div", { class: "panel-head" }, h("h4", {}, model.nameOf(id)), h("button", { type: "button", class: "close", "aria-label": "Close", onclick: close }, "×")),
    sourceLine(node),
    h("div", { class: "parts" },
      part("facts", h("dl", {}, facts.filter((f) => f !== null).map(([k, v]) => [h("dt", {}, k), h("dd", {}, v)]).flat())),
      part("value", shown(node.value)),
      node.tracked ? part(node.kind === "leaf" || node.retains_grad ? ".grad at this step" : "gradient at this step", grad ? shown(grad) : h("code", {}, "None")) : null,
      node.saved.length ? part("saved for backward", node.freed ? h("p", { class: "wrong-text" }, "These were freed by a backward pass.") : null, node.saved.map((x) => savedLine(model, x, select))) : null,
      made.length ? part("made from", h("div", { class: "links" }, made.map((n) => link(model, n, select)))) : null,
      uses.length ? part("used by", h("div", { class: "links" }, uses.map((n) => link(model, n, select)))) : null));
}

/** @param {Model} model @param {import("./model.js").Saved} saved @param {(id: string) => void} select */
function savedLine(model, saved, select) {
  const versions = saved.broken ? h("span", { class: "wrong-text" }, ` saved at version ${saved.version_saved}, now at version ${saved.version_now}: changed in place, so backward refuses`)
    : saved.version_saved === null ? null : h("span", { class: "note" }, ` version ${saved.version_saved}`);
  return h("div", { class: "saved" }, h("code", {}, saved.name), saved.from ? [" is ", link(model, saved.from, select)] : null,
    h("span", { class: "note" }, saved.shape ? ` ${shapeText(saved.shape)}` : ""), versions, saved.freed ? h("span", { class: "wrong-text" }, " freed") : null,
    saved.value && !saved.freed ? shown(saved.value) : null);
}
