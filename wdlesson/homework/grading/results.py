"""What came of one submission, and of one file."""

from dataclasses import dataclass, field

NOT_GRADED = {"unreadable", "not a notebook", "duplicate", "grader-error"}
NO_SANDBOX = "graded without a sandbox"


@dataclass
class Graded:
    """What came of one submission.

    Parameters
    ----------
    status : str
        "ok", "timeout", "crash", "unreadable", "not a notebook", "duplicate" or "grader-error".
    message : str, optional
        What went wrong.
    points : dict of int, optional
        By question. Empty where nothing could be graded: that is not a zero.
    feedback : dict of str, optional
        For each question, the verdict in words.
    notes : list of str, optional
        What happened in the cells.
    written : dict of str, optional
        The answers in words, by question.
    printed : str, optional
        What all sessions printed, up to the limit.
    seconds : float, optional
        How long the student's own code took.
    """

    status: str
    message: str = ""
    points: dict[str, int] = field(default_factory=dict)
    feedback: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    printed: str = ""
    seconds: float = 0.0

    @property
    def marked(self) -> bool:
        """Whether there are marks, be they 0."""
        return self.status not in NOT_GRADED


@dataclass(frozen=True)
class Row:
    """One file and what came of it.

    Parameters
    ----------
    id : str
        The path below the folder of submissions, as printable text.
    student : str
        Whose it is.
    digest : str
        The SHA-256 of the bytes that were graded.
    graded : Graded
        What came of it.
    """

    id: str
    student: str
    digest: str
    graded: Graded
