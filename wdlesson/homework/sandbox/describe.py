"""Says an error in one line."""

import re
import traceback

MAX_MESSAGE_CHARS = 500
CELL = re.compile(r"<cell (\d+)>|ipykernel_|<ipython-input")  # what the grader and Jupyter call the file of a cell
WORDS = {
    "cell": "{error} (cell {number}, line {line})",
    "line": "{error} (line {line} of the cell)",
    "error": "{error}",
}


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
        cell, line = next(((cell, line) for cell, line in reversed(frames) if cell), (None, 0))
        where = "error" if cell is None else "cell" if cell[1] else "line"
        said = f"{type(error).__name__}: {error}"[:MAX_MESSAGE_CHARS]
        return WORDS[where].format(error=said, number=cell and cell[1], line=line)
    except BaseException:  # an exception whose own __str__ raises
        return type(error).__name__
