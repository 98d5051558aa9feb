// Which nodes stand for themselves and which disappear in a folded group.

/** @typedef {import("./model.js").Model} Model */

/** More cards than this and nobody reads them; folding begins here. */
export const READABLE = 60;
/** A made-up block that is opened shows this many smaller ones, until only this many nodes are left. */
const PARTS = 12, LEAST = 30;

/**
 * Modules group themselves. Where a group, or the whole graph, would still show too much at once, its parts are put into
 * blocks within blocks: stretches of the topological order, so that data flows from block to block.
 * @param {Model} model
 */
export function addBlocks(model) {
  /** @type {Map<string | null, string[]>} what is right inside each group, in topological order */
  const inside = new Map();
  const met = new Set();
  for (const id of model.order) {
    let part = id, around = model.nodes.get(id)?.group ?? null;
    while (!met.has(part)) {
      met.add(part);
      const list = inside.get(around);
      if (list) list.push(part);
      else inside.set(around, [part]);
      if (around === null) break;
      part = around;
      around = model.groups.get(part)?.parent ?? null;
    }
  }
  let made = 0;
  /** @param {string[]} parts @param {number} start @param {number} end @param {string | null} parent */
  const split = (parts, start, end, parent) => {
    const size = Math.ceil((end - start) / PARTS);
    for (let from = start; from < end; from += size) {
      const to = Math.min(end, from + size), id = `block${made++}`;
      model.groups.set(id, { id, parent, kind: "block", label: `parts ${from + 1}–${to} of ${parts.length}`, type: "" });
      if (to - from > LEAST) split(parts, from, to, id);
      else for (const part of parts.slice(from, to)) model.putInto(part, id);
    }
  };
  for (const [around, parts] of inside) if (parts.length > 2 * READABLE) split(parts, 0, parts.length, around);
}

export class Folding {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    /** @type {Set<string>} */
    this.folded = new Set(model.groups.keys());
    /** @type {Map<string, string[]>} */
    this.children = new Map();
    for (const group of model.groups.values()) {
      const siblings = this.children.get(group.parent ?? "");
      if (siblings) siblings.push(group.id);
      else this.children.set(group.parent ?? "", [group.id]);
    }
    /** @type {Map<string, number>} nodes right inside a group */
    this.direct = new Map();
    for (const { group } of model.graph.nodes) if (group) this.direct.set(group, (this.direct.get(group) ?? 0) + 1);
    /** @type {Map<string, string[]>} every node inside a group, however deep */
    this.members = new Map();
    for (const node of model.graph.nodes) {
      for (const group of model.ancestors(node.group)) {
        const list = this.members.get(group);
        if (list) list.push(node.id);
        else this.members.set(group, [node.id]);
      }
    }
    this.#openWhileReadable();
  }

  /** Open groups, the outer ones first, as long as the picture stays readable. A function stays closed: it is one
   * node; and blocks mean nothing until somebody looks for something in them. */
  #openWhileReadable() {
    const waiting = [...(this.children.get("") ?? [])];
    let count = this.shown().length;
    while (waiting.length) {
      const id = /** @type {string} */ (waiting.shift());
      if (this.model.groups.get(id)?.kind !== "module") continue;
      const now = count - 1 + (this.children.get(id)?.length ?? 0) + (this.direct.get(id) ?? 0);
      if (now > READABLE && now > count) continue;
      this.folded.delete(id);
      count = now;
      waiting.push(...(this.children.get(id) ?? []));
    }
  }

  /** The outermost folded group around a node, or the node itself. @param {string} id */
  standsFor(id) {
    let shown = id;
    for (const group of this.model.ancestors(this.model.nodes.get(id)?.group ?? null)) {
      if (this.folded.has(group)) shown = group;
    }
    return shown;
  }

  /** A custom function that is closed is its one autograd node; other groups are nobody in particular. @param {string} id */
  nodeFor(id) {
    if (this.model.groups.get(id)?.kind !== "function") return undefined;
    const custom = (this.members.get(id) ?? []).find((member) => this.model.nodes.get(member)?.custom);
    return custom === undefined ? undefined : this.model.nodes.get(custom);
  }

  /** What is drawn, inputs first. @returns {string[]} */
  shown() {
    return [...new Set(this.model.order.map((id) => this.standsFor(id)))];
  }

  /** Edges between what is drawn; several between the same two become one. */
  links() {
    /** @type {Map<string, { key: string, from: string, to: string, edges: import("./model.js").GraphEdge[] }>} */
    const found = new Map();
    for (const edge of this.model.graph.edges) {
      const from = this.standsFor(edge.from), to = this.standsFor(edge.to);
      if (from === to) continue;
      const grouped = from !== edge.from || to !== edge.to;
      const key = grouped ? `${from}>${to}` : edge.id;
      const link = found.get(key);
      if (link) link.edges.push(edge);
      else found.set(key, { key, from, to, edges: [edge] });
    }
    return [...found.values()];
  }

  /** @param {string} group */
  toggle(group) {
    if (!this.folded.delete(group)) this.folded.add(group);
  }

  /** Open every group around a node. @param {string} id */
  reveal(id) {
    for (const group of this.model.ancestors(this.model.nodes.get(id)?.group ?? null)) this.folded.delete(group);
  }

  foldAll() {
    this.folded = new Set(this.model.groups.keys());
  }

  unfoldAll() {
    this.folded.clear();
  }
}
