// The drawing surface: cards and edges at their places, zoom and pan. Only what is in sight is in the page, and where
// that is too much to read anyway, boxes without words stand for it, so a graph of thousands stays quick.

import { fill, h, s } from "../../dom.js";
import { shapeText } from "../../values.js";
import { chipSize, groupCard, groupSize, nodeCard, nodeSize, thumb } from "./card.js";
import { curve, middle, plan } from "./layout.js";

/** @typedef {import("./model.js").Model} Model @typedef {import("./layout.js").Box} Box @typedef {import("./layout.js").Plan} Plan */

const MOST_CARDS = 220, MOST_EDGES = 600;
const LEAST_SCALE = 0.02, MOST_SCALE = 2.5, READABLE = 0.62;
const NARROW = 560;

export class Stage {
  /**
   * @param {Model} model @param {import("./fold.js").Folding} folding
   * @param {(id: string) => void} onSelect
   */
  constructor(model, folding, onSelect) {
    this.model = model;
    this.folding = folding;
    this.onSelect = onSelect;
    this.position = 0;
    this.selected = "";
    this.view = { x: 0, y: 0, k: 1 };
    /** @type {Plan | null} */
    this.plan = null;
    this.across = true;
    /** @type {{ x: number, y: number, k: number } | null} a view to begin with instead of the whole */
    this.kept = null;
    /** @type {Map<string, import("./card.js").Card>} */
    this.cards = new Map();
    /** @type {Map<string, SVGGElement>} */
    this.wires = new Map();
    this.frames = h("div", {});
    this.far = s("g", { class: "far" });
    this.near = s("g", {});
    this.svg = s("svg", { class: "wires", "aria-hidden": "true" }, this.far, this.near);
    this.chips = h("div", {});
    this.cardLayer = h("div", {});
    this.layer = h("div", { class: "layer" }, this.frames, this.svg, this.cardLayer, this.chips);
    this.element = h("div", { class: "stage", role: "region", "aria-label": "the graph" }, this.layer);
    this.#listen();
    this.resizing = new ResizeObserver(() => this.#resized());
    this.resizing.observe(this.element);
  }

  destroy() {
    this.resizing.disconnect();
  }

  #resized() {
    const width = this.element.clientWidth;
    if (!width) return;
    const across = width >= NARROW;
    if (!this.plan || across !== this.across) {
      this.across = across;
      this.layout();
      if (!this.kept) this.fit();
      else {
        this.view = this.kept;
        this.kept = null;
        this.#grow();
      }
    }
    this.refresh();
  }

  /** Places for everything that is shown now. */
  layout() {
    const { model, folding } = this;
    const nodes = folding.shown().map((id) => {
      const node = model.nodes.get(id) ?? folding.nodeFor(id), group = model.groups.get(id);
      const size = node ? nodeSize(node, model) : groupSize(group?.label ?? "", `${group?.type ?? ""} · ${folding.members.get(id)?.length} nodes`);
      return { id, ...size, parents: model.ancestors(group ? group.parent : node?.group ?? null) };
    });
    this.links = folding.links().map((link) => ({ ...link, label: this.#labelSize(link.edges) }));
    this.plan = plan(nodes, this.links, this.across);
    this.cards.clear();
    this.wires.clear();
    fill(this.cardLayer);
    fill(this.near);
    this.svg.setAttribute("width", String(this.plan.width));
    this.svg.setAttribute("height", String(this.plan.height));
    this.#drawFrames();
    this.#drawFar();
  }

  /** @param {import("./model.js").GraphEdge[]} edges */
  #labelSize(edges) {
    const cut = edges.every((e) => e.cut) ? edges[0].cut : null;
    if (cut) return { width: cut.why.length * 7 + 30, height: 22 };
    return chipSize(this.model.nodes.get(edges[0].from)?.shape ?? null);
  }

  #drawFrames() {
    const { plan: p, model } = this;
    if (!p) return;
    /** How many open groups are inside one, itself included. @param {string} id @returns {number} */
    const depth = (id) => 1 + Math.max(0, ...(this.folding.children.get(id) ?? []).filter((c) => p.frames.has(c)).map(depth));
    const sorted = [...p.frames].sort((a, b) => b[1].width * b[1].height - a[1].width * a[1].height);
    fill(this.frames, sorted.map(([id, box]) => {
      const group = model.groups.get(id);
      const words = `${group?.label ?? id} ${group?.type ?? ""}`.trim();
      const frame = h("div", { class: "frame", "data-kind": group?.kind },
        h("button", { type: "button", title: `Fold ${words}`, "aria-label": `Fold ${words}`, "aria-expanded": "true",
          onclick: () => this.toggle(id) }, "−"), h("span", {}, words));
      // The title stands above what is inside, and titles inside above that.
      const head = 15 * depth(id), rim = 5;
      frame.style.cssText = `left:${box.x - box.width / 2 - rim}px;top:${box.y - box.height / 2 - head}px;width:${box.width + 2 * rim}px;height:${box.height + head + rim}px`;
      return frame;
    }));
  }

  /** The whole graph as boxes and lines, one path for each kind. */
  #drawFar() {
    const { plan: p, model } = this;
    if (!p) return;
    /** @type {Record<string, string>} */
    const paths = {};
    for (const [id, b] of p.boxes) {
      const kind = model.nodes.get(id)?.kind ?? "group";
      paths[kind] = (paths[kind] ?? "") + `M${(b.x - b.width / 2).toFixed(0)} ${(b.y - b.height / 2).toFixed(0)}h${b.width.toFixed(0)}v${b.height.toFixed(0)}h${(-b.width).toFixed(0)}z`;
    }
    const lines = [...p.ways.values()].map((way) => "M" + way.map((q) => `${q.x.toFixed(0)} ${q.y.toFixed(0)}`).join("L")).join("");
    this.farNow = s("path", { class: "now" });
    fill(this.far, s("path", { class: "lines", d: lines }), Object.entries(paths).map(([kind, d]) => s("path", { d, "data-kind": kind })), this.farNow);
  }

  /** @param {string} id */
  toggle(id) {
    const before = this.plan?.boxes.get(id) ?? this.plan?.frames.get(id);
    const held = before ? { x: before.x * this.view.k + this.view.x, y: before.y * this.view.k + this.view.y } : null;
    this.folding.toggle(id);
    this.layout();
    const after = this.plan?.boxes.get(id) ?? this.plan?.frames.get(id);
    if (held && after) {
      this.view.x = held.x - after.x * this.view.k;
      this.view.y = held.y - after.y * this.view.k;
    }
    this.#grow();
    this.refresh();
  }

  /** Show the graph after `position` steps. @param {number} position @param {boolean} [follow] keep the current node in sight */
  show(position, follow = false) {
    this.position = position;
    if (follow) {
      const id = this.model.currentNodes(position)[0];
      if (id) this.#keepInSight(this.folding.standsFor(id));
    }
    this.refresh();
  }

  /** @param {string} id */
  #keepInSight(id) {
    const box = this.plan?.boxes.get(id);
    if (!box) return;
    const { clientWidth: w, clientHeight: high } = this.element, v = this.view;
    if (v.k < READABLE) v.k = 0.85;
    const x = box.x * v.k + v.x, y = box.y * v.k + v.y, mx = Math.min(w / 2, (box.width / 2) * v.k + 24), my = Math.min(high / 2, (box.height / 2) * v.k + 16);
    if (x < mx || x > w - mx) v.x += w / 2 - x;
    if (y < my || y > high - my) v.y += high / 2 - y;
  }

  /** @param {string} id */
  reveal(id) {
    if (this.folding.standsFor(id) !== id) {
      this.folding.reveal(id);
      this.layout();
    }
    this.#keepInSight(id);
    this.refresh();
  }

  /** All of it in sight, never larger than life. */
  fit() {
    const { plan: p } = this;
    if (!p) return;
    this.#grow();
    const w = this.element.clientWidth, high = this.element.clientHeight;
    const k = Math.max(LEAST_SCALE, Math.min(1, w / p.width, high / p.height));
    this.view = { k, x: (w - p.width * k) / 2, y: (high - p.height * k) / 2 };
    this.refresh();
  }

  /** As high as the graph needs, within reason. */
  #grow() {
    if (!this.plan) return;
    const k = Math.min(1, this.element.clientWidth / this.plan.width);
    const wanted = Math.max(this.plan.height * Math.max(k, 0.5), 150);
    this.element.style.height = `${Math.round(Math.min(this.across ? 500 : 560, wanted + 8))}px`;
  }

  /** Begin where another stage of the same graph stood. @param {{ x: number, y: number, k: number }} view */
  keep(view) {
    this.kept = view;
    this.#resized();
  }

  /** @param {number} factor @param {number} [x] @param {number} [y] the point that stays, in pixels of the stage */
  zoom(factor, x = this.element.clientWidth / 2, y = this.element.clientHeight / 2) {
    const k = Math.max(LEAST_SCALE, Math.min(MOST_SCALE, this.view.k * factor)), by = k / this.view.k;
    this.view = { k, x: x - (x - this.view.x) * by, y: y - (y - this.view.y) * by };
    this.refresh();
  }

  #listen() {
    this.element.addEventListener("wheel", (e) => {
      // Without Ctrl or ⌘ the wheel belongs to the page.
      if (!e.ctrlKey && !e.metaKey) return;
      e.preventDefault();
      const edge = this.element.getBoundingClientRect();
      this.zoom(Math.exp(-e.deltaY * 0.0022), e.clientX - edge.left, e.clientY - edge.top);
    }, { passive: false });
    /** @type {{ x: number, y: number, moved: boolean } | null} */
    let held = null;
    this.element.addEventListener("pointerdown", (e) => { if (e.button === 0) held = { x: e.clientX, y: e.clientY, moved: false }; });
    this.element.addEventListener("pointermove", (e) => {
      if (!held || !e.buttons) return;
      const dx = e.clientX - held.x, dy = e.clientY - held.y;
      if (!held.moved && Math.hypot(dx, dy) < 4) return;
      if (!held.moved) this.element.setPointerCapture(e.pointerId);
      held = { x: e.clientX, y: e.clientY, moved: true };
      this.view.x += dx;
      this.view.y += dy;
      this.element.classList.add("dragging");
      this.refresh();
    });
    const drop = () => { held = null; this.element.classList.remove("dragging"); };
    this.element.addEventListener("pointerup", drop);
    this.element.addEventListener("pointercancel", drop);
  }

  /** Draw what is in sight at the present position. */
  refresh() {
    const { plan: p, view: v } = this;
    if (!p) return;
    this.layer.style.transform = `translate(${v.x}px,${v.y}px) scale(${v.k})`;
    const w = this.element.clientWidth, high = this.element.clientHeight;
    const sight = { left: -v.x / v.k - 60, top: -v.y / v.k - 60, right: (w - v.x) / v.k + 60, bottom: (high - v.y) / v.k + 60 };
    const seen = [...p.boxes].filter(([, b]) => b.x + b.width / 2 > sight.left && b.x - b.width / 2 < sight.right && b.y + b.height / 2 > sight.top && b.y - b.height / 2 < sight.bottom);
    const far = seen.length > MOST_CARDS || v.k < 0.22;
    this.element.classList.toggle("from-far", far);
    this.#cardsFor(far ? [] : seen);
    this.#wiresFor(far ? new Set() : new Set(seen.map(([id]) => id)));
    this.#chipsNow(far);
    if (far) {
      const now = this.model.currentNodes(this.position).map((id) => p.boxes.get(this.folding.standsFor(id)));
      this.farNow?.setAttribute("d", now.map((b) => (b ? `M${b.x - b.width / 2} ${b.y - b.height / 2}h${b.width}v${b.height}h${-b.width}z` : "")).join(""));
    }
  }

  /** @param {[string, Box][]} seen */
  #cardsFor(seen) {
    const wanted = new Set(seen.map(([id]) => id));
    for (const [id, card] of this.cards) if (!wanted.has(id)) { card.element.remove(); this.cards.delete(id); }
    for (const [id, box] of seen) {
      let card = this.cards.get(id);
      if (!card) {
        const node = this.model.nodes.get(id) ?? this.folding.nodeFor(id), group = this.model.groups.get(id);
        card = node ? nodeCard(node, this.model, box, this.onSelect, group ? () => this.toggle(id) : null)
          : groupCard(/** @type {any} */ (group), this.folding.members.get(id) ?? [], this.model, box, (g) => this.toggle(g));
        this.cards.set(id, card);
        this.cardLayer.append(card.element);
      }
      card.update(this.position);
      card.element.classList.toggle("selected", id === this.selected);
    }
  }

  /** @param {Set<string>} seen */
  #wiresFor(seen) {
    const wanted = (this.links ?? []).filter((l) => seen.has(l.from) || seen.has(l.to)).slice(0, MOST_EDGES);
    const keys = new Set(wanted.map((l) => l.key));
    for (const [key, wire] of this.wires) if (!keys.has(key)) { wire.remove(); this.wires.delete(key); }
    const step = this.model.stepAt(this.position);
    const sending = new Set(step?.pass === "backward" ? step.sends.map((x) => x.edge) : []);
    for (const link of wanted) {
      let wire = this.wires.get(link.key);
      if (!wire) {
        wire = this.#wire(link);
        this.wires.set(link.key, wire);
        this.near.append(wire);
      }
      const made = link.edges.some((e) => this.model.isMade(e.to, this.position) && this.model.isMade(e.from, this.position));
      const forward = step?.pass === "forward" && link.edges.some((e) => e.to === step.node);
      const sent = link.edges.some((e) => this.model.sentAt(e.id, this.position));
      const now = link.edges.some((e) => sending.has(e.id));
      wire.setAttribute("class", `wire${made ? "" : " future"}${forward ? " forward" : ""}${sent ? " sent" : ""}${now ? " now" : ""}${link.edges.every((e) => e.cut) ? " cut" : ""}`);
    }
  }

  /** @param {{ key: string, edges: import("./model.js").GraphEdge[] }} link */
  #wire(link) {
    const way = /** @type {{ x: number, y: number }[]} */ (this.plan?.ways.get(link.key));
    const end = way[way.length - 1], start = way[0];
    const across = this.across;
    const tip = (/** @type {{x: number, y: number}} */ q, /** @type {number} */ side) => across ? `M${q.x} ${q.y}l${-8 * side} -4.5v9z` : `M${q.x} ${q.y}l-4.5 ${-8 * side}h9z`;
    return s("g", { class: "wire" }, s("path", { class: "line", d: curve(way, across) }), s("path", { class: "tip", d: tip(end, 1) }), s("path", { class: "tip-back", d: tip(start, -1) }));
  }

  /** Labels that sit on edges: cuts always, gradients while they travel. @param {boolean} far */
  #chipsNow(far) {
    const { plan: p } = this;
    if (!p || far) return fill(this.chips);
    const step = this.model.stepAt(this.position);
    const travelling = new Map(step?.pass === "backward" ? step.sends.map((x) => [x.edge, x.value]) : []);
    const chips = [];
    for (const link of this.links ?? []) {
      const way = p.ways.get(link.key);
      if (!way) continue;
      const at = middle(way);
      const place = `left:${at.x}px;top:${at.y}px`;
      const cut = link.edges.find((e) => e.cut)?.cut;
      if (cut && link.edges.every((e) => e.cut)) chips.push(h("div", { class: "chip cut", style: place, title: cut.text }, `✂ ${cut.why.replaceAll("_", " ")}`));
      const moving = link.edges.filter((e) => travelling.has(e.id));
      if (moving.length) {
        const value = /** @type {import("./model.js").Value} */ (travelling.get(moving[0].id));
        chips.push(h("div", { class: "chip gradient", style: place, title: `gradient of shape ${shapeText(value.shape)}` }, thumb(value),
          moving.length > 1 ? h("span", {}, ` +${moving.length - 1}`) : null));
      }
    }
    fill(this.chips, chips);
  }
}
