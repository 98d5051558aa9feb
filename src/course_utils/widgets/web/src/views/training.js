// A training loop while it runs, and afterwards: losses, gradients, predictions, and a hand on the learning rate.

import { lines } from "../charts/lines.js";
import { fill, h } from "../dom.js";
import { createPlayer } from "../player.js";
import { short } from "../values.js";
import { createControls } from "./training/controls.js";
import { norms } from "./training/norms.js";
import { predictions } from "./training/predictions.js";

/**
 * @typedef {import("../charts/lines.js").Entry} Entry
 * @typedef {{ point: number, like: number | null, kind: "curve" | "cloud" | "classes", x?: Entry[] | null, truth?: Entry[], prediction?: Entry[],
 *   counts?: number[][], of: number }} Picture
 * @typedef {{ name: string, state: "waiting" | "running" | "paused" | "ended" | "done", total: number | null, count: number, every: number,
 *   at: number[], seconds: number[], metrics: Record<string, Entry[]>, rates: Entry[], layers: string[], norms: (Entry[] | null)[],
 *   pictures: Picture[], speed: { logs: Entry, samples: Entry, left: number | null }, rate: number | null, heard: number }} TrainingData
 */

const STATES = {
  waiting: "not begun", running: "running", paused: "paused", ended: "stopped", done: "done",
};

/** @param {TrainingData} given @param {import("../engine.js").Context} context */
export function training(given, { widget, channel, announce }) {
  let data = given;
  /** @type {boolean | null} until somebody chooses, the data do */
  let log = null;
  const state = h("span", { class: "state" });
  const status = h("p", { class: "status" });
  const progress = h("progress", { "aria-label": "how far the loop is" });
  const panels = h("div", { class: "panels" });
  const controls = createControls(channel);
  const player = createPlayer({ count: Math.max(1, data.at.length), start: Math.max(0, data.at.length - 1), keys: widget, pace: 120,
    label: where, onStep: (i) => { show(i); announce(spoken(i)); } });
  const logBox = h("input", { type: "checkbox", onchange: () => { log = logBox.checked; show(player.index); } });
  const logSwitch = h("label", { class: "switch" }, logBox, "log scale");

  /** @param {number} i */
  function where(i) {
    if (!data.at.length) return "no log yet";
    const last = data.at[i], first = (data.at[i - 1] ?? 0) + 1;
    return first === last ? `log ${last}` : `logs ${first} to ${last}`;
  }

  /** @param {number} i */
  function spoken(i) {
    return `${where(i)}: ${Object.entries(data.metrics).map(([name, values]) => `${name} ${short(values[i] ?? "not logged")}`).join(", ")}.`;
  }

  /** @param {number} i */
  function show(i) {
    // A page that no kernel feeds shows a moment, whatever the loop did after it.
    const moment = !channel && (data.state === "running" || data.state === "paused");
    state.textContent = moment ? "as it stood" : STATES[data.state];
    state.dataset.state = moment ? "" : data.state;
    status.textContent = speedWords(data);
    progress.hidden = data.total === null;
    progress.max = data.total ?? 1;
    progress.value = Math.min(data.count, data.total ?? 1);
    controls.show(data);
    fill(panels, data.at.length ? content(i) : h("p", { class: "note" }, "Nothing is logged yet. The curves appear with the first ", h("code", {}, "watch.log(loss=…)"), "."));
  }

  /** @param {number} i */
  function content(i) {
    const all = Object.entries(data.metrics).map(([name, values]) => ({ name, values }));
    const losses = all.filter(({ name }) => /loss|error/i.test(name));
    const others = all.filter((one) => !losses.includes(one));
    const numbers = /** @type {number[]} */ (losses.flatMap(({ values }) => values).filter((v) => typeof v === "number"));
    const can = numbers.length > 0 && numbers.every((v) => v > 0);
    const on = can && (log ?? Math.max(...numbers) > 20 * Math.min(...numbers));
    logBox.checked = on;
    logBox.disabled = !can;
    const common = { at: data.at, index: i, x: "log" };
    const picture = data.pictures.filter((p) => p.point <= i).at(-1);
    return [
      losses.length ? lines({ ...common, title: "loss", series: losses, log: on, extra: logSwitch }) : null,
      picture ? predictions(picture, data.pictures, where(picture.point)) : null,
      others.length ? lines({ ...common, title: "metrics", series: others }) : null,
      data.rates.some((r) => r !== null) ? lines({ ...common, title: "learning rate", series: [{ name: "lr", values: data.rates }], log: wide(data.rates) }) : null,
      data.norms.some((n) => n) ? norms(data, i) : null,
    ];
  }

  widget.append(
    h("header", {}, h("h3", {}, data.name), state),
    progress, status, controls.element, player.element, panels,
  );
  show(player.index);

  return {
    /** @param {TrainingData} fresh */
    update(fresh) {
      // Who looks at the end follows it; who has stepped back stays where they look.
      const follows = player.index >= data.at.length - 1;
      const looked = data.at[player.index] ?? 0;
      data = fresh;
      const same = data.at.findIndex((n) => n >= looked);
      player.resize(Math.max(1, data.at.length), follows || same < 0 ? data.at.length - 1 : same);
      show(player.index);
    },
    destroy() {
      player.stop();
      controls.stop();
    },
  };
}

/** @param {Entry[]} values */
function wide(values) {
  const numbers = /** @type {number[]} */ (values.filter((v) => typeof v === "number" && v > 0));
  return numbers.length > 0 && Math.max(...numbers) > 20 * Math.min(...numbers);
}

/** @param {TrainingData} data */
function speedWords({ count, total, every, speed, seconds }) {
  const words = [total ? `${count} of ${total} logs` : `${count} logs`];
  const last = seconds.at(-1);
  if (last && last >= 0.05) words.push(`${time(last)} so far`);
  if (speed.logs !== null) words.push(`${short(speed.logs)} logs a second`);
  if (speed.samples !== null) words.push(`${short(speed.samples)} samples a second`);
  if (speed.left) words.push(`about ${time(speed.left)} left`);
  if (every > 1) words.push(`each point is the mean of ${every} logs`);
  return words.join(" · ");
}

/** @param {number} s */
function time(s) {
  if (s < 60) return `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
  return s < 3600 ? `${Math.floor(s / 60)} min ${Math.round(s % 60)} s` : `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`;
}
