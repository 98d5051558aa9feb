"""The steps in which our grading cycle departs from stock nbgrader; nbgrader_config.py puts them in their places.

nbgrader's own steps are built for a course whose feedback may show everything and whose tests print nothing. Ours keep
the hidden tests hidden, and make a test's outcome depend on nothing but whether it raised.
"""

from __future__ import annotations

import html
import re
from typing import Any

from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution

ANSI = re.compile(r"\x1b\[[0-9;]*m")
# A shorter line (`else:`, `pass`) says nothing about a test, and would be found in anybody's output.
SHORTEST_TELLING_LINE = 12
WIDGET = "application/vnd.jupyter.widget-view+json"
LEFT_OUT = "(Left out here: this output quotes a test that is not shown.)"


TODO = "# YOUR CODE HERE"
RAISE = "raise NotImplementedError()"


def release_steps() -> list[type]:
    """nbgrader's own steps from source to release, with the kinder stub and without the pairing."""
    stock = GenerateAssignment.preprocessors.default()
    return [KindClearSolutions if step is ClearSolutions else step for step in stock] + [DropPairing]


def is_test(cell: NotebookNode) -> bool:
    """Whether this is an automatic test cell: graded, and nobody's answer."""
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


class KindClearSolutions(ClearSolutions):
    """For release: a starter's stub raises only inside a function or class.

    There a check can say "still to do"; at the top level of a cell it would stop the notebook.
    """

    def preprocess_cell(self, cell: NotebookNode, resources: dict, cell_index: int) -> tuple[NotebookNode, dict]:
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if cell.cell_type == "code":
            cell.source = re.sub(rf"^{re.escape(TODO)}\n{re.escape(RAISE)}$", TODO, cell.source, flags=re.MULTILINE)
        return cell, resources


class CutHiddenTests(ClearHiddenTests):
    """For feedback: takes out the hidden part of every test cell, and every output that quotes a line of it.

    Only test cells are cut, so that a student who writes the markers into an answer loses nothing of it. Outputs matter
    too: the traceback of a plain `assert` shows the lines around it. A check's own message stays.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        hidden, shown = set(), set()
        for cell in nb.cells:
            whole = _lines(cell.source)
            if is_test(cell):
                self._remove_hidden_test_region(cell)
                hidden |= whole - _lines(cell.source)
            shown |= _lines(cell.source)
        telling = {line for line in hidden - shown if len(line) >= SHORTEST_TELLING_LINE}
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = [_without(telling, output) for output in cell.outputs]
        return nb, resources


class OnlyErrorsCount(NbGraderPreprocessor):
    """For autograde: a test that raised nothing earns its points, whatever it wrote.

    nbgrader also takes points away for anything on stderr (a warning of torch's, a progress bar), and reads a number
    that the last line of a test happens to show as the number of points. What that line shows is of use to nobody.
    """

    def preprocess_cell(self, cell: NotebookNode, resources: dict, cell_index: int) -> tuple[NotebookNode, dict]:
        if is_test(cell):
            cell.outputs = [output for output in cell.outputs if output.output_type != "execute_result"]
            for output in cell.outputs:
                if output.output_type == "stream":
                    output.name = "stdout"
        return cell, resources


class StillPictures(NbGraderPreprocessor):
    """For autograde: a widget leaves its still picture.

    The kernel that drew it is gone, and the pages that show a submission would fetch the widget's code from a CDN.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        nb.metadata.pop("widgets", None)
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                if len(data) > 1:
                    data.pop(WIDGET, None)
        return nb, resources


class DropPairing(NbGraderPreprocessor):
    """For release: a student's notebook is paired with no script. So the product is that of `course build`."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        nb.metadata.pop("jupytext", None)
        return nb, resources


def _lines(source: str) -> set[str]:
    return {line.strip() for line in source.splitlines()}


def _without(telling: set[str], output: NotebookNode) -> NotebookNode:
    if not _quotes(output, telling):
        return output
    if output.output_type == "error":
        said = [text for text in (output.ename, output.evalue) if text and not _quotes(text, telling)]
        return NotebookNode(output_type="error", ename="Error", evalue="", traceback=[": ".join(said), LEFT_OUT])
    return NotebookNode(output_type="stream", name="stdout", text=LEFT_OUT + "\n")


def _quotes(output: Any, telling: set[str]) -> bool:
    return any(line in text for text in _texts(output) for line in telling)


def _texts(output: Any) -> list[str]:
    """Every text of an output, as a reader would see it."""
    if isinstance(output, str):
        return [html.unescape(ANSI.sub("", output))]
    if isinstance(output, dict):
        return [text for value in output.values() for text in _texts(value)]
    if isinstance(output, list):
        whole = "".join(v for v in output if isinstance(v, str))
        return _texts(whole) + [text for value in output if not isinstance(value, str) for text in _texts(value)]
    return []
