"""nbgrader's settings; plain `nbgrader …` commands, run in this folder, and formgrader's buttons go by them.

nbgrader reads it anew for every command; an option on the command line goes before a line here.
"""

import os
from contextlib import suppress
from pathlib import Path

import nbgrader
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute, GetGrades

from autograder.programs import find_our_programs
from autograder.steps import CutHiddenTests, OnlyErrorsCount, StillPictures, release_steps

c = get_config()  # noqa: F821 (nbgrader gives it)
here = Path(__file__).resolve().parent
find_our_programs()

# Folders. What generate_assignment releases is what `course build` writes and git keeps.
c.CourseDirectory.course_id = "pytorch-fundamentals"
c.CourseDirectory.root = str(here)
c.CourseDirectory.release_directory = "../notebooks"
# Chapters' scripts and attempts hold every answer: they go neither to students nor beside a submission.
c.CourseDirectory.ignore = [
    ".*",
    "__*",
    "*.pyc",
    "feedback",
    "attempts.py",
    "[0-9][0-9]_*.py",
]

# The exchange, in which students' and instructors' accounts meet. On a shared machine it must be a folder that all of
# them can reach: set NBGRADER_EXCHANGE for everybody. Without the folder formgrader hides Release and Collect.
exchange = os.environ.get("NBGRADER_EXCHANGE")
if not exchange:
    exchange = str(here.parent / "exchange")
    with suppress(OSError):
        os.makedirs(exchange, exist_ok=True)
c.Exchange.root = exchange
# Due dates as typed in formgrader, and timestamps. nbgrader reads back no zone's abbreviation as reliably as UTC.
c.Exchange.timezone = "UTC"

# Release. All that a released folder holds is generated, so there is nothing that forcing could lose.
c.GenerateAssignment.preprocessors = release_steps()
c.GenerateAssignment.force = True

# Autograde. A test cell that a student deleted by mistake is put back.
c.OverwriteCells.add_missing_cells = True
c.Execute.timeout = 60
c.Execute.startup_timeout = 120
c.Execute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]
steps = Autograde.autograde_preprocessors.default()
c.Autograde.autograde_preprocessors = [
    s for step in steps for s in ([step, OnlyErrorsCount, StillPictures] if step is Execute else [step])
]

# Pages. Formgrader and feedback work without the internet; see templates/.
formgrader = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
c.HTMLExporter.extra_template_basedirs = [str(here / "templates"), str(formgrader)]

# Feedback. The grades must be read before anything is cut.
c.GenerateFeedback.preprocessors = [GetGrades, CutHiddenTests, CSSHTMLHeaderPreprocessor]
