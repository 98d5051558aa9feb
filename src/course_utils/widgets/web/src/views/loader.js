// A DataLoader at work: the order the sampler drew, who loads which batch when, and what the main process waits for.

import { ticks } from "../charts/axes.js";
import { fill, h } from "../dom.js";
import { createPlayer } from "../player.js";
import { short } from "../values.js";

/**
 * All times are milliseconds since the first sample of the epoch began to load.
 * @typedef {{ indices: (number | string | null)[], size: number, worker: number | null, pid: number | null, samples: number[][],
 *   from: number, to: number, asked: number, got: number, done: number }} Batch
 * @typedef {{ batches: Batch[], dropped: (number | string | null)[], dropped_count: number, complete: boolean, startup: number }} Epoch
 * @typedef {{ name: string, workers: (number | null)[], epochs: Epoch[], options: { batch_size: number | null, sampler: string,
 *   drop_last: boolean, num_workers: number, prefetch_factor: number | null, samples: number | null } }} LoaderData
 */

/** How many colours batches take turns with; their numbers tell them apart. */
const COLOURS = 6;

/** @param {LoaderData} data @param {import("../engine.js").Context} context */
export function loader(data, { widget, announce }) {
  const steps = data.epochs.flatMap((epoch, e) => epoch.batches.map((_, b) => ({ e, b })));
  const strip = h("div", { class: "strip" });
  const lanes = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "who loads when" });
  const says = h("p", { class: "says" });
  let inOrder = false;
  const player = createPlayer({ count: Math.max(1, steps.length), keys: widget, pace: 700, onStep: (i) => { show(i); announce(says.textContent ?? ""); },
    label: (i) => steps.length ? `${data.epochs.length > 1 ? `epoch ${steps[i].e + 1}, ` : ""}batch ${steps[i].b + 1} of ${data.epochs[steps[i].e].batches.length}` : "no batch" });
  const scales = [["real time", false], ["in order", true]].map(([word, order]) =>
    h("button", { type: "button", "aria-pressed": String(order === inOrder), onclick: () => {
      inOrder = Boolean(order);
      scales.forEach((b, i) => b.setAttribute("aria-pressed", String((i === 1) === inOrder)));
      show(player.index);
    } }, String(word)));

  /** @param {number} i */
  function show(i) {
    if (!steps.length) {
      says.textContent = "The loader gave no batch: the dataset is empty, or smaller than one batch with drop_last=True.";
      fill(strip, dropped(data.epochs[0]));
      return;
    }
    const { e, b } = steps[i];
    const epoch = data.epochs[e];
    fill(strip, epoch.batches.map((batch, n) => group(batch, n, n === b)), dropped(epoch),
      epoch.complete ? null : h("span", { class: "more" }, "… more that were not loaded here"));
    fill(lanes, timeline(data.workers, epoch, b, inOrder));
    says.textContent = sentence(epoch, b);
  }

  const { options } = data;
  const settings = [`batch_size=${options.batch_size ?? "None"}`, `num_workers=${options.num_workers}`,
    options.prefetch_factor ? `prefetch_factor=${options.prefetch_factor}` : "", options.drop_last ? "drop_last=True" : ""].filter(Boolean).join("  ");
  widget.append(
    h("header", {}, h("h3", {}, data.name), h("p", {}, options.samples === null ? "" : `${options.samples} samples · `, h("code", {}, settings), ` · sampler: ${options.sampler}`)),
    player.element,
    h("h4", {}, "The order that the sampler drew, cut into batches"), strip,
    h("h4", {}, "Who loads them, and when ", h("span", { class: "scales", role: "group", "aria-label": "scale" }, scales)), lanes,
    says,
    h("p", { class: "note" }, "A number is a batch. Hatched: the main process waits. Dashed: a batch is ready and waits to be taken. Times are real and differ from run to run."),
  );
  show(0);
  return { destroy: player.stop };
}

/** @param {Batch} batch @param {number} n @param {boolean} now */
function group(batch, n, now) {
  const who = batch.worker === null ? "main" : `worker ${batch.worker}`;
  const known = batch.indices.some((index) => index !== null);
  const more = batch.size - batch.indices.length;
  return h("div", { class: `group colour-${n % COLOURS}${now ? " now" : ""}`, "data-batch": n + 1 },
    h("div", { class: "cells-row" }, known ? batch.indices.map((index) => h("span", { class: "index" }, String(index)))
      : h("span", { class: "index" }, `${batch.size} samples`), more > 0 && known ? h("span", { class: "index" }, `+${more}`) : null),
    h("div", { class: "who" }, h("b", {}, String(n + 1)), ` ${who}`));
}

/** @param {Epoch} epoch */
function dropped(epoch) {
  if (!epoch?.dropped_count) return null;
  const more = epoch.dropped_count - epoch.dropped.length;
  return h("div", { class: "group dropped" },
    h("div", { class: "cells-row" }, epoch.dropped.map((index) => h("s", { class: "index" }, String(index))), more > 0 ? h("s", { class: "index" }, `+${more}`) : null),
    h("div", { class: "who" }, "✗ dropped: fewer than a batch"));
}

/** @param {(number | null)[]} workers @param {Epoch} epoch @param {number} now @param {boolean} inOrder */
function timeline(workers, { batches }, now, inOrder) {
  const place = inOrder ? ranks(batches) : clock(batches);
  const alone = workers[0] === null;
  /** @param {string} kind @param {number} from @param {number} to @param {number} n @param {string} about @param {boolean} numbered */
  const block = (kind, from, to, n, about, numbered) => {
    const [a, b] = [place.at(from), place.at(to)];
    const made = h("span", { class: `block ${kind} colour-${n % COLOURS}${n === now ? " now" : ""}`, title: `batch ${n + 1}: ${about}` },
      numbered && (b - a > 2.4 || n === now) ? String(n + 1) : null);
    made.style.left = `${a}%`;
    made.style.width = `max(${b - a}%, 2px)`;
    return made;
  };
  const main = batches.flatMap((batch, n) => alone
    ? [block("load", batch.from, batch.to, n, `loaded in ${time(batch.to - batch.from)}`, true), block("use", batch.got, batch.done, n, "used", false)]
    : [block("wait", Math.max(0, batch.asked), batch.got, n, `waited for, ${time(batch.got - batch.asked)}`, false), block("use", batch.got, batch.done, n, "taken and used", true)]);
  const rows = alone ? [] : workers.map((worker) => lane(`worker ${worker}`, batches.flatMap((batch, n) => batch.worker !== worker ? []
    : [block("ready", batch.to, Math.max(batch.to, batch.got), n, "ready", false), block("load", batch.from, batch.to, n, `loaded in ${time(batch.to - batch.from)}`, true)])));
  const axis = h("div", { class: "track axis-row", "aria-hidden": "true" }, place.ticks.map(({ at, words }) => {
    const tick = h("span", { class: "tick-mark" }, words);
    tick.style.left = `${at}%`;
    return tick;
  }));
  return h("div", { class: "lanes" }, lane(alone ? "main process loads and uses" : "main process", main), rows.flat(), h("span", {}, ""), axis);
}

/** @param {string} name @param {HTMLElement[]} blocks */
const lane = (name, blocks) => [h("span", { class: "name" }, name), h("div", { class: "track" }, blocks)];

/** Places on the clock, in percent. @param {Batch[]} batches */
function clock(batches) {
  const end = Math.max(...batches.map((b) => Math.max(b.to, b.done)), 1e-3);
  const at = (/** @type {number} */ ms) => (Math.max(0, ms) / end) * 100;
  return { at, ticks: ticks(0, end, 6).map((ms) => ({ at: at(ms), words: `${short(ms)} ms` })) };
}

/** Places by order: each thing that happens is one step on. For datasets so quick that the clock shows nothing. @param {Batch[]} batches */
function ranks(batches) {
  const times = [...new Set(batches.flatMap((b) => [b.from, b.to, Math.max(0, b.asked), b.got, b.done]))].sort((a, b) => a - b);
  const rank = new Map(times.map((t, i) => [t, i]));
  return { at: (/** @type {number} */ ms) => ((rank.get(Math.max(0, ms)) ?? 0) / Math.max(1, times.length - 1)) * 100,
    ticks: [{ at: 0, words: "first" }, { at: 100, words: "last" }] };
}

/** @param {Epoch} epoch @param {number} n */
function sentence(epoch, n) {
  const batch = epoch.batches[n];
  const loading = time(batch.to - batch.from);
  const what = batch.indices.some((index) => index !== null)
    ? `${batch.size === 1 ? "index" : "indices"} ${batch.indices.slice(0, 12).join(", ")}${batch.size > 12 ? ` … (${batch.size} in all)` : ""}`
    : `${batch.size} samples`;
  if (batch.worker === null) return `Batch ${n + 1}: ${what}. The main process loaded it itself in ${loading}, and could do nothing else meanwhile.`;
  const waited = batch.got - Math.max(batch.asked, 0);
  const early = batch.asked - batch.to;
  const ending = early > 0
    ? `It was ready ${time(early)} before it was asked for: the main process took it at once.`
    : `It was not ready when it was asked for: the main process waited ${time(Math.max(0, waited))}.`;
  const first = n === 0 ? ` The workers had taken ${time(epoch.startup)} to start.` : "";
  return `Batch ${n + 1}: ${what}. Worker ${batch.worker} (process ${batch.pid}) loaded it in ${loading}. ${ending}${first}`;
}

/** @param {number} ms */
const time = (ms) => (ms >= 1000 ? `${short(ms / 1000)} s` : `${short(ms)} ms`);
