"""What came of one submission, and of one file."""

from dataclasses import dataclass, field

NOT_GRADED = {"unreadable", "not a notebook", "other assignment", "absent", "grader-error"}
STATUSES = ("ok", "timeout", "crash", "unreadable", "not a notebook", "other assignment", "absent", "grader-error")
NO_SANDBOX = "graded without a sandbox"


@dataclass
class Graded:
    """What came of one submission.

    Parameters
    ----------
    status : str
        "ok", "timeout", "crash", "unreadable", "not a notebook", "other assignment", "absent" or "grader-error".
    message : str, optional
        What went wrong.
    points : dict of int, optional
        By question. Empty where nothing could be graded: that is not a zero.
    feedback : dict of str, optional
        For each question, the verdict in words.
    notes : list of str, optional
        What happened in the cells.
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
    printed: str = ""
    seconds: float = 0.0

    @property
    def marked(self) -> bool:
        """Whether there are marks, be they 0."""
        return self.status not in NOT_GRADED


@dataclass(frozen=True)
class Row:
    """One student and what came of what they handed in.

    Parameters
    ----------
    id : str
        The path of the file that counts, as printable text; empty where there is none.
    student : str
        Whose it is.
    digest : str
        The SHA-256 of the bytes that were graded; empty where none were.
    graded : Graded
        What came of it.
    number : str, optional
        What the learning platform or the roster calls the student.
    notes : tuple of str, optional
        What the teacher should know of it.
    fingerprint : str, optional
        Of all that the marks depend on beside the file.
    """

    id: str
    student: str
    digest: str
    graded: Graded
    number: str = ""
    notes: tuple[str, ...] = ()
    fingerprint: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What tells students apart."""
        return self.student, self.number
