// The one entry: data of a known kind becomes a picture that answers. The same function serves a widget in JupyterLab,
// a page opened from disk and the site; only `channel`, the way to a kernel, differs.

import { h } from "./dom.js";
import theme from "./theme.css";
import broadcastCss from "./views/broadcast.css";
import { broadcast } from "./views/broadcast.js";
import graphCss from "./views/graph.css";
import { graph } from "./views/graph.js";
import scatterCss from "./views/scatter.css";
import { scatter } from "./views/scatter.js";
import stridesCss from "./views/strides.css";
import { strides } from "./views/strides.js";
import chartsCss from "./charts/charts.css";
import checkpointCss from "./views/checkpoint.css";
import { checkpoint } from "./views/checkpoint.js";
import loaderCss from "./views/loader.css";
import { loader } from "./views/loader.js";
import optimizerCss from "./views/optimizer.css";
import { optimizer } from "./views/optimizer.js";
import trainingCss from "./views/training.css";
import { training } from "./views/training.js";

/**
 * The way to a kernel; a page without one has no channel.
 * @typedef {{ send: (message: object) => void, onData: (listen: (data: any) => void) => () => void }} Channel
 *
 * @typedef {object} Context
 * @property {HTMLElement} widget the outermost element; it has the focus while its keys are used
 * @property {Channel | null} channel
 * @property {(text: string) => void} announce read a sentence to people who use a screen reader
 *
 * A view fills the widget, and may return how to take in new data and what to stop.
 * @typedef {{ update?: (data: any) => void, destroy?: () => void } | void} View
 */

/** @type {Record<string, { view: (data: any, context: Context) => View, css?: string }>} */
const VIEWS = {
  graph: { view: graph, css: graphCss },
  broadcast: { view: broadcast, css: broadcastCss },
  scatter: { view: scatter, css: scatterCss },
  strides: { view: strides, css: stridesCss },
  checkpoint: { view: checkpoint, css: checkpointCss },
  loader: { view: loader, css: chartsCss + loaderCss },
  optimizer: { view: optimizer, css: chartsCss + optimizerCss },
  training: { view: training, css: chartsCss + trainingCss },
};

/**
 * Show `data` inside `host`.
 * @param {HTMLElement} host
 * @param {{ kind: string, data: any, channel?: Channel | null }} what
 * @returns {() => void} what takes it away again
 */
export function mount(host, { kind, data, channel = null }) {
  const known = VIEWS[kind];
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const heard = h("div", { class: "hidden-text", "aria-live": "polite" });
  const widget = h("div", { class: "widget", role: "group", tabindex: 0, "aria-label": data?.name ?? kind });
  const style = h("style", {}, theme + (known?.css ?? ""));
  root.replaceChildren(style, widget, heard);
  const unguard = guardKeys(host);
  const unfollow = followTheme(host);
  if (!known) {
    widget.append(h("p", {}, `This page does not know widgets of the kind “${kind}”; install the newer course.`));
    return () => {
      unfollow();
      unguard();
    };
  }
  /** @type {Context} */
  const context = { widget, channel, announce: (text) => { heard.textContent = text; } };
  let shown = known.view(data, context);
  const unlisten = channel?.onData((fresh) => {
    if (shown && shown.update) return shown.update(fresh);
    if (shown && shown.destroy) shown.destroy();
    widget.replaceChildren();
    shown = known.view(fresh, context);
  });
  return () => {
    unlisten?.();
    unfollow();
    unguard();
    if (shown && shown.destroy) shown.destroy();
  };
}

/** JupyterLab says in an attribute whether its theme is light; other pages follow the system. @param {HTMLElement} host */
function followTheme(host) {
  const follow = () => {
    const light = document.body.dataset.jpThemeLight;
    host.style.colorScheme = light === "true" ? "light" : light === "false" ? "dark" : "light dark";
  };
  follow();
  const observer = new MutationObserver(follow);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  return () => observer.disconnect();
}

/**
 * JupyterLab's own shortcuts would take the arrow keys away, but Ctrl+S must still save. It looks for this attribute when
 * a key reaches the document; the window hears of it a moment earlier.
 * @param {HTMLElement} host
 */
function guardKeys(host) {
  /** @param {KeyboardEvent} event */
  const guard = (event) => {
    if (event.composedPath().includes(host)) host.toggleAttribute("data-lm-suppress-shortcuts", !event.ctrlKey && !event.metaKey);
  };
  window.addEventListener("keydown", guard, true);
  return () => window.removeEventListener("keydown", guard, true);
}
