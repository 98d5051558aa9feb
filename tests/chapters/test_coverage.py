"""The whole course covers what it set out to cover, and the documents that say so are true."""

import ast

import pytest

from autograder.api_names import imported, used
from autograder.chapter import sources
from autograder.coverage import stale_documents, told_by, uncovered, unused
from autograder.source_map import ROWS
from course_utils.course import find_course

COURSE = find_course()


@pytest.fixture(scope="module")
def chapters():
    return [told_by(source) for source in sources(COURSE)]


def test_every_row_has_a_cell_that_would_fail_if_its_fact_were_false(chapters):
    assert uncovered(chapters) == []


def test_every_name_that_a_row_promises_is_used_in_its_chapter(chapters):
    assert unused(chapters) == []


def test_cells_name_only_rows_that_exist(chapters):
    assert sorted({row for told in chapters for row in told.rows} - set(ROWS)) == []


def test_the_coverage_and_the_index_are_what_the_sources_make(chapters):
    assert stale_documents(COURSE, chapters) == []


def test_the_course_has_130_automatic_exercises(chapters):
    assert sum(not e.manual for told in chapters for e in told.exercises) >= 130


def names_in(code: str) -> set[str]:
    tree = ast.parse(code)
    return used(tree, imported([tree]))


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("import torch\ntorch.cat([])", {"torch.cat"}),
        ("from torch.nn import functional as F\nF.relu(1)", {"torch.nn.functional.relu"}),
        ("from torch.utils.data import Dataset\nclass A(Dataset): pass", {"torch.utils.data.Dataset"}),
        ("import torch\ntorch.zeros(3).view(-1).sum()", {"torch.zeros", "torch.Tensor.view", "torch.Tensor.sum"}),
        ("x.scatter_(0, i, s)", {"torch.Tensor.scatter_"}),
    ],
)
def test_a_name_is_found_however_it_is_written(code, names):
    assert names_in(code) == names


@pytest.mark.parametrize(
    "code",
    [
        "import torch\ntorch.nn.Module.Linear(3, 3)",
        "import torch\ntorch.nn.function.relu(1)",
        "words.split().index('x')",
        "import torch\ntorch.nn",
        "import numpy as np\nnp.zeros(3)",
    ],
)
def test_what_torch_does_not_have_or_python_has_too_is_no_name_of_torchs(code):
    assert names_in(code) <= {"torch.nn.Module"}
