"""Text for terminals: colours that set parts apart, and no characters with an effect on a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from lbsh_lang.diagnostics import Severity
from oyster.words import MISLEADING

_TAB = "    "


@dataclass(frozen=True, slots=True)
class Style:
    """The escape sequences (ECMA-48) that set parts of a rendering apart."""

    error: str
    warning: str
    information: str
    strong: str
    faint: str
    reset: str

    def of(self, severity: Severity) -> str:
        """The colour of a finding."""
        match severity:
            case Severity.ERROR:
                return self.error
            case Severity.WARNING:
                return self.warning
            case Severity.INFORMATION:
                return self.information
            case _:
                assert_never(severity)


PLAIN = Style("", "", "", "", "", "")
COLOURED = Style("\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m", "\x1b[1m", "\x1b[34m", "\x1b[0m")


def printable(text: str) -> str:
    """A text without effect on a terminal: tabs become blanks, control and invisible characters a sign."""
    text = text.replace("\t", _TAB)
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def harmless(text: str) -> str:
    """A text for other programs, in which a sign stands for each character by which a display would show something else.

    Tabs, line ends and characters of any script stay.
    """
    return MISLEADING.sub("\ufffd", text)
