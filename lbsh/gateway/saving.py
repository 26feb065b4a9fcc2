"""Where the statement `save` may write a file: decided from where the statement comes from, and nothing else.

A file that somebody else wrote, or a text that was pasted, must not write to files: whoever runs it may not have read it.
"""

from __future__ import annotations

from enum import Enum
from typing import assert_never


class Entry(Enum):
    """How statements come to the device."""

    TYPED = "typed"
    """Words of the command line (`run -c`)."""
    FILE = "file"
    """The very file that `run FILE` was given, a regular one."""
    STREAM = "stream"
    """Standard input, a pipe: a text that was pasted or sent."""
    REMOTE = "remote"
    """A script that was fetched from another machine."""
    LAB = "lab"
    """The shell of a laboratory, whose rules are those of a miniature."""


def refusal_of_save(entry: Entry, *, is_included: bool, has_path: bool) -> str:
    """Why a `save` writes no file, and what to do; empty if it may."""
    if is_included:
        return "`save` in an included file writes no file: say it in the file that you run, or `lbsh save`"
    match entry:
        case Entry.TYPED:
            return ""
        case Entry.FILE if has_path:
            return "`save` with a name in a file writes no file: leave the name out, or say `lbsh save FILE` yourself"
        case Entry.FILE:
            return ""
        case Entry.STREAM:
            return "`save` in standard input or a pipe writes no file: say `lbsh save`"
        case Entry.REMOTE:
            return "`save` in a script that was fetched writes no file: say `lbsh save`"
        case Entry.LAB:
            return "`save` writes no file in a laboratory, whose rules are those of a miniature"
        case _:
            assert_never(entry)
