"""Pictures that answer: widgets for JupyterLab that are also pages without a kernel, and still pictures in print.

Each module draws one thing: it turns tensors into plain data and a still SVG, and the engine (web/, built into static/)
shows the data. Nothing here fetches anything.
"""

from course_utils.widgets.base import CourseWidget
from course_utils.widgets.broadcast import show_broadcast
from course_utils.widgets.checkpoint import show_checkpoint
from course_utils.widgets.graph import compare_graphs, show_graph
from course_utils.widgets.graph_live import live_graph
from course_utils.widgets.loader import show_loader
from course_utils.widgets.optimizer import show_optimizer
from course_utils.widgets.scatter import show_gather, show_scatter
from course_utils.widgets.strides import show_strides
from course_utils.widgets.training import show_training

__all__ = [
    "CourseWidget",
    "compare_graphs",
    "live_graph",
    "show_broadcast",
    "show_checkpoint",
    "show_gather",
    "show_graph",
    "show_loader",
    "show_optimizer",
    "show_scatter",
    "show_strides",
    "show_training",
]
