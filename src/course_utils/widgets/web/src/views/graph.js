// The autograd graph, forward and backward, a step at a time.

import { fill, h } from "../dom.js";
import { createPlayer } from "../player.js";
import { short } from "../values.js";
import { addBlocks, Folding } from "./graph/fold.js";
import { Model } from "./graph/model.js";
import { tellNode, tellStep } from "./graph/panel.js";
import { Stage } from "./graph/stage.js";
import { inWords } from "./graph/words.js";

/**
 * @typedef {import("./graph/model.js").Graph & { name: string, sliders?: { name: string, min: number, max: number, step: number, value: number }[] }} GraphData
 * @typedef {GraphData | { name: string, graphs: { label: string, graph: GraphData }[] }} Given one graph, or some side by side
 */

/** @param {Given} given @param {import("../engine.js").Context} context */
export function graph(given, context) {
  const { widget, announce, channel } = context;
  /** @type {{ label: string, graph: GraphData }[]} */
  const parts = "graphs" in given ? given.graphs : [{ label: "", graph: given }];
  const panes = parts.map(({ label, graph: data }) => pane(label, data, (position) => player.go(position)));
  const first = panes[0];
  const count = Math.max(...panes.map((p) => p.model.graph.steps.length)) + 1;
  const start = Math.max(...panes.map((p) => p.model.firstPosition));
  const player = createPlayer({ count, start, keys: widget, pace: 1100, label: stepLabel, onStep: (i) => show(i, true) });
  /** @param {number} i */
  function stepLabel(i) {
    const step = first.model.stepAt(i);
    return i === 0 ? "start" : `${step ? (step.pass === "note" ? step.what.replaceAll("_", " ") : step.pass) : "…"} · ${i} of ${count - 1}`;
  }

  /** @param {number} position @param {boolean} follow */
  function show(position, follow) {
    const said = panes.map((p) => p.show(Math.min(position, p.model.graph.steps.length), follow));
    if (follow) announce(said.join(" "));
    for (const button of jumps.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button === currentJump(position)));
  }

  const chapters = first.model.chapters;
  const jumps = h("span", { class: "jumps", role: "group", "aria-label": "Jump to" }, chapters.length < 2 ? [] : chapters.slice(0, 12).map((c) =>
    h("button", { type: "button", "data-at": c.position, "data-pass": c.pass, onclick: () => { player.stop(); player.go(c.position); show(c.position, true); } }, c.label)));
  /** @param {number} position */
  const currentJump = (position) => [...jumps.querySelectorAll("button")].findLast((b) => Number(b.dataset.at) <= position);

  const tools = h("span", { class: "tools", role: "group", "aria-label": "View" },
    tool("−", "Zoom out (-)", () => panes.forEach((p) => p.stage.zoom(1 / 1.3))), tool("+", "Zoom in (+)", () => panes.forEach((p) => p.stage.zoom(1.3))),
    tool("fit", "fit the whole graph (0)", () => panes.forEach((p) => p.stage.fit())),
    first.model.groups.size ? tool("fold", "fold every module", () => panes.forEach((p) => p.fold(true))) : null,
    first.model.groups.size ? tool("unfold", "unfold every module", () => panes.forEach((p) => p.fold(false))) : null,
    finder(panes));
  widget.addEventListener("keydown", (e) => {
    const target = /** @type {HTMLElement} */ (e.composedPath()[0]);
    if (target.matches("input, select") || e.ctrlKey || e.metaKey) return;
    /** @type {Record<string, () => void>} */
    const keys = { "+": () => panes.forEach((p) => p.stage.zoom(1.3)), "-": () => panes.forEach((p) => p.stage.zoom(1 / 1.3)), 0: () => panes.forEach((p) => p.stage.fit()) };
    if (keys[e.key]) { keys[e.key](); e.preventDefault(); }
  });

  widget.append(h("header", {}, h("h3", {}, given.name), h("p", {}, summary(first.model))), sliders(parts[0].graph, channel) ?? "",
    h("div", { class: "bar" }, player.element, jumps, tools),
    h("div", { class: panes.length > 1 ? "panes several" : "panes" }, panes.map((p) => p.element)), legend(panes.map((p) => p.model)), inWords(first.model, (id) => first.select(id)));
  show(start, false);

  return {
    update(/** @type {Given} */ fresh) {
      const freshParts = "graphs" in fresh ? fresh.graphs : [{ label: "", graph: fresh }];
      panes.forEach((p, i) => freshParts[i] && p.renew(freshParts[i].graph));
      player.resize(Math.max(...panes.map((p) => p.model.graph.steps.length)) + 1, player.index);
      show(player.index, false);
    },
    destroy() {
      player.stop();
      panes.forEach((p) => p.stage.destroy());
    },
  };
}

/** @param {string} label @param {string} title @param {() => void} act */
const tool = (label, title, act) => h("button", { type: "button", title, "aria-label": title, onclick: act }, label);

/** @param {string} label @param {GraphData} data @param {(position: number) => void} go */
function pane(label, data, go) {
  let model = new Model(data);
  addBlocks(model);
  let folding = new Folding(model);
  let position = 0, selected = "";
  const stepPanel = h("div", { class: "panel", role: "region", "aria-label": "this step" });
  const nodePanel = h("div", { class: "panel node", role: "region", "aria-label": "the chosen node", hidden: true });
  let stage = new Stage(model, folding, select);
  const home = h("div", {}, stage.element);
  const notes = h("div", {});
  tellNotes();

  function tellNotes() {
    fill(notes, model.graph.error ? h("p", { class: "note wrong" }, model.graph.error.text) : null, model.graph.notes.map((n) => h("p", { class: "note" }, n)));
  }

  /** @param {string} id */
  function select(id) {
    selected = id;
    stage.selected = id;
    nodePanel.hidden = !id;
    if (id) {
      stage.reveal(id);
      tellNode(nodePanel, model, id, position, select, () => select(""));
    } else stage.refresh();
  }

  return {
    element: h("div", { class: "pane" }, label ? h("h4", { class: "pane-title" }, label) : null, home, h("div", { class: "panels" }, stepPanel, nodePanel), notes),
    get model() { return model; },
    get stage() { return stage; },
    select, go,
    /** @param {number} to @param {boolean} follow */
    show(to, follow) {
      position = to;
      stage.show(to, follow);
      if (selected) tellNode(nodePanel, model, selected, to, select, () => select(""));
      return tellStep(stepPanel, model, to, select);
    },
    /** @param {boolean} all */
    fold(all) {
      if (all) folding.foldAll();
      else folding.unfoldAll();
      stage.layout();
      stage.fit();
    },
    /** New values for what may be the same graph: folding and view stay when it is. @param {GraphData} fresh */
    renew(fresh) {
      const same = fresh.nodes.length === model.graph.nodes.length && fresh.edges.length === model.graph.edges.length && fresh.nodes.every((n, i) => n.op === model.graph.nodes[i].op);
      const { view } = stage, folded = folding.folded;
      model = new Model(fresh);
      addBlocks(model);
      folding = new Folding(model);
      if (same) folding.folded = folded;
      stage.destroy();
      stage = new Stage(model, folding, select);
      fill(home, stage.element);
      stage.selected = selected;
      if (same) stage.keep(view);
      tellNotes();
    },
  };
}

/** @param {ReturnType<typeof pane>[]} panes */
function finder(panes) {
  const status = h("span", { class: "note", role: "status" });
  let found = /** @type {string[]} */ ([]), at = -1;
  const input = h("input", { type: "search", placeholder: "find a node", "aria-label": "Find a node by name, operation or module", size: 12,
    oninput: () => search(), onkeydown: (/** @type {KeyboardEvent} */ e) => { if (e.key === "Enter") next(); if (e.key === "Escape") { input.value = ""; search(); } } });
  function search() {
    const word = input.value.trim().toLowerCase();
    const { model } = panes[0];
    found = !word ? [] : model.graph.nodes.filter((n) => [n.name, n.op, n.true_name, n.source?.text, ...model.ancestors(n.group).map((g) => model.groups.get(g)?.label)]
      .some((text) => text?.toLowerCase().includes(word))).map((n) => n.id);
    at = -1;
    status.textContent = !word ? "" : found.length ? `${found.length} found; Enter goes on` : "none found";
    if (found.length) next();
  }
  function next() {
    if (!found.length) return;
    at = (at + 1) % found.length;
    status.textContent = `${at + 1} of ${found.length}`;
    panes[0].select(found[at]);
  }
  return h("span", { class: "finder" }, input, status);
}

/** @param {GraphData} data @param {import("../engine.js").Channel | null} channel */
function sliders(data, channel) {
  if (!data.sliders?.length) return null;
  return h("div", { class: "sliders" }, data.sliders.map((sl) => {
    const shown = h("output", {}, short(sl.value, 4));
    const input = h("input", { type: "range", min: sl.min, max: sl.max, step: sl.step, value: sl.value, "aria-label": sl.name, disabled: !channel });
    let waiting = 0;
    input.addEventListener("input", () => {
      shown.textContent = short(Number(input.value), 4);
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(() => channel?.send({ set: { [sl.name]: Number(input.value) } }));
    });
    return h("label", {}, h("code", {}, sl.name), input, shown);
  }), channel ? null : h("p", { class: "note" }, "The sliders recompute the graph, so they need a running kernel; open the notebook to use them."));
}

/** @param {Model} model */
function summary(model) {
  const { nodes } = model.graph;
  const count = (/** @type {string} */ kind) => nodes.filter((n) => n.kind === kind).length;
  const leaves = count("leaf"), operations = count("operation");
  return `${operations} operation${operations === 1 ? "" : "s"}, ${leaves} leaf${leaves === 1 ? "" : " tensors"}`.replace("1 leaf", "1 leaf tensor");
}

/** @param {Model[]} models */
function legend(models) {
  const roles = new Set(models.flatMap((m) => m.graph.nodes.map((n) => m.roleOf(n))));
  /** @type {[string, string][]} */
  const entries = [["leaf", "leaf: collects .grad"], ["operation", "operation that autograd recorded"], ["output", "what you asked for"],
    ["no grad", "a tensor that needs no gradient"], ["not tracked", "operation that autograd did not record"], ["custom", "an autograd.Function of yours"]];
  const cut = models.some((m) => m.graph.edges.some((e) => e.cut));
  return h("div", { class: "legend" }, entries.filter(([role]) => roles.has(/** @type {any} */ (role))).map(([role, words]) =>
    h("span", {}, h("span", { class: "card sample", "data-role": role }), words)), cut ? h("span", {}, "✂ no gradient passes here") : null);
}
