"""Text that students wrote, made fit for files and tables."""


def printable(text: str) -> str:
    """Text that any file can hold: lone surrogates and control characters are spelled out."""
    spelled = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in spelled)


def clean(text: str) -> str:
    """Text with its lines, and with nothing that a file cannot hold."""
    return "\n".join(map(printable, text.split("\n")))


def one_line(text: str, longest: int = 1500) -> str:
    """Text on one line, cut."""
    short = printable(" ".join(text.split()))
    return short if len(short) <= longest else short[:longest] + " ..."
