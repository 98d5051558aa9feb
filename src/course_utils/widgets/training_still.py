"""A training loop as a still picture, and in words."""

from __future__ import annotations

import math

from course_utils.pictures.svg import FAINT, GREY, SERIES, element, label, number, width_of
from course_utils.pictures.values import short
from course_utils.widgets.still import still

STATES = {
    "waiting": "has not begun", "running": "is running", "paused": "is paused", "ended": "has stopped",
    "done": "is done",
}
WIDE, HIGH, LEFT = 440.0, 200.0, 60.0


def training_text(data: dict) -> str:
    """What the picture shows, in a few lines: state, first and last of each metric, gradients at the end."""
    total = f" of {data['total']}" if data["total"] else ""
    lines = [f"{data['name']} {STATES[data['state']]}; {data['count']}{total} logs"]
    for metric, values in data["metrics"].items():
        known = [v for v in values if v is not None]
        best = [v for v in known if not isinstance(v, str)]
        tail = f", lowest {_told(min(best))}, highest {_told(max(best))}" if best else ""
        lines.append(f"  {metric[:40]}: {_told(known[0])} at first, {_told(known[-1])} at last{tail}")
    if data["rate"] is not None:
        lines.append(f"  learning rate: {_told(data['rate'])}")
    last = next((norms for norms in reversed(data["norms"]) if norms), None)
    if last:
        lines.append("  gradient norms: " + ", ".join(f"{n[:40]} {_told(v)}" for n, v in zip(data["layers"], last, strict=True)))
    return "\n".join(lines)


def _told(value: float | str) -> str:
    return value if isinstance(value, str) else short(value, 3)


def training_svg(data: dict) -> str:
    """The curves of all metrics over the logs."""
    values = [v for series in data["metrics"].values() for v in series if isinstance(v, float)]
    log = bool(values) and min(values) > 0 and max(values) / min(values) > 20
    scale = math.log10 if log else float
    low, high = (scale(min(values)), scale(max(values))) if values else (0.0, 1.0)
    high = high if high > low else low + 1
    last = max(data["at"], default=1)

    def at(n: int, value: float) -> tuple[float, float]:
        return LEFT + n / last * (WIDE - LEFT), HIGH - (scale(value) - low) / (high - low) * (HIGH - 10)

    parts = [element("path", d=f"M{number(LEFT)} 0V{number(HIGH)}H{number(WIDE)}", style=f"fill:none;stroke:{GREY}")]
    for end in (low, high):
        value = 10**end if log else end
        parts.append(label(LEFT - 6, at(0, value)[1] if values else HIGH, short(value), size=11, anchor="end", fill_opacity=FAINT))
    axis = f"logs 1 to {last}{', log scale' if log else ''}"
    parts.append(label(WIDE, HIGH + 14, axis, size=11, anchor="end", fill_opacity=FAINT))
    for i, (metric, series) in enumerate(data["metrics"].items()):
        points = [at(n, v) for n, v in zip(data["at"], series, strict=True) if isinstance(v, float)]
        colour = SERIES[i % len(SERIES)]
        dash = None if i == 0 else f"{7 - i} {1 + i}"
        path = "".join(f"{'L' if k else 'M'}{number(x)} {number(y)}" for k, (x, y) in enumerate(points))
        if path:
            parts.append(element("path", d=path, stroke_dasharray=dash, style=f"fill:none;stroke:{colour};stroke-width:1.8"))
        y = HIGH + 34 + 18 * i
        parts.append(element("path", d=f"M0 {number(y)}h26", stroke_dasharray=dash, style=f"stroke:{colour};stroke-width:2.4"))
        known = [v for v in series if v is not None]
        parts.append(label(34, y, f"{metric[:40]}: {_told(known[-1])}", size=11, anchor="start"))
    words = training_text(data).split("\n")[0]
    below = HIGH + 34 + 18 * len(data["metrics"])
    parts.append(label(0, below + 4, words[:90], size=11, anchor="start", fill_opacity=FAINT))
    return still(max(WIDE, width_of(words[:90], 11)), below + 14, data["name"], training_text(data), *parts)
