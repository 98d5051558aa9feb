"""What stands in a starter cell where the answer was.

nbgrader puts the same stub everywhere. Inside a function or class it should raise, so that a check can say "still to do";
at the top level of a cell it must not, or the notebook could not be run past it.
"""

from __future__ import annotations

import re

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearSolutions

TODO = "# YOUR CODE HERE"
RAISE = "raise NotImplementedError()"


class KindClearSolutions(ClearSolutions):
    """nbgrader's ClearSolutions, with a stub that raises only inside a function or class."""

    def preprocess_cell(self, cell: NotebookNode, resources: dict, cell_index: int) -> tuple[NotebookNode, dict]:
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if cell.cell_type == "code":
            cell.source = re.sub(rf"^{re.escape(TODO)}\n{re.escape(RAISE)}$", TODO, cell.source, flags=re.MULTILINE)
        return cell, resources
