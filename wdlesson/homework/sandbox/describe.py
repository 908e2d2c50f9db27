"""Says an error in one line."""

import re
import traceback

MAX_MESSAGE_CHARS = 500
CELL = re.compile(r"<(cell \d+)>|ipykernel_|<ipython-input")  # what the grader and Jupyter call the file of a cell


def describe(error: BaseException) -> str:
    """The error in one line, with the line of the cell that raised it.

    Parameters
    ----------
    error : BaseException
        Anything that student code raised.

    Returns
    -------
    str
        Its kind, its message, and where it is.
    """
    try:
        frames = [(CELL.search(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
        where = [f"{cell[1]}, line {line}" if cell[1] else f"line {line} of the cell" for cell, line in frames if cell]
        return f"{type(error).__name__}: {error}"[:MAX_MESSAGE_CHARS] + (f" ({where[-1]})" if where else "")
    except BaseException:  # an exception whose own __str__ raises
        return type(error).__name__
