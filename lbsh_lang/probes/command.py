"""The command of a probe by `exec`: the absolute path of a program, and plain words. No shell reads it. Pure."""

from __future__ import annotations

from enum import Enum

_FOR_SHELLS = frozenset("|&;<>()$`\\\"'*?[]#~{}!^")
"""Characters by which a shell would mean something else than themselves."""


class CommandFault(Enum):
    """Why a text is no command, in the words of a message."""

    RELATIVE = "begins with no absolute path, such as `/usr/local/libexec/probe`"
    CHARACTERS = "has a character that only a shell could read, and none is run"
    UNPRINTABLE = "has a character that cannot be printed"


def words_of(command: str) -> tuple[str, ...]:
    """The program and its arguments. Blanks part them, and nothing else has a meaning."""
    return tuple([word for word in command.split(" ") if word])


def fault_of(command: str) -> CommandFault | None:
    """The reason why a text is no command, None if it is."""
    if not command.isprintable():
        return CommandFault.UNPRINTABLE
    if not command.startswith("/") or command.split(" ", maxsplit=1)[0].endswith("/"):
        return CommandFault.RELATIVE
    return CommandFault.CHARACTERS if _FOR_SHELLS & frozenset(command) else None
