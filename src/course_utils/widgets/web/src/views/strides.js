// One strip of numbers in memory, and the tensors that read it, walked element by element.

import { fill, h, s } from "../dom.js";
import { createPlayer } from "../player.js";
import { cut, indexText, keyOf, lightNumbers, markedIndex, onWidth, plan, widthOf, words } from "../slabs.js";
import { shapeText } from "../values.js";

/**
 * @typedef {{ at: number[], value: string, position: number, after_gap: boolean }} Cell
 * @typedef {{ name: string, storage: number, shape: number[], stride: number[], offset: number, dtype: string, contiguous: boolean,
 *   says: string[], left_out: string, slabs: import("../slabs.js").Slab[], cells: Cell[] }} Tensor
 * cells stand in logical order; `after_gap` says that the one before it in that order is not drawn
 * @typedef {{ name: string, size: number, says: string, boxes: { at: number, value: string }[] }} Storage
 * @typedef {{ name: string, tensors: Tensor[], storages: Storage[] }} Strides
 * @typedef {{ x: number, y: number, width: number, bottom: number, node: Element }} Place a cell or a box; below `bottom` no cell of its tensor stands
 */

const CELL_HEIGHT = 40, BOX_HEIGHT = 30, ADDRESS = 18, HOPS = 34, GAP = 26, HEAD = 52;

/** @param {Strides} data @param {import("../engine.js").Context} context */
export function strides(data, { widget, announce }) {
  let active = Math.max(0, data.tensors.findIndex((t, i) => i > 0 && !t.contiguous && t.cells.length > 0));
  let width = 0;
  const walk = () => data.tensors[active].cells;
  const buttons = data.tensors.map((t, i) => h("button", { type: "button", title: t.name, onclick: () => choose(i) }, h("code", {}, cut(t.name, 28))));
  const chooser = buttons.length < 2 ? "" : h("div", { class: "chooser", role: "group", "aria-label": "Which tensor to walk over" }, h("span", {}, "Walk over"), buttons);
  const player = createPlayer({ count: walk().length + 1, keys: widget, onStep: show,
    label: (i) => i ? `element ${i} of ${walk().length}` : "start" });
  const formula = h("div", { class: "formula" });
  const says = h("p", { class: "says" });
  const stage = h("div", { class: "stage scroll", tabindex: 0, role: "region", "aria-label": "the tensors and the storage that they read" });
  const about = h("code", {});
  const facts = h("ul", { class: "facts" });
  /** @type {ReturnType<typeof drawn> | null} */
  let picture = null;

  /** @param {number} tensor @param {number} [step] */
  function choose(tensor, step = 0) {
    active = tensor;
    player.resize(walk().length + 1, step);
    tell();
    if (width) redraw();
    show(player.index);
  }

  function tell() {
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === active)));
    const t = data.tensors[active];
    about.textContent = cut(t.name, 60);
    fill(facts, [...t.says, t.left_out].filter(Boolean).map((line) => h("li", {}, line)));
  }

  function redraw() {
    picture = drawn(data, active, width, (tensor, step) => {
      player.stop();
      if (tensor === active) {
        player.go(step);
      } else choose(tensor, step);
    });
    fill(stage, picture.element);
  }

  /** @param {number} step */
  function show(step) {
    const t = data.tensors[active], cell = step ? t.cells[step - 1] : null;
    fill(formula, cell ? filledIn(t, cell) : rule(t));
    const sentence = cell ? sentenceFor(data, t, step - 1) : startSays(t);
    says.textContent = sentence;
    picture?.show(step);
    announce(cell ? `${t.name}${indexText(cell.at)} is box ${cell.position}. ${sentence}` : sentence);
  }

  widget.append(h("header", {}, h("h3", {}, data.name)), chooser, player.element, h("div", { class: "now-panel" }, formula, says), stage,
    h("h4", {}, "About ", about), facts, legend());
  tell();
  show(0);
  const unwatch = onWidth(stage, (now) => {
    // A wire may run beside the last column.
    width = now - 16;
    redraw();
    picture?.show(player.index);
  });
  return { destroy() { player.stop(); unwatch(); } };
}

/** @param {Tensor} t */
function startSays(t) {
  if (!t.cells.length) return "This tensor has no elements.";
  return "Step with → to see which box each element is. The path under the strip is the whole walk, in logical order.";
}

/** The formula with letters. @param {Tensor} t */
function rule(t) {
  const letters = ["i", "j", "k", "l"].slice(0, t.shape.length);
  const marked = letters.flatMap((x, d) => [d ? ", " : "[", h("b", { class: `dim dim-${d}` }, x)]);
  return formulaRow(h("span", {}, cut(t.name, 28), marked, letters.length ? "]" : ""),
    "box", "offset", String(t.offset), letters.map((x, d) => [`${x} · stride[${d}]`, `${x} · ${t.stride[d]}`]));
}

/** The formula with this element's numbers. @param {Tensor} t @param {Cell} cell */
function filledIn(t, cell) {
  return formulaRow(h("span", {}, cut(t.name, 28), cell.at.length ? markedIndex(cell.at) : ""),
    String(cell.position), "offset", String(t.offset), cell.at.map((i, d) => [`${"ijkl"[d]} · stride[${d}]`, `${i} · ${t.stride[d]}`]));
}

/**
 * @param {HTMLElement} element @param {string} box @param {string} word @param {string} offset @param {string[][]} terms
 */
function formulaRow(element, box, word, offset, terms) {
  /** @param {string} above @param {string | HTMLElement} below @param {string} [mark] */
  const term = (above, below, mark = "") => h("span", { class: "term" }, h("i", {}, above), h("b", { class: mark }, below));
  const sign = (/** @type {string} */ x) => h("span", { class: "term sign" }, h("i", {}, ""), h("b", {}, x));
  return [h("span", { class: "term element" }, h("i", {}, "element"), element), sign("is"), term("box", box, "box"), sign("="), term(word, offset),
    ...terms.map(([above, below], d) => h("span", { class: "pair" }, sign("+"), term(above, below, `dim dim-${d}`)))];
}

/** @param {Strides} data @param {Tensor} t @param {number} k */
function sentenceFor(data, t, k) {
  const cell = t.cells[k];
  const parts = [`Box ${cell.position} holds ${data.storages[t.storage].boxes.find((b) => b.at === cell.position)?.value ?? cell.value}.`];
  if (k) {
    const far = cell.position - t.cells[k - 1].position;
    const boxes = `${Math.abs(far)} box${Math.abs(far) === 1 ? "" : "es"}`;
    if (cell.after_gap) parts.push("Elements between it and the one before are not drawn.");
    else if (far === 1) parts.push("One box on from the element before.");
    else if (far === 0) parts.push("The same box as the element before.");
    else parts.push(`A jump of ${boxes} ${far > 0 ? "on" : "back"} from the element before.`);
  }
  const twins = sharing(data, t, cell);
  const called = twins.slice(0, 3).map((o) => `${cut(o.tensor.name, 28)}${o.cell.at.length ? indexText(o.cell.at) : ""}`).join(", ");
  if (twins.length) parts.push(`The same box is also ${called}${twins.length > 3 ? ` and ${twins.length - 3} more` : ""}.`);
  return parts.join(" ");
}

/** Every other drawn cell that is the same box. @param {Strides} data @param {Tensor} t @param {Cell} cell */
function sharing(data, t, cell) {
  return data.tensors.flatMap((tensor, i) => tensor.storage !== t.storage ? [] :
    tensor.cells.filter((c) => c !== cell && c.position === cell.position).map((c) => ({ tensor, i, cell: c })));
}

/**
 * The whole picture at one width.
 * @param {Strides} data @param {number} active @param {number} width @param {(tensor: number, step: number) => void} go
 */
function drawn(data, active, width, go) {
  const wires = s("g", { class: "wires" }), above = s("g", {});
  /** @type {Map<string, Place>} */
  const cells = new Map();
  /** @type {Map<string, Place>} */
  const boxes = new Map();
  /** @type {Element[]} */
  const grids = [];
  const channels = s("g", {});
  let y = 0, wide = 0;
  data.storages.forEach((storage, n) => {
    const shade = new Map(storage.boxes.map((box, k) => [box.at, shadeOf(k, storage.boxes.length)]));
    let x = 0, row = 0;
    data.tensors.forEach((t, i) => {
      if (t.storage !== n) return;
      const made = grid(t, i, i === active, shade, width, go);
      if (x && x + made.width > width) [x, y, row] = [0, y + row + GAP, 0];
      made.element.setAttribute("transform", `translate(${x} ${y})`);
      grids[i] = made.element;
      for (const [key, place] of made.cells) cells.set(`${i}:${key}`, { ...place, x: place.x + x, y: place.y + y, bottom: place.bottom + y });
      above.append(made.element);
      [wide, row, x] = [Math.max(wide, x + made.width), Math.max(row, made.height), x + made.width + GAP];
    });
    y += row + GAP;
    const made = strip(storage, n, data.tensors[active].storage === n ? data.tensors[active] : null, shade, width, (at) => {
      const step = data.tensors[active].storage === n ? data.tensors[active].cells.findIndex((c) => c.position === at) : -1;
      const other = data.tensors.findIndex((t) => t.storage === n && t.cells.some((c) => c.position === at));
      if (step >= 0) go(active, step + 1);
      else if (other >= 0) go(other, data.tensors[other].cells.findIndex((c) => c.position === at) + 1);
    });
    made.element.setAttribute("transform", `translate(0 ${y})`);
    for (const [at, place] of made.boxes) boxes.set(`${n}:${at}`, { ...place, y: place.y + y, bottom: place.bottom + y });
    channels.append(made.element);
    [wide, y] = [Math.max(wide, made.width), y + made.height + GAP];
  });
  const hops = s("g", { class: "hops" });
  const label = `${data.tensors.map((t) => `${t.name}: shape ${shapeText(t.shape)}, stride ${shapeText(t.stride)}, offset ${t.offset}`).join("; ")}`;
  const size = { width: Math.ceil(wide) + 12, height: Math.ceil(y - GAP) + 4 };
  const element = s("svg", { ...size, viewBox: `-1 -1 ${size.width} ${size.height}`, role: "img", "aria-label": label }, wires, hops, channels, above);

  return {
    element,
    /** @param {number} step */
    show(step) {
      const t = data.tensors[active], cell = step ? t.cells[step - 1] : null;
      for (const { node } of [...cells.values(), ...boxes.values()]) node.classList.remove("now", "twin");
      grids.forEach((g, i) => lightNumbers(g, i === active && cell ? cell.at : null));
      fill(hops, walkPath(t, step, boxes, t.storage));
      fill(wires);
      if (!cell) return;
      const box = boxes.get(`${t.storage}:${cell.position}`), from = cells.get(`${active}:${keyOf(cell.at)}`);
      if (!box || !from) return;
      for (const twin of sharing(data, t, cell).slice(0, 16)) {
        const place = cells.get(`${twin.i}:${keyOf(twin.cell.at)}`);
        if (!place) continue;
        place.node.classList.add("twin");
        wires.append(s("path", { class: "twin", d: wire(place, box) }));
      }
      from.node.classList.add("now");
      box.node.classList.add("now");
      // Its outline lies over its neighbours' only when it is drawn last.
      box.node.parentNode?.append(box.node);
      wires.append(s("path", { class: "now", d: wire(from, box) }));
      const scroller = element.parentElement;
      if (scroller && scroller.scrollWidth > scroller.clientWidth) scroller.scrollLeft = Math.min(from.x, box.x) - 40;
    },
  };
}

/** From a cell, down the channel at its right, to a box: never across a number. @param {Place} from @param {Place} box */
function wire(from, box) {
  const x0 = from.x + from.width, y0 = from.y + CELL_HEIGHT / 2, lane = x0 + 4, x1 = box.x + box.width / 2, y1 = box.y - ADDRESS + 1;
  const turn = from.bottom + 4;
  return `M${x0} ${y0}Q${lane} ${y0} ${lane} ${y0 + 6}V${turn}C${lane} ${(turn + y1) / 2} ${x1} ${(turn + y1) / 2} ${x1} ${y1}`;
}

/**
 * One tensor: its facts, and a cell for every element, which names its box.
 * @param {Tensor} t @param {number} index @param {boolean} active @param {Map<number, string>} shade @param {number} most
 * @param {(tensor: number, step: number) => void} go
 */
function grid(t, index, active, shade, most, go) {
  const cellWidth = Math.max(48, ...t.cells.map((c) => widthOf(c.value, 13) + 14), ...t.cells.map((c) => widthOf(`box ${c.position}`, 11) + 10));
  const lines = [`shape ${shapeText(t.shape)} · stride ${shapeText(t.stride)}`, `offset ${t.offset} · ${t.contiguous ? "contiguous" : "not contiguous"}`];
  const name = cut(t.name, Math.max(12, Math.floor(most / 8.2) - 4));
  const head = [s("text", { class: "name", x: 0, y: 10, "dominant-baseline": "central" }, s("title", {}, t.name), (active ? "▸ " : "") + name),
    ...lines.map((line, k) => s("text", { class: "fact", x: 0, y: 27 + 15 * k, "dominant-baseline": "central" }, line))];
  const wide = Math.max(widthOf(name, 13) + 16, ...lines.map((line) => widthOf(line, 11)));
  const where = plan(t.slabs, t.shape.length, { cell: [cellWidth, CELL_HEIGHT], gap: [8, 4], most });
  const places = new Map();
  const body = t.cells.map((c, k) => {
    const [x, y] = /** @type {[number, number]} */ (where.corners.get(keyOf(c.at)));
    const node = s("g", { class: "cell", onclick: () => go(index, k + 1), "data-at": keyOf(c.at), "data-tensor": index },
      s("title", {}, `${t.name}${c.at.length ? indexText(c.at) : ""} = ${c.value}, box ${c.position}`),
      s("rect", { class: "paper", x, y, width: cellWidth, height: CELL_HEIGHT, rx: 5 }),
      s("rect", { class: "tint", x, y, width: cellWidth, height: CELL_HEIGHT, rx: 5, style: `--shade:${shade.get(c.position)}` }),
      s("text", { class: "value", x: x + cellWidth / 2, y: y + 14 }, c.value),
      s("text", { class: "at", x: x + cellWidth / 2, y: y + 30 }, `box ${c.position}`));
    places.set(keyOf(c.at), { x, y: y + HEAD, width: cellWidth, bottom: HEAD + where.height, node });
    return node;
  });
  const cellsGroup = s("g", { transform: `translate(0 ${HEAD})` }, words(where), body,
    t.cells.length ? null : s("text", { class: "fact", x: 0, y: 16 }, "no elements"));
  return { element: s("g", { class: active ? "tensor active" : "tensor" }, head, cellsGroup), cells: places,
    width: Math.max(wide, where.width), height: HEAD + Math.max(where.height, t.cells.length ? 0 : 24) };
}

/**
 * The boxes of a storage in lines as wide as the page.
 * @param {Storage} storage @param {number} index @param {Tensor | null} walker @param {Map<number, string>} shade @param {number} most
 * @param {(at: number) => void} choose
 */
function strip(storage, index, walker, shade, most, choose) {
  const size = Math.max(36, ...storage.boxes.map((b) => Math.max(widthOf(b.value, 12), widthOf(String(b.at), 11)) + 11));
  const whole = storage.boxes.length === storage.size, lines = Math.ceil((storage.boxes.length * size) / most);
  // Lines of one length, so that no box stands alone on the last one.
  const room = whole ? Math.ceil(storage.boxes.length / lines) * size : most;
  const used = walker ? new Set(walker.cells.map((c) => c.position)) : null;
  const says = s("text", { class: "fact", x: 0, y: 28 }, s("title", {}, storage.says), cut(storage.says, Math.floor(most / 6.8) - 3));
  const name = s("text", { class: "name", x: 0, y: 10 }, storage.name);
  const parts = [], boxes = new Map();
  let x = 0, y = 40, wide = Math.min(most - 12, widthOf(storage.says, 11));
  const line = ADDRESS + BOX_HEIGHT + HOPS;
  storage.boxes.forEach((box, k) => {
    const skipped = k > 0 && box.at - storage.boxes[k - 1].at > 1;
    if (x + size + (skipped ? 24 : 0) > room + 0.5 && x > 0) [x, y] = [0, y + line];
    if (skipped) {
      parts.push(s("text", { class: "fact", x: x + 12, y: y + ADDRESS + BOX_HEIGHT / 2, "text-anchor": "middle" }, "…"));
      x += 24;
    }
    const node = s("g", { class: used && !used.has(box.at) ? "box unread" : "box", onclick: () => choose(box.at), "data-at": box.at, "data-storage": index },
      s("title", {}, `${storage.name}, box ${box.at}: ${box.value}`),
      s("rect", { class: "paper", x, y: y + ADDRESS, width: size, height: BOX_HEIGHT }),
      s("rect", { class: "tint", x, y: y + ADDRESS, width: size, height: BOX_HEIGHT, style: `--shade:${shade.get(box.at)}` }),
      s("text", { class: "address", x: x + size / 2, y: y + ADDRESS - 9 }, box.at),
      s("text", { class: "value", x: x + size / 2, y: y + ADDRESS + BOX_HEIGHT / 2 }, box.value));
    parts.push(node);
    boxes.set(box.at, { x, y: y + ADDRESS, width: size, bottom: y + ADDRESS + BOX_HEIGHT, node });
    x += size;
    wide = Math.max(wide, x);
  });
  if (!storage.boxes.length) parts.push(s("text", { class: "fact", x: 0, y: 52 }, "no boxes"));
  return { element: s("g", { class: "storage" }, name, says, parts), boxes, width: wide, height: y + line - (walker ? 0 : HOPS) };
}

/** @param {Tensor} t @param {number} step @param {Map<string, Place>} boxes @param {number} storage */
function walkPath(t, step, boxes, storage) {
  const found = [];
  for (let k = 1; k < t.cells.length; k++) {
    const [a, b] = [t.cells[k - 1], t.cells[k]].map((c) => boxes.get(`${storage}:${c.position}`));
    if (!a || !b || a === b) continue;
    const state = k === step - 1 ? "now" : k < step - 1 ? "past" : "future";
    found.push({ state, nodes: hop(a, b, `${state}${t.cells[k].after_gap ? " left-out" : ""}${a.y === b.y ? "" : " across"}`) });
  }
  // The hop of this step is drawn last, over the others.
  return found.sort((one, other) => Number(one.state === "now") - Number(other.state === "now")).flatMap((f) => f.nodes);
}

/** An arc below the strip, deeper the further it goes. @param {Place} a @param {Place} b @param {string} state */
function hop(a, b, state) {
  const x0 = a.x + a.width / 2, x1 = b.x + b.width / 2, y0 = a.y + BOX_HEIGHT + 1, y1 = b.y + BOX_HEIGHT + 1;
  const deep = Math.min(HOPS - 6, 9 + Math.abs(x1 - x0) / 14) * 1.3;
  const head = state.startsWith("now") ? s("path", { class: "head", d: `M${x1} ${y1 - 1}l-4 7h8z` }) : null;
  return [s("path", { class: state, d: `M${x0} ${y0}C${x0} ${y0 + deep} ${x1} ${y1 + deep} ${x1} ${y1 + (head ? 5 : 0)}` }), head].filter((x) => x !== null);
}

/** @param {number} k @param {number} count */
function shadeOf(k, count) {
  const share = Math.round((count > 1 ? k / (count - 1) : 0) * 100);
  return `color-mix(in oklch, var(--late) ${share}%, var(--early))`;
}

function legend() {
  const sample = (/** @type {string} */ kind, /** @type {string} */ words) => h("span", {},
    s("svg", { width: 26, height: 16, viewBox: "0 0 26 16", "aria-hidden": "true" }, s("rect", { class: `sample ${kind}`, x: 2, y: 2, width: 22, height: 12, rx: 3 })), words);
  const line = h("span", {}, s("svg", { width: 26, height: 16, viewBox: "0 0 26 16", "aria-hidden": "true" },
    s("path", { class: "sample-hop", d: "M3 3C3 15 23 15 23 3" })), "the walk, in logical order");
  return h("div", { class: "legend" }, sample("now", "this element, and its box"), sample("twin", "another element that is the same box"),
    sample("unread", "a box that this tensor does not read"), line);
}
