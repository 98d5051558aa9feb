"""Pictures that answer: widgets for JupyterLab that are also pages without a kernel, and still pictures in print.

Each module draws one thing: it turns tensors into plain data and a still SVG, and the engine (web/, built into static/)
shows the data. Nothing here fetches anything.
"""

from course_utils.widgets.base import CourseWidget
from course_utils.widgets.broadcast import show_broadcast

__all__ = ["CourseWidget", "show_broadcast"]
