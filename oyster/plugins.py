"""Commands of plug-ins, found through a group of entry points. Each entry is a command or a table of commands.

A plug-in that cannot be used costs its own commands alone; the reason is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from oyster.commands import Command, Table


class Plugins(NamedTuple):
    """The commands of all plug-ins, and a line for each that cannot be used."""

    table: Table
    troubles: tuple[str, ...]


def commands_in(group: str, taken: Table) -> Plugins:
    """The commands of a group of entry points, the entries in alphabetical order. Names in `taken` stay as they are."""
    from importlib.metadata import entry_points  # noqa: PLC0415 -- it takes long to import, and may follow the first prompt

    found: dict[str, Command] = {}
    troubles: list[str] = []
    for entry in sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value)):
        try:
            loaded: object = entry.load()
            commands = _commands(loaded)
        except Exception as error:  # a plug-in may raise anything
            troubles.append(
                f"the commands of `{entry.name}` ({entry.value}) cannot be used: {type(error).__name__}: {error}"
            )
            continue
        for command in commands:
            if command.full_name in taken or command.full_name in found:
                troubles.append(
                    f"`{command.full_name}` of `{entry.name}` ({entry.value}) is left out: the name is taken"
                )
            else:
                found[command.full_name] = command
    return Plugins(Table(found.values()), tuple(troubles))


def _commands(loaded: object) -> list[Command]:
    """The commands that an entry point gives. Raises TypeError if it gives something else."""
    if isinstance(loaded, Command):
        return [loaded]
    many = loaded.values() if isinstance(loaded, Table) else loaded
    if isinstance(many, Iterable):
        commands = [one for one in many if isinstance(one, Command)]
        if len(commands) == len(list(many)):
            return commands
    raise TypeError("it is no command and no table of commands")
