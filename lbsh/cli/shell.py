"""The statements that act and are not kept: `status`, `save`, `help`."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import assert_never

import click

from lbsh.cli.explanations import help_lines
from lbsh.cli.status import print_status
from lbsh.cli.terminal import Trouble
from lbsh.store.protocol import Store
from lbsh_lang.syntax.nodes import HelpStatement, SaveStatement, ShellCommand, StatusStatement


class Given(Enum):
    """Where a statement that acts comes from."""

    TYPED = "the command line"
    FILE = "the file of `lbsh run`"
    ELSEWHERE = "standard input, a pipe or an included file"


class ShellCommands:
    """Carries out shell commands, and prints what they say. `driver` is that of the rules that may be saved."""

    def __init__(self, store: Store, driver: Callable[[], str] | None = None) -> None:
        self._store = store
        self._driver = driver

    def carry_out(self, command: ShellCommand, given: Given = Given.ELSEWHERE) -> None:
        """Does what a statement says. Raises `Trouble` if that is not possible."""
        match command:
            case StatusStatement():
                print_status(self._store, command.subject.text if command.subject else None)
            case SaveStatement():
                self._save(command.path.value if command.path else None, given)
            case HelpStatement():
                self._help(command.topic.text if command.topic else None)
            case _:
                assert_never(command)

    # save

    def _save(self, path: str | None, given: Given) -> None:
        """Saves the rules of the filter. Whoever writes a script must not choose a file that root writes."""
        if self._driver is None:
            raise Trouble("there is no file here that `save` could write")
        if given is Given.ELSEWHERE:
            raise Trouble(f"`save` writes no file from {given.value}: type `lbsh save`")
        if given is Given.FILE and path is not None:
            raise Trouble("`save` with a path is for the command line: type `lbsh save FILE`")
        from lbsh.cli.save import report_saved  # noqa: PLC0415 -- few statements save
        from lbsh.saving import save  # noqa: PLC0415

        report_saved(save(self._driver(), path))

    # help

    def _help(self, topic: str | None) -> None:
        found = list(help_lines(topic))
        if not found:
            raise Trouble(f"there is no statement `{topic}`: `help` lists them")
        click.echo("\n".join(found))
