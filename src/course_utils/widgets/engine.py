"""The JavaScript half of all widgets, sent to a page once.

An anywidget normally carries its whole module with every instance. Ours carries a few lines that fetch the engine from
one model which all widgets of a kernel share, so that the twentieth picture of a notebook costs its data and no more.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ipywidgets import Widget
from traitlets import Unicode

ASSET = Path(__file__).resolve().parent / "static" / "engine.js"

# What each widget carries. The engine's module is kept on the page under its own digest: two versions of the course in
# two notebooks of one JupyterLab do not meet.
LOADER = """
async function engineOf(model) {
  const shared = await model.widget_manager.get_model(model.get("engine").slice("IPY_MODEL_".length));
  const known = (globalThis.courseEngines ??= new Map());
  const digest = shared.get("digest");
  if (!known.has(digest)) {
    const url = URL.createObjectURL(new Blob([shared.get("code")], { type: "text/javascript" }));
    known.set(digest, import(url).finally(() => URL.revokeObjectURL(url)));
  }
  return known.get(digest);
}

export default {
  async render({ model, el }) {
    const engine = await engineOf(model);
    const channel = {
      send: (message) => model.send(message),
      onData: (listen) => {
        const changed = () => listen(model.get("data"));
        model.on("change:data", changed);
        return () => model.off("change:data", changed);
      },
    };
    const host = document.createElement("div");
    el.append(host);
    return engine.mount(host, { kind: model.get("kind"), data: model.get("data"), channel });
  },
};
"""


@cache
def code() -> str:
    """The built module, as text."""
    return ASSET.read_text(encoding="utf-8")


def digest() -> str:
    """What the built module says of its sources: a SHA-256 in hex."""
    return code().partition("from sources ")[2][:64]


class _Engine(Widget):
    """The module as a model that other widgets point to."""

    code = Unicode().tag(sync=True)
    digest = Unicode().tag(sync=True)


_shared: list[_Engine] = []


def shared_engine() -> _Engine:
    """This kernel's engine model, made again if somebody closed it (`Widget.close_all`)."""
    if not _shared or _shared[0].comm is None:
        _shared[:] = [_Engine(code=code(), digest=digest())]
    return _shared[0]
