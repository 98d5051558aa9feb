"""What autograd did, as data: every operation with its values, every gradient with the rule that made it.

`capture` reads the graph behind a tensor; `record` listens while it is made and so knows more. Both give the same
layout-free data (docs/graph-format.md, graph.schema.json), which widgets draw. Nothing here draws.
"""

from course_utils.graphs.capture import capture
from course_utils.graphs.tape import Tape, record

__all__ = ["Tape", "capture", "record"]
