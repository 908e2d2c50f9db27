"""Text that students wrote, made fit for files and tables."""


def printable(text: str) -> str:
    """Text that any file can hold: lone surrogates and control characters are spelled out.

    Parameters
    ----------
    text : str
        What a student wrote, or a name that a student gave.

    Returns
    -------
    str
        One line, with no control character in it.
    """
    spelled = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in spelled)


def clean(text: str) -> str:
    """Text with its lines, and with nothing that a file cannot hold.

    Parameters
    ----------
    text : str
        What a student wrote, or a name that a student gave.

    Returns
    -------
    str
        The lines, joined as before.
    """
    return "\n".join(map(printable, text.split("\n")))


def one_line(text: str, longest: int = 1500) -> str:
    """Text on one line, cut.

    Parameters
    ----------
    text : str
        What a student wrote.
    longest : int, optional
        The number of characters that are kept.

    Returns
    -------
    str
        One line, with no control character in it.
    """
    short = printable(" ".join(text.split()))
    return short if len(short) <= longest else short[:longest] + " ..."
