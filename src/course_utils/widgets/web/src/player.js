// One way to step through anything: buttons, a slider, keys. Every widget that has steps uses it, so that a learner
// learns it once.

import { h, s } from "./dom.js";

const ICONS = {
  first: "M2 2h2v10H2zM13 2v10L5 7z",
  back: "M11 2v10L4 7z",
  play: "M3 1.5v11L12 7z",
  pause: "M3 2h3v10H3zM8 2h3v10H8z",
  next: "M3 2v10l7-5z",
  last: "M10 2h2v10h-2zM1 2v10l8-5z",
};

/** @param {keyof typeof ICONS} name */
const icon = (name) => s("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" }, s("path", { d: ICONS[name] }));

/**
 * @typedef {object} Player
 * @property {HTMLElement} element
 * @property {number} index the step that is shown
 * @property {(index: number) => void} go
 * @property {(count: number, index?: number) => void} resize say how many steps there are now
 * @property {() => void} stop
 */

/**
 * @param {object} options
 * @param {number} options.count how many steps, from 0 to count - 1
 * @param {(index: number) => void} options.onStep called after every move
 * @param {(index: number) => string} [options.label] the words beside the slider; "step 3 of 14" by itself
 * @param {number} [options.start]
 * @param {number} [options.pace] milliseconds a step while playing
 * @param {HTMLElement} [options.keys] the element whose arrow keys, space, home and end also steer
 * @returns {Player}
 */
export function createPlayer({ count, onStep, label, start = 0, pace = 900, keys }) {
  let index = Math.min(start, count - 1);
  let timer = 0;
  const where = h("span", { class: "where" });
  const slider = h("input", { type: "range", min: 0, max: count - 1, value: index, "aria-label": "step",
    oninput: () => { stop(); go(Number(slider.value)); } });
  /** @param {keyof typeof ICONS} name @param {string} title @param {() => void} act */
  const button = (name, title, act) => h("button", { type: "button", title, "aria-label": title, onclick: act }, icon(name));
  const first = button("first", "To the first step (Home)", () => { stop(); go(0); });
  const back = button("back", "One step back (Left arrow)", () => { stop(); go(index - 1); });
  const play = button("play", "Play (Space)", () => toggle());
  const next = button("next", "One step on (Right arrow)", () => { stop(); go(index + 1); });
  const last = button("last", "To the last step (End)", () => { stop(); go(count - 1); });
  const element = h("div", { class: "player", role: "group", "aria-label": "Steps" },
    h("span", { class: "keys" }, first, back, play, next, last), slider, where);

  function show() {
    slider.max = String(count - 1);
    slider.value = String(index);
    const words = label ? label(index) : `step ${index + 1} of ${count}`;
    where.textContent = words;
    slider.setAttribute("aria-valuetext", words);
    first.disabled = back.disabled = index <= 0;
    next.disabled = last.disabled = index >= count - 1;
    play.disabled = count < 2;
  }

  /** @param {number} to */
  function go(to) {
    const held = Math.max(0, Math.min(count - 1, to));
    if (held !== index) {
      index = held;
      show();
      onStep(index);
    }
  }

  function stop() {
    if (!timer) return;
    clearInterval(timer);
    timer = 0;
    play.replaceChildren(icon("play"));
    play.setAttribute("aria-label", "Play (Space)");
  }

  function toggle() {
    if (timer) return stop();
    if (index >= count - 1) go(0);
    play.replaceChildren(icon("pause"));
    play.setAttribute("aria-label", "Pause (Space)");
    timer = window.setInterval(() => {
      // A cell that was run again leaves its old output behind, outside any document.
      if (!element.isConnected || index >= count - 1) return stop();
      go(index + 1);
      if (index >= count - 1) stop();
    }, pace);
  }

  keys?.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
    // Another control of the widget, such as a slider for a value, needs its keys itself.
    const typing = target !== slider && target.matches("input, select, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && target.matches("button, summary, input")) return;
    /** @type {Record<string, () => void>} */
    const moves = {
      ArrowRight: () => go(index + 1), ArrowDown: () => go(index + 1), ArrowLeft: () => go(index - 1),
      ArrowUp: () => go(index - 1), Home: () => go(0), End: () => go(count - 1), " ": toggle,
    };
    const move = moves[event.key];
    if (!move) return;
    if (event.key !== " ") stop();
    move();
    event.preventDefault();
    event.stopPropagation();
  });
  show();
  return {
    element, go, stop,
    get index() { return index; },
    resize(newCount, newIndex = 0) {
      stop();
      count = newCount;
      index = Math.max(0, Math.min(newCount - 1, newIndex));
      show();
    },
  };
}
