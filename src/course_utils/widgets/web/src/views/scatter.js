// `scatter` and `gather`, an element at a time: an arrow from the cell that is read to the cell that is written.

import { fill, h, s } from "../dom.js";
import { createPlayer } from "../player.js";
import { indexText, keyOf, lightNumbers, onWidth, plan, widthOf, words } from "../slabs.js";
import { shapeText } from "../values.js";

/**
 * @typedef {[string, string][]} Marked parts of a line of code; the second of a part is "dim" where it is to be marked
 * @typedef {{ at: number[], value: string, index?: number | null, final?: string, hits?: number, wrong?: boolean }} Cell
 * @typedef {{ name: string, shape: number[], dtype: string, caption: string, slabs: import("../slabs.js").Slab[], left_out: string,
 *   loud?: string[], cells: Cell[] }} Board
 * @typedef {{ source: number[] | null, at: number[], target: number[], index: number, value: string, before: string, after: string,
 *   nth: number, of: number, terms: string[] | null }} Step
 * @typedef {{ name: string, verb: "scatter" | "gather", code: Marked, formula: Marked, dim: number, from: string | null,
 *   reduce: string | null, joined: string | null, sign: string | null, upper: Board, lower: Board, steps: Step[], total: number, notes: string[],
 *   refused: { rules: string[], torch: string, boards: Board[] } | null }} Scatter
 * @typedef {{ x: number, y: number, node: Element }} Place
 */

const HEIGHT = 46, GAP_X = 18, GAP_Y = 6, TITLE = 24, BETWEEN = 54;

/** @param {Scatter} data @param {import("../engine.js").Context} context */
export function scatter(data, context) {
  return data.refused ? refusal(data, context) : moving(data, context);
}

/** @param {Scatter} data @param {import("../engine.js").Context} context */
function moving(data, { widget, announce }) {
  const count = data.steps.length;
  const player = createPlayer({ count: count + 1, keys: widget, pace: 1500, onStep: show,
    label: (i) => (i ? `element ${i} of ${count}` : "start") });
  const sentence = h("p", { class: "sentence" });
  const says = h("p", { class: "says" });
  const stage = h("div", { class: "stage scroll", tabindex: 0, role: "region", "aria-label": `${data.upper.name} above, ${data.lower.name} below` });
  const notes = h("ul", { class: "notes" }, [...data.notes, data.upper.left_out && `${data.upper.name}: ${data.upper.left_out}`,
    data.lower.left_out && `${data.lower.name}: ${data.lower.left_out}`].filter(Boolean).map((note) => h("li", {}, note)));
  /** @type {ReturnType<typeof drawn> | null} */
  let picture = null;

  /** @param {number} i */
  function show(i) {
    const step = i ? data.steps[i - 1] : null;
    fill(sentence, step ? goesWhere(data, step) : startSays(data));
    const words = step ? becomes(data, step) : data.steps.length ? "Step with → to follow the elements one by one, or click a cell." : "";
    says.textContent = words;
    says.className = step && step.of > 1 && !data.reduce ? "says alarming" : "says";
    picture?.show(i);
    announce(`${sentence.textContent} ${words}`);
  }

  widget.append(h("header", {}, h("h3", {}, code(data.code)), h("p", {}, code(data.formula))), player.element,
    h("div", { class: "now-panel" }, sentence, says), stage, notes, legend(data));
  show(0);
  const unwatch = onWidth(stage, (width) => {
    picture = drawn(data, width - 16, (step) => { player.stop(); player.go(step); });
    fill(stage, picture.element);
    picture.show(player.index);
  });
  return { destroy() { player.stop(); unwatch(); } };
}

/** @param {Marked} parts */
const code = (parts) => h("code", {}, parts.map(([text, mark]) => (mark ? h("b", { class: "chosen" }, text) : text)));

/** @param {Scatter} data */
function startSays(data) {
  if (!data.steps.length) return "index is empty, so nothing moves.";
  const elements = data.total === 1 ? "The element" : `Each of the ${data.total.toLocaleString("en")} elements`;
  return data.verb === "scatter"
    ? `${elements} of ${data.from ?? "index"} goes to the cell of self at its own place, with the number of dimension ${data.dim} replaced by its index.`
    : `${elements} of out is read from the cell of input at its own place, with the number of dimension ${data.dim} replaced by its index.`;
}

/** "src[0, 2] = 5.0 goes to self[index[0, 2] = 1, 2]" @param {Scatter} data @param {Step} step */
function goesWhere(data, step) {
  const at = indexText(step.at);
  const inside = (/** @type {number[]} */ place) => place.flatMap((i, d) => [d ? ", " : null,
    d === data.dim ? h("b", { class: "chosen" }, h("span", { class: "why" }, `index${at} = `), step.index) : String(i)]);
  const value = h("b", { class: "value" }, step.value);
  if (data.verb === "gather") return h("code", {}, `out${at} = input[`, inside(/** @type {number[]} */ (step.source)), "] = ", value);
  return h("code", {}, data.from ? `${data.from}${at} = ` : "the value ", value, h("span", { class: "word" }, " goes to "), "self[", inside(step.target), "]");
}

/** What it does to the cell. @param {Scatter} data @param {Step} step */
function becomes(data, step) {
  if (data.verb === "gather") return `out${indexText(step.target)} becomes ${step.after}; input keeps it.`;
  const cell = `self${indexText(step.target)}`;
  if (data.reduce) {
    const joined = { Σ: " + ", Π: " · " }[data.sign ?? ""];
    const all = step.terms && (joined ? step.terms.join(joined) : `${data.sign} of ${step.terms.join(", ")}`);
    const result = all ? `${all} = ${step.after}` : `${step.before} → ${step.after}`;
    return `${cell}: ${result}${step.of > 1 ? ` (element ${step.nth} of ${step.of} for this cell)` : ""}.`;
  }
  if (step.of === 1) return `${cell} was ${step.before} and becomes ${step.after}.`;
  const which = "Plain scatter keeps one of them, and which one is not defined.";
  if (step.nth === 1) return `${cell} was ${step.before} and becomes ${step.after}. ⚠ ${step.of} elements go to this cell. ${which}`;
  return `⚠ ${cell} already had ${step.before} from another element; here ${step.after} overwrites it (${step.nth} of ${step.of}). ${which}`;
}

/**
 * Both boards at one width.
 * @param {Scatter} data @param {number} most @param {(step: number) => void} go
 */
function drawn(data, most, go) {
  const { upper, lower, steps } = data;
  const gather = data.verb === "gather";
  const shades = new Map(upper.cells.map((cell, k) => [keyOf(cell.at), shadeOf(k, upper.cells.length)]));
  /** The cell above that a step belongs to. @param {Step} step */
  const sourceOf = (step) => keyOf(step.source ?? step.at);
  const above = board(upper, most, [], (cell) => upper.name === "index" ? { value: String(cell.index), tag: `value ${cell.value}` }
    : { value: cell.value, tag: typeof cell.index === "number" ? `index ${cell.index}` : gather ? "" : "not used" });
  const below = board(lower, most, steps.map((step) => tagOf(data, step)), (cell) => ({ value: cell.value, tag: gather ? `index ${cell.index}` : "" }));
  const top = above.height + BETWEEN;
  below.element.setAttribute("transform", `translate(0 ${top})`);
  const wires = s("g", { class: "wires" }), flying = s("g", { class: "flying" });
  const size = { width: Math.ceil(Math.max(above.width, below.width)) + 14, height: Math.ceil(top + below.height) + 6 };
  const element = s("svg", { ...size, viewBox: `-2 -2 ${size.width} ${size.height}`, role: "img", class: `chosen-${data.dim}`,
    "aria-label": `${upper.name} ${shapeText(upper.shape)} above, ${lower.name} ${shapeText(lower.shape)} below` },
    wires, above.element, below.element, flying);
  for (const [key, place] of above.places) {
    const step = steps.findIndex((x) => sourceOf(x) === key);
    place.node.setAttribute("style", `--shade:${shades.get(key)}`);
    place.node.classList.add("tinted");
    if (step >= 0) clickable(place.node, () => go(step + 1));
  }
  for (const [key, place] of below.places) {
    const step = steps.findLastIndex((x) => keyOf(x.target) === key);
    if (step >= 0) clickable(place.node, () => go(step + 1));
  }
  const edge = above.height + 4;

  /** @param {Step} step */
  function path(step) {
    const from = above.places.get(sourceOf(step)), to = below.places.get(keyOf(step.target));
    if (!from || !to) return null;
    const x0 = from.x + above.cellWidth, y0 = from.y + HEIGHT / 2, lane = x0 + GAP_X / 2;
    const x1 = to.x, y1 = to.y + top + HEIGHT / 2, into = x1 - GAP_X / 2, entry = top + TITLE - 4;
    const middle = (edge + entry) / 2;
    return `M${x0} ${y0}Q${lane} ${y0} ${lane} ${y0 + 7}V${edge}C${lane} ${middle} ${into} ${middle} ${into} ${entry}V${y1 - 7}Q${into} ${y1} ${x1 - 5} ${y1}`;
  }

  /** @param {Step} step @param {string} state */
  function arrow(step, state) {
    const d = path(step), to = below.places.get(keyOf(step.target));
    if (!d || !to) return [];
    const y = to.y + top + HEIGHT / 2;
    return [s("path", { class: `line ${state}`, d, pathLength: state === "now" ? 1 : null, style: `--shade:${shades.get(sourceOf(step))}` }),
      s("path", { class: `head ${state}`, d: `M${to.x} ${y}l-8 -4.5v9z`, style: `--shade:${shades.get(sourceOf(step))}` })];
  }

  return {
    element,
    /** @param {number} index */
    show(index) {
      const now = index ? steps[index - 1] : null;
      const past = steps.slice(0, Math.max(0, index - 1));
      fill(wires, (index ? past : steps).flatMap((step) => arrow(step, index ? "past" : "coming")), now ? arrow(now, "now") : []);
      const done = steps.slice(0, index);
      for (const [key, place] of above.places) {
        const lost = !gather && !data.reduce && done.some((x) => sourceOf(x) === key && done.some((y) => y.nth > x.nth && keyOf(y.target) === keyOf(x.target)));
        place.node.classList.toggle("now", now !== null && sourceOf(now) === key);
        place.node.classList.toggle("done", done.some((x) => sourceOf(x) === key));
        place.node.classList.toggle("lost", lost);
      }
      for (const [key, place] of below.places) settle(place, done.findLast((x) => keyOf(x.target) === key) ?? null, now !== null && keyOf(now.target) === key);
      lightNumbers(above.element, now ? now.source ?? now.at : null);
      lightNumbers(below.element, now ? now.target : null);
      fill(flying);
      const d = now && path(now);
      if (now && d) {
        const wide = widthOf(now.value, 13) + 14;
        flying.append(s("g", { class: "chip", style: `offset-path:path("${d}")` },
          s("rect", { x: -wide / 2, y: -11, width: wide, height: 22, rx: 5 }), s("text", { x: 0, y: 0 }, now.value)));
      }
      const ends = now ? [above.places.get(sourceOf(now)), below.places.get(keyOf(now.target))].flatMap((place) => (place ? [place.x] : [])) : [];
      const scroller = element.parentElement;
      if (ends.length && scroller && scroller.scrollWidth > scroller.clientWidth) {
        scroller.scrollLeft = Math.min(Math.min(...ends) - 30, Math.max(0, Math.max(...ends) + above.cellWidth + 24 - scroller.clientWidth));
      }
    },
  };

  /** What a cell below shows after its last write so far. @param {Place} place @param {Step | null} step @param {boolean} now */
  function settle({ node, y }, step, now) {
    const [value, tag] = /** @type {[Element, Element]} */ ([node.querySelector(".value"), node.querySelector(".tag")]);
    const cell = lower.cells[Number(node.getAttribute("data-n"))];
    node.classList.toggle("now", now);
    node.classList.toggle("written", step !== null);
    node.classList.toggle("shared", step !== null && step.of > 1);
    node.classList.toggle("alarming", step !== null && step.of > 1 && !data.reduce && !gather);
    node.setAttribute("style", step ? `--shade:${shades.get(sourceOf(step)) ?? "var(--line)"}` : "");
    if (gather) {
      value.textContent = step ? step.after : "·";
      return;
    }
    value.textContent = step ? step.after : cell.value;
    value.setAttribute("y", String(y - TITLE + (step ? 16 : HEIGHT / 2)));
    tag.textContent = step ? tagOf(data, step) : "";
  }
}

/** The small line in a cell after a write. @param {Scatter} data @param {Step} step */
const tagOf = (data, step) => (step.of > 1 ? `${data.sign ?? "⚠"} ${step.nth} of ${step.of}` : `was ${step.before}`);

/** @param {Element} node @param {() => void} act */
function clickable(node, act) {
  node.classList.add("clickable");
  node.addEventListener("click", act);
}

/**
 * One tensor as cells of one size: a value, and a smaller line below it.
 * @param {Board} of @param {number} most @param {string[]} later what the smaller line may say in the end @param {(cell: Cell) => { value: string, tag: string }} words_
 */
function board(of, most, later, words_) {
  const texts = of.cells.map(words_);
  const cellWidth = Math.max(52, ...[...texts.map((t) => t.value), ...of.cells.map((c) => c.final ?? "")].map((text) => widthOf(text, 14) + 12),
    ...[...texts.map((t) => t.tag), ...later].map((text) => widthOf(text, 11) + 10));
  const where = plan(of.slabs, of.shape.length, { cell: [cellWidth, HEIGHT], gap: [GAP_X, GAP_Y], most, aside: GAP_X });
  /** @type {Map<string, Place>} */
  const places = new Map();
  const cells = of.cells.map((cell, k) => {
    const [x, y] = /** @type {[number, number]} */ (where.corners.get(keyOf(cell.at)));
    const { value, tag } = texts[k];
    const node = s("g", { class: tag === "not used" ? "cell unused" : "cell", "data-at": keyOf(cell.at), "data-board": of.name, "data-n": k },
      s("title", {}, `${of.name}${indexText(cell.at)}`),
      s("rect", { class: "paper", x, y, width: cellWidth, height: HEIGHT, rx: 5 }),
      s("rect", { class: "tint", x, y, width: cellWidth, height: HEIGHT, rx: 5 }),
      s("text", { class: "value", x: x + cellWidth / 2, y: y + (tag ? 16 : HEIGHT / 2) }, value),
      s("text", { class: "tag", x: x + cellWidth / 2, y: y + 34 }, tag),
      s("path", { class: "strike", d: `M${x + 8} ${y + 16}H${x + cellWidth - 8}` }));
    places.set(keyOf(cell.at), { x, y: y + TITLE, node });
    return node;
  });
  const more = `${shapeText(of.shape)} · ${of.dtype}`;
  const element = s("g", { class: `board ${of.name}` }, s("g", { transform: `translate(0 ${TITLE})` }, words(where), cells,
    of.cells.length ? null : s("text", { class: "fact", x: 0, y: 14 }, "no elements")),
  s("text", { class: "name", x: 0, y: 9 }, of.name, s("tspan", { class: "fact" }, `  ${more}`)));
  const wide = Math.max(where.width + GAP_X, widthOf(more, 11) + widthOf(of.name, 13) + 20);
  return { element, places, cellWidth, width: wide, height: TITLE + Math.max(where.height, of.cells.length ? 0 : 24) };
}

/** @param {number} k @param {number} count */
function shadeOf(k, count) {
  return `color-mix(in oklch, var(--late) ${Math.round((count > 1 ? k / (count - 1) : 0) * 100)}%, var(--early))`;
}

/** @param {Scatter} data */
function legend(data) {
  const collides = data.lower.cells.some((cell) => (cell.hits ?? 0) > 1);
  return h("div", { class: "legend" }, h("span", {}, h("b", { class: "chosen" }, "marked"), ": the number that index replaces"),
    h("span", {}, h("b", { class: "chosen" }, "index 2"), `: ${data.verb === "gather" ? "what index says about this cell of out" : "what index says about this element"}`),
    data.verb === "scatter" ? h("span", {}, sample("written"), "written; was … is what it held before") : h("span", {}, "· not yet read"),
    collides && !data.reduce ? h("span", {}, sample("alarming"), "several elements, one cell") : null,
    collides && data.sign ? h("span", {}, sample("shared"), `${data.sign}: the elements are ${data.joined}`) : null);
}

/** @param {string} kind */
const sample = (kind) => s("svg", { width: 26, height: 16, viewBox: "0 0 26 16", "aria-hidden": "true" }, s("g", { class: `cell ${kind}`, style: "--shade:var(--early)" },
  s("rect", { class: "tint", x: 2, y: 2, width: 22, height: 12, rx: 3 })));

/** A call that torch refuses: its tensors, what is wrong with them, and why. @param {Scatter} data @param {import("../engine.js").Context} context */
function refusal(data, { widget }) {
  const refused = /** @type {NonNullable<Scatter["refused"]>} */ (data.refused);
  const boards = h("div", { class: "boards" });
  const stage = h("div", { class: "stage scroll", tabindex: 0, role: "region", "aria-label": "the tensors of the call" }, boards);
  widget.append(h("header", {}, h("h3", {}, code(data.code)), h("p", { class: "wrong-text" }, "torch refuses this call")),
    h("ul", { class: "rules" }, refused.rules.map((rule) => h("li", {}, h("span", { class: "cross", "aria-hidden": "true" }, "✗"), rule))), stage,
    h("p", { class: "note" }, "torch says: ", h("code", {}, refused.torch)));
  const unwatch = onWidth(stage, (width) => fill(boards, refused.boards.map((b) => sheet(b, width - 8))));
  return { destroy: unwatch };
}

/** @param {Board} of @param {number} most */
function sheet(of, most) {
  const cell = /** @type {[number, number]} */ ([Math.max(40, ...of.cells.map((c) => widthOf(c.value, 13) + 16)), 32]);
  const where = plan(of.slabs, of.shape.length, { cell, gap: [4, 4], most });
  const nodes = of.cells.map((c) => {
    const [x, y] = /** @type {[number, number]} */ (where.corners.get(keyOf(c.at)));
    return s("g", { class: c.wrong ? "cell wrong" : "cell" }, s("title", {}, `${of.name}${indexText(c.at)} = ${c.value}`),
      s("rect", { class: "tint", x, y, width: cell[0], height: cell[1], rx: 5 }),
      s("text", { class: "value", x: x + cell[0] / 2, y: y + 16 }, c.value), c.wrong ? s("text", { class: "corner", x: x + cell[0] - 6, y: y + 7 }, "✗") : null);
  });
  const loud = (/** @type {string} */ word, /** @type {string} */ text) => (of.loud?.includes(word) ? h("b", { class: "loud" }, `✗ ${text}`) : text);
  const [width, height] = [Math.ceil(where.width) + 4, Math.ceil(where.height) + 4];
  const drawing = of.cells.length ? s("svg", { width, height, viewBox: `-2 -2 ${width} ${height}`, role: "img",
    "aria-label": `${of.name}: ${of.caption}, ${of.dtype}` }, words(where), nodes) : h("p", { class: "note" }, "no elements");
  return h("figure", {}, h("figcaption", {}, h("b", {}, of.name), " ", loud("shape", of.caption), " · ", loud("dtype", of.dtype)), drawing,
    of.left_out ? h("p", { class: "note" }, of.left_out) : null);
}
