"""What goes wrong with files on other machines, and words of others within such messages."""

from __future__ import annotations

from lbsh_lang.renderings.terminal import printable
from lbsh_lang.reported import ReportedError

MOST_SAID = 200
"""Characters of what a server or a program says that are shown."""


class RemoteError(ReportedError):
    """A file is not fetched or not stored; the text says which and why, in one line that is harmless to a terminal."""


class TransferError(Exception):
    """The same within this package: the text is the reason alone."""


def said(words: str | bytes) -> str:
    """Words of a server or a program in one line, without effect on a terminal, and not for ever."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    line = printable(" ".join(text.split()))
    return line if len(line) <= MOST_SAID else f"{line[:MOST_SAID]}…"


def reason_of(error: OSError) -> str:
    """The reason for which the system refuses something, in a few words."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return said((error.strerror or str(error)).lower())
