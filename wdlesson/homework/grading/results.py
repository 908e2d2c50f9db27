"""What came of one submission, and of one file."""

from dataclasses import dataclass, field

NOT_GRADED = {"unreadable", "not a notebook", "duplicate", "grader-error"}
NO_SANDBOX = "graded without a sandbox"


@dataclass
class Graded:
    """What came of one submission. `points` is empty where nothing could be graded: that is not a zero."""

    status: str  # ok, timeout, crash, unreadable, not a notebook, duplicate, grader-error
    message: str = ""
    points: dict[str, int] = field(default_factory=dict)
    feedback: dict[str, str] = field(default_factory=dict)  # for each question, the verdict in words
    notes: list[str] = field(default_factory=list)  # what happened in the cells
    written: dict[str, str] = field(default_factory=dict)
    printed: str = ""  # up to the limit, in all sessions
    seconds: float = 0.0  # that the student's own code took

    @property
    def marked(self) -> bool:
        """Whether there are marks, be they 0."""
        return self.status not in NOT_GRADED


@dataclass(frozen=True)
class Row:
    """One file and what came of it."""

    id: str
    student: str
    digest: str  # of the bytes that were graded
    graded: Graded
