"""A widget as a page of its own: one file, no kernel, no network, opened from disk."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from course_utils.widgets.engine import code

# A script element ends at these letters, even inside a string of its own.
END_IN_JS = "<\\/script"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ margin: 0; background: light-dark(#fff, #14171a) }}
main {{ max-width: 1400px; margin: auto }}
</style>
</head>
<body>
<main id="here"></main>
<noscript>{text}</noscript>
<script type="application/json" id="what">{what}</script>
<script type="module">
{code}
mount(document.getElementById("here"), JSON.parse(document.getElementById("what").textContent));
</script>
</body>
</html>
"""


def page(kind: str, data: dict[str, Any], title: str, text: str) -> str:
    """The whole page as text. It asks for nothing: its own policy forbids every request."""
    what = json.dumps({"kind": kind, "data": data}, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _PAGE.format(
        title=escape(title),
        text=f"<pre>{escape(text)}</pre>",
        # Inside a script element only "<" could end it; JSON may write it as an escape.
        what=what.replace("<", "\\u003c"),
        code=_as_inline(code()),
    )


def _as_inline(module: str) -> str:
    """The bundle, in which `mount` is a name of the page's instead of an export."""
    inside, _, exported = module.rstrip().rpartition("export{")
    inner_name = exported.partition(" as mount")[0].rpartition(",")[2]
    return inside.replace("</script", END_IN_JS) + f"const mount={inner_name};"
