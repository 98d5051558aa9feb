"""Pictures of tensors: pure functions from values to self-contained HTML with inline SVG, and to plain text.

There is no script in them and nothing to fetch, so the same picture works in JupyterLab, in a saved notebook, in
nbgrader's feedback and on a site. Drawing functions return a `Picture`, which a notebook displays by itself.
"""

from course_utils.pictures.cells import show_tensor
from course_utils.pictures.comparison import compare
from course_utils.pictures.picture import Picture
from course_utils.pictures.scatter import show_gather, show_scatter

__all__ = ["Picture", "compare", "show_gather", "show_scatter", "show_tensor"]
