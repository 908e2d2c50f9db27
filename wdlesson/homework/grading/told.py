"""What the grader said of files and students, in English, in the language of a report; its tables stay English."""

from collections import Counter
from collections.abc import Iterable

from wdlesson.homework.feedback.words import retold, say
from wdlesson.homework.grading import archive, files, notebook, roster, submissions

TABLES = (notebook.WORDS, submissions.WORDS, roster.WORDS, archive.WORDS, files.WORDS)
TO_THE_TEACHER = ("no zip", "many", "missing", "headings")  # an error of the command, not of a file or a student
TEMPLATES = [words for table in TABLES for name, words in table.items() if name not in TO_THE_TEACHER]
COUNT, COMMA, SEMICOLON, COLON = "{n} {status}", ", ", "; ", "{name}: {said}"


def told(said: str) -> str:
    """What was said of a file or of a student.

    Parameters
    ----------
    said : str
        A message or a note, in English.

    Returns
    -------
    str
        The same in the language that is spoken.
    """
    return retold(said, TEMPLATES)


def joined(parts: Iterable[str]) -> str:
    """Several messages in one line.

    Parameters
    ----------
    parts : iterable of str
        The messages.

    Returns
    -------
    str
        All of them.
    """
    return say(SEMICOLON).join(parts)


def counted(statuses: Iterable[str]) -> str:
    """How many there are of each status.

    Parameters
    ----------
    statuses : iterable of str
        One a student.

    Returns
    -------
    str
        Such as "20 ok, 1 timeout".
    """
    counts = Counter(statuses).most_common()
    return say(COMMA).join(say(COUNT, n=n, status=say(status)) for status, n in counts)
