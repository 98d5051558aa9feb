// Pause and learning rate. What is asked here is done by the loop itself, at its next log; the number that it has heard
// comes back with the data, so the page knows whether it was.

import { h } from "../../dom.js";
import { short } from "../../values.js";

/** Notches of the slider for a factor of ten, and how many such factors it reaches to both sides of the first rate. */
const NOTCHES = 20, DECADES = 3;
const PATIENCE_MS = 2000;

/** @param {import("../../engine.js").Channel | null} channel */
export function createControls(channel) {
  let asked = 0, timer = 0;
  /** @type {number | null} the rate in the middle of the slider */
  let middle = null;
  /** @type {import("../training.js").TrainingData | null} */
  let data = null;
  const pause = h("button", { type: "button", onclick: () => ask({ pause: data?.state !== "paused" }) }, "Pause");
  const slider = h("input", { type: "range", min: -NOTCHES * DECADES, max: NOTCHES * DECADES, step: 1, value: 0, "aria-label": "learning rate",
    // Its arrow keys are its own, not steps through time.
    onkeydown: (event) => event.stopPropagation(),
    oninput: () => {
      if (middle === null) return;
      const rate = Number((middle * 10 ** (Number(slider.value) / NOTCHES)).toPrecision(3));
      value.textContent = short(rate);
      slider.setAttribute("aria-valuetext", short(rate));
      ask({ rate });
    } });
  const value = h("output", {});
  const answer = h("span", { class: "note", role: "status" });
  const rate = h("span", { class: "rate" }, "learning rate", slider, value);
  const element = h("div", { class: "controls", role: "group", "aria-label": "the loop" }, pause, rate, answer);

  /** @param {object} what */
  function ask(what) {
    asked += 1;
    channel?.send({ ...what, id: asked });
    answer.textContent = "asked …";
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      answer.textContent = data?.state === "running"
        ? "Python has not heard it yet: with this kernel, messages wait until the cell ends or the loop logs."
        : "It takes effect at the next log.";
    }, PATIENCE_MS);
  }

  return {
    element,
    /** @param {import("../training.js").TrainingData} fresh */
    show(fresh) {
      data = fresh;
      const busy = data.state === "running" || data.state === "paused";
      pause.textContent = data.state === "paused" ? "Resume" : "Pause";
      pause.disabled = !channel || !busy;
      rate.hidden = data.rate === null;
      slider.disabled = !channel || data.state === "done";
      if (data.heard >= asked) {
        clearTimeout(timer);
        answer.textContent = data.state === "paused" ? "Python waits in your cell. Resume it here, or interrupt the kernel." : "";
        const first = data.rates.find((r) => typeof r === "number" && r > 0) ?? data.rate;
        middle ??= typeof first === "number" && first > 0 ? first : null;
        if (middle !== null && data.rate) slider.value = String(Math.round(Math.log10(data.rate / middle) * NOTCHES));
        value.textContent = data.rate === null ? "" : short(data.rate);
        slider.setAttribute("aria-valuetext", value.textContent);
      }
      if (!channel) answer.textContent = data.state === "done" || data.state === "ended" ? "" : "Pausing and changing the learning rate need JupyterLab and a running loop.";
      element.hidden = !channel && (data.state === "done" || data.state === "ended");
    },
    stop: () => clearTimeout(timer),
  };
}
