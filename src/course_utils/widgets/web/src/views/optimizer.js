// Optimizers on a loss surface: where each one is, what it sees, and what its formula makes of it, a step at a time.

import { fill, h } from "../dom.js";
import { createPlayer } from "../player.js";
import { short } from "../values.js";
import { formulas } from "./optimizer/formulas.js";
import { lossCurve } from "./optimizer/losses.js";
import { map } from "./optimizer/map.js";
import { sign } from "../charts/signs.js";

/**
 * @typedef {{ target: string, formula: string, numbers: string }} Rule
 * @typedef {(number | string)[]} Pair
 * @typedef {{ name: string, settings: string, rate: number | null, own_rate: number | null, points: number[][], losses: number[],
 *   slopes: number[][], trace: Record<string, Pair[]>, rules: Rule[], diverged: number | null }} Path
 * @typedef {{ name: string, surface: { name: string, formula: string, about: string, minima: number[][] }, extent: number[], start: number[],
 *   contours: { level: number, above: number[][] }[], steps: number, paths: Path[], problem: string | null }} OptimizerData
 */

/** How far a learning rate can be moved: to a hundredth and to a hundred times its own, twenty notches for a factor of ten. */
const NOTCHES = 40;

let groups = 0;

/** @param {OptimizerData} given @param {import("../engine.js").Context} context */
export function optimizer(given, { widget, channel, announce }) {
  let data = given;
  let chosen = Math.min(1, data.paths.length - 1);
  const group = `optimizer-${(groups += 1)}`;
  const land = h("div", { class: "land" });
  const curve = h("div", { class: "curve" });
  const rows = h("tbody", {});
  const working = h("div", { role: "group", class: "working", "aria-label": "the next step, with numbers" });
  const problem = h("p", { class: "note wrong", role: "status" });
  const player = createPlayer({ count: data.steps + 1, start: data.steps, keys: widget, pace: 220, onStep: (i) => show(i, true),
    label: (i) => i === 0 ? "the start" : `after step ${i} of ${data.steps}` });

  /** @param {number} i @param {boolean} aloud */
  function show(i, aloud) {
    const words = data.paths.map((path) => `${path.name}: ${whereWords(path, i)}`).join(" ");
    fill(land, map(data, i, chosen, words, kernel ? (x, y) => kernel.send({ start: [x, y] }) : null));
    fill(curve, lossCurve(data, i, chosen));
    data.paths.forEach((path, p) => fill(cells[p], numbers(path, i)));
    fill(working, formulas(data.paths[chosen], chosen, i));
    problem.textContent = data.problem ?? "";
    if (aloud) announce(`Step ${i}. ${words}`);
  }

  const cells = data.paths.map(() => h("tr", {}));
  /** @param {Path} path @param {number} i @returns {HTMLElement[]} */
  function numbers(path, i) {
    const p = data.paths.indexOf(path);
    const name = heads[p];
    if (i >= path.points.length) {
      return [name, h("td", { colspan: 4, class: "wrong-text" }, `✗ diverged in step ${path.diverged}`)];
    }
    const [x, y] = path.points[i];
    const [left, right, bottom, top] = data.extent;
    const out = x < left || x > right || y < bottom || y > top;
    return [name, ...[x, y, path.losses[i]].map((v) => h("td", {}, short(v))), h("td", { class: "out" }, out ? "off the map" : "")];
  }
  const heads = data.paths.map((path, p) => h("th", { scope: "row" }, h("label", { title: path.name },
    h("input", { type: "radio", name: group, checked: p === chosen, onchange: () => choose(p) }), sign(p), h("span", {}, path.name))));
  rows.append(...cells);

  const kernel = channel && patient(channel);
  const rate = rateControl(kernel);
  const from = startControl(kernel);
  /** @param {number} p */
  function choose(p) {
    chosen = p;
    rate.show(data.paths[p]);
    show(player.index, false);
  }

  widget.append(
    h("header", {}, h("h3", {}, data.name), h("p", {}, surfaceWords(data.surface))),
    player.element,
    h("div", { class: "sides" },
      h("div", { class: "left" }, land, mapLegend()),
      h("div", { class: "right" },
        h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "where each optimizer is" },
          h("table", {}, h("thead", {}, h("tr", {}, ["optimizer", "x", "y", "loss"].map((w) => h("th", { scope: "col" }, w)), h("td", {}))), rows)),
        curve)),
    working,
    h("fieldset", { disabled: !channel }, h("legend", {}, "Try it"), rate.element, from.element,
      channel ? null : h("p", { class: "note" }, "Learning rate and start can be changed in JupyterLab, where Python runs the optimizers again.")),
    problem,
  );
  rate.show(data.paths[chosen]);
  from.show(data.start);
  show(player.index, false);

  return {
    /** @param {OptimizerData} fresh */
    update(fresh) {
      data = fresh;
      kernel?.answered();
      rate.show(data.paths[chosen]);
      from.show(data.start);
      show(player.index, false);
    },
    destroy: player.stop,
  };
}

/** @typedef {{ send: (message: object) => void }} Sender */

/**
 * One question at a time: a slider that is dragged asks faster than Python answers, and only its last place matters.
 * @param {import("../engine.js").Channel} channel
 * @returns {Sender & { answered: () => void }}
 */
function patient(channel) {
  let waiting = 0;
  /** @type {object | null} */
  let next = null;
  /** @param {object} message */
  function send(message) {
    if (waiting) {
      next = { ...next, ...message };
      return;
    }
    // An answer that changes nothing does not arrive.
    waiting = window.setTimeout(answered, 1000);
    channel.send(message);
  }
  function answered() {
    clearTimeout(waiting);
    waiting = 0;
    const message = next;
    next = null;
    if (message) send(message);
  }
  return { send, answered };
}

/** @param {Path} path @param {number} i */
function whereWords(path, i) {
  if (i >= path.points.length) return `diverged in step ${path.diverged}.`;
  return `x ${short(path.points[i][0])}, y ${short(path.points[i][1])}, loss ${short(path.losses[i])}.`;
}

/** @param {OptimizerData["surface"]} surface */
function surfaceWords(surface) {
  return [surface.formula ? h("code", {}, `loss = ${surface.formula}`) : null, surface.formula && surface.about ? " · " : "", surface.about];
}

function mapLegend() {
  return h("p", { class: "note" }, h("b", {}, "g"), " the gradient points uphill; its length is not to scale. ",
    h("b", {}, "next step"), " where the chosen optimizer goes from here, to scale. A stronger blue is higher; + is a minimum; the ring is the start.");
}

/** @param {Sender | null} channel */
function rateControl(channel) {
  /** @type {Path | null} */
  let path = null;
  const title = h("span", { class: "of" });
  const value = h("output", {});
  const slider = h("input", { type: "range", min: -NOTCHES, max: NOTCHES, step: 1, value: 0, "aria-label": "learning rate",
    // Its arrow keys are its own, not steps of the player.
    onkeydown: (event) => event.stopPropagation(),
    oninput: () => send(Number(slider.value)) });
  const reset = h("button", { type: "button", onclick: () => { slider.value = "0"; send(0); } }, "reset");
  /** @param {number} notch */
  function send(notch) {
    if (!path || path.own_rate === null) return;
    const rate = notch === 0 ? path.own_rate : Number((path.own_rate * 10 ** (notch / 20)).toPrecision(3));
    value.textContent = short(rate);
    slider.setAttribute("aria-valuetext", short(rate));
    channel?.send({ rates: { [path.name]: rate } });
  }
  return {
    element: h("div", { class: "control" }, title, slider, value, reset),
    /** @param {Path} shown */
    show(shown) {
      const other = path?.name !== shown.name;
      path = shown;
      title.textContent = `learning rate of ${shown.name}`;
      slider.disabled = reset.disabled = !channel || shown.rate === null;
      value.textContent = shown.rate === null ? "has none" : short(shown.rate);
      slider.setAttribute("aria-valuetext", value.textContent);
      // While it is being dragged the slider leads and the answers follow.
      if (other && shown.rate && shown.own_rate) slider.value = String(Math.round(Math.log10(shown.rate / shown.own_rate) * 20));
    },
  };
}

/** @param {Sender | null} channel */
function startControl(channel) {
  /** @param {string} axis */
  const input = (axis) => h("input", { type: "number", step: "any", "aria-label": `${axis} of the start`, onchange: send });
  const boxes = [input("x"), input("y")];
  function send() {
    const start = boxes.map((box) => box.valueAsNumber);
    if (start.every(Number.isFinite)) channel?.send({ start });
  }
  return {
    element: h("div", { class: "control" }, h("span", { class: "of" }, "start at"), "x", boxes[0], "y", boxes[1],
      channel ? h("span", { class: "note" }, "or click the map") : null),
    /** @param {number[]} start */
    show(start) { boxes.forEach((box, i) => { box.value = String(start[i]); }); },
  };
}
