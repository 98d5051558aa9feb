"""The one exception that people are meant to read.

Whatever goes wrong because of what somebody typed, or because of the machine, becomes a `CourseError` whose text says
what is wrong, where, and what to do, in one sentence. The `course` program prints that sentence and exits with 2;
anything else that escapes is a defect of ours and keeps its traceback.
"""


class CourseError(Exception):
    """A problem that the reader can mend; its text is the one sentence that they see."""
