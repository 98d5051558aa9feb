// The captured graph with indexes, and what is known at each position of the player. Nothing here draws.

/**
 * The data format; docs/graph-format.md says what each field means.
 * @typedef {import("../../values.js").Value} Value
 * @typedef {{ name: string, shape: number[], dtype: string, from: string | null, version_saved: number | null,
 *   version_now: number | null, freed: boolean, broken: boolean, value: Value | null }} Saved
 * @typedef {{ id: string, kind: "leaf" | "constant" | "operation", name: string | null, op: string | null,
 *   true_name: string | null, output: boolean, tracked: boolean, shape: number[] | null, dtype: string | null,
 *   device: string | null, requires_grad: boolean, is_leaf: boolean | null, retains_grad: boolean, version: number | null,
 *   value: Value | null, grad: Value | null, saved: Saved[], freed: boolean, group: string | null, layer: number,
 *   custom: boolean, source: { file: string, line: number, text: string } | null }} GraphNode
 * @typedef {{ id: string, from: string, to: string, output: number, input: number, label: string | null,
 *   cut: { why: string, text: string } | null }} GraphEdge
 * @typedef {{ id: string, parent: string | null, kind: string, label: string, type: string }} Group
 * @typedef {{ edge: string, formula: string, local: Value | null, how: string, says: string }} Rule
 * @typedef {{ pass: "forward", node: string, text: string }} Forward
 * @typedef {{ pass: "backward", run: number, node: string, incoming: (Value | null)[], rules: Rule[],
 *   sends: { edge: string, value: Value }[], text: string,
 *   accumulates: { into: string, before: Value | null, after: Value, text: string } | null }} Backward
 * @typedef {{ pass: "note", what: string, nodes: string[], text: string }} Note
 * @typedef {Forward | Backward | Note} Step
 * @typedef {{ title: string, made: { by: string, torch: string }, notes: string[], nodes: GraphNode[], edges: GraphEdge[],
 *   groups: Group[], steps: Step[], error: { text: string, nodes: string[] } | null }} Graph
 */

/** @template T @param {Map<string, T[]>} lists @param {string} key @param {T} item */
function push(lists, key, item) {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

export class Model {
  /** @param {Graph} graph */
  constructor(graph) {
    this.graph = graph;
    this.nodes = new Map(graph.nodes.map((n) => [n.id, n]));
    this.edges = new Map(graph.edges.map((e) => [e.id, e]));
    this.groups = new Map(graph.groups.map((g) => [g.id, g]));
    /** @type {Map<string, GraphEdge[]>} */
    this.into = new Map();
    /** @type {Map<string, GraphEdge[]>} */
    this.outOf = new Map();
    for (const edge of graph.edges) {
      push(this.into, edge.to, edge);
      push(this.outOf, edge.from, edge);
    }
    this.order = this.#topological();
    /** @type {Map<string, number>} node → the forward step that makes it */
    this.madeAt = new Map();
    /** @type {Map<string, { at: number, run: number, value: Value | null, kept: boolean }[]>} */
    this.gradients = new Map();
    /** @type {Map<string, { at: number, run: number, value: Value }[]>} */
    this.sent = new Map();
    /** @type {number[]} the run that is going on after so many steps */
    this.runAt = [0];
    this.#indexSteps();
  }

  /** Inputs before results; iterative, since a graph may be a chain of any length. */
  #topological() {
    const missing = new Map(this.graph.nodes.map((n) => [n.id, this.into.get(n.id)?.length ?? 0]));
    const ready = this.graph.nodes.filter((n) => !missing.get(n.id)).map((n) => n.id);
    const order = [];
    for (let i = 0; i < ready.length; i++) {
      order.push(ready[i]);
      for (const edge of this.outOf.get(ready[i]) ?? []) {
        const left = (missing.get(edge.to) ?? 0) - 1;
        missing.set(edge.to, left);
        if (left === 0) ready.push(edge.to);
      }
    }
    return order;
  }

  #indexSteps() {
    this.graph.steps.forEach((step, at) => {
      let run = this.runAt[at];
      if (step.pass === "forward") this.madeAt.set(step.node, at);
      else if (step.pass === "backward") {
        run = step.run;
        const kept = step.accumulates !== null;
        if (kept && !this.gradients.has(step.node)) {
          push(this.gradients, step.node, { at: -1, run: 0, value: step.accumulates?.before ?? null, kept });
        }
        const value = step.accumulates?.after ?? step.incoming.find((v) => v) ?? null;
        push(this.gradients, step.node, { at, run, value, kept });
        for (const send of step.sends) push(this.sent, send.edge, { at, run, value: send.value });
      } else if (step.what === "zero_grad") {
        for (const id of step.nodes) push(this.gradients, id, { at, run, value: null, kept: true });
      }
      this.runAt.push(run);
    });
  }

  /** Whether a node's value exists after `position` steps. @param {string} id @param {number} position */
  isMade(id, position) {
    const at = this.madeAt.get(id);
    return at === undefined || at < position;
  }

  /**
   * The gradient that a node shows after `position` steps: a kept .grad, or what arrived in the present run.
   * @param {string} id @param {number} position @returns {Value | null}
   */
  gradientAt(id, position) {
    const list = this.gradients.get(id);
    if (!list) return this.nodes.get(id)?.grad ?? null;
    for (let i = list.length - 1; i >= 0; i--) {
      if (list[i].at >= position) continue;
      return list[i].kept || list[i].run === this.runAt[position] ? list[i].value : null;
    }
    return null;
  }

  /** What went back along an edge in the present run. @param {string} id @param {number} position @returns {Value | null} */
  sentAt(id, position) {
    const found = (this.sent.get(id) ?? []).findLast((s) => s.at < position && s.run === this.runAt[position]);
    return found ? found.value : null;
  }

  /** The step that led to this position. @param {number} position @returns {Step | null} */
  stepAt(position) {
    return position > 0 ? this.graph.steps[position - 1] : null;
  }

  /** The nodes that the step at this position is about. @param {number} position @returns {string[]} */
  currentNodes(position) {
    const step = this.stepAt(position);
    return !step ? [] : step.pass === "note" ? step.nodes : [step.node];
  }

  /** Where the forward passes end: what a reader sees first. */
  get firstPosition() {
    const back = this.graph.steps.findIndex((s) => s.pass === "backward");
    return back < 0 ? this.graph.steps.length : back;
  }

  /** Stretches of steps with a name, to jump to. @returns {{ label: string, position: number, pass: string }[]} */
  get chapters() {
    /** @type {{ label: string, position: number, pass: string }[]} */
    const found = [];
    let last = "";
    const runs = new Set(this.graph.steps.map((s) => (s.pass === "backward" ? s.run : 0))).size - 1;
    this.graph.steps.forEach((step, i) => {
      const label = step.pass === "forward" ? "Forward"
        : step.pass === "backward" ? (runs > 1 ? `Backward ${step.run}` : "Backward") : step.what.replaceAll("_", " ");
      if (label !== last) found.push({ label, position: i + 1, pass: step.pass });
      last = label;
    });
    return found;
  }

  /** What a node is called on its card. @param {GraphNode} node */
  titleOf(node) {
    if (node.kind === "operation") return node.op ?? node.true_name ?? "operation";
    return node.name ?? (node.kind === "leaf" ? "leaf" : "constant");
  }

  /** The same with its result's name, for sentences. @param {string} id */
  nameOf(id) {
    const node = this.nodes.get(id);
    if (!node) return id;
    if (node.kind !== "operation") return this.titleOf(node);
    return node.name ? `${node.name} (${node.op})` : node.op ?? "operation";
  }

  /** The one word for what a node is. @param {GraphNode} node */
  roleOf(node) {
    if (node.output) return "output";
    if (node.kind === "leaf") return "leaf";
    if (node.kind === "constant") return "no grad";
    if (node.custom) return "custom";
    return node.tracked ? "operation" : "not tracked";
  }

  /** Put a node, or a group, into another group. @param {string} part @param {string} group */
  putInto(part, group) {
    const node = this.nodes.get(part), inner = this.groups.get(part);
    if (node) node.group = group;
    else if (inner) inner.parent = group;
  }

  /** Groups around a node, the innermost first. @param {string | null} group @returns {string[]} */
  ancestors(group) {
    const found = [];
    for (let at = group; at; at = this.groups.get(at)?.parent ?? null) found.push(at);
    return found;
  }
}
